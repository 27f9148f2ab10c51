"""Code systems whose codes say nothing sensitive where no row of a table says so.

Only those that HL7 and the makers of the web fill themselves: below HL7's address stand names of
other people's systems, and tables that each user fills, too. ``harmless.txt`` lists them.

Example:
    >>> is_harmless("http://terminology.hl7.org/codesystem/v2-0203", "MR")
    True
    >>> is_harmless("http://terminology.hl7.org/codesystem/icd-9cm-diagnosiscodes", "295")
    False
    >>> is_harmless("http://terminology.hl7.org/codesystem/v2-0051", "F20.0")
    False
"""

from __future__ import annotations

import re
from importlib.resources import files

_NAMES = frozenset(
    name
    for line in files(__package__).joinpath("harmless.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for name in line.split()
)
_OF_HL7 = re.compile(
    r"http://(?:terminology\.hl7\.org/codesystem|hl7\.org/fhir(?:/us/core/codesystem)?)"
    r"/(?:(v[23])/([a-z0-9]+)|([a-z0-9-]+))(?:/[0-9.]+)?"
)
"""STU3 names those of versions 2 and 3 as folders; a version of the system may stand behind."""
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
    if found := _OF_HL7.fullmatch(system):
        version, table, name = found.groups()
        return (name or f"{version}-{table}") in _NAMES
    return system in _OTHERS or (system == _URIS and _DICOM.fullmatch(code) is not None)
