"""How much is tried: enough for every change in `make test`, all of it in `make campaigns`."""

from __future__ import annotations

import os
from typing import TypeVar

Amount = TypeVar("Amount")
CAMPAIGN = bool(os.environ.get("SALUS_CAMPAIGN"))
"""Whether what bears the marker `campaign` runs at full size."""


def amount(whole: Amount, *, sample: Amount) -> Amount:
    """What a campaign takes whole, every other run takes as a sample."""
    return whole if CAMPAIGN else sample
