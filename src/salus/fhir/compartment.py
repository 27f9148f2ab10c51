"""R4's patient compartment: which elements of which types say whose a resource is.

From R4's CompartmentDefinition ``patient`` (compartmentdefinition-patient.html), with the elements
that its search parameters stand for. Types that are not named are in no patient's compartment.

Example:
    >>> COMPARTMENT["Appointment"]
    (('participant', 'actor'),)
"""

from __future__ import annotations

_ELEMENTS = """
Account: subject
AdverseEvent: subject
AllergyIntolerance: patient recorder asserter
Appointment: participant.actor
AppointmentResponse: actor
AuditEvent: agent.who entity.what
Basic: subject author
BodyStructure: patient
CarePlan: subject activity.detail.performer
CareTeam: subject participant.member
ChargeItem: subject
Claim: patient payee.party
ClaimResponse: patient
ClinicalImpression: subject
Communication: subject sender recipient
CommunicationRequest: subject sender recipient requester
Composition: subject author attester.party
Condition: subject asserter
Consent: patient
Coverage: policyHolder subscriber beneficiary payor
CoverageEligibilityRequest: patient
CoverageEligibilityResponse: patient
DetectedIssue: patient
DeviceRequest: subject performer
DeviceUseStatement: subject
DiagnosticReport: subject
DocumentManifest: subject author recipient
DocumentReference: subject author
Encounter: subject
EnrollmentRequest: candidate
EpisodeOfCare: patient
ExplanationOfBenefit: patient payee.party
FamilyMemberHistory: patient
Flag: subject
Goal: subject
Group: member.entity
ImagingStudy: subject
Immunization: patient
ImmunizationEvaluation: patient
ImmunizationRecommendation: patient
Invoice: subject recipient
List: subject source
MeasureReport: subject
Media: subject
MedicationAdministration: subject performer.actor
MedicationDispense: subject receiver
MedicationRequest: subject
MedicationStatement: subject
MolecularSequence: patient
NutritionOrder: patient
Observation: subject performer
Patient: link.other
Person: link.target
Procedure: subject performer.actor
Provenance: target
QuestionnaireResponse: subject author
RelatedPerson: patient
RequestGroup: subject action.participant
ResearchSubject: individual
RiskAssessment: subject
Schedule: actor
ServiceRequest: subject performer
Specimen: subject
SupplyDelivery: patient
SupplyRequest: deliverTo
VisionPrescription: patient
"""

COMPARTMENT = {
    name: tuple(tuple(path.split(".")) for path in paths.split())
    for name, _, paths in (line.partition(":") for line in _ELEMENTS.strip().splitlines())
}
"""The paths of the references that put a resource into a patient's compartment."""

OF_ITS_SUBJECT = frozenset(
    {"patient", "subject", "beneficiary", "candidate", "individual", "entity", "for"}
)
"""Last elements of paths that say whom a resource is about, not who else took part."""

ACTING = frozenset({"who"})
"""Last elements of paths that say who did something: not whom it is about."""
TAKING_PART = frozenset({"actor", "other"})
"""Last elements of paths under which each is a person of its own, or a thing."""
