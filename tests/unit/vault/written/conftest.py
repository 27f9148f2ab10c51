"""What each release left behind, copied to where it may be opened."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import salus
from salus.vault.keys.encrypted_keys import load_keys
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.vault import Vault

WRITTEN = Path(__file__).parents[3] / "vectors" / "written"
RELEASES = sorted(each.parent for each in WRITTEN.glob("*/deployment.json"))
PASSPHRASE = "nothing here is secret"


@pytest.fixture(scope="module", params=RELEASES, ids=lambda each: each.name)
def release(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written") / request.param.name
    shutil.copytree(request.param, folder)
    return folder


@pytest.fixture(scope="module")
def open_vault(release: Path) -> Iterator[Callable[[str], Vault]]:
    vaults: dict[str, Vault] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_PASSPHRASE", PASSPHRASE)

        def opened(name: str) -> Vault:
            if name not in vaults:
                vault = salus.open_vault(
                    storage=(release / "blobs" / "hospital").as_uri(), state=release / name
                )
                vault.database.comparison.mark()  # the chain that it would ask ended long ago
                vaults[name] = vault
            return vaults[name]

        yield opened
    for each in vaults.values():
        each.close()


@pytest.fixture(scope="module")
def keys_of(release: Path) -> Callable[[str], IdentityKeys]:
    def opened(name: str) -> IdentityKeys:
        (path,) = (release / name).glob("*.keys.json")
        return load_keys(path, passphrase=PASSPHRASE)

    return opened
