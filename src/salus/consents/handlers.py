"""Features that are told what becomes of consents here, and keep them.

Example:
    >>> ConsentHandlers().ended("0x" + "ab" * 20, bytes(32))
    ()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from salus.errors import InputError, SalusError
from salus.primitives.address import Address
from salus.primitives.fence import fenced

if TYPE_CHECKING:
    from salus.consents.documents import Consent, Presented
    from salus.consents.searching import StoredConsent


@runtime_checkable
class ConsentHandler(Protocol):
    """A feature that is told what becomes of consents here: to ask them later, to end sharing.

    Whatever one raises, all others are told.
    """

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        """Keep a consent.

        Args:
            consent: The document.
            made_here: Whether this client made it; others may bear a signature that is not valid.
        """

    def ended(self, patient: Address, consent_id: bytes | None) -> None:
        """Hand out no more keys under a patient's consent that is over; None for all of them.

        An id is each patient's own: another patient's consent of that id stands.

        Args:
            patient: Whose consent.
            consent_id: 32 bytes; None for all of the patient's.
        """

    def known(self) -> Iterable[StoredConsent]:
        """List the consents that it keeps."""

    def closing(
        self, patient: Address, parties: Iterable[Address], *, block: int
    ) -> Iterable[Consent]:
        """List the consents in force, or that may be, that close something to one of several.

        Args:
            patient: Whose consents.
            parties: To whom something may be closed.
            block: The block to decide at.

        Returns:
            The consents that name one of them, or the patient itself; not those that only permit.
        """


class ConsentHandlers:
    """The handlers that features registered, in order."""

    def __init__(self) -> None:
        self._handlers: list[ConsentHandler] = []

    def add(self, handler: ConsentHandler) -> None:
        """Add one, from now on."""
        self._handlers.append(handler)

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        """Report a consent to each, before it counts.

        Raises:
            SalusError: One of them failed, so that the consent is not to count; all were told.
        """
        problems = self._tell(lambda each: each.heard(consent, made_here=made_here))
        if problems:
            raise problems[0]

    def ended(self, patient: Address, consent_id: bytes | None) -> tuple[SalusError, ...]:
        """Report to each that a consent is over, or all of a patient; return what failed."""
        return self._tell(lambda each: each.ended(patient, consent_id))

    def known(self) -> Iterator[StoredConsent]:
        """What they keep."""
        if not self._handlers:
            raise InputError("this client keeps no consents: connect it with storage= and state=")
        return (kept for each in self._handlers for kept in each.known())

    def closing(
        self, patient: Address, parties: Iterable[Address], *, block: int
    ) -> tuple[Consent, ...]:
        """List what they keep of a patient's consents that closes; nothing where none keeps any."""
        who = tuple(parties)
        found = (each.closing(patient, who, block=block) for each in self._handlers)
        return tuple(dict.fromkeys(consent for some in found for consent in some))

    def _tell(self, tell: Callable[[ConsentHandler], None]) -> tuple[SalusError, ...]:
        problems: list[SalusError] = []
        for handler in self._handlers:
            try:
                fenced("what handles consents", lambda one=handler: tell(one))  # type: ignore[misc]
            except SalusError as problem:
                problems.append(problem)
        return tuple(problems)
