"""Parcels: what a custodian hands to a reader: keys, and the records that they open.

Example:
    >>> from salus.vault.documents.parcels import Parcel
    >>> Parcel.parse(Parcel().to_bytes()) == Parcel()
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from salus.primitives.documents import base64url, canonical, hex0x
from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import unwrap_key
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.keys import ID_SIZE, RecordKey
from salus.vault.documents.wraps import Wrap
from salus.vault.errors import MalformedWrap
from salus_verify.fields import Fields

PARCEL_TYPE = "salus/parcel/v1"
PARCEL_LIMIT = 384 << 10
"""Bytes up to which a parcel is filled: signed and sealed, it still fits into one message."""

_MOST = 4096


@dataclass(frozen=True, slots=True)
@typed
class Pointer:
    """A record version, and how a compartment key opens it.

    Attributes:
        manifest: The signed manifest's exact bytes.
        compartment_key: Id of the compartment key that its key is wrapped under; None where the
            record's own key was wrapped to the reader.
        wrapped: The record's key and salt under that key (AES-KW, 72 bytes); empty without one.
        facts: What the record's issuer says of it. Whoever passes a record on can write anything
            here: it counts only where the letter is the issuer's own.
    """

    manifest: bytes
    compartment_key: bytes | None = None
    wrapped: bytes = field(default=b"", repr=False)
    facts: RecordFacts | None = None

    def unwrap(self, compartment_key: bytes, wrap_id: bytes) -> RecordKey:
        """Open the record's key.

        Args:
            compartment_key: 32 bytes.
            wrap_id: Its name in the manifest.

        Returns:
            The record's key.

        Raises:
            WrongKey: The compartment key is another.
        """
        secret = unwrap_key(compartment_key, self.wrapped, what="this pointer")
        return RecordKey.from_secret(wrap_id, secret)


@dataclass(frozen=True, slots=True)
@typed
class Parcel:
    """What one letter of the kind ``parcel`` carries.

    Attributes:
        wraps: Keys sealed to the reader.
        pointers: Records.
    """

    wraps: tuple[Wrap, ...] = ()
    pointers: tuple[Pointer, ...] = ()

    def to_bytes(self) -> bytes:
        """The parcel as it travels, for a sealed letter only.

        Returns:
            Canonical JSON.
        """
        return canonical(
            {
                "type": PARCEL_TYPE,
                "wraps": [base64url(wrap.to_bytes()) for wrap in self.wraps],
                "pointers": [_to_json(pointer) for pointer in self.pointers],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Parcel:
        """Read a parcel.

        Args:
            data: Its exact bytes.

        Returns:
            The parcel; its manifests are not checked yet.

        Raises:
            MalformedWrap: It, or a wrap in it, does not follow the format.
        """
        fields = Fields.parse(data, kind=PARCEL_TYPE, error=MalformedWrap)
        wraps = tuple(Wrap.parse(wrap) for wrap in fields.datas("wraps", most=_MOST))
        pointers = tuple(_read(entry) for entry in fields.objects("pointers", most=_MOST))
        fields.end()
        return cls(wraps, pointers)


def pack(items: Iterable[tuple[Wrap | None, Pointer | None]]) -> Iterator[Parcel]:
    """Fill parcels, each small enough for one message.

    Args:
        items: Wraps and pointers; those of one item stay together.

    Yields:
        Parcels in the order of the items; none where there are none.
    """
    wraps: list[Wrap] = []
    pointers: list[Pointer] = []
    filled = 0
    for wrap, pointer in items:
        size = _size(wrap, pointer)
        if filled and filled + size > PARCEL_LIMIT:
            yield Parcel(tuple(wraps), tuple(pointers))
            wraps, pointers, filled = [], [], 0
        wraps += [wrap] if wrap else []
        pointers += [pointer] if pointer else []
        filled += size
    if filled:
        yield Parcel(tuple(wraps), tuple(pointers))


def _size(wrap: Wrap | None, pointer: Pointer | None) -> int:
    sealed = len(wrap.to_bytes()) * 4 // 3 + 8 if wrap else 0
    return sealed + (len(canonical(_to_json(pointer))) if pointer else 0)


def _to_json(pointer: Pointer) -> dict[str, Any]:
    values: dict[str, Any] = {"manifest": base64url(pointer.manifest)}
    if pointer.compartment_key is not None:
        values["compartmentKey"] = hex0x(pointer.compartment_key)
        values["wrapped"] = base64url(pointer.wrapped)
    if pointer.facts is not None:
        values["facts"] = pointer.facts.to_json()
    return values


def _read(fields: Fields) -> Pointer:
    manifest = fields.data("manifest")
    key_id, wrapped = None, b""
    if fields.has("compartmentKey"):
        key_id = fields.hexadecimal("compartmentKey", size=ID_SIZE)
        wrapped = fields.data("wrapped")
    facts = RecordFacts.read(fields.nested("facts")) if fields.has("facts") else None
    fields.end()
    return Pointer(manifest, key_id, wrapped, facts)
