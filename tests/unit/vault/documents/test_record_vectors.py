"""Records, parcels and letters as third parties must reproduce them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from tests.vectors.vault.make_records import vectors

from salus.primitives.errors import MalformedDocument
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel

FILE = Path(__file__).parents[3] / "vectors" / "vault" / "records.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text())
KEY, SALT, COMPARTMENT = (
    bytes.fromhex(VECTORS["inputs"][name]) for name in ("key", "salt", "compartmentKey")
)


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_they_are_what_this_release_writes() -> None:
    assert json.loads(json.dumps(vectors())) == VECTORS


@pytest.mark.parametrize("record", VECTORS["records"], ids=["first", "second"])
def test_the_leaf_is_made_of_what_the_record_is_and_of_nothing_else(record: dict[str, Any]) -> None:
    said = json.loads(record["document"])
    manifest = record["manifest"].encode()
    assert json.loads(manifest) == said["manifest"]
    digest = hashlib.sha256(manifest).digest()
    commitment = bytes.fromhex(json.loads(manifest)["commitment"][2:])
    leaf = hashlib.sha256(b"salus/vault/leaf/v1\0" + SALT + commitment + digest).hexdigest()
    assert (digest.hex(), leaf) == (record["digest"], record["leaf"])
    assert said["blob"]["keyCommitment"] == "0x" + record["keyCommitment"]
    made = hmac.digest(KEY, b"salus/vault/key-commitment/v1\0", "sha256").hex()
    assert made == record["keyCommitment"]
    assert Manifest.parse(record["document"].encode()).to_document().decode() == record["document"]


def test_the_second_version_names_the_first() -> None:
    first, second = VECTORS["records"]
    assert json.loads(second["manifest"])["previous"] == "0x" + first["digest"]
    content = VECTORS["inputs"]["content"].encode()
    committed = hashlib.sha256(b"salus/vault/plaintext-commitment/v1\0" + SALT + content)
    assert committed.hexdigest() == first["commitment"]


def test_the_parcel_opens_the_record_with_the_compartment_s_key() -> None:
    parcel = json.loads(VECTORS["parcel"])
    (key,), (pointer,) = parcel["keys"], parcel["pointers"]
    assert (plain(key["secret"]), key["target"]) == (COMPARTMENT, pointer["compartmentKey"])
    named = hmac.digest(COMPARTMENT, b"salus/vault/compartment-key/v1\0", "sha256")[:16]
    assert key["target"] == "0x" + named.hex()
    assert aes_key_unwrap(COMPARTMENT, plain(pointer["wrapped"])) == KEY + SALT
    assert pointer["record"] == json.loads(VECTORS["records"][0]["document"])
    assert Parcel.parse(VECTORS["parcel"].encode()).to_bytes().decode() == VECTORS["parcel"]


def test_the_letter_carries_the_parcel_and_its_digest_is_signed() -> None:
    letter = VECTORS["letter"].encode()
    assert plain(json.loads(letter)["body"]).decode() == VECTORS["parcel"]
    assert hashlib.sha256(letter).hexdigest() == VECTORS["letterDigest"]
    message = VECTORS["letterStatement"]["message"]
    assert message["contentDigest"] == "0x" + VECTORS["letterDigest"]


@pytest.mark.parametrize("limit", VECTORS["limits"], ids=lambda limit: limit["of"])
def test_a_document_is_read_at_its_limit_and_not_past_it(limit: dict[str, Any]) -> None:
    of_a_parcel = json.loads(limit["read"])["type"] == "salus/parcel/v1"
    read = Parcel.parse if of_a_parcel else Manifest.parse
    read(limit["read"].encode())
    with pytest.raises(MalformedDocument):
        read(limit["refused"].encode())
