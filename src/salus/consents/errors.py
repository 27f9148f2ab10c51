"""What is wrong with a consent that was presented.

Example:
    >>> str(ConsentNotInForce("0xab", "it was revoked"))
    'consent 0xab is not in force: it was revoked. Ask the patient for a new one'
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.errors import InputError, SalusError, StorageError, VerificationError
from salus.primitives.fence import FeatureFailed
from salus.vault.errors import MissingRecord
from salus_verify.errors import MalformedDocument


class ConsentNotInForce(VerificationError):
    """A consent was presented that the patient never gave, has ended, or that has lapsed.

    Attributes:
        consent_id: Its id, in hex.
        reason: What is wrong with it.
    """

    def __init__(
        self, consent_id: str, reason: str, *, advice: str = "Ask the patient for a new one"
    ) -> None:
        super().__init__(f"consent {consent_id} is not in force: {reason}. {advice}")
        self.consent_id = consent_id
        self.reason = reason


class RevocationNotValid(VerificationError):
    """A signed revocation was shown that is forged, lapsed, of another chain or of no authority."""

    def __init__(self, consent_id: str, reason: str) -> None:
        super().__init__(
            f"this revocation of consent {consent_id} does not count: {reason}. Nothing was"
            " changed: ask the patient to sign another one"
        )
        self.consent_id = consent_id
        self.reason = reason


class MalformedConsent(MalformedDocument):
    """What was given as a consent document is not one that this release reads."""

    kind = "consent document"


class MalformedActorStatement(MalformedDocument):
    """What was given as an actor statement is not one that this release reads."""

    kind = "actor statement"


class ActorStatementNotCounted(VerificationError):
    """An actor statement is forged, over, withdrawn, of another chain, or of nobody who may say so.

    Attributes:
        actor: The name that it is about.
        reason: What is wrong with it.
    """

    def __init__(self, actor: str, reason: str) -> None:
        super().__init__(
            f"the statement about {actor} does not count: {reason}. Ask who vouches for it to state"
            " it anew"
        )
        self.actor = actor
        self.reason = reason


class MalformedPassedConsent(MalformedDocument):
    """What was given as a consent that was passed on is not one that this release reads."""

    kind = "passed consent"


class MalformedRuling(MalformedDocument):
    """What was given as a ruling is not one that this release reads."""

    kind = "ruling"


class RulingDiffers(VerificationError):
    """A ruling was shown that this chain and these consents do not bear out."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"this ruling is not what was to be decided: {reason}. Believe nothing in it; ask who"
            " showed it for the consents, and decide anew"
        )
        self.reason = reason


class MalformedRevocation(MalformedDocument):
    """What was given as a signed revocation is not one that this release reads."""

    kind = "signed revocation"


_WORDS = {
    "NotApplicable": "no consent covers it",
    "Deny": "denied",
    "PermitWithResidual": "its further conditions must be read first",
    "BreakGlass": "an emergency's access is countersigned first",
}
"""What evaluation said, for people."""


class ConsentRefused(VerificationError):
    """The consents in force do not permit what was asked.

    Attributes:
        outcome: What evaluation said, such as ``Deny`` or ``NotApplicable``.
        purpose: What was asked for, an HL7 PurposeOfUse code.
        unknown: Whom the consents name, and nobody who counts vouched for here.
    """

    def __init__(
        self,
        outcome: str,
        explanation: str,
        *,
        purpose: str,
        asked: str = "",
        covers: str = "",
        unknown: Sequence[str] = (),
    ) -> None:
        said = f" Asked was {asked}." if asked else ""
        said += f" The consent says: {covers}" if covers else ""
        super().__init__(
            f"access for {purpose} is refused ({_WORDS.get(outcome, outcome)}): {explanation}."
            f"{said}{_vouching(unknown)} Ask for what the consent permits, or the patient for"
            " another consent"
        )
        self.outcome, self.purpose, self.unknown = outcome, purpose, tuple(unknown)


class NothingToShare(MissingRecord):
    """A consent permits nothing of what is kept here.

    Attributes:
        unknown: Whom it names, and nobody who counts vouched for here.
    """

    def __init__(
        self, consent_id: str, *, purpose: str, covers: str, kept: str, unknown: Sequence[str] = ()
    ) -> None:
        StorageError.__init__(
            self,
            f"nothing was shared: for {purpose}, consent {consent_id} permits none of the patient's"
            f" records that are kept here ({kept or 'none at all'}). The consent says: {covers}"
            f"{_vouching(unknown)} Ask for a purpose that it permits, or the patient for another"
            " consent",
        )
        self.record, self.consent_id, self.purpose = "any", consent_id, purpose
        self.unknown = tuple(unknown)


class UnknownConsent(InputError):
    """Nothing was ever given under a consent here, and the chain never saw its id."""

    def __init__(self, consent_id: str) -> None:
        super().__init__(
            f"consent {consent_id} is known neither here nor on chain: nothing was revoked."
            " Compare the id, digit by digit, with the consent's document"
        )
        self.consent_id = consent_id


class ConsentNotKept(InputError):
    """A consent is not kept here, so that its terms are not known."""

    def __init__(self, consent_id: str) -> None:
        super().__init__(
            f"consent {consent_id} is not kept here, and the chain knows no terms: keep its"
            " document first, with `records.heed()`"
        )
        self.consent_id = consent_id


class HandlersFailed(FeatureFailed):
    """Consents ended on chain, and a feature that was told so failed; all others were told.

    Attributes:
        problems: What failed.
        done: What the call would have returned: all else of it was done.
    """

    def __init__(self, problems: Sequence[SalusError], *, done: object = None) -> None:
        self.problems, self.done = tuple(problems), done
        super().__init__(
            "the consent has ended on chain, but here what was given under it may still be shared:"
            " what handles consents",
            "; ".join(map(str, self.problems)),
            remedy="mend it, then run `records.revoke_ended()`",
        )


def _vouching(unknown: Sequence[str]) -> str:
    """What helps where a consent names somebody of whom it is not known who that is."""
    if not unknown:
        return ""
    return (
        f" Nobody whose word counts said here who {', '.join(unknown)} is: what is permitted to a"
        " name reaches nobody until then, and what is denied to it everybody. Keep such a statement"
        " with `consents.actors.keep()`, and try again."
    )
