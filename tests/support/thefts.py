"""A patient whose key was stolen: what was set before the theft, what the thief set, guardians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salus import Salus
from salus.chain import Account
from salus.consents.documents import Consent
from salus.contracts.identities.guardian_set import GuardianSet
from salus.identities import add_delegate, set_attribute
from salus.terms import Effect, Rule, Terms
from salus.testing import advance
from salus.thefts.leftovers import Leftover

DAY = 24 * 3600
GRANT = "consent/grant"
TERMS = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
STRANGE = b"\xffinbox\x1b[31m\x00evil".ljust(32, b"\0")


@dataclass(frozen=True)
class Theft:
    """A patient, the same key in a thief's hands, and guardians. The helper pays for everything.

    The honest carer and inbox were set before the theft, accomplice, inbox, key and consent by the
    thief.
    """

    helper: Salus
    patient: Account
    carer: Account
    accomplice: Account
    guardians: Sequence[Account]
    opening: GuardianSet
    new_owner: Account
    block: int
    consent: Consent

    @property
    def identity(self) -> str:
        return self.patient.identity

    def propose(self) -> None:
        identities, deadline = self.helper.identities, self.helper.chain.now() + 3600
        shown = (self.identity, self.new_owner.identity, self.opening)
        approvals = [
            identities.recovery.approve(
                *shown, guardian=each.identity, by=each, deadline=deadline, unanimous=True
            )
            for each in self.guardians
        ]
        identities.recovery.propose(approvals, self.opening)

    def recover(self) -> None:
        self.propose()
        advance(self.helper.chain, 7 * DAY)
        self.helper.identities.recovery.execute(self.identity)

    def left(self, **since: int | str) -> dict[tuple[str, str], Leftover]:
        """Leftovers by label, and by who or what."""
        found = self.helper.thefts.leftovers(self.identity, **since)
        return {(each.label, each.delegate or each.value.decode()): each for each in found}

    def confirmed(self) -> list[str]:
        left = self.left()
        honest = [(GRANT, self.carer.identity), ("did/svc/inbox", "memory://honest")]
        return [left[each].id for each in honest]

    def grant(self, by: Account) -> Consent:
        """The accomplice is granted everything."""
        consents = self.helper.consents
        consent = consents.propose(self.identity, self.accomplice.identity, TERMS)
        consents.grant(consent, by=by)
        return consent

    def is_active(self, consent: Consent) -> bool:
        return self.helper.consents.checks.status(self.identity, consent.id).active


def steal(helper: Salus) -> Theft:
    """Let a patient with guardians be robbed."""
    patient, carer, accomplice, new_owner = (Account.create() for _ in range(4))
    guardians = [Account.create() for _ in range(3)]
    opening = GuardianSet.of([each.identity for each in guardians], threshold=2)
    identities, who = helper.identities, patient.identity
    identities.guardians.set(who, opening, by=patient)
    honest = [
        add_delegate(carer.identity, GRANT),
        set_attribute("did/svc/inbox", b"memory://honest"),
    ]
    identities.changes.apply(who, honest, by=patient)

    stolen = [
        add_delegate(accomplice.identity, GRANT),
        set_attribute("did/svc/inbox", b"memory://thief"),
        set_attribute(STRANGE, b"key"),
    ]
    block = identities.changes.apply(who, stolen, by=patient).block_number
    consent = helper.consents.propose(who, accomplice.identity, TERMS)
    helper.consents.grant(consent, by=patient)
    everybody = (patient, carer, accomplice, guardians, opening, new_owner)
    return Theft(helper, *everybody, block, consent)
