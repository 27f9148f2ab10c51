"""Outcomes of the mutation test, kept in tests/snapshots/mutants.jsonl with what decided them.

Example:
    >>> from mutation.results import Outcome
    >>> Outcome("killed", "test_refuses", 9.5, "00ff", "2026-11-22", "`abc`").verdict
    'killed'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from compiler import ROOT
from mutation.mutants import Mutant

RESULTS = ROOT / "tests" / "snapshots" / "mutants.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: `killed` by a test, `survived`, `invalid` (does not compile).

    `grounds` is the digest of what decided it, `date` and `commit` say when and of what; all three
    are empty where an outcome was kept without them, which makes it stale.
    """

    verdict: str
    by: str
    seconds: float
    grounds: str = ""
    date: str = ""
    commit: str = ""


def read(mutants: Mapping[str, Mutant], file: Path = RESULTS) -> dict[str, Outcome]:
    """Read earlier outcomes; those of contract files that changed since are left out.

    Args:
        mutants: By id.
        file: Where they stand.

    Returns:
        Outcomes by id of the mutant, the latest of each.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    names = Outcome.__dataclass_fields__
    return {
        each["id"]: Outcome(**{name: each[name] for name in names if name in each})
        for each in map(json.loads, lines)
        if each["id"] in mutants
    }


def write(
    mutants: Mapping[str, Mutant], outcomes: Mapping[str, Outcome], file: Path = RESULTS
) -> None:
    """Write all outcomes anew, in the order of files and places.

    Args:
        mutants: By id.
        outcomes: By id.
        file: Where to.
    """
    text = "".join(line(m, outcomes[m.id]) for m in mutants.values() if m.id in outcomes)
    file.write_text(text, encoding="utf-8")


def line(mutant: Mutant, outcome: Outcome) -> str:
    """Write an outcome as a line.

    Args:
        mutant: The fault.
        outcome: What became of it.

    Returns:
        One JSON document and a line's end.
    """
    fields = ("id", "file", "line", "function", "operator", "before", "after")
    document = {name: getattr(mutant, name) for name in fields} | asdict(outcome)
    return json.dumps(document) + "\n"


def current(
    mutants: Mapping[str, Mutant], outcomes: Mapping[str, Outcome], grounds: Mapping[str, str]
) -> dict[str, Outcome]:
    """Leave out what is stale.

    Args:
        mutants: By id.
        outcomes: By id.
        grounds: Digest of what decides today, by the mutated file.

    Returns:
        The outcomes that the same would decide today.
    """
    return {i: each for i, each in outcomes.items() if each.grounds == grounds[mutants[i].file]}
