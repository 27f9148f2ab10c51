"""AuditEvent and Provenance: valid R4, and enough in them to replay a decision or check a proof."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.support.hl7_schema import Schema

from salus.fhir import access_event, anchored_record
from salus.fhir.validation import problems
from salus.terms import Action, Effect, Outcome, Request, ResourceFacts, Rule, Terms, evaluate
from salus.terms.evaluation import without_consent
from salus_verify.log import Checkpoint

SCHEMA = (
    Path(__file__).parents[4] / "shared" / "data" / "hl7-terminology-r4" / "fhir-r4.schema.json"
)
READ = Request(
    action=Action.ACCESS,
    purpose="TREAT",
    at=1_800_000_000,
    resource=ResourceFacts(resource_class="Condition"),
)
ISSUER = "0x" + "12" * 20
PERMIT = Terms(base=Rule(effect=Effect.PERMIT, residual=bytes(32)))


def event(terms: Terms | None = PERMIT) -> dict[str, Any]:
    decision = (
        evaluate(terms, READ, consent_id=b"\xab" * 32, block=7)
        if terms
        else without_consent(READ, block=7)
    )
    return access_event(
        decision,
        READ,
        record="Condition/1",
        patient="Patient/1",
        recipient="did:ethr:0x1:0xab",
        observer="did:ethr:0x1:0xcd",
    )


def provenance() -> dict[str, Any]:
    return anchored_record(
        "Condition/1",
        author="did:ethr:0x1:0xcd",
        at=1_800_000_000,
        issuer=ISSUER,
        stream=b"\x01" * 32,
        checkpoint=Checkpoint(parent=bytes(32), root=b"\x02" * 32, size=9),
        index=8,
    )


def test_an_access_names_the_consent_block_rule_and_residual() -> None:
    consent = event()["entity"][2]
    assert consent["what"]["identifier"]["value"] == "0x" + "ab" * 32
    assert {each["type"]: each["valueString"] for each in consent["detail"]} == {
        "block": "7",
        "outcome": "PermitWithResidual",
        "rule": "0",
        "residual": "00" * 32,
    }


@pytest.mark.parametrize(
    ("terms", "outcome"),
    [(PERMIT, "0"), (Terms(base=Rule(effect=Effect.DENY)), "4"), (None, "4")],
)
def test_a_refusal_is_recorded_as_one(terms: Terms | None, outcome: str) -> None:
    assert event(terms)["outcome"] == outcome


def test_an_access_without_consent_says_so() -> None:
    entity = event(None)["entity"][2]
    assert entity["name"] == "no consent"
    assert entity["detail"][1]["valueString"] == Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("action", Action)
def test_every_action_has_an_audit_action(action: Action) -> None:
    request = Request(action=action, purpose="TREAT", at=0, resource=READ.resource)
    made = access_event(
        without_consent(request, block=1),
        request,
        record="Condition/1",
        patient="Patient/1",
        recipient="did:a",
        observer="did:b",
    )
    assert made["action"] in "CRUDE"


def test_provenance_names_the_leaf_and_its_root() -> None:
    leaf, root = (each["what"]["identifier"]["value"] for each in provenance()["entity"])
    assert leaf == f"{ISSUER}/0x{'01' * 32}/9/8"
    assert root == "0x" + "02" * 32


@pytest.mark.parametrize("make", [event, provenance])
def test_is_valid_by_our_own_rules(make: Any) -> None:
    assert problems(make()) == []


@pytest.mark.skipif(not SCHEMA.is_file(), reason="HL7's schema is not on this machine")
@pytest.mark.parametrize("make", [event, lambda: event(None), provenance])
def test_is_valid_by_hl7s_schema(make: Any) -> None:
    Schema(SCHEMA).validate(make())
