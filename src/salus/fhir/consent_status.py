"""The status of a FHIR Consent, and the Consent with another one: no other byte of it changes.

Example:
    >>> paper = b'{"resourceType":"Consent", "status" : "active", "x": 1.00}'
    >>> with_status(paper, "inactive")
    b'{"resourceType":"Consent", "status" : "inactive", "x": 1.00}'
"""

from __future__ import annotations

import json

from salus.fhir.strict_json import decode_text, parse
from salus.fhir.text_spans import members

ACTIVE, INACTIVE = "active", "inactive"
USABLE = ("draft", "proposed", ACTIVE)
"""What the status of a Consent may be that is to be agreed to."""


def with_status(data: bytes, status: str) -> bytes:
    """Write a status in the place of a Consent's; a Consent that has it comes back as it is.

    Args:
        data: the bytes of a Consent that was read before.
        status: a code of R4's consent-state-codes.
    """
    if parse(data)["status"] == status:
        return data
    text = decode_text(data)
    mark = data[: len(data) - len(text.encode())]
    _, start, end = next(each for each in members(text) if each[0] == "status")
    return mark + f"{text[:start]}{json.dumps(status)}{text[end:]}".encode()
