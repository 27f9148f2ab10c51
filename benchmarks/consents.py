"""How many requests one core decides, by terms of one rule and of sixteen.

Run ``python benchmarks/consents.py``: one JSON object of figures, per second of this process's own
processor time, best of several passes over requests that are all different. ``--toy`` does the same
once: it shows that the benchmark runs, and its figures mean nothing.

- ``decisions_per_s``, ``decisions_16_rules_per_s``: calls of ``evaluate``, arguments checked.
- ``ready_per_s``, ``ready_16_rules_per_s``: calls of an ``Evaluator``, made once per consent.
- ``compile_16_rules_ms``: what the first question to sixteen rules costs more, in milliseconds.

Example:
    >>> len(rules(16).rules), len(requests())
    (16, 108)
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import product

from salus.primitives.roles import Role
from salus.terms import Action, Party, Period, Request, ResourceFacts, Terms, evaluate
from salus.terms.compiled import CompiledTerms
from salus.terms.evaluation import Evaluator
from salus.terms.sensitivities import SENSITIVITIES

TOY = "--toy" in sys.argv
PASSES = 1 if TOY else 7
ROUNDS = 1 if TOY else 200
CONSENT, BLOCK = bytes(range(32)), 7


def rules(count: int) -> Terms:
    """Treatment, but for one sensitivity after the other."""
    terms = Terms.permit("TREAT")
    for code in SENSITIVITIES.codes[1:count]:
        terms = terms.except_(sensitivities=code)
    return terms


def requests() -> list[Request]:
    """What a clinician asks for: of several kinds, labels, times and purposes."""
    clinician = Party(address="0x" + "ab" * 20, roles=frozenset({Role.CLINICIAN}))
    day = Period(start=1_700_000_000, end=1_700_086_400)
    asked = product(
        ("Condition", "Observation.laboratory", "Observation", "MedicationRequest"),
        (frozenset[str](), frozenset({"PSY"}), frozenset({"HIV", "SEX"})),
        (None, day, Period(start=1_700_000_000)),
        ("TREAT", "COC", "HRESCH"),
    )
    return [
        Request(
            action=Action.ACCESS,
            purpose=purpose,
            resource=ResourceFacts(resource_class=kind, sensitivities=labels, when=when),
            at=1_800_000_000,
            recipient=clinician,
        )
        for kind, labels, when, purpose in asked
    ]


def per_second(decide: Callable[[Request], object]) -> float:
    """Requests a second of processor time, best of several passes."""
    asked = requests()
    best = float("inf")
    for _ in range(PASSES):
        start = time.process_time()
        for _ in range(ROUNDS):
            for request in asked:
                decide(request)
        best = min(best, time.process_time() - start)
    return ROUNDS * len(asked) / best


def compile_ms(terms: Terms) -> float:
    """Milliseconds of processor time for making terms ready."""
    start = time.process_time()
    for _ in range(ROUNDS):
        CompiledTerms(terms)
    return 1e3 * (time.process_time() - start) / ROUNDS


def main() -> None:
    """Measure and print."""
    figures: dict[str, float] = {}
    for count, name in ((1, ""), (16, "16_rules_")):
        terms = rules(count)
        called = partial(evaluate, terms, consent_id=CONSENT, block=BLOCK)
        ready = Evaluator(terms, consent_id=CONSENT, block=BLOCK)
        figures[f"consent.decisions_{name}per_s"] = per_second(called)
        figures[f"consent.ready_{name}per_s"] = per_second(ready)
    figures["consent.compile_16_rules_ms"] = compile_ms(rules(16))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
