"""A vault with a second place."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.unit.conftest import CHAIN, Person

from salus.vault import Vault
from salus.vault.storage import LocalStorage


@pytest.fixture
def vault(tmp_path: Path, hospital: Person, closed_later: ClosedLater) -> Vault:
    places = [(tmp_path / name).as_uri() for name in ("blobs", "mirror")]
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "README").write_text("mounted")
    url = f"sqlite://{tmp_path}/keys.db"
    return closed_later(
        Vault(places[0], url, keys=hospital.keys, chain_id=CHAIN, read_from=places[1:])
    )


@pytest.fixture
def mirror(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "mirror")
