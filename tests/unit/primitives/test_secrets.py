"""What holds secrets stays in its process."""

from __future__ import annotations

import copy
import pickle

import pytest

from salus.config import Settings
from salus.vault.documents.record_keys import CompartmentKey, RecordKey
from salus.vault.keys.identity_keys import IdentityKeys

KEYS = IdentityKeys.generate("0x" + "ab" * 20, created_at=1)
HOLDERS = {
    "settings": Settings(passphrase="seven wet otters"),
    "an identity's keys": KEYS,
    "one of them": KEYS.keys[0],
    "a record's key": RecordKey(wrap_id=b"w" * 16, key=bytes(32), salt=bytes(32)),
}


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_what_holds_secrets_is_neither_pickled_nor_copied(holder: object) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="holds secrets and is not pickled"):
            attempt(holder)


def test_a_compartments_key_is_not_pickled() -> None:
    assert CompartmentKey.__reduce__ is not object.__reduce__
