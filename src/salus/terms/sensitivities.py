"""Sensitivities, one bit a code: the codes under InformationSensitivityPolicy in HL7's v3-ActCode.

The position in the table is the bit, for ever: add at the end, never reorder and never remove.

Example:
    >>> SENSITIVITIES.covers(frozenset({"SPI"}), "PSY")
    True
"""

from __future__ import annotations

from salus.terms.codes import Code, CodeTable

_CODES = (
    Code("ETH", None, "substance abuse"),
    Code("GDIS", None, "genetic disease"),
    Code("HIV", None, "HIV or AIDS"),
    Code("MST", None, "military sexual trauma"),
    Code("SCA", None, "sickle cell anemia"),
    Code("SDV", None, "sexual assault, abuse, or domestic violence"),
    Code("SEX", None, "sexuality and reproductive health"),
    Code("SPI", None, "specially protected"),
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
    Code("STD", None, "sexually transmitted disease"),
    Code("TBOO", None, "taboo"),
    Code("VIO", None, "violence"),
    Code("SICKLE", None, "sickle cell"),
    Code("DEMO", None, "all demographic"),
    Code("DOB", None, "date of birth"),
    Code("GENDER", None, "gender and sexual orientation"),
    Code("LIVARG", None, "living arrangement"),
    Code("MARST", None, "marital status"),
    Code("RACE", None, "race"),
    Code("REL", None, "religion"),
    Code("B", None, "business"),
    Code("EMPL", None, "employer"),
    Code("LOCIS", None, "location"),
    Code("SSP", None, "sensitive service provider"),
    Code("ADOL", None, "adolescent"),
    Code("CEL", None, "celebrity"),
    Code("DIA", None, "diagnosis"),
    Code("DRGIS", None, "drug"),
    Code("EMP", None, "employee"),
    Code("PDS", None, "patient default"),
    Code("PHY", None, "physician requested"),
    Code("PRS", None, "patient requested"),
)

SENSITIVITIES = CodeTable(
    "InformationSensitivityPolicy", "http://terminology.hl7.org/CodeSystem/v3-ActCode", _CODES
)
