"""The consents that are kept here, oldest first, in pages.

Example:
    >>> from salus import Terms, connect
    >>> me = connect("tester", storage="memory://example-searching")
    >>> consent = me.consents.propose(me, "0x" + "ab" * 20, Terms.permit("TREAT"))
    >>> _ = me.consents.grant(consent)
    >>> [str(each.state) for each in me.consents]
    ['stands']
    >>> list(me.consents.search(state="over"))
    []
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from salus.consents.documents import Presented
from salus.consents.states import ConsentState
from salus.errors import InputError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.values import typed
from salus.terms import Period, Terms
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.primitives.times import Moment


@dataclass(frozen=True, slots=True)
@typed
class KnownConsent:
    """A consent that is kept here.

    Attributes:
        document: What makes it valid: to be shared under, shown, opened with.
        kept_at: Since when, Unix seconds of this machine.
        state: What became of it, as of the block that the search began with.
    """

    document: Presented
    kept_at: int
    state: ConsentState

    @property
    def id(self) -> bytes:
        """The consent's id, 32 bytes."""
        return self.document.consent.id

    @property
    def patient(self) -> Address:
        """Who granted it."""
        return self.document.consent.patient

    @property
    def grantee(self) -> Address:
        """Who may act on it."""
        return self.document.consent.grantee

    @property
    def terms(self) -> Terms:
        """What is permitted."""
        return self.document.consent.terms


@dataclass(frozen=True, slots=True)
@typed
class StoredConsent:
    """A document as a feature keeps it; its state is asked for when it is wanted."""

    document: Presented
    kept_at: int
    judge: Callable[[], tuple[Presented, ConsentState]]

    def judged(self) -> KnownConsent:
        """It with its state, and the proof that was found for it meanwhile."""
        document, state = self.judge()
        return KnownConsent(document, self.kept_at, state)


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class ConsentSearch:
    """What consents are looked for: each condition narrows the search."""

    patient: Address | None
    grantee: Address | None
    state: ConsentState | None
    period: Period | None
    after: bytes | None

    @classmethod
    def of(
        cls,
        *,
        patient: AnyIdentity | None,
        grantee: AnyIdentity | None,
        state: ConsentState | str | None,
        since: Moment | None,
        until: Moment | None,
        after: KnownConsent | bytes | None,
    ) -> ConsentSearch:
        """Read what a caller asks for; see `Consents.search`."""
        last = after.id if isinstance(after, KnownConsent) else after
        if last is not None and not isinstance(last, bytes):
            raise InputError(
                f"after must be a consent or its id, not {type(after).__name__}: give the last of"
                " the page before"
            )
        return cls(
            patient=None if patient is None else identity_of(patient),
            grantee=None if grantee is None else identity_of(grantee),
            state=None if state is None else _state(state),
            period=Period.between(since, until),
            after=last,
        )

    def find(self, kept: Iterable[StoredConsent], limit: int | None) -> Iterator[KnownConsent]:
        """What fits, at most so many."""
        if limit is not None and (type(limit) is not int or limit < 1):
            raise InputError(f"{limit!r} is not a limit: give a number, 1 or more")
        fits = [each for each in self._behind(kept) if self._fits(each)]
        judged = (each.judged() for each in fits)
        found = (each for each in judged if self.state in (None, each.state))
        return islice(found, limit)

    def _behind(self, kept: Iterable[StoredConsent]) -> list[StoredConsent]:
        """Those of the pages that are left, oldest first."""
        every = sorted(kept, key=lambda each: (each.kept_at, each.document.consent.id))
        if self.after is None:
            return every
        ids = [each.document.consent.id for each in every]
        if self.after not in ids:
            raise InputError(
                f"no consent {hex0x(self.after)} is kept here now: begin with the first page"
            )
        return every[ids.index(self.after) + 1 :]

    def _fits(self, kept: StoredConsent) -> bool:
        consent = kept.document.consent
        validity = consent.terms.base.validity
        return (
            self.patient in (None, consent.patient)
            and self.grantee in (None, consent.grantee)
            and (self.period is None or validity is None or self.period.meets(validity))
        )


def _state(state: ConsentState | str) -> ConsentState:
    try:
        return ConsentState(state)
    except ValueError:
        names = ", ".join(ConsentState)
        raise InputError(f"{state!r} is not a state of a consent: give one of {names}") from None
