"""Errors of `DrugProvenance` about products, lots and shipments.

Example:
    >>> print(ProductUnknown(gtin=4012345678901))
    GTIN 04012345678901 is not registered: a regulator must register the product first
"""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.drugs.values import ShipmentStatus
from salus.contracts.reverts import NamedRevert


class NotRegulator(NamedRevert):
    """Only an accredited regulator may do this."""

    message: ClassVar[str] = (
        "{identity} is not accredited as a regulator now: an accreditor of that role must vouch"
        " for it"
    )
    identity: str


class NotTradingPartner(NamedRevert):
    """Only accredited trading partners hold medicines."""

    message: ClassVar[str] = (
        "{identity} is not accredited to hold medicines now: it must be a manufacturer,"
        " distributor, pharmacy or hospital"
    )
    identity: str


class NotProductAuthority(NamedRevert):
    """The caller has no say over this product."""

    message: ClassVar[str] = (
        "{identity} has no say over GTIN {gtin:014d}: only its maker, the authorisation holder or"
        " the product's regulator may do this"
    )
    gtin: int
    identity: str


class GtinCheckDigit(NamedRevert):
    """The GTIN's check digit is wrong (GS1 General Specifications, section 7.9)."""

    message: ClassVar[str] = (
        "the check digit of GTIN {gtin:014d} must be {expected}: read the code again"
    )
    gtin: int
    expected: int


class ProductUnknown(NamedRevert):
    """The product is not registered."""

    message: ClassVar[str] = (
        "GTIN {gtin:014d} is not registered: a regulator must register the product first"
    )
    gtin: int


class ProductExists(NamedRevert):
    """The product is registered already."""

    message: ClassVar[str] = (
        "GTIN {gtin:014d} is registered already: change its holder or makers instead"
    )
    gtin: int


class ProductZeroHolder(NamedRevert):
    """A product needs an authorisation holder."""

    message: ClassVar[str] = (
        "address zero cannot hold the authorisation of GTIN {gtin:014d}: name its holder"
    )
    gtin: int


class MakerNotPermitted(NamedRevert):
    """This maker may not commission this product."""

    message: ClassVar[str] = (
        "{maker} may not commission GTIN {gtin:014d}: the product's regulator must permit it, and"
        " it must be accredited as a manufacturer"
    )
    gtin: int
    maker: str


class LotUnknown(NamedRevert):
    """The lot was never commissioned."""

    message: ClassVar[str] = (
        "lot {lot} was never commissioned: check the GTIN and the lot's digest; a pack of it may"
        " be counterfeit"
    )
    lot: bytes


class LotExists(NamedRevert):
    """A lot is commissioned once."""

    message: ClassVar[str] = "lot {lot} is commissioned already: a new lot needs a new lot number"
    lot: bytes


class LotIsVoid(NamedRevert):
    """Its maker declared the lot void."""

    message: ClassVar[str] = (
        "lot {lot} was declared void by its maker: its number is spent, take another one"
    )
    lot: bytes


class LotHasLeft(NamedRevert):
    """Something of the lot has left its maker."""

    message: ClassVar[str] = (
        "of {quantity} packs of lot {lot} its maker holds {held}: a lot is declared void only while"
        " all of it is there; recall it instead"
    )
    lot: bytes
    held: int
    quantity: int


class LotZeroQuantity(NamedRevert):
    """A lot holds at least one pack."""

    message: ClassVar[str] = "a lot cannot be empty: give the number of its packs"


class LotExpired(NamedRevert):
    """The lot is past its expiry."""

    message: ClassVar[str] = (
        "lot {lot} expired at {expiry:time}: it cannot be commissioned any more, and may only go"
        " back to its maker or authorisation holder, or be destroyed"
    )
    lot: bytes
    expiry: int


class LotIsRecalled(NamedRevert):
    """The lot was called back, permanently."""

    message: ClassVar[str] = (
        "lot {lot} is recalled: it may only go back to its maker or authorisation holder, or be"
        " destroyed; dispense none of it"
    )
    lot: bytes


class LotIsQuarantined(NamedRevert):
    """The lot is stopped for now."""

    message: ClassVar[str] = (
        "lot {lot} is quarantined: hold it until whoever stopped it releases it, or send it back"
    )
    lot: bytes


