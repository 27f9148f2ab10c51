"""What opens packs: a maker's manifest of a lot, or the consignment that came with a shipment.

Example:
    >>> from datetime import date
    >>> from salus.gs1 import Gtin, LotNumber
    >>> lot = LotManifest.build(
    ...     Gtin("09506000134352"), LotNumber("AB-12"), maker="0x" + "11" * 20,
    ...     expiry=date(2027, 12, 31), serials=["A1", "B2"])
    >>> [each.index for each in openings_of(read_packs(lot.to_json()), ["B2"])]
    [1]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening
from salus.drugs.errors import MalformedOpening, NotInConsignment, UnknownSerial
from salus.errors import InputError
from salus.gs1.fields import Serial
from salus.gs1.scan import PackId
from salus.primitives.arguments import typed_arguments
from salus_verify import json_reader

PackSource: TypeAlias = LotManifest | Consignment
"""A maker's manifest, or a consignment."""


@typed_arguments
def read_packs(data: bytes | str, *, file: str = "this") -> PackSource:
    """Read a manifest or a consignment.

    Args:
        data: What the ``to_json`` of either wrote.
        file: Where it comes from, for messages.

    Returns:
        Whichever it is.

    Raises:
        InputError: It is neither.
        MalformedOpening: It is one of another version, or was changed.
    """
    try:
        kind = json_reader.load(data).get("type")
    except (ValueError, AttributeError) as error:
        raise InputError(
            f"{file} is neither a lot manifest nor a consignment: it is not a JSON object. Give"
            " the file's content, not its name; if it was cut off on its way, ask the sender for it"
            " again"
        ) from error
    is_consignment = str(kind).startswith("salus/consignment/")
    read = Consignment.from_json if is_consignment else LotManifest.from_json
    try:
        return read(data)
    except MalformedOpening as error:
        raise MalformedOpening(error.problem, file=file) from error


@typed_arguments
def openings_of(packs: PackSource, serials: Iterable[str | Serial] | None) -> list[PackOpening]:
    """Open the named packs; None opens all.

    Raises:
        NotInConsignment: A serial is not in the consignment.
        InputError: The serials are one text, or of another lot, or there are none.
    """
    if isinstance(serials, str):
        raise InputError("serials must be a list, not one text: put it in a list")
    try:
        openings = [_opening(packs, str(each)) for each in _named(packs, serials)]
    except UnknownSerial as unknown:
        raise InputError(
            f"serial {unknown.serial!r} is not part of lot {unknown.lot}: correct the list"
        ) from None
    if not openings:
        raise InputError("no packs to ship: name at least one serial")
    return openings


@typed_arguments
def opening_of(packs: PackSource, pack: PackId) -> PackOpening:
    """Open a pack by what is printed on it.

    Raises:
        NotInConsignment: The document is of another lot, or of another shipment of the lot.
        UnknownSerial: The maker's own manifest does not know the serial: a counterfeit.
    """
    if (packs.gtin, packs.lot) != (pack.gtin, pack.lot):
        holds = f"lot {packs.lot} of {packs.gtin}"
        raise NotInConsignment(lot=pack.lot.value, serial=pack.serial.value, holds=holds)
    return _opening(packs, pack.serial.value)


def _opening(packs: PackSource, serial: str) -> PackOpening:
    if isinstance(packs, Consignment):
        return packs.opening(Serial(serial))
    return packs.opening(serial)


def _named(packs: PackSource, serials: Iterable[str | Serial] | None) -> Iterable[str | Serial]:
    if serials is not None:
        return serials
    return packs.openings if isinstance(packs, Consignment) else packs.serials
