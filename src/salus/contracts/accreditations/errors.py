"""Errors of `AccreditationRegistry`.

Example:
    >>> print(AccreditationZeroSubject())
    address zero cannot be accredited: name the subject's identity
"""

from __future__ import annotations

from typing import ClassVar

from salus.contracts.reverts import NamedRevert


class AccreditorNotEffective(NamedRevert):
    """The accreditor was named, but its delay has not passed."""

    message: ClassVar[str] = (
        "{accreditor} may act for the role {role:role} from {effective_at:time}: wait until then"
    )
    role: int
    accreditor: str
    effective_at: int


class AccreditorAlreadyNamed(NamedRevert):
    """The accreditor acts for this role already."""

    message: ClassVar[str] = (
        "{accreditor} is an accreditor for the role {role:role} already: nothing to do"
    )
    role: int
    accreditor: str


class AccreditorUnknown(NamedRevert):
    """No accreditor of this role has that address."""

    message: ClassVar[str] = (
        "{accreditor} is not an accreditor for the role {role:role}: governance must name it first"
    )
    role: int
    accreditor: str


class AccreditationZeroSubject(NamedRevert):
    """Address zero cannot hold a role."""

    message: ClassVar[str] = "address zero cannot be accredited: name the subject's identity"


class AccreditationInPast(NamedRevert):
    """The accreditation would have ended before it began."""

    message: ClassVar[str] = (
        "an accreditation until {valid_until:time} has ended already: give a time in the future"
    )
    valid_until: int


class AccreditationMissing(NamedRevert):
    """The subject does not hold the role."""

    message: ClassVar[str] = (
        "{subject} is not accredited for the role {role:role} now: an accreditor of that role"
        " must vouch for it"
    )
    subject: str
    role: int


class AccreditationVoidInFuture(NamedRevert):
    """What an accreditor gave can be voided from a past time only."""

    message: ClassVar[str] = (
        "accreditations cannot be voided from {void_from:time} on, which is in the future: give a"
        " past time, or zero to void none"
    )
    void_from: int
