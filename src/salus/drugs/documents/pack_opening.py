"""The opening of one pack: it travels to the next holder, and proves the pack on its own.

Example:
    >>> from datetime import date
    >>> from salus.gs1 import Gtin, LotNumber
    >>> from salus.drugs.documents.lot_manifest import LotManifest
    >>> lot = LotManifest.build(
    ...     Gtin("09506000134352"), LotNumber("AB-12"), maker="0x" + "11" * 20,
    ...     expiry=date(2027, 12, 31), serials=["A1", "B2"], secret=bytes(32))
    >>> print(lot.opening("B2"))
    PackOpening(gtin=Gtin(value='09506000134352'), lot=LotNumber(value='AB-12'), \
maker='0x1111111111111111111111111111111111111111', serial=Serial(value='B2'), index=1, quantity=2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from salus.drugs.documents.commitments import pack_commitment
from salus.drugs.documents.parsing import fields_of
from salus.drugs.errors import DuplicateSerial, InvalidOpening, MalformedOpening
from salus.errors import InvalidValue
from salus.gs1.fields import LotNumber, Serial
from salus.gs1.identification_keys import Gtin
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.merkle import MerkleTree
from salus.primitives.values import typed
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.errors import InclusionProofMismatch
from salus_verify.fields import Fields
from salus_verify.merkle import leaf_hash, verify_inclusion

_KIND = "salus/pack-opening/v1"
_MOST_LEVELS = 64


@dataclass(frozen=True, slots=True)
@typed
class PackOpening:
    """What opens one leaf of a lot: the pack's name, its salt, and the path to the root.

    Its holder can act on this pack, so it travels encrypted, to the next holder only.
    """

    gtin: Gtin
    lot: LotNumber
    maker: Address
    serial: Serial
    index: int
    quantity: int
    salt: bytes = field(repr=False)
    proof: tuple[bytes, ...] = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """The 32 bytes that the contract is shown."""
        return pack_commitment(self.gtin, self.lot, serial=self.serial, salt=self.salt)

    @property
    def leaf(self) -> bytes:
        """The leaf's hash, 32 bytes: ``SHA-256(0x00 || commitment)``."""
        return leaf_hash(self.commitment)

    @typed_arguments
    def verify(self, *, root: bytes, quantity: int) -> None:
        """Check the opening against what the chain says of the lot (RFC 9162, section 2.1.3.2).

        Args:
            root: the lot's committed root, 32 bytes.
            quantity: the lot's committed quantity, in packs.

        Raises:
            InvalidOpening: the pack is not in that lot, or stands elsewhere in it.
            InvalidValue: ``root`` is not bytes.
        """
        if not isinstance(root, bytes):
            raise InvalidValue("PackOpening.verify", "root", "must be bytes")
        if self.quantity != quantity:
            reason = f"it was made for a lot of {self.quantity} packs, the chain says {quantity}"
            raise InvalidOpening(serial=self.serial.value, reason=reason)
        try:
            verify_inclusion(self.leaf, self.index, size=quantity, proof=self.proof, root=root)
        except InclusionProofMismatch as error:
            raise InvalidOpening(serial=self.serial.value, reason=error.reason) from error

    def to_json(self) -> bytes:
        """Write the opening in its versioned form, canonical JSON (RFC 8785).

        Returns:
            UTF-8 bytes. They hold the salt: encrypt them to the consignee.
        """
        lot: dict[str, Any] = {
            "type": _KIND,
            "gtin": self.gtin.value,
            "lot": self.lot.value,
            "maker": lower_case(self.maker),
            "quantity": self.quantity,
        }
        return canonical(lot | self.of_pack())

    def of_pack(self) -> dict[str, Any]:
        """Return what the opening says of its pack alone, where a document names the lot once."""
        return {
            "serial": self.serial.value,
            "index": self.index,
            "salt": hex0x(self.salt),
            "proof": base64url(b"".join(self.proof)),
        }

    @classmethod
    @typed_arguments
    def from_json(cls, data: bytes | str) -> PackOpening:
        """Read what :meth:`to_json` wrote; nothing in it is proven before :meth:`verify`.

        Args:
            data: the JSON.

        Returns:
            The opening.

        Raises:
            MalformedOpening: not that JSON, another version, or unknown or missing members.
            BadCheckDigit: the GTIN in it is wrong.
            InputError: the GTIN, lot or serial in it is not of its form.
        """
        fields = fields_of(data, kind=_KIND)
        gtin, lot = Gtin(fields.text("gtin")), LotNumber(fields.text("lot"))
        maker, quantity = fields.address("maker"), fields.integer("quantity")
        return opening_in(fields, gtin, lot, maker=maker, quantity=quantity)


def opening_in(
    fields: Fields, gtin: Gtin, lot: LotNumber, *, maker: Address, quantity: int
) -> PackOpening:
    """Read what stands of a pack in a document that names its lot.

    Raises:
        MalformedOpening: A field is missing, unknown or not of its form.
        InputError: The serial is not of its form.
    """
    siblings = fields.data("proof", empty=True)
    if len(siblings) % 32 or len(siblings) > 32 * _MOST_LEVELS:
        fields.fail(f"'proof' is not 0 to {_MOST_LEVELS} hashes of 32 bytes")
    found = PackOpening(
        gtin=gtin,
        lot=lot,
        maker=maker,
        serial=Serial(fields.text("serial")),
        index=fields.integer("index"),
        quantity=quantity,
        salt=fields.hexadecimal("salt"),
        proof=tuple(siblings[at : at + 32] for at in range(0, len(siblings), 32)),
    )
    fields.end()
    return found


@typed_arguments
def contents_root(openings: Sequence[PackOpening]) -> bytes:
    """Commit to a shipment of one lot: the root over its packs' commitments, in the lot's order."""
    if len({(item.gtin, item.lot, item.maker, item.quantity) for item in openings}) != 1:
        raise MalformedOpening("a shipment's contents are one or more packs of one lot")
    ordered = sorted(openings, key=lambda item: item.index)
    for item, following in pairwise(ordered):
        if item.index == following.index:
            raise DuplicateSerial(serial=following.serial.value)
    return MerkleTree.of(item.commitment for item in ordered).root()
