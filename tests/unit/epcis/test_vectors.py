"""Published event-hash vectors: 28 documents, 20 files of hashes, 19 files of pre-hash strings."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from salus.epcis import read_document
from salus.epcis.hashing import document_hashes, prehashes

VECTORS = Path(__file__).parents[4] / "shared" / "data" / "epcis-event-hash"
DOCUMENTS = sorted([*VECTORS.glob("*.jsonld"), *VECTORS.glob("*.xml")])

# These lines are not what their own hashes were taken of: text was lost or mixed up in the file.
DAMAGED = {("epcisDocWithAllGS1Keys", 0), ("epcisDocWithDefaultSchemaInContext", 1)}

# In this XML the vector leaves CURIEs of its own namespace unexpanded, and at 6 it turns the
# string 111100001111000011110000 into the binary float nearest to it; the standard does neither.
SENSORS = VECTORS / "SensorDataExamples.xml"
AT_ODDS = [5, 6, 7, 9, 11]

pytestmark = pytest.mark.skipif(not DOCUMENTS, reason="the event-hash vectors are not here")


def expected(document: Path, kind: str) -> list[str]:
    return document.with_suffix(kind).read_text().rstrip().splitlines()


def quirks(document: Path) -> bool:
    return document == SENSORS


def test_no_vector_is_left_out() -> None:
    assert len(DOCUMENTS) == 28
    assert {p.stem for p in VECTORS.glob("*.*hashes")} == {p.stem for p in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS or [Path()], ids=lambda path: path.name)
def test_every_hash_is_the_vector(document: Path) -> None:
    data = document.read_bytes()
    asked = read_document(data).ignore_fields
    found = document_hashes(data, ignore=asked, reference_quirks=quirks(document))
    assert found == expected(document, ".hashes")


@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if path.with_suffix(".prehashes").exists()] or [Path()],
    ids=lambda path: path.name,
)
def test_every_prehash_string_is_the_vector(document: Path) -> None:
    data = document.read_bytes()
    asked = read_document(data).ignore_fields
    found = prehashes(data, ignore=asked, reference_quirks=quirks(document))
    lines = expected(document, ".prehashes")
    assert len(found) == len(lines)
    for position, (string, line) in enumerate(zip(found, lines, strict=True)):
        if (document.stem, position) not in DAMAGED:
            assert string == line


@pytest.mark.parametrize(("stem", "position"), sorted(DAMAGED))
def test_a_damaged_prehash_string_contradicts_its_own_hash(stem: str, position: int) -> None:
    document = VECTORS / f"{stem}.jsonld"
    line = expected(document, ".prehashes")[position]
    named = expected(document, ".hashes")[position]
    assert sha256(line.encode()).hexdigest() not in named
    assert sha256(prehashes(document.read_bytes())[position].encode()).hexdigest() in named


def test_only_the_named_events_depart_from_the_standard() -> None:
    found, lines = document_hashes(SENSORS.read_bytes()), expected(SENSORS, ".hashes")
    assert [at for at, name in enumerate(found) if name != lines[at]] == AT_ODDS
