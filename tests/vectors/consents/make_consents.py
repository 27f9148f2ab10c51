"""Make ``consents.json``: consents, their ends, links, statements and rulings, to be reproduced.

Run by hand, when a format changes: ``python tests/vectors/consents/make_consents.py``. Keys are
those of development accounts, and signatures deterministic (RFC 6979): the file is made again byte
for byte. ``domain`` is EIP-712's; the address in it is no contract.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.chain import development_account
from salus.chain.abi.eip712 import digest
from salus.consents.actor_statements import ActorStatement
from salus.consents.documents import BatchedConsent, Consent, SignedConsent
from salus.consents.passed_documents import PassedConsent, pass_under
from salus.consents.revocations import SignedRevocation
from salus.consents.rulings import Ruling
from salus.terms import (
    Action,
    Confidentiality,
    Party,
    Period,
    Request,
    ResourceFacts,
    Rule,
    Terms,
    evaluate,
)
from salus.terms.vocabulary import Effect
from salus.testing.fakes import fake_chain
from salus_verify.encoding import hex0x
from salus_verify.log import Checkpoint
from salus_verify.merkle import leaf_hash

FILE = Path(__file__).with_name("consents.json")
CHAIN, SIGNED_AT = 31337, 1_800_000_000
UNTIL = SIGNED_AT + 90 * 86_400
PATIENT, CLINIC, SPECIALIST, HOSPITAL = (development_account(at) for at in range(4))
EPOCH = b"an epoch, which has 32 bytes too"


def salt(name: str) -> bytes:
    """A salt that anybody may know."""
    return name.encode().ljust(32, b".")


TERMS = Terms(
    base=Rule(
        effect=Effect.PERMIT,
        purposes=frozenset({"TREAT"}),
        actions=frozenset({Action.ACCESS, Action.DISCLOSE}),
        redisclosure_depth=1,
    )
).except_(sensitivities="PSY")
CONSENT = Consent(PATIENT.identity, CLINIC.identity, TERMS, salt("consent"), EPOCH)


def typed(kind: str, message: dict[str, Any]) -> dict[str, Any]:
    """An act of `ConsentRegistry` as it is signed."""
    chain, _ = fake_chain(chain_id=CHAIN, now=SIGNED_AT)
    with chain:
        return chain.contract("ConsentRegistry").typed_data(kind, message)


def signed() -> tuple[SignedConsent, dict[str, Any]]:
    """A signed consent, and what was signed."""
    document = typed("GrantConsent", {"consent": CONSENT.as_message(), "deadline": UNTIL})
    signature = PATIENT.sign_typed_data(document)
    return SignedConsent(CONSENT, UNTIL, PATIENT.signer, signature), document


def batched() -> BatchedConsent:
    """The same consent as the only leaf of a log."""
    stream = salt("stream")
    checkpoint = Checkpoint(parent=bytes(32), root=leaf_hash(CONSENT.id), size=1)
    anchored = AnchoredCheckpoint(PATIENT.identity, stream, checkpoint, 17)
    return BatchedConsent(CONSENT, Inclusion(CONSENT.id, 0, (), anchored))


def revocation() -> tuple[SignedRevocation, dict[str, Any]]:
    """The end of the consent, signed, and what was signed."""
    message = {"patient": PATIENT.identity, "consentId": CONSENT.id, "deadline": UNTIL}
    document = typed("RevokeConsent", message)
    signature = PATIENT.sign_typed_data(document)
    end = SignedRevocation(CHAIN, PATIENT.identity, CONSENT.id, UNTIL, PATIENT.signer, signature)
    return end, document


def passed(held: SignedConsent) -> PassedConsent:
    """The consent, passed on by its grantee."""
    return pass_under(
        held,
        SPECIALIST.identity,
        Terms.permit("COC"),
        by=CLINIC,
        chain_id=CHAIN,
        until=UNTIL,
        salt=salt("link"),
    )


def ruling(held: SignedConsent) -> Ruling:
    """What was decided by the consent alone."""
    request = Request(
        action=Action.ACCESS,
        purpose="COC",
        resource=ResourceFacts(
            resource_class="Observation.laboratory",
            sensitivities=frozenset({"HIV"}),
            confidentiality=Confidentiality.R,
            when=Period(start=SIGNED_AT - 86_400, end=SIGNED_AT),
        ),
        at=SIGNED_AT,
        recipient=Party(address=CLINIC.identity, references=frozenset({"Organization/7"})),
    )
    decision = evaluate(TERMS, request, consent_id=CONSENT.id, block=17)
    return Ruling(CHAIN, "0x" + "ab" * 32, request, (held,), decision)


def made() -> dict[str, Any]:
    """The file's content."""
    held, granted = signed()
    end, ended = revocation()
    on = passed(held)
    said = ActorStatement(
        CHAIN,
        HOSPITAL.identity,
        CLINIC.identity,
        "Organization/7",
        since=SIGNED_AT,
        until=UNTIL,
        salt=salt("statement"),
    )
    decided = ruling(held)
    return {
        "domain": granted["domain"],
        "consent": {
            "termsDigest": hex0x(CONSENT.terms_digest),
            "particulars": hex0x(CONSENT.particulars),
            "id": hex0x(CONSENT.id),
            "signedDigest": hex0x(digest(granted)),
            "document": held.to_json(),
        },
        "batchedConsent": {"document": batched().to_json()},
        "revocation": {"signedDigest": hex0x(digest(ended)), "document": end.to_json()},
        "passedConsent": {"linkId": hex0x(on.links[0].id), "document": on.to_json()},
        "actorStatement": {
            "digest": hex0x(said.digest),
            "document": said.sign(HOSPITAL).to_json(),
        },
        "ruling": {"outcome": str(decided.decision.outcome), "document": decided.to_json()},
    }


def main() -> None:
    """Write the file."""
    FILE.write_text(json.dumps(made(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
