"""How long the machines run: seconds by default, minutes in a campaign (`make fuzz`)."""

from __future__ import annotations

import os
from functools import cache

from hypothesis import HealthCheck, Phase, settings

from salus import Salus
from salus.testing import local_salus, people
from salus.testing.participants import People

CAMPAIGN = "SALUS_FUZZ_EXAMPLES"
"""Environment variable: how many histories a campaign tries with each machine."""

EXAMPLES = int(os.environ.get(CAMPAIGN, "4"))
BUDGET = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40 if CAMPAIGN in os.environ else 12,
    deadline=None,
    # A history is short enough to read, and making it shorter costs minutes.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@cache
def cast() -> tuple[Salus, People]:
    """Who plays, on one chain for all histories: each brings a patient or lot of its own."""
    governor = local_salus()
    return governor, people(governor.chain)
