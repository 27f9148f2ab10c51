"""A maker's own book of a lot: every serial, the secret behind the salts, and the tree.

Example:
    >>> from datetime import date
    >>> from salus.gs1 import Gtin, LotNumber
    >>> lot = LotManifest.build(
    ...     Gtin("09506000134352"), LotNumber("AB-12"), maker="0x" + "11" * 20,
    ...     expiry=date(2027, 12, 31), serials=["A1", "B2"])
    >>> LotManifest.from_json(lot.to_json()) == lot
    True
"""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import compress, islice
from operator import eq

from salus.drugs.documents.commitments import SECRET_BYTES, lot_commitments, pack_salt
from salus.drugs.documents.event import AnchoredEvent, read_event
from salus.drugs.documents.pack_opening import PackOpening
from salus.drugs.documents.parsing import MOST_PACKS, fields_of, read_day
from salus.drugs.errors import DuplicateSerial, MalformedOpening, UnknownSerial
from salus.gs1.errors import MalformedIdentifier
from salus.gs1.fields import LotNumber, Serial, is_charset_82
from salus.gs1.identification_keys import Gln, Gtin
from salus.primitives.address import Address, AnyIdentity, identity_of, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.merkle import MerkleTree
from salus.primitives.secrets import never_pickled
from salus.primitives.times import Moment
from salus.primitives.values import typed
from salus_verify.encoding import canonical, hex0x

_KIND = "salus/lot-manifest/v1"
_NO_LIST = "its serials are a list of texts: give one for each pack"


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class LotManifest:
    """What a maker keeps of a lot. The chain gets ``root`` and ``quantity``, nobody ``secret``.

    ``event`` is the EPCIS commissioning event, where the lot was built with a place.
    """

    gtin: Gtin
    lot: LotNumber
    maker: Address
    expiry: date
    quantity: int
    root: bytes
    serials: tuple[str, ...] = field(repr=False)
    secret: bytes = field(repr=False)
    event: AnchoredEvent | None = field(repr=False)
    _tree: MerkleTree = field(repr=False, compare=False)

    @classmethod
    @typed_arguments
    def build(
        cls,
        gtin: Gtin,
        lot: LotNumber,
        *,
        maker: AnyIdentity,
        expiry: date,
        serials: Iterable[str],
        secret: bytes | None = None,
        at: Gln | None = None,
        when: Moment | None = None,
    ) -> LotManifest:
        """Commit to a lot.

        Args:
            gtin: the product.
            lot: the maker's lot number.
            maker: the identity that will commission it.
            expiry: the last day of use.
            serials: every pack's serial number, in any order.
            secret: 32 random bytes, to build the same lot again; fresh ones when left out.
            at: where it is commissioned, for its EPCIS event; without a place it has none.
            when: when, with an offset from UTC, or in Unix seconds; defaults to now.

        Returns:
            The manifest, its serials in byte order.

        Raises:
            DuplicateSerial: a serial occurs twice; the first one in byte order is named.
            MalformedIdentifier: a serial is not a GS1 serial number, or there is none at all.
            MalformedOpening: the secret is not 32 bytes long.
            InputError: the maker is not an address.
        """
        secret = secrets.token_bytes(SECRET_BYTES) if secret is None else secret
        if len(secret) != SECRET_BYTES:
            raise MalformedOpening(f"a lot's secret needs {SECRET_BYTES} bytes")
        ordered = _in_order(serials)
        tree = MerkleTree.of(lot_commitments(gtin, lot, serials=ordered, secret=secret))
        named, count = identity_of(maker), len(ordered)
        event = (
            None if at is None else commissioned(gtin, lot, count, expiry=expiry, at=at, when=when)
        )
        return cls(gtin, lot, named, expiry, count, tree.root(), ordered, secret, event, tree)

    @typed_arguments
    def opening(self, serial: str) -> PackOpening:
        """Open one pack.

        Args:
            serial: its serial number.

        Returns:
            What its next holder needs to act on it.

        Raises:
            UnknownSerial: the lot has no such pack.
        """
        index = bisect_left(self.serials, serial)
        if index == self.quantity or self.serials[index] != serial:
            raise UnknownSerial(lot=self.lot.value, serial=serial)
        named = Serial(serial)
        return PackOpening(
            gtin=self.gtin,
            lot=self.lot,
            maker=self.maker,
            serial=named,
            index=index,
            quantity=self.quantity,
            salt=pack_salt(self.secret, named),
            proof=tuple(self._tree.inclusion_proof(index)),
        )

    def to_json(self) -> bytes:
        """Write the manifest in its versioned form, canonical JSON (RFC 8785).

        Returns:
            UTF-8 bytes. They hold the lot's secret: keep them as you keep keys.
        """
        return canonical(
            {
                "type": _KIND,
                "gtin": self.gtin.value,
                "lot": self.lot.value,
                "maker": lower_case(self.maker),
                "expiry": self.expiry.isoformat(),
                "secret": hex0x(self.secret),
                "root": hex0x(self.root),
                "event": None if self.event is None else self.event.document,
                "serials": list(self.serials),
            }
        )

    @classmethod
    @typed_arguments
    def from_json(cls, data: bytes | str) -> LotManifest:
        """Read what :meth:`to_json` wrote, and build the tree again.

        Args:
            data: the JSON.

        Returns:
            The manifest.

        Raises:
            MalformedOpening: not that JSON, another version, or its root does not fit its serials.
            DuplicateSerial: a serial occurs twice.
            BadCheckDigit: the GTIN in it is wrong.
            InputError: the GTIN, the lot, the maker or a serial in it is not of its form.
        """
        fields = fields_of(data, kind=_KIND)
        manifest = cls.build(
            Gtin(fields.text("gtin")),
            LotNumber(fields.text("lot")),
            maker=fields.address("maker"),
            expiry=read_day(fields, "expiry"),
            serials=fields.texts("serials", most=MOST_PACKS),
            secret=fields.hexadecimal("secret"),
        )
        if manifest.root != fields.hexadecimal("root"):
            fields.fail("its root does not fit its serials and secret")
        event = read_event(fields.take("event"))
        fields.end()
        return replace(manifest, event=event)


