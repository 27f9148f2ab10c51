"""What holds secrets stays in its process."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

import salus
from salus.chain.node.answers import RpcFailure
from salus.chain.node.rpc import HttpRpc
from salus.chain.signing.passkey import SoftwarePasskey
from salus.config import Settings
from salus.vault.crypto.shares import Recombined
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.rows import CompartmentRow, RecordRow
from salus.vault.documents.parcels import GivenKey, Parcel
from salus.vault.documents.record_keys import CompartmentKey, RecordKey
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_shares import split_keys

OWNER = "0x" + "ab" * 20
KEYS = IdentityKeys.generate(OWNER, created_at=1)
GIVEN = GivenKey("compartment", b"k" * 16, bytes(32))
HOLDERS = {
    "settings": Settings(passphrase="seven wet otters"),
    "an identity's keys": KEYS,
    "one of them": KEYS.keys[0],
    "a record's key": RecordKey(key_id=b"w" * 16, key=bytes(32), salt=bytes(32)),
    "a key that is given": GIVEN,
    "a row of a record's key": RecordRow(OWNER, b"r", 1, b"w", b"k", bytes(64), b""),
    "a row of a compartment's": CompartmentRow(OWNER, b"k", b"", 0, True, bytes(32), b""),
    "a secret that came back": Recombined(bytes(32), ()),
    "shares of keys": split_keys(KEYS, needed=2, shares=3),
    "a key database's cipher": StoreCipher(bytes(32), bytes(16)),
    "a passkey in memory": SoftwarePasskey.create(),
    "a connection": HttpRpc("http://127.0.0.1:1/v3/0123456789abcdef"),
    "a node's words": RpcFailure("no project …", heard="no project 0123456789abcdef"),
}
NO_KEYS = frozenset(
    "abi body_digest bytecode compiler_settings content contract_address data deployed_bytecode"
    " document entry facts head immutable_references json method_identifiers patients proof"
    " public_key raw receipt salt sealed serials signature signer text transaction_hash"
    " wrapped compartment id why sensitivities path found reason full_url source".split()
)
"""Hidden fields that are long, private or sealed, and yet no keys: salts go with documents."""


@pytest.mark.parametrize("holder", HOLDERS.values(), ids=HOLDERS)
def test_what_holds_secrets_is_neither_pickled_nor_copied(holder: object) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="holds secrets and is not pickled"):
            attempt(holder)


def test_what_holds_a_holder_is_not_pickled_either() -> None:
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="GivenKey holds secrets"):
            attempt(Parcel((GIVEN,), consent="c"))


def test_a_compartments_key_is_not_pickled() -> None:
    assert stays(CompartmentKey)


def stays(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__reduce__ is not object.__reduce__


def values() -> Iterator[type]:
    for found in pkgutil.walk_packages(salus.__path__, "salus."):
        if found.name.endswith("__main__"):
            continue
        module = importlib.import_module(found.name)
        for kind in vars(module).values():
            own = isinstance(kind, type) and kind.__module__ == module.__name__
            if own and dataclasses.is_dataclass(kind):
                yield kind


PLAIN = (bytes, str, bytes | None, str | None, tuple[bytes, ...], tuple[str, ...])


def test_every_value_that_hides_a_key_stays_in_its_process() -> None:
    leaving = [
        f"{kind.__name__}.{each.name}"
        for kind in values()
        if not stays(kind)
        for each in dataclasses.fields(kind)
        if not each.repr and each.name.strip("_") not in NO_KEYS
        if get_type_hints(kind)[each.name] in PLAIN
    ]
    assert not leaving, "put @never_pickled on it, or name the field among NO_KEYS"
