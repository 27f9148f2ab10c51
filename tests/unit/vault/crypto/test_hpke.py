"""HPKE with X-Wing: our bytes are what another implementation makes and opens."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.conftest import CHAIN, NOW, Person

from salus.primitives.errors import InvalidArgument
from salus.vault.crypto import hpke
from salus.vault.errors import WrongRecipient
from salus.vault.letters.letters import seal_letter

VECTOR = json.loads((Path(__file__).parents[3] / "vectors" / "vault" / "hpke.json").read_text())
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
    assert len(sealed) == len(plaintext) + hpke.ENCAPSULATION_SIZE + 16
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


# Beside another implementation -------------------------------------------------------------------

ROOT = Path(__file__).parents[4]
beside = pytest.mark.skipif(
    shutil.which("node") is None
    or not (ROOT / "node_modules" / "@hpke" / "hybridkem-x-wing").is_dir(),
    reason="needs Node and node_modules: run `make setup`",
)
PLAINTEXTS = (b"", b"\x00", bytes(range(64)), os.urandom(10_000))


def peer(*requests: dict[str, str]) -> list[bytes | None]:
    """What npm's implementation makes of some requests."""
    done = subprocess.run(
        ["node", "tests/hpke/peer.mjs"],
        cwd=ROOT,
        input=json.dumps(requests),
        capture_output=True,
        text=True,
        check=True,
    )
    return [None if each is None else bytes.fromhex(each) for each in json.loads(done.stdout)]


@beside
def test_another_implementation_derives_our_public_keys() -> None:
    seeds = [SEED, *(hpke.generate_seed() for _ in range(3))]
    asked = ({"act": "public", "seed": seed.hex()} for seed in seeds)
    assert peer(*asked) == [hpke.public_key(seed) for seed in seeds]


@beside
def test_another_implementation_opens_what_we_seal() -> None:
    seed = hpke.generate_seed()
    sealed = [hpke.seal(hpke.public_key(seed), info=INFO, plaintext=each) for each in PLAINTEXTS]
    asked = {"act": "open", "seed": seed.hex(), "info": INFO.hex()}
    assert peer(*({**asked, "sealed": each.hex()} for each in sealed)) == list(PLAINTEXTS)


@beside
def test_we_open_what_another_implementation_seals() -> None:
    seed = hpke.generate_seed()
    asked = {"act": "seal", "public": hpke.public_key(seed).hex(), "info": INFO.hex()}
    sealed = peer(*({**asked, "plaintext": each.hex()} for each in PLAINTEXTS))
    assert None not in sealed
    opened = [hpke.open_sealed(seed, info=INFO, sealed=each or b"") for each in sealed]
    assert opened == list(PLAINTEXTS)


@beside
def test_another_implementation_refuses_what_we_refuse() -> None:
    seed = hpke.generate_seed()
    sealed = hpke.seal(hpke.public_key(seed), info=INFO, plaintext=b"x")
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    asked = {"act": "open", "seed": seed.hex(), "info": INFO.hex(), "sealed": sealed.hex()}
    wrong = (
        {"sealed": changed.hex()},
        {"info": b"another purpose".hex()},
        {"seed": hpke.generate_seed().hex()},
    )
    assert peer(asked, *({**asked, **each} for each in wrong)) == [b"x", None, None, None]


@beside
def test_another_implementation_opens_letters_by_what_docs_vault_md_says(
    hospital: Person, clinician: Person
) -> None:
    """`info` is the canonical JSON of all of the document but what is sealed."""
    document = clinician.keys.document
    message = seal_letter(
        "terms", b"body", author=hospital, recipient=document, chain_id=CHAIN, sent_at=NOW
    )
    (letter,) = peer(_to_open(message, clinician))
    assert letter is not None
    assert json.loads(letter)["type"] == "salus/signed-letter/v1"


def _to_open(document: bytes, by: Person) -> dict[str, str]:
    said = json.loads(document)
    sealed = base64.urlsafe_b64decode(said["sealed"] + "==")
    info = rfc8785.dumps({name: value for name, value in said.items() if name != "sealed"})
    seed = by.keys.keys[0].seed
    return {"act": "open", "seed": seed.hex(), "info": info.hex(), "sealed": sealed.hex()}


def test_a_key_has_one_spelling_and_another_is_no_key() -> None:
    key = hpke.public_key(hpke.generate_seed())
    mlkem, x25519 = key[:-32], int.from_bytes(key[-32:], "little")
    assert hpke.is_public_key(key)
    field = 2**255 - 19
    for other in (x25519 | 1 << 255, field, field + 9, 2**255 - 1, 2**256 - 1):
        assert not hpke.is_public_key(mlkem + other.to_bytes(32, "little"))
    assert hpke.is_public_key(mlkem + (9).to_bytes(32, "little"))
    # ML-KEM's half has no second spelling: a coefficient of q or more is refused (FIPS 203, 7.2).
    assert not hpke.is_public_key(b"\xff\xff\xff" + key[3:])
