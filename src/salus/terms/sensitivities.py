"""Sensitivities, one bit a code: HL7's InformationSensitivityPolicy in v3-ActCode, one of ours.

The position in the table is the bit, permanently: add at the end, never reorder and never remove.

Example:
    >>> SENSITIVITIES.covers(frozenset({"SPI"}), "PSY")
    True
    >>> SENSITIVITIES.overlaps(frozenset({"PSY"}), ANY_SENSITIVITY)
    True
"""

from __future__ import annotations

from salus.terms.codes import Code, CodeTable

ANY_SENSITIVITY = "_InformationSensitivityPolicy"
"""HL7's name for all of them: a record so labelled may be any, and more than one."""
UNCLEAR = "UNCLEAR"
"""Ours, beside HL7's: something stands in a record that nothing here can read. It is no level."""
UNCLEAR_SYSTEM = "urn:salus:sensitivity"

_CODES = (
    Code("ETH", ANY_SENSITIVITY, "substance abuse"),
    Code("GDIS", ANY_SENSITIVITY, "genetic disease"),
    Code("HIV", ANY_SENSITIVITY, "HIV or AIDS"),
    Code("MST", ANY_SENSITIVITY, "military sexual trauma"),
    Code("SCA", ANY_SENSITIVITY, "sickle cell anemia"),
    Code("SDV", ANY_SENSITIVITY, "sexual assault, abuse, or domestic violence"),
    Code("SEX", ANY_SENSITIVITY, "sexuality and reproductive health"),
    Code("SPI", ANY_SENSITIVITY, "specially protected"),
    Code("BH", "SPI", "behavioral health"),
    Code("COGN", "BH", "cognitive disability"),
    Code("DVD", "BH", "developmental disability"),
    Code("EMOTDIS", "BH", "emotional disturbance"),
    Code("MH", "SPI", "mental health"),
    Code("PSY", "SPI", "psychiatry disorder"),
    Code("PSYTHPN", "SPI", "psychotherapy note"),
    Code("SUD", "SPI", "substance use disorder"),
    Code("ETHUD", "SUD", "alcohol use disorder"),
    Code("OPIOIDUD", "SUD", "opioid use disorder"),
    Code("STD", ANY_SENSITIVITY, "sexually transmitted disease"),
    Code("TBOO", ANY_SENSITIVITY, "taboo"),
    Code("VIO", ANY_SENSITIVITY, "violence"),
    Code("SICKLE", ANY_SENSITIVITY, "sickle cell"),
    Code("DEMO", ANY_SENSITIVITY, "all demographic"),
    Code("DOB", ANY_SENSITIVITY, "date of birth"),
    Code("GENDER", ANY_SENSITIVITY, "gender and sexual orientation"),
    Code("LIVARG", ANY_SENSITIVITY, "living arrangement"),
    Code("MARST", ANY_SENSITIVITY, "marital status"),
    Code("RACE", ANY_SENSITIVITY, "race"),
    Code("REL", ANY_SENSITIVITY, "religion"),
    Code("B", ANY_SENSITIVITY, "business"),
    Code("EMPL", ANY_SENSITIVITY, "employer"),
    Code("LOCIS", ANY_SENSITIVITY, "location"),
    Code("SSP", ANY_SENSITIVITY, "sensitive service provider"),
    Code("ADOL", ANY_SENSITIVITY, "adolescent"),
    Code("CEL", ANY_SENSITIVITY, "celebrity"),
    Code("DIA", ANY_SENSITIVITY, "diagnosis"),
    Code("DRGIS", ANY_SENSITIVITY, "drug"),
    Code("EMP", ANY_SENSITIVITY, "employee"),
    Code("PDS", ANY_SENSITIVITY, "patient default"),
    Code("PHY", ANY_SENSITIVITY, "physician requested"),
    Code("PRS", ANY_SENSITIVITY, "patient requested"),
    Code(ANY_SENSITIVITY, None, "sensitive in whatever way"),
    Code(UNCLEAR, ANY_SENSITIVITY, "of content that cannot be read"),
)

SENSITIVITIES = CodeTable(
    "InformationSensitivityPolicy", "http://terminology.hl7.org/CodeSystem/v3-ActCode", _CODES
)


def system_of(code: str) -> str:
    """The code system that a sensitivity belongs to."""
    return UNCLEAR_SYSTEM if code == UNCLEAR else SENSITIVITIES.system


def is_sensitivity(system: str, code: str) -> bool:
    """Whether a code of a code system is a sensitivity."""
    return code in SENSITIVITIES and system == system_of(code)
