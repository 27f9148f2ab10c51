"""Purposes of use, one bit a code: the codes under PurposeOfUse in HL7's v3-ActReason.

The position in the table is the bit, permanently: add at the end, never reorder and never remove.

Example:
    >>> PURPOSES.bit("TREAT"), PURPOSES.covers(frozenset({"TREAT"}), "COC")
    (53, True)
"""

from __future__ import annotations

from salus.terms.codes import Code, CodeTable

BREAK_THE_GLASS = "BTG"

_CODES = (
    Code("PurposeOfUse", None, "any purpose"),
    Code("HMARKT", "PurposeOfUse", "healthcare marketing"),
    Code("HOPERAT", "PurposeOfUse", "healthcare operations"),
    Code("CAREMGT", "HOPERAT", "care management"),
    Code("DONAT", "HOPERAT", "donation"),
    Code("FRAUD", "HOPERAT", "fraud"),
    Code("GOV", "HOPERAT", "government"),
    Code("HACCRED", "HOPERAT", "health accreditation"),
    Code("HCOMPL", "HOPERAT", "health compliance"),
    Code("HDECD", "HOPERAT", "decedent"),
    Code("HDIRECT", "HOPERAT", "directory"),
    Code("HDM", "HOPERAT", "healthcare delivery management"),
    Code("HLEGAL", "HOPERAT", "legal"),
    Code("HOUTCOMS", "HOPERAT", "health outcome measure"),
    Code("HPRGRP", "HOPERAT", "health program reporting"),
    Code("HQUALIMP", "HOPERAT", "health quality improvement"),
    Code("HSYSADMIN", "HOPERAT", "health system administration"),
    Code("LABELING", "HSYSADMIN", "labeling"),
    Code("METAMGT", "HSYSADMIN", "metadata management"),
    Code("MEMADMIN", "HOPERAT", "member administration"),
    Code("MILCDM", "HOPERAT", "military command"),
    Code("PATADMIN", "HOPERAT", "patient administration"),
    Code("PATSFTY", "HOPERAT", "patient safety"),
    Code("PERFMSR", "HOPERAT", "performance measure"),
    Code("RECORDMGT", "HOPERAT", "records management"),
    Code("SYSDEV", "HOPERAT", "system development"),
    Code("HTEST", "SYSDEV", "test health data"),
    Code("TRAIN", "HOPERAT", "training"),
    Code("HPAYMT", "PurposeOfUse", "healthcare payment"),
    Code("CLMATTCH", "HPAYMT", "claim attachment"),
    Code("COVAUTH", "HPAYMT", "coverage authorization"),
    Code("COVERAGE", "HPAYMT", "coverage under policy or program"),
    Code("ELIGDTRM", "COVERAGE", "eligibility determination"),
    Code("ELIGVER", "COVERAGE", "eligibility verification"),
    Code("ENROLLM", "COVERAGE", "enrollment"),
    Code("MILDCRG", "COVERAGE", "military discharge"),
    Code("REMITADV", "HPAYMT", "remittance advice"),
    Code("HRESCH", "PurposeOfUse", "healthcare research"),
    Code("BIORCH", "HRESCH", "biomedical research"),
    Code("CLINTRCH", "HRESCH", "clinical trial research"),
    Code("CLINTRCHNPC", "CLINTRCH", "clinical trial research without patient care"),
    Code("CLINTRCHPC", "CLINTRCH", "clinical trial research with patient care"),
    Code("PRECLINTRCH", "CLINTRCH", "preclinical trial research"),
    Code("DSRCH", "HRESCH", "disease specific healthcare research"),
    Code("POARCH", "HRESCH", "population origins or ancestry healthcare research"),
    Code("TRANSRCH", "HRESCH", "translational healthcare research"),
    Code("PATRQT", "PurposeOfUse", "patient requested"),
    Code("FAMRQT", "PATRQT", "family requested"),
    Code("PWATRNY", "PATRQT", "power of attorney"),
    Code("SUPNWK", "PATRQT", "support network"),
    Code("PUBHLTH", "PurposeOfUse", "public health"),
    Code("DISASTER", "PUBHLTH", "disaster"),
    Code("THREAT", "PUBHLTH", "threat"),
    Code("TREAT", "PurposeOfUse", "treatment"),
    Code("CLINTRL", "TREAT", "clinical trial"),
    Code("COC", "TREAT", "coordination of care"),
    Code("ETREAT", "TREAT", "emergency treatment"),
    Code("BTG", "ETREAT", "break the glass"),
    Code("ERTREAT", "ETREAT", "emergency room treatment"),
    Code("POPHLTH", "TREAT", "population health"),
)

PURPOSES = CodeTable("PurposeOfUse", "http://terminology.hl7.org/CodeSystem/v3-ActReason", _CODES)
