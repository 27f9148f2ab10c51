"""Code systems whose codes say nothing sensitive where no row of a table says so.

Only those that HL7 and the makers of the web keep themselves: below HL7's address stand names of
other people's systems, too.

Example:
    >>> is_harmless("http://terminology.hl7.org/codesystem/v2-0203", "MR")
    True
    >>> is_harmless("http://terminology.hl7.org/codesystem/icd-9cm-diagnosiscodes", "295")
    False
"""

from __future__ import annotations

import re

_HL7 = "http://terminology.hl7.org/codesystem/"
_NUMBERED = re.compile(r"v2-[0-9]{4}(?:/[0-9.]+)?|v3-[a-z]+")
_OWN = frozenset(
    "action-type adjudication adjudication-error adjudication-reason admit-source"
    " adverse-event-category adverse-event-outcome adverse-event-severity"
    " allergyintolerance-clinical allergyintolerance-verification"
    " appointment-cancellation-reason attribute-estimate-type audit-entity-type"
    " audit-event-outcome audit-event-type audit-source-type basic-resource-type benefit-network"
    " benefit-term benefit-type benefit-unit claim-exception claim-type claimcareteamrole"
    " claiminformationcategory coding-attribute communication-category"
    " communication-not-done-reason condition-category condition-clinical condition-state"
    " condition-ver-status consentaction consentcategorycodes consentpolicycodes consentscope"
    " contactentity-type contract-type contributor-role coverage-class coverage-copay-type"
    " coverage-selfpay data-absent-reason dicom-audit-lifecycle diet discharge-disposition"
    " dose-rate-type encounter-type endpoint-connection-type episodeofcare-type ex-claimsubtype"
    " ex-diagnosis-on-admission ex-diagnosistype ex-paymenttype extra-security-role-type"
    " financialtaskcode financialtaskinputtype flag-category forms forms-codes fundsreserve"
    " goal-acceptance-status goal-achievement goal-category goal-priority goal-relationship-type"
    " handling-condition immunization-evaluation-dose-status immunization-origin implantstatus"
    " insurance-plan-type iso-21089-lifecycle list-empty-reason list-order"
    " location-physical-type media-category media-modality media-type medication-admin-category"
    " medication-admin-location medication-statement-category medicationdispense-category"
    " medicationrequest-category medicationrequest-course-of-therapy message-reasons-encounter"
    " missingtoothreason modifiers need network-type nutrition-order-status object-role"
    " observation-category observation-statistics organization-role organization-type payeetype"
    " payment-adjustment-reason payment-type paymentstatus practitioner-role"
    " procedure-progress-status-codes processpriority provenance-participant-type"
    " reaction-event-certainty reason-medication-given-codes referencerange-meaning"
    " rejection-criteria related-claim-relationship report-relation resource-security-category"
    " restful-security-service risk-probability safety-entries security-role-type"
    " security-source-type service-place special-values standards-status statistic-type"
    " subscriber-relationship substance-category supply-item-type supply-kind"
    " supplyrequest-reason surface task-type usage-context-type variable-role"
    " verificationresult-communication-method".split()
)
_REQUIRED = re.compile(r"http://hl7\.org/fhir/(?!sid/|ex-|.*(?:icd|snomed))[a-z0-9/-]+")
"""Those that R4 itself defines, and HL7's guides; below ``sid/`` are others'."""
_OTHERS = frozenset(
    {
        "http://unitsofmeasure.org",
        "http://hl7.org/fhir/sid/cvx",
        "http://hl7.org/fhir/sid/us-npi",
        "urn:ietf:bcp:13",
        "urn:ietf:bcp:47",
        "urn:iso:std:iso:3166",
        "urn:iso:std:iso:3166:-2",
        "urn:iso:std:iso:4217",
        "urn:iso:std:iso:11073:10101",
    }
)


_URIS = "urn:ietf:rfc:3986"
_DICOM = re.compile(r"(?:urn:oid:)?1\.2\.840\.10008\.[0-9.]+")
"""Kinds of images, which are named by URIs."""


def is_harmless(system: str, code: str) -> bool:
    """Whether a code is of one of these systems, by the system's plain name."""
    if system in _OTHERS or (system == _URIS and _DICOM.fullmatch(code)):
        return True
    if system.startswith(_HL7):
        name = system.removeprefix(_HL7)
        return name in _OWN or _NUMBERED.fullmatch(name) is not None
    return _REQUIRED.fullmatch(system) is not None
