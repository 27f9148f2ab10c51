"""Every format that others keep is in what a release left behind, or cannot be, for a reason."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.unit.docs.test_formats_page import SECTIONS
from tests.unit.vault.written.conftest import RELEASES

from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import restore
from salus.emergencies.releases import ReleasedShare
from salus.vault.errors import WrongRecipient
from salus.vault.keys.identity_keys import IdentityKeys
from salus_verify.encoding import canonical

HASHED = "is hashed or signed, and stands in no document"
NOT_WRITTEN = {
    "salus/consent-residual/v1": HASHED,
    "salus/consent-terms/v1": HASHED,
    "salus/deployment/v1": "salts an address",
    "salus/emergency/v1": "makes an identity",
    "salus/erased/v1": HASHED,
    "salus/identity-keys/v1": "is encrypted in key files and recovery documents; test_secrets",
    "salus/log-closed/v1": HASHED,
    "salus/log-continued/v1": HASHED,
    "salus/lot/v1": HASHED,
    "salus/pack-salt/v1": "derives a salt",
    "salus/stream-goes-on/v1": HASHED,
    "salus/stream/v1": HASHED,
    "salus/vault/compartment-key/v1": HASHED,
    "salus/vault/key-commitment/v1": HASHED,
    "salus/vault/leaf/v1": HASHED,
    "salus/vault/plaintext-commitment/v1": HASHED,
    "salus/vault/recovery/v1": "derives a key",
}
"""Formats that are no documents of their own, or lie where only their keys show them."""


def documents_in(value: Any) -> Iterator[dict[str, Any]]:
    """The documents in a document: as members, and as texts and bytes that hold another."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from documents_in(each)
    if isinstance(value, str) and len(value) > 20:
        with suppress(ValueError):
            inside = value if value.startswith("{") else urlsafe_b64decode(value + "==").decode()
            yield from documents_in(json.loads(inside))


def opened(message: dict[str, Any], keys: list[IdentityKeys]) -> Iterator[dict[str, Any]]:
    """What is sealed in a message, to whoever of these it is sealed to."""
    sealed = urlsafe_b64decode(message["sealed"] + "==")
    info = canonical({name: message[name] for name in ("type", "suite", "recipient")})
    for each in keys:
        with suppress(WrongRecipient):
            inside = each.open_sealed(
                sealed, recipient=message["recipient"], info=info, what="the message"
            )
            yield from documents_in(json.loads(inside))


def test_every_format_was_written(release: Path, keys_of: Callable[[str], IdentityKeys]) -> None:
    folder = release / "documents"
    card = EmergencyCard.parse((folder / "emergency-card.json").read_bytes())
    shares = [ReleasedShare.parse(each.read_bytes()) for each in folder.glob("released-share-*")]
    keys = [keys_of("clinic"), restore(card.document, shares, keys_of("clinician")).keys]
    found = list[dict[str, Any]]()
    for path in (each for each in release.rglob("*") if each.is_file()):
        with suppress(ValueError):
            found += documents_in(json.loads(path.read_bytes()))
    sealed = [each for each in found if each.get("type") == "salus/message/v1"]
    for message in sealed:
        found += opened(message, keys)
    written = {each["type"] for each in found if str(each.get("type")).startswith("salus/")}
    listed = SECTIONS["Frozen"] | SECTIONS["Provisional"]
    assert written <= listed
    if release.name == RELEASES[-1].name:  # those before did not know all of them
        assert sorted([*written, *NOT_WRITTEN]) == sorted(listed)
