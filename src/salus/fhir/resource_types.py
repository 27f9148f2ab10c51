"""Which resource types FHIR R4 (4.0.1) has, and which belong to other versions.

Example:
    >>> resource_type({"resourceType": "Patient"})
    'Patient'
"""

from __future__ import annotations

from typing import Any

from salus.fhir.errors import NotFhir, NotR4
from salus.terms.classes import RESOURCE_TYPES

ABSTRACT_TYPES = ("DomainResource", "Resource")
"""R4's two types that nothing is an instance of; with them R4 has 148 names."""

_KNOWN = frozenset(RESOURCE_TYPES)
_DSTU2 = "Conformance DeviceUseRequest DiagnosticOrder ImagingObjectSelection MedicationOrder Order"
_STU3 = """
BodySite DataElement DeviceComponent EligibilityRequest EligibilityResponse ExpansionProfile
ImagingManifest ProcedureRequest ProcessRequest ProcessResponse ReferralRequest Sequence
ServiceDefinition
"""
_LATER = """
ActorDefinition AdministrableProductDefinition ArtifactAssessment Citation ClinicalUseDefinition
BiologicallyDerivedProductDispense ConditionDefinition DeviceAssociation DeviceDispense DeviceUsage
EncounterHistory EvidenceReport FormularyItem GenomicStudy ImagingSelection Ingredient InventoryItem
InventoryReport ManufacturedItemDefinition MedicinalProductDefinition NutritionIntake
NutritionProduct PackagedProductDefinition Permission RegulatedAuthorization RequestOrchestration
Requirements SubscriptionStatus SubscriptionTopic SubstanceDefinition TestPlan Transport
"""
_ELSEWHERE = {
    name: version
    for names, version in ((_DSTU2, "DSTU2"), (_STU3, "STU3"), (_LATER, "R4B or R5"))
    for name in names.split()
}


def resource_type(value: Any) -> str:
    """Return the type of a parsed resource."""
    if not isinstance(value, dict):
        raise NotFhir(found=f"a JSON {_JSON_NAMES.get(type(value), 'number')}, not an object")
    if "resourceType" not in value:
        raise NotFhir(found="an object without resourceType")
    name = value["resourceType"]
    if not isinstance(name, str):
        raise NotFhir(found="a resourceType that is not a string")
    if name in _ELSEWHERE:
        raise NotR4(found=f"resourceType {name}", version=_ELSEWHERE[name])
    if name in ABSTRACT_TYPES:
        raise NotFhir(found=f"the abstract resourceType {name}")
    if name not in _KNOWN:
        raise NotFhir(found=f"the unknown resourceType {name[:64]!r}")
    return name


_JSON_NAMES = {list: "array", str: "string", bool: "boolean", type(None): "null"}
