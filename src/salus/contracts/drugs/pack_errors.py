"""Errors of `DrugProvenance` about single packs.

Example:
    >>> print(PackBatchEmpty())
    the batch holds no packs: give at least one
"""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.drugs.values import Flag, Reason
from salus.contracts.reverts import NamedRevert


class PackNotInLot(NamedRevert):
    """The proof does not put this serial into the lot."""

    message: ClassVar[str] = (
        "no proof puts this serial at index {index} of lot {lot}: check the serial and its proof;"
        " the pack may be counterfeit, keep it aside"
    )
    lot: bytes
    index: int


class PackDecommissionedAlready(NamedRevert):
    """A serial leaves the supply chain once."""

    message: ClassVar[str] = (
        "pack {index} of lot {lot} was decommissioned ({reason:name}) by {by} at"
        " {decommissioned_at:time}: do not dispense it; one of the two may be counterfeit"
    )
    lot: bytes
    index: int
    by: str
    decommissioned_at: int
    reason: Reason


class PackNotDecommissioned(NamedRevert):
    """There is nothing to undo."""

    message: ClassVar[str] = "pack {index} of lot {lot} is not decommissioned: nothing to undo"
    lot: bytes
    index: int


class PackIsFlagged(NamedRevert):
    """The authorisation holder locked the pack or reported it stolen."""

    message: ClassVar[str] = (
        "pack {index} of lot {lot} is flagged as {flag:name} by the authorisation holder: keep it"
        " aside and ask there"
    )
    lot: bytes
    index: int
    flag: Flag


class PackIsStopped(NamedRevert):
    """The pack stands in a stopped range of its lot."""

    message: ClassVar[str] = (
        "pack {index} of lot {lot} stands in a stopped range (stops {stops}): keep it aside, and"
        " send it back where it is recalled"
    )
    lot: bytes
    index: int
    stops: int


class PackNotShown(NamedRevert):
    """Packs ended by their number cannot be told from stopped ones."""

    message: ClassVar[str] = (
        "some packs of lot {lot} are stopped, so that its packs are not ended by number: show each"
        " pack"
    )
    lot: bytes


class RangeInvalid(NamedRevert):
    """Not a range of the lot."""

    message: ClassVar[str] = (
        "packs {first} to {last} are not in lot {lot}, which has {quantity}: count from 0, the"
        " last one included"
    )
    lot: bytes
    first: int
    last: int
    quantity: int


class RangeIsStopped(NamedRevert):
    """This very range is stopped like this, or recalled."""

    message: ClassVar[str] = (
        "packs {first} to {last} of lot {lot} are stopped already (stops {stops}): nothing to do"
    )
    lot: bytes
    first: int
    last: int
    stops: int


class RangeNotQuarantined(NamedRevert):
    """There is nothing for this party to release."""

    message: ClassVar[str] = (
        "nothing that this party may release stops packs {first} to {last} of lot {lot}: give the"
        " very bounds of the stop"
    )
    lot: bytes
    first: int
    last: int


class RangesTooMany(NamedRevert):
    """A lot has a limited number of stopped ranges."""

    message: ClassVar[str] = (
        "lot {lot} has three stopped ranges: release one, stop a wider range, or stop the lot"
    )
    lot: bytes


class PackReasonInvalid(NamedRevert):
    """The reason does not fit what is being done."""

    message: ClassVar[str] = (
        "{reason:name} is not a reason for this: give one that the function's description allows"
    )
    reason: Reason


class PackUndoClosed(NamedRevert):
    """Ten days are over, or the reason is final (EU 2016/161, article 13)."""

    message: ClassVar[str] = (
        "the decommissioning of pack {index} of lot {lot} could be undone until {closed_at:time}:"
        " it is final now"
    )
    lot: bytes
    index: int
    closed_at: int


class PackUndoNotSameParty(NamedRevert):
    """Only the party that decommissioned a pack restores it."""

    message: ClassVar[str] = (
        "pack {index} of lot {lot} was decommissioned by {by}: only that party can undo it"
    )
    lot: bytes
    index: int
    by: str


class PackBatchEmpty(NamedRevert):
    """A batch holds at least one pack."""

    message: ClassVar[str] = "the batch holds no packs: give at least one"


class PackFlagUnchanged(NamedRevert):
    """The pack is flagged like this already."""

    message: ClassVar[str] = (
        "pack {index} of lot {lot} is flagged as {flag:name} already: nothing to do"
    )
    lot: bytes
    index: int
    flag: Flag


class PackReasonFinal(NamedRevert):
    """What ended the pack cannot be undone."""

    message: ClassVar[str] = (
        "pack {index} of lot {lot} was decommissioned as {reason:name}, which cannot be undone:"
        " correct the event"
    )
    lot: bytes
    index: int
    reason: Reason
