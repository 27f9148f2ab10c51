"""Vectors, and a receipt that every verifier accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong; what is loaded already stays beside it.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")

VECTORS = Path(__file__).parents[3] / "tests" / "vectors" / "receipts"


@pytest.fixture(scope="session")
def good() -> dict[str, Any]:
    """Receipts by name, and the document that they are of."""
    found: dict[str, Any] = json.loads((VECTORS / "good.json").read_text())
    return found


@pytest.fixture(scope="session")
def erasure() -> dict[str, Any]:
    """The receipt of an erasure."""
    found: dict[str, Any] = json.loads((VECTORS / "erasure.json").read_text())
    return found
