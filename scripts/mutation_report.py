"""Report of the mutation test: how many faults the tests found, and each one that they did not.

A survivor is answered in tests/snapshots/mutant-answers.toml: either it is equivalent (no call can
tell it from the contract) and the reason says why, or it is not and counts against the tests.

Example:
    $ python scripts/mutate.py --count 0
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import assurance_page
from compiler import ROOT
from mutant_operators import OPERATORS
from mutants import Mutant

if TYPE_CHECKING:
    from mutate import Outcome

ANSWERS = ROOT / "tests" / "snapshots" / "mutant-answers.toml"
LEAST = 95.0  # per cent of those that are not equivalent
SECTION = "Mutation testing"


def read_answers() -> dict[tuple[str, str, str, str], dict[str, str]]:
    """Read what was found out about survivors.

    Returns:
        Answers by file, function, text before and after.
    """
    document = tomllib.loads(ANSWERS.read_text(encoding="utf-8")) if ANSWERS.exists() else {}
    return {
        (each["file"], each["function"], each["before"], each["after"]): each
        for each in document.get("answer", [])
    }


def report(mutants: Mapping[str, Mutant], outcomes: Mapping[str, Outcome], *, seed: int) -> int:
    """Write the section of docs/assurance.md and print its figures.

    Args:
        mutants: All, by id.
        outcomes: Of those that were tried, by id.
        seed: Of the sample.

    Returns:
        Exit code: 0 when enough were killed.
    """
    answers = read_answers()
    tried = [mutants[i] for i, each in outcomes.items() if each.verdict != "invalid"]
    survivors = [each for each in tried if outcomes[each.id].verdict == "survived"]
    equivalent = {each.id for each in survivors if _answer(answers, each).get("equivalent")}
    counted = len(tried) - len(equivalent)
    killed = len(tried) - len(survivors)
    share = 100 * killed / counted if counted else 0.0
    figures = (
        f"{len(tried)} mutants of {len(mutants)} possible ones (seed {seed}); {killed} killed, "
        f"{len(survivors)} survived, {len(equivalent)} of them equivalent: "
        f"{share:.1f} % of the non-equivalent killed."
    )
    print(f"mutate: {figures}")
    invalid = len(outcomes) - len(tried)
    body = [
        assurance_page.provenance("make mutate"),
        figures,
        f"{invalid} more did not compile. The sample takes one of each file and operator, then a "
        "second of each, and so on. Every trial stands in `tests/snapshots/mutants.jsonl`.",
        _table("file", tried, survivors, equivalent, lambda each: f"`{each.file}`"),
        _table(
            "operator",
            tried,
            survivors,
            equivalent,
            lambda each: f"{each.operator}: {OPERATORS[each.operator]}",
        ),
        "### Survivors",
        _survivors(survivors, answers),
    ]
    assurance_page.put(SECTION, "\n\n".join(body))
    return int(share < LEAST)


def _answer(
    answers: Mapping[tuple[str, str, str, str], dict[str, str]], mutant: Mutant
) -> dict[str, str]:
    return answers.get((mutant.file, mutant.function, mutant.before, mutant.after), {})


def _table(
    title: str,
    tried: Iterable[Mutant],
    survivors: Iterable[Mutant],
    equivalent: set[str],
    key: Callable[[Mutant], str],
) -> str:
    every = Counter(key(each) for each in tried)
    survived = Counter(key(each) for each in survivors)
    same = Counter(key(each) for each in survivors if each.id in equivalent)
    rows = [f"| {title} | tried | killed | survived | equivalent |", "|---|---:|---:|---:|---:|"]
    rows += [
        f"| {name} | {count} | {count - survived[name]} | {survived[name]} | {same[name]} |"
        for name, count in sorted(every.items())
    ]
    return "\n".join(rows)


def _survivors(
    survivors: list[Mutant], answers: Mapping[tuple[str, str, str, str], dict[str, str]]
) -> str:
    lines = []
    for each in sorted(survivors, key=lambda each: (each.file, each.start)):
        answer = _answer(answers, each)
        kind = "equivalent" if answer.get("equivalent") else "not equivalent"
        why = answer.get("why", "Not answered yet.")
        before, after = (" ".join(text.split()) for text in (each.before, each.after))
        lines.append(
            f"- `{each.file}:{each.line}`, `{each.function or 'constant'}`, {each.operator}: "
            f"`{before}` → `{after}` — {kind}. {why}"
        )
    return "\n".join(lines) or "None."
