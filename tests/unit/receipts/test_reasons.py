"""Why a blob was left stands in reports for decades: as these codes, which never change."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import WhyLeft

FROZEN = (
    "not-tried copy missing no-marker other-marker not-ours refused kept versions untold".split()
)


def test_a_report_with_every_reason_is_read_by_others_as_by_us(root: Path) -> None:
    vector = json.loads((root / "tests/vectors/receipts/erasure_report.json").read_text())
    text = json.dumps(
        vector["report"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()
    assert hashlib.sha256(text).hexdigest() == vector["digest"]
    report = Erasure.parse(text)
    assert [str(each.reason) for each in report.unreached] == FROZEN == list(map(str, WhyLeft))
    assert [each.versions for each in report.unreached if each.versions] == [("1", "3Lg")]
    assert report.to_bytes() == text


def test_the_manual_names_each_of_them(root: Path) -> None:
    manual = (root / "docs/vault.md").read_text()
    start = manual.index("A `reason` is one of these codes")
    named = re.findall(r"`([a-z-]+)`", manual[start : manual.index("An id is 1 to", start)])
    assert set(FROZEN) <= set(named)
