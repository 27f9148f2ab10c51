"""Two institutions with a vault and an inbox each, and a patient between them."""

from __future__ import annotations

from dataclasses import dataclass

from salus import Salus
from salus.chain import Account, Chain
from salus.consents.documents import SignedConsent
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import fund, participant
from salus.vault.storage.memory import MemoryStorage

TREATMENT = Terms(
    base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})),
    exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})),),
)
NOTE = ResourceFacts(resource_class="DocumentReference")


@dataclass
class Exchange:
    """A custodian, a grantee, and a patient who signs and has no coin."""

    custodian: Salus
    grantee: Salus
    patient: Account
    storage: MemoryStorage

    @classmethod
    def set_up(cls, chain: Chain, payer: Account) -> Exchange:
        storage = MemoryStorage("blobs")
        both = []
        for _ in range(2):
            account = Account.create()
            fund(chain, account.address, payer=payer)
            both.append(participant(chain, account, storage=storage, inbox=True))
        return cls(both[0], both[1], Account.create(), storage)

    @property
    def elsewhere(self) -> Salus:
        """The patient's own program, say: what is done there, no custodian's client is told."""
        return Salus(self.custodian.chain, account=self.custodian.account)

    def consent(self, terms: Terms = TREATMENT, *, patient: Account | None = None) -> SignedConsent:
        who = patient or self.patient
        consents = self.custodian.consents
        consent = consents.propose(who.identity, self.grantee.account.identity, terms)
        return consents.sign(consent, by=who)

    def add(self, data: bytes, facts: ResourceFacts = NOTE, *, patient: Account | None = None):  # type: ignore[no-untyped-def]
        who = (patient or self.patient).identity
        return self.custodian.records.add(data, patient=who, about=facts).records[0].manifest
