"""HPKE with X-Wing: our bytes are what another implementation makes and opens."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.errors import InvalidArgument, WrongRecipient
from salus.vault import hpke

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "vault" / "hpke.json").read_text())
SEED = hashlib.sha256(b"salus hpke vector seed").digest()
INFO = VECTOR["info"].encode()


def test_opens_what_another_implementation_sealed() -> None:
    sealed = bytes.fromhex(VECTOR["sealed"])
    assert hpke.open_sealed(SEED, info=INFO, sealed=sealed) == VECTOR["plaintext"].encode()


def test_derives_the_public_key_that_another_implementation_derives() -> None:
    public = hpke.public_key(SEED)
    assert hashlib.sha256(public).hexdigest() == VECTOR["publicKeySha256"]
    assert len(public) == hpke.PUBLIC_KEY_SIZE


@settings(max_examples=25, deadline=None)
@given(plaintext=st.binary(max_size=300), info=st.binary(max_size=100))
def test_returns_what_was_sealed(plaintext: bytes, info: bytes) -> None:
    sealed = hpke.seal(hpke.public_key(SEED), info=info, plaintext=plaintext)
    assert len(sealed) == len(plaintext) + hpke.OVERHEAD
    assert hpke.open_sealed(SEED, info=info, sealed=sealed) == plaintext


@pytest.mark.parametrize("at", [0, 1088, 1119, 1120, 1140, -1])
def test_refuses_any_changed_part(at: int) -> None:
    sealed = bytearray.fromhex(VECTOR["sealed"])
    sealed[at] ^= 1
    with pytest.raises(WrongRecipient):
        hpke.open_sealed(SEED, info=INFO, sealed=bytes(sealed))


@pytest.mark.parametrize("size", [0, 1, 1119, 1120, 1135])
def test_refuses_a_cut_message(size: int) -> None:
    with pytest.raises(WrongRecipient):
        hpke.open_sealed(SEED, info=INFO, sealed=bytes.fromhex(VECTOR["sealed"])[:size])


def test_refuses_another_purpose_and_another_recipient() -> None:
    sealed = bytes.fromhex(VECTOR["sealed"])
    with pytest.raises(WrongRecipient):
        hpke.open_sealed(SEED, info=b"another purpose", sealed=sealed)
    with pytest.raises(WrongRecipient):
        hpke.open_sealed(hpke.generate_seed(), info=INFO, sealed=sealed)


@pytest.mark.parametrize("public", [b"", bytes(32), b"\xff" * 1216])
def test_refuses_what_is_no_public_key(public: bytes) -> None:
    with pytest.raises(InvalidArgument, match="public key"):
        hpke.seal(public, info=b"", plaintext=b"x")


def test_refuses_a_seed_of_another_length() -> None:
    with pytest.raises(InvalidArgument, match="seed"):
        hpke.public_key(bytes(31))


def test_seeds_are_random() -> None:
    assert hpke.generate_seed() != hpke.generate_seed()
