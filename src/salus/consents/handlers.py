"""Features that are told what becomes of consents here, and keep them.

Example:
    >>> ConsentHandlers().ended(bytes(32))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from salus.errors import InputError

if TYPE_CHECKING:
    from salus.consents.documents import Presented
    from salus.consents.searching import Kept


@runtime_checkable
class ConsentHandler(Protocol):
    """A feature that is told what becomes of consents here: to ask them later, to end sharing."""

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        """Keep it; what was not made here may be a copy under a signature that is none."""

    def ended(self, consent_id: bytes) -> None:
        """Hand out no more keys under a consent that another took the place of."""

    def known(self) -> Iterable[Kept]:
        """List the consents that it keeps."""


class ConsentHandlers:
    """The handlers that features registered, in order."""

    def __init__(self) -> None:
        self._handlers: list[ConsentHandler] = []

    def add(self, handler: ConsentHandler) -> None:
        """Tell one more from now on."""
        self._handlers.append(handler)

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        """Tell each of a consent, before it counts."""
        for handler in self._handlers:
            handler.heard(consent, made_here=made_here)

    def ended(self, consent_id: bytes) -> None:
        """Tell each that a consent is over."""
        for handler in self._handlers:
            handler.ended(consent_id)

    def known(self) -> Iterator[Kept]:
        """What they keep.

        Raises:
            InputError: Nobody keeps any.
        """
        if not self._handlers:
            raise InputError("this client keeps no consents: connect it with storage= and state=")
        return (kept for each in self._handlers for kept in each.known())
