"""Hostile nesting is refused by every reader, and ends no process."""

from __future__ import annotations

import subprocess
import sys

import pytest

READERS = {
    "a FHIR bundle": "from salus.fhir import resources; list(resources(DEEP))",
    "a receipt": "from salus.receipts import Receipt; Receipt.from_json(DEEP)",
    "a consent": "from salus.consent_documents import SignedConsent; SignedConsent.from_json(DEEP)",
    "a lot manifest": "from salus.packs import LotManifest; LotManifest.from_json(DEEP)",
    "a pack opening": "from salus.packs import PackOpening; PackOpening.from_json(DEEP)",
    "a consignment": "from salus.drugs.consignment import Consignment; Consignment.from_json(DEEP)",
    "an EPCIS document": "from salus.epcis import read_document; read_document(DEEP)",
    "a key document": "from salus.vault import KeyDocument; KeyDocument.parse(DEEP, digest=None)",
}

PROGRAM = """
import sys
sys.setrecursionlimit(100_000)  # as chain libraries do
DEEP = (b'{"a":' if %r else b'[') * 90_000
from salus.errors import InputError
try:
    %s
except InputError:
    sys.exit(0)
sys.exit(1)
"""


@pytest.mark.parametrize("objects", [False, True], ids=["arrays", "objects"])
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_refuses_hostile_nesting(reader: str, objects: bool) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM % (objects, reader)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-500:] or f"ended by {-done.returncode}"
