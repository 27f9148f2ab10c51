"""Consents in their other documents: batched, passed on, ruled by, and who their names mean."""

from __future__ import annotations

from tests.vectors.written.release import PATIENT, Release

import salus
from salus.chain import Account
from salus.contracts.identities.guardian_set import GuardianSet
from salus.identities.guardian_documents import write_guardians
from salus.primitives.roles import Role
from salus.terms import Action, Party, Period, Request, ResourceFacts, Terms
from salus.testing.participants import accredit

NEW_OWNER = Account.from_key("0x" + "5b" * 32)
WARD = "Organization/ward-7"


def write_consents(release: Release, hospital: salus.Salus, clinic: salus.Salus) -> None:
    """The patient lets a clinic pass on; the clinic does, and decides on what it holds."""
    consents, nurse = hospital.consents, release.somebody(8)
    wide = Terms.permit("TREAT", redisclosure_depth=1).except_(sensitivities="PSY")
    first = consents.sign(consents.propose(PATIENT.identity, clinic.identity, wide), by=PATIENT)
    passed = clinic.consents.passing.sign(first, nurse.identity, Terms.permit("TREAT"))
    release.document("passed-consent.json", passed.to_json())
    asked = Request(
        action=Action.ACCESS,
        purpose="TREAT",
        at=release.chain.now(),
        resource=ResourceFacts(resource_class="Condition", when=Period(start=0, end=1_700_000_000)),
        recipient=Party(address=clinic.identity, references=frozenset({WARD})),
    )
    release.document("ruling.json", clinic.consents.rulings.decide(asked, [first]).to_json())
    research = Terms.permit("HRESCH")
    batch = [consents.propose(PATIENT.identity, clinic.identity, research) for _ in range(3)]
    batched = consents.batches.grant(batch, by=PATIENT)
    release.document("batched-consent.json", batched[1].to_json())


def write_statements(release: Release, hospital: salus.Salus, clinic: salus.Salus) -> None:
    """Who a name means, and who helps when a key is lost."""
    accredit(release.governor, hospital.identity, Role.HOSPITAL)
    said = hospital.consents.actors.state(clinic.identity, WARD)
    release.document("actor-statement.json", said.to_json())
    guardians = GuardianSet.of([hospital.identity, clinic.identity], threshold=2)
    release.document("guardians.json", write_guardians(guardians))
    approval = clinic.identities.recovery.approve(
        PATIENT.identity,
        NEW_OWNER.identity,
        guardians,
        guardian=clinic.identity,
        by=clinic.account,
        deadline=release.chain.now() + 86_400,
    )
    release.document("recovery-approval.json", approval.to_bytes())
