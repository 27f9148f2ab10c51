"""A status is written in the place of another, and no other byte changes."""

from __future__ import annotations

import json

import pytest

from salus.fhir.consent_status import with_status

STRAY = '"x": 1.00, "y": [{"status": "active"}]'
TEXTS = [
    '{"resourceType":"Consent","status":"active"}',
    f'\n{{ "status" :\t"active" , "resourceType": "Consent" , {STRAY}}}\n',
    '{"text": {"status": "generated"}, "a": "\\"status\\": \\"active\\"", "status": "active"}',
    '{"st\\u0061tus": "act\\u0069ve", "n": "Žofie \U0001f600"}',
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_only_the_status_changes(text: str, mark: bytes) -> None:
    data = mark + text.encode()
    assert with_status(data, "active") is data
    changed = with_status(data, "inactive")
    assert changed.startswith(mark)
    bare = changed.removeprefix(mark).decode()
    assert json.loads(bare) == json.loads(text) | {"status": "inactive"}
    assert len(bare) == len(text) + 2 or "act\\u0069ve" in text
    assert bare.replace('"inactive"', '"active"', 1).replace("act\\u0069ve", "active") in (
        text.replace("act\\u0069ve", "active")
    )
