"""A FHIR R4 AuditEvent for an access decision, permitted or not (R4, section 6.4).

It names people and records: keep it encrypted, and anchor only its salted commitment.

Example:
    >>> from salus.terms import Action, Request, ResourceFacts
    >>> from salus.terms.evaluation import without_consent
    >>> asked = Request(action=Action.ACCESS, purpose="TREAT", at=1_800_000_000,
    ...     resource=ResourceFacts(resource_class="Condition"))
    >>> event = access_event(without_consent(asked, block=7), asked, record="Condition/1",
    ...     patient="Patient/1", recipient="did:ethr:0x1:0xab", observer="did:ethr:0x1:0xcd")
    >>> event["outcome"], event["outcomeDesc"]
    ('4', 'NotApplicable: no consent was shown')
"""

from __future__ import annotations

from typing import Any

from salus.fhir.codings import HL7, PURPOSE_SYSTEM, coding, concept, named
from salus.fhir.dates import instant_text
from salus.primitives.arguments import typed_arguments
from salus.terms.request import Decision, Outcome, Request
from salus.terms.vocabulary import Action
from salus_verify.encoding import hex0x

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ENTITY_TYPE = f"{HL7}/audit-entity-type"
_OBJECT_ROLE = f"{HL7}/object-role"
# AuditEvent knows create, read, update, delete and execute.
_ACTIONS = {
    Action.COLLECT: "C",
    Action.ACCESS: "R",
    Action.USE: "E",
    Action.DISCLOSE: "R",
    Action.CORRECT: "U",
}
_SUCCESS, _MINOR_FAILURE = "0", "4"


@typed_arguments
def access_event(
    decision: Decision,
    request: Request,
    *,
    record: str,
    patient: str,
    recipient: str,
    observer: str,
) -> dict[str, Any]:
    """Record who asked for what, and what was decided why.

    Args:
        decision: the decision; its consent, block and rule are named, so it can be replayed.
        request: the request that it answers.
        record: the record's reference, for instance ``Observation/9``.
        patient: the patient's reference.
        recipient: the DID of who asked.
        observer: the DID of who decided and keeps the audit.

    Returns:
        The resource, ready for ``json.dumps``.
    """
    purpose = concept(PURPOSE_SYSTEM, request.purpose)
    refused = decision.outcome in (Outcome.DENY, Outcome.NOT_APPLICABLE)
    return {
        "resourceType": "AuditEvent",
        "type": coding(_DICOM, "110110") | {"display": "Patient Record"},
        "action": _ACTIONS[request.action],
        "recorded": instant_text(request.at),
        "outcome": _MINOR_FAILURE if refused else _SUCCESS,
        "outcomeDesc": f"{decision.outcome}: {decision.reason}",
        "purposeOfEvent": [purpose],
        "agent": [{"who": named(recipient), "requestor": True, "purposeOfUse": [purpose]}],
        "source": {"observer": named(observer)},
        "entity": [
            _entity({"reference": patient}, type_code="1", role_code="1"),
            _entity({"reference": record}, type_code="2", role_code="4"),
            *_consent_entity(decision),
        ],
    }


def _entity(what: dict[str, Any], *, type_code: str, role_code: str) -> dict[str, Any]:
    return {
        "what": what,
        "type": coding(_ENTITY_TYPE, type_code),
        "role": coding(_OBJECT_ROLE, role_code),
    }


def _consent_entity(decision: Decision) -> list[dict[str, Any]]:
    facts = {"block": str(decision.block), "outcome": decision.outcome.value}
    if decision.rule is not None:
        facts["rule"] = str(decision.rule)
    details = [{"type": name, "valueString": value} for name, value in facts.items()]
    details += [{"type": "residual", "valueString": each.hex()} for each in decision.residuals]
    if decision.consent_id is None:
        return [{"name": "no consent", "detail": details}]
    what = named(hex0x(decision.consent_id), "urn:salus:consent")
    # HL7's "security resource": what the decision was made from.
    return [_entity(what, type_code="2", role_code="13") | {"detail": details}]
