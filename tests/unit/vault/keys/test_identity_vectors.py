"""An identity's files and a sealed letter, read as third parties must be able to read them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_account import Account
from eth_account.messages import encode_typed_data
from shamir_mnemonic import combine_mnemonics  # type: ignore[import-untyped]
from tests.vectors.identities.make_identities import vectors

from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import Deposit, restore_key
from salus.vault.crypto import hpke
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.keys.encrypted_keys import decrypt_keys
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.keys.key_shares import recover_keys
from salus.vault.letters.letters import open_letter

FILE = Path(__file__).parents[3] / "vectors" / "identities" / "identities.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text())
KEYS = IdentityKeys.from_secret_bytes(VECTORS["identityKeys"].encode())


def plain(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def bare(values: dict[str, Any]) -> bytes:
    """Canonical JSON (RFC 8785) of what is ASCII and holds no fraction."""
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode()


def without(document: str, *names: str) -> bytes:
    """What sealed bytes are bound to: the document without them."""
    values = json.loads(document)
    return bare({name: values[name] for name in values if name not in names})


def test_they_are_what_this_release_writes() -> None:
    assert vectors(lambda name, _: VECTORS[name]) == VECTORS


@pytest.mark.parametrize("made", VECTORS["keyDocuments"], ids=["first", "second"])
def test_a_key_document_holds_the_public_key_of_its_seed(made: dict[str, str]) -> None:
    expanded = hashlib.shake_256(bytes.fromhex(made["seed"])).digest(96)
    mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]).public_key().public_bytes_raw()
    x25519 = X25519PrivateKey.from_private_bytes(expanded[64:]).public_key().public_bytes_raw()
    said = json.loads(made["document"])
    assert plain(said["publicKey"]) == mlkem + x25519
    assert bare(said).decode() == made["document"]
    digest = hashlib.sha256(made["document"].encode()).digest()
    assert made["id"] == "0x" + digest.hex()
    assert KeyDocument.parse(made["document"].encode(), digest=digest).id == made["id"]


def test_a_second_key_document_names_the_first_and_stands_before_it_among_the_keys() -> None:
    first, second = VECTORS["keyDocuments"]
    assert json.loads(second["document"])["previous"] == first["id"]
    kept = json.loads(VECTORS["identityKeys"])["keys"]
    assert [plain(each["document"]).decode() for each in kept] == [
        second["document"],
        first["document"],
    ]
    assert [plain(each["seed"]).hex() for each in kept] == [second["seed"], first["seed"]]


def test_the_passphrase_opens_the_key_file() -> None:
    said = json.loads(VECTORS["keyFile"])
    kdf = said["kdf"]
    derived = Argon2id(
        salt=plain(kdf["salt"]),
        length=32,
        iterations=kdf["iterations"],
        lanes=kdf["lanes"],
        memory_cost=kdf["memoryKib"],
    ).derive("seven wet ott\u00e9rs".encode())
    bound = without(VECTORS["keyFile"], "ciphertext")
    nonce, sealed = plain(said["cipher"]["nonce"]), plain(said["ciphertext"])
    assert AESGCM(derived).decrypt(nonce, sealed, bound).decode() == VECTORS["identityKeys"]
    assert decrypt_keys(VECTORS["keyFile"].encode(), passphrase=VECTORS["passphrase"]) == KEYS


def test_any_two_shares_open_the_recovery_document() -> None:
    said, shares = json.loads(VECTORS["recovery"]), VECTORS["recoveryShares"]
    secret = combine_mnemonics([shares[0], shares[2]])
    assert secret.hex() == VECTORS["recoverySecret"]
    info = b"salus/vault/recovery/v1\0"
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret)
    bound = without(VECTORS["recovery"], "ciphertext")
    nonce, sealed = plain(said["cipher"]["nonce"]), plain(said["ciphertext"])
    assert AESGCM(key).decrypt(nonce, sealed, bound).decode() == VECTORS["identityKeys"]
    assert recover_keys(VECTORS["recovery"].encode(), shares[1:]) == KEYS


def test_the_emergency_card_names_a_key_that_its_shares_give() -> None:
    said, shares = json.loads(VECTORS["emergencyCard"]), VECTORS["emergencyShares"]
    who = hashlib.sha256(b"salus/emergency/v1\0" + (said["patient"] + said["issuer"]).encode())
    assert json.loads(plain(said["document"]))["identity"] == "0x" + who.digest()[-20:].hex()
    assert combine_mnemonics(shares[:2]).hex() == VECTORS["emergencySeed"]
    card = EmergencyCard.parse(VECTORS["emergencyCard"].encode())
    assert card.to_bytes().decode() == VECTORS["emergencyCard"]
    assert restore_key(card.document, shares[1:]).document == card.document


def test_a_deposit_holds_a_share_for_its_custodian() -> None:
    said = json.loads(VECTORS["deposit"])
    assert said["key"] == EmergencyCard.parse(VECTORS["emergencyCard"].encode()).document.id
    opened = hpke.open_sealed(
        bytes.fromhex(VECTORS["keyDocuments"][1]["seed"]),
        info=without(VECTORS["deposit"], "sealed"),
        sealed=plain(said["sealed"]),
    )
    assert opened.decode() == VECTORS["emergencyShares"][0]
    assert Deposit.parse(VECTORS["deposit"].encode()).open(KEYS) == opened.decode()


def signed_by(identity: str, typed: dict[str, Any], signer: bytes, signature: bytes) -> bool:
    """What anybody can check: an account signed, and its identity is its own address."""
    found = Account.recover_message(encode_typed_data(full_message=typed), signature=signature)
    return found == identity and bytes.fromhex(identity[2:]) == signer


def test_a_message_holds_a_letter_that_its_sender_signed() -> None:
    said = json.loads(VECTORS["message"])
    opened = hpke.open_sealed(
        bytes.fromhex(VECTORS["keyDocuments"][1]["seed"]),
        info=without(VECTORS["message"], "sealed"),
        sealed=plain(said["sealed"]),
    )
    assert opened.decode() == VECTORS["signedLetter"]
    assert plain(json.loads(VECTORS["signedLetter"])["letter"]).decode() == VECTORS["letter"]
    letter = open_letter(VECTORS["message"].encode(), KEYS, verify=signed_by)
    assert letter.to_bytes().decode() == VECTORS["letter"]
    assert letter.body.decode() == VECTORS["erasureNotice"]
    assert ErasureNotice.parse(letter.body).issuer == letter.sender
