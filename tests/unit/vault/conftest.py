"""A vault of the hospital, where a module has no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.conftest import Person

from salus.vault import Vault


@pytest.fixture
def vault(vault_of: Callable[[Person], Vault], hospital: Person) -> Vault:
    return vault_of(hospital)