class LotNotQuarantined(NamedRevert):
    """There is nothing for this party to release."""

    message: ClassVar[str] = (
        "nothing that this party may release stops lot {lot}: the product's regulator releases"
        " what any regulator stopped, maker and holder what they stopped"
    )
    lot: bytes


class LotInsufficient(NamedRevert):
    """The partner holds fewer packs than it wants to part with."""

    message: ClassVar[str] = (
        "{partner} holds {held} packs of lot {lot}, not {wanted}: receive what is in transit"
        " first, or take fewer"
    )
    lot: bytes
    partner: str
    held: int
    wanted: int


class ShipmentBatchEmpty(NamedRevert):
    """A batch holds at least one shipment."""

    message: ClassVar[str] = "the batch holds no shipments: give at least one"


class ShipmentBatchMixed(NamedRevert):
    """The shipments of a batch have one sender and one consignee."""

    message: ClassVar[str] = (
        "the shipment at place {place} is not of the same parties as the first: send it by itself"
    )
    place: int


class ShipmentDisputeLate(NamedRevert):
    """A closed shipment can be disputed for a limited time."""

    message: ClassVar[str] = (
        "shipment {shipment} is closed and could be disputed until {late_at:time}: write to its"
        " sender"
    )
    shipment: bytes
    late_at: int


class ShipmentExists(NamedRevert):
    """This very shipment was sent before."""

    message: ClassVar[str] = (
        "shipment {shipment} was sent before: another one needs another EPCIS event"
    )
    shipment: bytes


class ShipmentToSelf(NamedRevert):
    """A shipment goes to another partner."""

    message: ClassVar[str] = "{partner} cannot ship to itself: name the consignee"
    partner: str


class ShipmentZeroQuantity(NamedRevert):
    """A shipment holds at least one pack."""

    message: ClassVar[str] = "a shipment cannot be empty: give the number of its packs"


class ShipmentWrongStatus(NamedRevert):
    """The shipment stands where this step is not possible."""

    message: ClassVar[str] = (
        "shipment {shipment} stands at {status:name}, where this step is not possible: look at"
        " its state; none means that no shipment with these very values was sent"
    )
    shipment: bytes
    status: ShipmentStatus


class ShipmentOverage(NamedRevert):
    """More packs were counted than are in transit."""

    message: ClassVar[str] = (
        "{counted} packs were counted but {in_transit} of shipment {shipment} are in transit:"
        " receive those, and dispute the shipment for the rest"
    )
    shipment: bytes
    in_transit: int
    counted: int


class NotDispenser(NamedRevert):
    """Only an accredited pharmacy or hospital dispenses."""

    message: ClassVar[str] = (
        "{identity} is not accredited as a pharmacy or hospital now: only those dispense"
    )
    identity: str


class GtinOutOfRange(NamedRevert):
    """Not a GTIN-14."""

    message: ClassVar[str] = "{gtin} is not a GTIN-14: give one to fourteen digits, not all zero"
    gtin: int


class MakerNotAccredited(NamedRevert):
    """The maker is not accredited as a manufacturer now."""

    message: ClassVar[str] = (
        "{maker} is not accredited as a manufacturer now: an accreditor of that role must vouch"
        " for it"
    )
    maker: str


class LotOpeningWrong(NamedRevert):
    """GTIN and lot digest are not those of the lot."""

    message: ClassVar[str] = (
        "the GTIN and lot digest that were given are not those of lot {lot}: give the lot's own"
    )
    lot: bytes


class LotTooLarge(NamedRevert):
    """A lot holds at most 2^40 - 1 packs."""

    message: ClassVar[str] = "a lot of {quantity} packs is too large: {most} is the most, split it"
    quantity: int
    most: int


class LotZeroRoot(NamedRevert):
    """A lot needs the root of its serials."""

    message: ClassVar[str] = (
        "no list of serials has the root zero: give the Merkle root over their commitments"
    )


class LotExpiryTooFar(NamedRevert):
    """The expiry is not a date in seconds."""

    message: ClassVar[str] = (
        "the expiry {expiry} is beyond {most}: give Unix seconds, not milliseconds"
    )
    expiry: int
    most: int


class ShipmentNotOverdue(NamedRevert):
    """The consignee still has time to act."""

    message: ClassVar[str] = (
        "the consignee of shipment {shipment} has until {overdue_at:time} to act: wait until then"
    )
    shipment: bytes
    overdue_at: int
