"""An inbox, and the vaults of who writes to it and who reads it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.unit.conftest import Person

from salus.vault import Vault
from salus.vault.letters.inbox import Inbox
from salus.vault.storage import MemoryStorage


@pytest.fixture
def box() -> MemoryStorage:
    return MemoryStorage("inbox")


@pytest.fixture
def inbox(box: MemoryStorage) -> Inbox:
    return Inbox(box)


@pytest.fixture
def ours(hospital: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    return vault_of(hospital)


@pytest.fixture
def reader(clinician: Person, vault_of: Callable[[Person], Vault]) -> Vault:
    return vault_of(clinician)
