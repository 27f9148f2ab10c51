"""What is asked of consent terms: who wants which record, for what, when; and the answer.

Example:
    >>> from salus.terms import Action, Confidentiality
    >>> lab = ResourceFacts(resource_class="Observation.laboratory")
    >>> asked = Request(action=Action.ACCESS, purpose="TREAT", resource=lab, at=1_800_000_000)
    >>> asked.resource.confidentiality is Confidentiality.N
    True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from salus.primitives.address import Address
from salus.primitives.roles import Role
from salus.primitives.values import typed
from salus.terms.classes import CLASSES
from salus.terms.errors import InvalidTerms
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Action, Confidentiality

if TYPE_CHECKING:
    from salus.terms.model import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Party:
    """All the names that somebody goes by, as the caller has verified them.

    Args:
        address: the identity's address; None where it has none.
        roles: the roles it is accredited for at the block of the decision.
        references: FHIR references and DIDs that mean it.
        others: those that are known to mean somebody else; any other may mean it, for a deny.
    """

    address: Address | None = None
    roles: frozenset[Role] = frozenset()
    references: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class ResourceFacts:
    """What terms look at in a record. ``salus.fhir.classify`` reads it from a resource.

    Args:
        resource_class: a code of the resource classes.
        sensitivities: codes of InformationSensitivityPolicy.
        confidentiality: its label; normal where it has none.
        when: the time that the record is about; None where it does not say.

    Raises:
        UnknownCode: a code is not in its table.
    """

    resource_class: str
    sensitivities: frozenset[str] = frozenset()
    confidentiality: Confidentiality = Confidentiality.N
    when: Period | None = None

    def __post_init__(self) -> None:
        CLASSES.bit(self.resource_class)
        SENSITIVITIES.to_mask(self.sensitivities)


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Request:
    """One act on one record.

    Args:
        action: what is to be done.
        purpose: a code of PurposeOfUse.
        resource: the record.
        at: the time of the decision, in seconds since 1970 (UTC): the block's.
        recipient: who receives it.
        custodian: who hands it out.
        author: who wrote it.
        hops: how many times it was passed on before this: 0 from its custodian.
        remunerated: whether somebody pays for it.
        break_glass_until: end of an open break-glass window on chain for this patient and
            recipient, in seconds since 1970 (UTC); None where there is no window.

    Raises:
        UnknownCode: ``purpose`` is not in its table.
        InvalidTerms: ``hops`` is negative.
    """

    action: Action
    purpose: str
    resource: ResourceFacts
    at: int
    recipient: Party = field(default_factory=Party)
    custodian: Party = field(default_factory=Party)
    author: Party = field(default_factory=Party)
    hops: int = 0
    remunerated: bool = False
    break_glass_until: int | None = None

    def __post_init__(self) -> None:
        PURPOSES.bit(self.purpose)
        if self.hops < 0:
            raise InvalidTerms(field="hops", problem="cannot be negative in a request")


def unknown_in(request: Request, terms: Iterable[Terms]) -> tuple[str, ...]:
    """Whom terms name that is none of a request's parties, and not known to be somebody else."""
    parties = (request.recipient, request.custodian, request.author)
    known = {name for each in parties for name in (*each.references, *each.others)}
    return tuple(sorted({name for each in terms for name in each.references} - known))


class Outcome(StrEnum):
    """What the terms say to a request."""

    NOT_APPLICABLE = "NotApplicable"
    DENY = "Deny"
    PERMIT = "Permit"
    PERMIT_WITH_RESIDUAL = "PermitWithResidual"
    BREAK_GLASS = "BreakGlass"


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Decision:
    """An answer that anybody can replay: same terms, same request, same block, same outcome.

    Args:
        outcome: what was decided.
        ordinary: what would have been decided without a break-glass window.
        consent_id: the consent that decided, 32 bytes; None where there was no consent.
        block: the number of the block at which the facts were read.
        rule: the position of the rule that decided (0 is the base); None where none did.
        reason: what decided, in a few words without health data.
        residuals: digests of the conditions that must still be read, 32 bytes each.
        consents: every consent that was asked, 32 bytes each: the decision rests on all of them.
    """

    outcome: Outcome
    ordinary: Outcome
    consent_id: bytes | None
    block: int
    rule: int | None
    reason: str
    residuals: tuple[bytes, ...] = ()
    consents: tuple[bytes, ...] = ()

    @property
    def permits(self) -> bool:
        """Whether the record may be released at once, with nothing further to check."""
        return self.outcome is Outcome.PERMIT

    @property
    def is_conditional(self) -> bool:
        """Whether it may be released once the residual was read, or break-glass countersigned."""
        return self.outcome in (Outcome.PERMIT_WITH_RESIDUAL, Outcome.BREAK_GLASS)
