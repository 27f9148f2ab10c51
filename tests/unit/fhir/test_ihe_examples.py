"""IHE's example Consents of Privacy Consent on FHIR, each with its decision table.

They are read with their policies; in the last test with the label that marks them as test data.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.ihe_consents import (
    COLLEAGUE,
    DOCTOR,
    EXAMPLES,
    GROUP,
    POLICIES,
    coding,
    document,
)

from salus.fhir import from_fhir
from salus.terms import (
    Action,
    Confidentiality,
    Outcome,
    Party,
    Period,
    Request,
    ResourceFacts,
    evaluate,
)

DAY = int(datetime(2022, 6, 13, tzinfo=UTC).timestamp())
LAB = ResourceFacts(
    resource_class="Observation.laboratory", when=Period(start=DAY, end=DAY + 86_400)
)
OTHERS = frozenset({DOCTOR, COLLEAGUE, GROUP, "Organization/ex-org-researcher"})


def somebody(*names: str) -> Party:
    return Party(references=frozenset(names), others=OTHERS - {*names})


TREAT = Request(
    action=Action.ACCESS,
    purpose="TREAT",
    at=1_800_000_000,
    resource=LAB,
    recipient=somebody(DOCTOR, GROUP),
    author=somebody(DOCTOR),
)
PSY = replace(LAB, sensitivities=frozenset({"PSY"}), confidentiality=Confidentiality.R)
ASKED = {
    "treat": TREAT,
    "study": replace(TREAT, purpose="HRESCH"),
    "level-R": replace(TREAT, resource=replace(LAB, confidentiality=Confidentiality.R)),
    "psy": replace(TREAT, resource=PSY),
    "other-psy": replace(TREAT, resource=PSY, recipient=somebody(COLLEAGUE)),
    "theirs": replace(TREAT, author=somebody(COLLEAGUE)),
    "unknown": replace(TREAT, author=Party(), recipient=Party(address="0x" + "12" * 20)),
    "old": replace(TREAT, resource=replace(LAB, when=Period(start=0, end=86_400))),
    "undated": replace(TREAT, resource=replace(LAB, when=None)),
    "glass": replace(TREAT, purpose="BTG"),
    "window": replace(TREAT, purpose="BTG", break_glass_until=1_800_000_001),
}
WORDS = {
    "P": Outcome.PERMIT,
    "R": Outcome.PERMIT_WITH_RESIDUAL,
    "D": Outcome.DENY,
    "-": Outcome.NOT_APPLICABLE,
    "B": Outcome.BREAK_GLASS,
}
TABLE = """
                       treat study level-R psy other-psy theirs unknown old undated glass window
basic-treat              P     -      P     P      P       P       P     P     P      -     B
basic-treat-infant       P     -      P     P      P       P       P     P     P      -     B
basic-ink                P     -      P     P      P       P       P     P     P      -     B
expired-treat            -     -      -     -      -       -       -     -     -      -     B
basic-reject             D     -      D     D      D       D       D     D     D      D     B
basic-research           -     P      -     -      -       -       -     -     -      -     B
timeframe                P     -      P     P      P       P       P     -     -      -     B
not-timeframe            D     -      D     D      D       D       D     P     D      D     B
authoredby               P     -      P     P      P       -       -     P     P      -     B
not-authoredby           D     -      D     D      D       P       D     D     D      D     B
encounter                R     -      R     R      R       R       R     R     R      -     B
not-encounter            D     -      D     D      D       D       D     D     D      D     B
data                     R     -      R     R      R       R       R     R     R      -     B
not-data                 D     -      D     D      D       D       D     D     D      D     B
purpose                  -     -      -     -      -       -       -     -     -      -     B
dissent-break-glass      D     D      D     D      D       D       D     D     D      D     B
normal                   P     -      -     -      -       P       P     P     P      -     B
normal-restricted        P     -      P     P      P       P       P     P     P      -     B
normal-not-restricted    P     -      D     D      D       P       P     P     P      -     B
focused-restricted       R     -      R     R      -       R       R     R     R      -     B
focused-psy              P     -      -     R      -       P       P     P     P      -     B
focused-psy-or-sdv       P     -      -     R      -       P       P     P     P      -     B
break-glass-restricted   P     -      -     -      -       P       P     P     P      -     B
"""
"""
A permit with something that terms cannot hold (an encounter, single records, a permit beyond the
rule around it) waits for who reads it: R. A deny with such a condition denies all. To break the
glass takes a window on chain: a purpose alone opens nothing, whatever the Consent says.
"""


def outcomes(data: bytes) -> list[Outcome]:
    reading = from_fhir(data, policies=POLICIES)
    return [
        evaluate(reading.terms, asked, consent_id=bytes(32), block=1).outcome
        for asked in ASKED.values()
    ]


def rows() -> dict[str, str]:
    head, *lines = TABLE.strip().splitlines()
    assert head.split() == list(ASKED)
    return {name: "".join(cells) for name, *cells in map(str.split, lines)}


def test_each_example_has_its_row() -> None:
    assert list(rows()) == list(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_decides_as_its_row_says(name: str) -> None:
    assert outcomes(document(name)) == [WORDS[each] for each in rows()[name]]


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_marked_as_test_data_permits_nothing_at_once(name: str) -> None:
    marked = document(name, meta={"security": [coding("v3-ActReason", "HTEST")]})
    assert Outcome.PERMIT not in outcomes(marked)
