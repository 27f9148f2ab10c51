"""Parcels: what a custodian hands to a reader: keys, and the records that they open.

A parcel travels in a letter, which is sealed to its reader and signed by its sender: the keys in it
are plain, and count for that reader and from that sender alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from salus.primitives.secrets import never_pickled
from salus.primitives.values import refuse, typed
from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.crypto.store_cipher import unwrap_key
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.record_keys import ID_SIZE, SALT_SIZE, RecordKey
from salus.vault.errors import MalformedParcel
from salus_verify import json_reader
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.errors import InputError
from salus_verify.fields import (
    LONGEST_DATA,
    MAX_DEPTH,
    MAX_DOCUMENT_BYTES,
    Fields,
    is_text,
)

PARCEL_TYPE = "salus/parcel/v1"
PARCEL_LIMIT = 384 << 10
"""Bytes up to which a parcel is filled: signed and sealed, it still fits into one message."""

KINDS = {"record": KEY_SIZE + SALT_SIZE, "compartment": KEY_SIZE}
"""Kinds of keys, and the bytes of each."""
WRAPPED_SIZE = KINDS["record"] + 8
LONGEST_CONSENT, _MOST = 256, 4096
_OUTSIDE = 3
"""Levels of a parcel around a record."""


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class GivenKey:
    """A key that is given to a reader.

    Attributes:
        target: The record version's key id or the compartment's key id, 16 bytes.
    """

    kind: str
    target: bytes
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if self.kind not in KINDS:
            yield "kind", f"is not one of {', '.join(KINDS)}"
        if len(self.target) != ID_SIZE:
            yield "target", f"must be {ID_SIZE} bytes"
        if len(self.secret) != KINDS.get(self.kind):
            yield "secret", f"must be {KINDS.get(self.kind)} bytes"


@dataclass(frozen=True, slots=True)
@typed
class Pointer:
    """A record version, and how a compartment key opens it.

    Attributes:
        manifest: What it is and where it lies, the exact bytes of `Manifest.to_document`.
        compartment_key: Id of the compartment key that its key is wrapped under; None where the
            record's own key is given.
        wrapped: The record's key and salt under that key (AES-KW, 72 bytes); empty without one.
        facts: What the record's issuer says of it. Whoever passes a record on can write anything
            here: it counts only where the letter is the issuer's own.
        receipt: That it stands in its issuer's anchored log: needed from everybody else than its
            issuer, who sends it where there is one.
    """

    manifest: bytes
    compartment_key: bytes | None = None
    wrapped: bytes = field(default=b"", repr=False)
    facts: RecordFacts | None = None
    receipt: bytes = b""

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if self.compartment_key is not None and len(self.compartment_key) != ID_SIZE:
            yield "compartment_key", f"must be {ID_SIZE} bytes"
        if not _is_canonical(self.manifest):
            yield "manifest", "must be one JSON object in canonical form (RFC 8785)"
        if len(self.receipt) > LONGEST_DATA:
            yield "receipt", f"must be at most {LONGEST_DATA} bytes"
        if len(self.wrapped) != (0 if self.compartment_key is None else WRAPPED_SIZE):
            yield "wrapped", f"must be {WRAPPED_SIZE} bytes beside a compartment's key, or empty"

    def unwrap(self, compartment_key: bytes, key_id: bytes) -> RecordKey:
        """Open the record's key.

        Raises:
            WrongKey: The compartment key is another.
        """
        secret = unwrap_key(compartment_key, self.wrapped, what="this pointer")
        return RecordKey.from_secret(key_id, secret)


@dataclass(frozen=True, slots=True)
@typed
class Parcel:
    """What one letter of the kind ``parcel`` carries.

    Attributes:
        consent: The id of the consent under which the keys are given; empty where there are none.
    """

    keys: tuple[GivenKey, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    consent: str = ""

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        named = is_text(self.consent, LONGEST_CONSENT) if self.consent else not self.keys
        if bool(self.keys) != bool(self.consent) or not named:
            limit = f"of at most {LONGEST_CONSENT} characters of Unicode"
            yield "keys", f"are given under a consent {limit}, and only keys are"
        if max(len(self.keys), len(self.pointers)) > _MOST:
            yield "keys", f"and pointers must be at most {_MOST} each"
        if len({(each.kind, each.target) for each in self.keys}) != len(self.keys):
            yield "keys", "must be each there once"
        if len({each.manifest for each in self.pointers}) != len(self.pointers):
            yield "pointers", "must be each there once"

    def to_bytes(self) -> bytes:
        """The parcel as it travels, for a sealed letter only: canonical JSON.

        Raises:
            InvalidValue: It is longer than readers take.
        """
        under = {"consent": self.consent} if self.consent else {}
        data = canonical(
            {
                "type": PARCEL_TYPE,
                **under,
                "keys": [_key_json(key) for key in self.keys],
                "pointers": [_to_json(pointer) for pointer in self.pointers],
            }
        )
        if len(data) > MAX_DOCUMENT_BYTES:
            refuse(self, [("pointers", f"make a parcel of over {MAX_DOCUMENT_BYTES} bytes")])
        return data

    @classmethod
    def parse(cls, data: bytes) -> Parcel:
        """Read a parcel; its manifests are not checked yet."""
        fields = Fields.parse(data, kind=PARCEL_TYPE, error=MalformedParcel)
        with fields.refusing():
            parcel = cls(
                tuple(map(_read_key, fields.objects("keys", most=_MOST))),
                tuple(map(_read, fields.objects("pointers", most=_MOST))),
                fields.text("consent", longest=LONGEST_CONSENT) if fields.has("consent") else "",
            )
        fields.end()
        return parcel


def _is_canonical(manifest: bytes) -> bool:
    """Whether a record can stand in a parcel as an object of its own, and is the same there."""
    try:
        values = json_reader.load(manifest, deepest=MAX_DEPTH - _OUTSIDE)
        return isinstance(values, dict) and canonical(values) == manifest
    except (ValueError, InputError):
        return False


def pack(
    items: Iterable[tuple[GivenKey | None, Pointer | None]], *, consent: str = ""
) -> Iterator[Parcel]:
    """Fill parcels, each small enough for one message."""
    keys: list[GivenKey] = []
    pointers: list[Pointer] = []
    filled = 0
    for key, pointer in items:
        size = _size(key, pointer)
        if filled and filled + size > PARCEL_LIMIT:
            yield Parcel(tuple(keys), tuple(pointers), consent if keys else "")
            keys, pointers, filled = [], [], 0
        keys += [key] if key else []
        pointers += [pointer] if pointer else []
        filled += size
    if filled:
        yield Parcel(tuple(keys), tuple(pointers), consent if keys else "")


def _size(key: GivenKey | None, pointer: Pointer | None) -> int:
    given = len(canonical(_key_json(key))) if key else 0
    return given + (len(canonical(_to_json(pointer))) if pointer else 0)


def _key_json(key: GivenKey) -> dict[str, Any]:
    return {"kind": key.kind, "target": hex0x(key.target), "secret": base64url(key.secret)}


def _read_key(fields: Fields) -> GivenKey:
    target = fields.hexadecimal("target", size=ID_SIZE)
    key = GivenKey(fields.text("kind"), target, fields.data("secret"))
    fields.end()
    return key


def _to_json(pointer: Pointer) -> dict[str, Any]:
    values: dict[str, Any] = {"record": json.loads(pointer.manifest)}
    if pointer.compartment_key is not None:
        values["compartmentKey"] = hex0x(pointer.compartment_key)
        values["wrapped"] = base64url(pointer.wrapped)
    if pointer.facts is not None:
        values["facts"] = pointer.facts.to_json()
    if pointer.receipt:
        values["receipt"] = base64url(pointer.receipt)
    return values


def _read(fields: Fields) -> Pointer:
    record = fields.take("record")
    if not isinstance(record, dict):
        fields.fail("'record' is not an object")
    manifest = canonical(record)
    key_id, wrapped = None, b""
    if fields.has("compartmentKey"):
        key_id = fields.hexadecimal("compartmentKey", size=ID_SIZE)
        wrapped = fields.data("wrapped")
    facts = RecordFacts.read(fields.nested("facts")) if fields.has("facts") else None
    receipt = fields.data("receipt") if fields.has("receipt") else b""
    fields.end()
    return Pointer(manifest, key_id, wrapped, facts, receipt)
