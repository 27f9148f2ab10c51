"""What tests of keys share."""

from __future__ import annotations

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from salus.vault.keys.passphrase_sources import CHOICE


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither this machine's keyring nor one that another test defines is asked."""
    monkeypatch.delenv(CHOICE, raising=False)
    monkeypatch.setattr(keyring.core, "_keyring_backend", NoKeyring())
