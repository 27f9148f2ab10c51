"""Manifests: what a record is, read strictly, and in one line of versions."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.conftest import CHAIN, NOW, Person, verify

from salus.primitives.errors import InvalidArgument
from salus.vault.crypto.cid import content_id
from salus.vault.crypto.commitments import check_key, commit_key, record_context
from salus.vault.crypto.padding import padded, padded_size, unpadded
from salus.vault.crypto.segments import ciphertext_size
from salus.vault.documents.manifest import Blob, Manifest
from salus.vault.documents.statements import Statement, vouch
from salus.vault.errors import (
    ForgedSignature,
    ForkedManifest,
    MalformedManifest,
    WrongKey,
)
from salus_verify.encoding import canonical
from salus_verify.errors import InvalidValue
from salus_verify.opening import Opening, commit_plaintext


@pytest.fixture
def manifest(hospital: Person) -> Manifest:
    return Manifest(
        chain_id=CHAIN,
        record=bytes(range(16)),
        version=1,
        previous=None,
        plaintext_size=1000,
        media_type="application/fhir+json",
        commitment=b"c" * 32,
        issuer=hospital.identity,
        created_at=NOW,
        blob=Blob(
            content_id=content_id(b"ciphertext"),
            ciphertext_size=ciphertext_size(1000),
            padding="none",
            locations=("memory://shared",),
            key_commitment=b"k" * 32,
            key_id=b"w" * 16,
            generation=0,
        ),
    )


def after(manifest: Manifest, **changes: object) -> Manifest:
    values = {"version": manifest.version + 1, "previous": manifest.digest, **changes}
    return replace(manifest, **values)  # type: ignore[arg-type]


def document(manifest: Manifest, **changes: object) -> bytes:
    """The document of a manifest, of which some members of what it is are others."""
    outer = json.loads(manifest.to_document())
    return canonical({**outer, "manifest": {**outer["manifest"], **changes}})


def test_travels_with_where_it_lies(manifest: Manifest) -> None:
    assert Manifest.parse(manifest.to_document()) == manifest


def test_where_it_lies_is_no_part_of_what_is_anchored(manifest: Manifest) -> None:
    moved = replace(manifest, blob=replace(manifest.blob, key_id=b"x" * 16, generation=1))
    assert moved != manifest
    assert (moved.digest, moved.to_bytes()) == (manifest.digest, manifest.to_bytes())


@pytest.mark.parametrize("kind", ["letter", "erasure"])
def test_a_signature_serves_one_kind_of_statement_only(hospital: Person, kind: str) -> None:
    signed = vouch(hospital, "release", bytes(32), CHAIN)
    with pytest.raises(ForgedSignature):
        signed.check("it", Statement(kind, hospital.identity, bytes(32), CHAIN), verify)


def test_the_statement_is_what_wallets_sign(hospital: Person) -> None:
    typed = Statement("letter", hospital.identity, bytes(32), CHAIN).typed_data()
    signature = vouch(hospital, "letter", bytes(32), CHAIN).signature
    message = encode_typed_data(full_message=typed)
    assert Account.recover_message(message, signature=signature) == hospital.identity
    assert typed["domain"]["chainId"] == CHAIN


def test_refuses_a_checker_that_says_false(hospital: Person) -> None:
    statement = Statement("letter", hospital.identity, bytes(32), CHAIN)
    with pytest.raises(ForgedSignature):
        vouch(hospital, "letter", bytes(32), CHAIN).check("it", statement, lambda *_: False)


@pytest.mark.parametrize("signature", [b"", bytes(8193)])
def test_refuses_a_signature_of_impossible_length(hospital: Person, signature: bytes) -> None:
    class Broken:
        identity, signer = hospital.identity, hospital.signer

        def sign_typed_data(self, typed: object) -> bytes:
            return signature

    with pytest.raises(InvalidValue, match="1 to 8192 bytes"):
        vouch(Broken(), "letter", bytes(32), CHAIN)


BLOB = {
    "cid": "QmYGy71edxhCAi9BcrxSmovkAJ79K6R3A6C6mRMxH9Tjso",
    "envelope": "tink/v2",
    "ciphertextSize": 1,
    "padding": "zeros",
    "locations": "memory://shared",
    "keyCommitment": "0x",
    "keyId": "0x00",
    "generation": "first",
    "surplus": 1,
}
TOP = {
    "type": "salus/manifest/v2",
    "chainId": 0,
    "record": "0x00",
    "version": 0,
    "previous": "0x" + "00" * 32,
    "commitment": None,
    "size": 999,
    "mediaType": "",
    "issuer": "hospital",
    "createdAt": "today",
    "surplus": 1,
}


@pytest.mark.parametrize("name", BLOB)
def test_refuses_a_record_with_a_malformed_blob(manifest: Manifest, name: str) -> None:
    values = json.loads(manifest.to_document())
    values["blob"][name] = BLOB[name]
    with pytest.raises(MalformedManifest):
        Manifest.parse(canonical(values))


@pytest.mark.parametrize("name", TOP)
def test_refuses_a_manifest_with_a_malformed_field(manifest: Manifest, name: str) -> None:
    with pytest.raises(MalformedManifest):
        Manifest.parse(document(manifest, **{name: TOP[name]}))


@pytest.mark.parametrize("kind", ["x/\x1b]0;owned\x07", "text", "text/plain\n", "text/pl\u00e4in"])
def test_refuses_a_media_type_that_is_none(manifest: Manifest, kind: str) -> None:
    with pytest.raises(MalformedManifest, match="media type"):
        Manifest.parse(document(manifest, mediaType=kind))
    with pytest.raises(InvalidValue, match="media type"):
        replace(manifest, media_type=kind)
    sound = replace(manifest, media_type="text/plain; charset=utf-8")
    assert Manifest.parse(sound.to_document()) == sound


def test_refuses_a_manifest_without_a_field(manifest: Manifest) -> None:
    values = json.loads(manifest.to_bytes())
    outer = json.loads(manifest.to_document())
    for name in values:
        said = {key: values[key] for key in values if key != name}
        with pytest.raises(MalformedManifest):
            Manifest.parse(canonical({**outer, "manifest": said}))
    for name in outer["blob"]:
        blob = {key: outer["blob"][key] for key in outer["blob"] if key != name}
        with pytest.raises(MalformedManifest):
            Manifest.parse(canonical({**outer, "blob": blob}))


def test_refuses_a_later_version_without_a_previous_one(manifest: Manifest) -> None:
    with pytest.raises(MalformedManifest, match="first version"):
        Manifest.parse(document(manifest, version=2))
    with pytest.raises(InvalidValue, match="first version"):
        replace(manifest, version=2)


@pytest.mark.parametrize(
    "places",
    [
        tuple(f"memory://{n}" for n in range(65)),
        ("memory://" + "x" * 2048,),
        ("memory://a", "memory://a"),
    ],
    ids=["65", "too long", "twice"],
)
def test_a_blob_names_few_places_each_once(manifest: Manifest, places: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue, match="locations"):
        replace(manifest.blob, locations=places)
    values = json.loads(manifest.to_document())
    values["blob"]["locations"] = list(places)
    with pytest.raises(MalformedManifest, match="locations"):
        Manifest.parse(canonical(values))


# ── one line of versions ─────────────────────────────────────────────────────────────────────


def test_accepts_the_next_version_and_the_same_again(manifest: Manifest) -> None:
    after(manifest).check_succeeds(manifest)
    manifest.check_succeeds(manifest)


def test_accepts_a_version_beyond_the_next(manifest: Manifest) -> None:
    after(after(manifest)).check_succeeds(manifest)


def test_refuses_two_manifests_of_one_version(manifest: Manifest) -> None:
    with pytest.raises(ForkedManifest, match="two contents"):
        replace(manifest, created_at=NOW + 1).check_succeeds(manifest)


def test_refuses_a_next_version_that_follows_another_one(manifest: Manifest) -> None:
    with pytest.raises(ForkedManifest, match="does not follow"):
        after(manifest, previous=bytes(32)).check_succeeds(manifest)


# ── what binds ───────────────────────────────────────────────────────────────────────────────


def test_the_context_has_the_documented_bytes() -> None:
    assert record_context(bytes(range(16)), 2, 31337).hex() == (
        "53414c5553414401" + bytes(range(16)).hex() + "0000000000000002" + "0000000000007a69"
    )


@pytest.mark.parametrize("values", [(bytes(15), 1, 1), (bytes(16), 0, 1), (bytes(16), 1, 1 << 53)])
def test_refuses_a_context_that_does_not_fit(values: tuple[bytes, int, int]) -> None:
    with pytest.raises(InvalidArgument):
        record_context(*values)


def test_the_commitments_are_the_documented_hashes() -> None:
    salt, text = b"s" * 32, b"exact bytes"
    commitment = hashlib.sha256(b"salus/vault/plaintext-commitment/v1\0" + salt + text).digest()
    leaf = hashlib.sha256(b"salus/vault/leaf/v1\0" + salt + commitment + b"m" * 32).digest()

    assert commit_plaintext(salt, text) == commitment
    assert Opening(salt, commitment, b"m" * 32).leaf() == leaf
    assert Opening(salt, commitment, b"m" * 32).opens(text)


def test_an_opening_refuses_another_document_and_gives_another_manifest_another_leaf() -> None:
    opening = Opening(b"s" * 32, commit_plaintext(b"s" * 32, b"a"), b"m" * 32)
    assert not opening.opens(b"b")
    assert replace(opening, manifest_digest=bytes(32)).leaf() != opening.leaf()
    with pytest.raises(InvalidValue):
        Opening(b"s", bytes(32), bytes(32))


def test_a_key_is_checked_before_it_is_used() -> None:
    check_key(b"k" * 32, commit_key(b"k" * 32))
    with pytest.raises(WrongKey):
        check_key(b"j" * 32, commit_key(b"k" * 32))


# ── padding ──────────────────────────────────────────────────────────────────────────────────


@given(size=st.integers(0, 1 << 45))
def test_padding_grows_by_at_most_an_eighth_and_hides_low_bits(size: int) -> None:
    rounded = padded_size(size, "padme")
    assert size <= rounded <= size * 1.12 + 1
    assert padded_size(rounded, "padme") == rounded
    assert padded_size(size, "none") == size


@given(pieces=st.lists(st.binary(max_size=400), max_size=6))
def test_padding_comes_off_again(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    longer = b"".join(padded(pieces, "padme"))
    assert len(longer) == padded_size(len(whole), "padme")
    assert b"".join(unpadded([longer[:5], longer[5:]], len(whole))) == whole


def test_refuses_an_unknown_padding() -> None:
    with pytest.raises(InvalidArgument):
        padded_size(5, "zeros")