def commissioned(
    gtin: Gtin,
    lot: LotNumber,
    quantity: int,
    *,
    expiry: date,
    at: Gln,
    when: Moment | None = None,
) -> AnchoredEvent:
    """The event of a lot that comes into being."""
    from salus.epcis.event_parts import LotQuantity
    from salus.epcis.events import commissioning_event

    event = commissioning_event(
        lot=LotQuantity(gtin, lot, quantity),
        expiry=expiry,
        at=datetime.now(UTC) if when is None else when,
        read_point=at,
    )
    return AnchoredEvent.of(event)


def _in_order(serials: Iterable[str]) -> tuple[str, ...]:
    try:
        ordered = tuple(sorted(() if isinstance(serials, str | bytes) else serials))
    except TypeError:
        raise MalformedIdentifier(kind="lot", value="", reason=_NO_LIST) from None
    if not all(issubclass(each, str) for each in set(map(type, ordered))):
        raise MalformedIdentifier(kind="lot", value="", reason=_NO_LIST)
    if not ordered:
        raise MalformedIdentifier(kind="lot", value="", reason="it needs at least one serial")
    # One pattern over millions of strings takes a fifth of the time of as many objects.
    if not all(map(is_charset_82, ordered)):
        ordered = tuple(Serial(serial).value for serial in ordered)
    # Equal neighbours are found by C loops alone: sorted, a lot of millions costs next to nothing.
    repeated = map(eq, ordered, islice(ordered, 1, None))
    for serial in compress(ordered, repeated):
        raise DuplicateSerial(serial=serial)
    return ordered
