"""The demonstration: a patient, two hospitals and a drug lot, from first signature to recall.

Example:
    $ salus demo
"""

from __future__ import annotations

from salus.demo.report import Proof, Report, Step
from salus.demo.story import check_bundle, run_story

__all__ = ["Proof", "Report", "Step", "check_bundle", "run_story"]
