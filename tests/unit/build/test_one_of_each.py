"""One helper for hexadecimal, one for checksums, one reader of JSON: nobody writes a second."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "salus"
VERIFIER = ROOT / "packages" / "salus-verify" / "src" / "salus_verify"
RULES = {
    "hex0x writes bytes as 0x and hexadecimal": r"\"0x\" \+ [^\n]*\.hex\(\)|f\"0x\{[\w.]+\.hex",
    "octets_of reads hexadecimal with 0x": r"bytes\.fromhex\([^()\n]*(?:\[2:\]|removeprefix\(.0x)",
    "checksummed and checked_address spell addresses": r"to_checksum_address\(|is_checksum_",
    "salus_verify.json_reader reads what came from outside": r"json\.loads?\(",
    "salus_verify.merkle walks trees": r"def _?verify_(?:inclusion|consistency)\b",
}
HOMES = {
    r"& 0x7F \| 0x80": "salus_verify/encoding.py",
    r"== len\(pairs\)|!= len\(pairs\)|raise RepeatedMember": "salus_verify/json_reader.py",
    r"def text_of\b|raise ValueError\(\"it is XML": "salus_verify/json_reader.py",
    r"rfc8785\.dumps\(": "salus_verify/encoding.py",
    r"json\.loads\(text": "salus_verify/json_reader.py",
    r"def inclusion_root\b": "salus_verify/merkle.py",
    r"\"memory\": \(": "salus/vault/storage/storage_kinds.py",
    r"places\.delete\(": "salus/vault/upkeep/deleting.py",
}
"""What only one file may hold."""
FHIR = "salus/fhir/strict_json.py"
"""Notes where a member occurs twice, to say its path when all is read."""
OWN_NOTES = "notes of our own, sealed or in the package"
APART = {
    ("chain/deploying/recompile.py", "json"): "what our own compiler run says",
    ("chain/node/development.py", "checksum"): "a key's own method",
    ("chain/node/provider.py", "json"): "what was just written",
    ("contracts/artifacts/__init__.py", "json"): OWN_NOTES,
    ("testing/lying_node.py", "json"): "a test's own requests",
    ("vault/documents/facts.py", "json"): OWN_NOTES,
    ("vault/documents/parcels.py", "json"): OWN_NOTES,
    ("vault/keyring/compartments.py", "json"): OWN_NOTES,
    ("vault/keyring/entries.py", "json"): OWN_NOTES,
    ("vault/keyring/heard.py", "json"): OWN_NOTES,
    ("vault/database/notebook.py", "json"): OWN_NOTES,
}


def found(pattern: str, source: Path = SOURCE) -> list[tuple[str, str]]:
    """Files and lines of code, not of examples, that a pattern fits."""
    return [
        (path.relative_to(source).as_posix(), line.strip())
        for path in sorted(source.rglob("*.py"))
        for line in path.read_text().splitlines()
        if re.search(pattern, line) and not line.lstrip().startswith((">>>", "..."))
    ]


@pytest.mark.parametrize(("rule", "pattern"), RULES.items(), ids=RULES)
def test_there_is_one(rule: str, pattern: str) -> None:
    others = [
        (file, line)
        for file, line in found(pattern)
        if not any(file == apart and word in rule + pattern for apart, word in APART)
    ]
    assert others == [], rule


@pytest.mark.parametrize(("pattern", "home"), HOMES.items())
def test_it_stands_in_one_file(pattern: str, home: str) -> None:
    files = {file for source in (SOURCE, VERIFIER) for file, _ in found(pattern, source.parent)}
    assert files - {FHIR} == {home}


def test_nothing_is_let_off_without_need() -> None:
    used = {file for pattern in RULES.values() for file, _ in found(pattern)}
    assert {file for file, _ in APART} <= used
