"""Somebody whom a consent rule is about, by address, accredited role or reference.

Example:
    >>> from salus.primitives.roles import Role
    >>> Actor.role(Role.PHARMACY).value
    'pharmacy'
"""

from __future__ import annotations

from dataclasses import dataclass

from salus.errors import InputError
from salus.primitives.address import Address, checked_address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.values import typed
from salus.terms.errors import InvalidTerms
from salus.terms.vocabulary import ActorKind, Part

MAX_REFERENCE_BYTES = 255


@dataclass(frozen=True, slots=True)
@typed
class Actor:
    """Somebody whom a rule is about. Use the three constructors.

    Args:
        part: what the actor does in the disclosure.
        kind: how it is named.
        value: an address, a role's lower-case name, or a reference such as ``Organization/f001``
            or a DID.

    Raises:
        InvalidTerms: the value is not one of its kind.
    """

    part: Part
    kind: ActorKind
    value: str

    def __post_init__(self) -> None:
        if self.kind is ActorKind.ADDRESS:
            object.__setattr__(self, "value", _address(self.value))
        if self.kind is ActorKind.ROLE and self.value not in {role.name.lower() for role in Role}:
            raise InvalidTerms(field="actor", problem="names a role that salus.models.Role lacks")
        length = len(self.value.encode("utf-8", "surrogatepass"))
        if not 0 < length <= MAX_REFERENCE_BYTES or not self.value.isprintable():
            raise InvalidTerms(field="actor", problem="needs 1 to 255 bytes of printable text")

    @property
    def written(self) -> str:
        """The value as documents hold it, and as actors are ordered by: addresses in lower case."""
        return lower_case(self.value) if self.kind is ActorKind.ADDRESS else self.value

    def __lt__(self, other: Actor) -> bool:
        return (self.part, self.kind, self.written) < (other.part, other.kind, other.written)

    @classmethod
    @typed_arguments
    def address(cls, address: str, part: Part = Part.RECIPIENT) -> Actor:
        """Make an actor of its identity.

        Args:
            address: 0x and 40 hexadecimal digits.
            part: what it does in the disclosure.

        Returns:
            The actor.

        Raises:
            InvalidTerms: it is not an address.
        """
        return cls(part, ActorKind.ADDRESS, address)

    @classmethod
    @typed_arguments
    def role(cls, role: Role, part: Part = Part.RECIPIENT) -> Actor:
        """Make an actor of all that are accredited for a role.

        Args:
            role: the role.
            part: what they do in the disclosure.

        Returns:
            The actor.
        """
        return cls(part, ActorKind.ROLE, role.name.lower())

    @classmethod
    @typed_arguments
    def reference(cls, reference: str, part: Part = Part.RECIPIENT) -> Actor:
        """Make an actor of a reference, as FHIR records have it.

        Args:
            reference: for instance ``Practitioner/f204`` or a DID, up to 255 bytes in UTF-8.
            part: what it does in the disclosure.

        Returns:
            The actor.

        Raises:
            InvalidTerms: it is empty, too long or not printable.
        """
        return cls(part, ActorKind.REFERENCE, reference)


def _address(value: str) -> Address:
    try:
        return checked_address(value)
    except InputError as error:
        raise InvalidTerms(
            field="actor", problem=f"has an address that is not valid: {error}"
        ) from None
