"""Make ``short.json``: the short forms of the receipts in ``good.json``.

Run by hand, when the form changes: ``python tests/vectors/receipts/make_short.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

from salus_verify.qr_form import to_compact
from salus_verify.receipt import Receipt

HERE = Path(__file__).parent


def short_forms() -> dict[str, str]:
    """All of them, as they stand in the file."""
    good = json.loads((HERE / "good.json").read_text())["receipts"]
    return {name: to_compact(Receipt.from_json(json.dumps(each))) for name, each in good.items()}


if __name__ == "__main__":
    (HERE / "short.json").write_text(json.dumps(short_forms(), indent=2) + "\n")
