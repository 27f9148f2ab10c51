"""Make ``identities.json``: what others must read of an identity's files, and of a sealed letter.

Run by hand, when a format changes: ``python tests/vectors/identities/make_identities.py``. No key
here protects anything. Shares and sealed bytes are random: those in the file stay; delete a member
to make it anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from salus.chain import development_account
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import Deposit, emergency_identity
from salus.vault.crypto import hpke
from salus.vault.crypto.shares import split
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.statements import vouch
from salus.vault.keys import encrypted_keys, key_shares
from salus.vault.keys.encrypted_keys import FASTEST, encrypt_keys
from salus.vault.keys.identity_keys import EncryptionKey, IdentityKeys
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.keys.key_shares import split_keys
from salus.vault.letters import letters
from salus.vault.letters.letters import Letter, seal_letter
from salus_verify.encoding import base64url, canonical

FILE = Path(__file__).with_name("identities.json")
OWNER, PATIENT, ISSUER = ("0x" + each * 20 for each in ("ab", "cd", "ef"))
CHAIN = 31337
MADE = 1_800_000_000
STORE_KEY, SALT, NONCE = b"store key of 32 bytes for a test", b"salt of 16 bytes", b"nonce of 12."
LETTER_ID = b"16 random bytes!"
SECRET = b"a secret that is only in shares!"
PASSPHRASE = "seven\u3000wet otte\u0301rs"
"""Typed with a wide space and a combining accent: derived from as RFC 8265 prepares it."""


def key_of(seed: bytes, owner: str, *, at: int, previous: bytes | None = None) -> EncryptionKey:
    """A key as its seed gives it."""
    return EncryptionKey(seed, KeyDocument(owner, hpke.public_key(seed), at, previous))


def owner_keys() -> IdentityKeys:
    """Two keys, the newer one first."""
    first = key_of(b"the seed of somebody's first key", OWNER, at=MADE)
    second = key_of(
        b"and the seed of the second one .", OWNER, at=MADE + 60, previous=first.document.digest
    )
    return IdentityKeys((second, first), STORE_KEY)


def drawn(module: ModuleType, *values: bytes) -> Any:
    """Let a module draw these bytes in the place of random ones."""
    waiting = list(values)
    return mock.patch.object(module, "os", SimpleNamespace(urandom=lambda _: waiting.pop(0)))


def key_file() -> bytes:
    with drawn(encrypted_keys, SALT, NONCE):
        return encrypt_keys(owner_keys(), passphrase=PASSPHRASE, cost=FASTEST)


def recovery() -> bytes:
    with drawn(key_shares, SECRET, NONCE):
        return split_keys(owner_keys(), needed=2, shares=3).document


def card() -> tuple[EncryptionKey, EmergencyCard]:
    """An emergency key, and the card that names it."""
    seed = b"the seed of an emergency's key ."
    key = key_of(seed, emergency_identity(PATIENT, ISSUER), at=MADE)
    custodians = tuple("0x" + f"{number:02x}" * 20 for number in (1, 2, 3))
    inbox = "s3://ward/emergencies"
    return key, EmergencyCard(CHAIN, PATIENT, ISSUER, key.document, inbox, 2, custodians)


def deposit(share: str) -> Deposit:
    """What the owner of these keys holds as a custodian."""
    key, named = card()
    custodian = owner_keys().document
    bound = Deposit(CHAIN, named.patient, key.document.id, custodian.id, b"what is left out below")
    info = json.loads(bound.to_bytes())
    del info["sealed"]
    sealed = hpke.seal(custodian.public_key, info=canonical(info), plaintext=share.encode())
    return Deposit(CHAIN, named.patient, key.document.id, custodian.id, sealed)


def letter() -> tuple[Letter, dict[str, str]]:
    """A notice of erasure to the owner of these keys, and who signed it."""
    author = development_account(1)
    sender = author.identity
    body = ErasureNotice(sender, CHAIN, bytes(range(16)), MADE).to_bytes()
    reader = owner_keys().document.id
    written = Letter("erasure", sender, reader, CHAIN, MADE + 120, body, id=LETTER_ID)
    return written, vouch(author, "letter", written.digest, CHAIN).to_json()


def message() -> bytes:
    """The letter as it lies in an inbox."""
    written, _ = letter()
    with drawn(letters, LETTER_ID):
        return seal_letter(
            written.kind,
            written.body,
            author=development_account(1),
            recipient=owner_keys().document,
            chain_id=CHAIN,
            sent_at=written.sent_at,
        )


def vectors(once: Callable[[str, Callable[[], Any]], Any]) -> dict[str, Any]:
    """All of them, as they stand in the file; ``once`` takes over what is random."""
    keys, (emergency, named), (written, signature) = owner_keys(), card(), letter()
    shares = once("recoveryShares", lambda: list(split(SECRET, needed=2, shares=3)))
    emergency_shares = once(
        "emergencyShares", lambda: list(split(emergency.seed, needed=2, shares=3))
    )
    return {
        "keyDocuments": [
            {
                "seed": each.seed.hex(),
                "document": each.document.to_bytes().decode(),
                "id": each.document.id,
            }
            for each in reversed(keys.keys)
        ],
        "identityKeys": keys.to_secret_bytes().decode(),
        "passphrase": PASSPHRASE,
        "keyFile": key_file().decode(),
        "recoverySecret": SECRET.hex(),
        "recoveryShares": shares,
        "recovery": recovery().decode(),
        "emergencySeed": emergency.seed.hex(),
        "emergencyShares": emergency_shares,
        "emergencyCard": named.to_bytes().decode(),
        "deposit": once("deposit", lambda: deposit(emergency_shares[0]).to_bytes().decode()),
        "erasureNotice": written.body.decode(),
        "letter": written.to_bytes().decode(),
        "signedLetter": canonical(
            {
                "type": "salus/signed-letter/v1",
                "letter": base64url(written.to_bytes()),
                "signature": signature,
            }
        ).decode(),
        "message": once("message", lambda: message().decode()),
    }


if __name__ == "__main__":
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    made = vectors(lambda name, make: known.get(name) or make())
    FILE.write_text(json.dumps(made, indent=2) + "\n")
