"""Report of the mutation test: how many faults the tests found, and each one that they did not.

A survivor is answered in tests/snapshots/mutant-answers.toml: either it is equivalent (no call can
tell it from the contract) and the reason says why, or it is not and counts against the tests.

Example:
    $ PYTHONPATH=scripts python -m mutation.mutate --report
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import assurance_page
from compiler import ROOT
from mutation.mutants import Mutant
from mutation.operators import OPERATORS
from mutation.results import Outcome

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


def report(
    mutants: Mapping[str, Mutant], outcomes: Mapping[str, Outcome], *, seed: int, stale: int
) -> int:
    """Write the section of docs/assurance.md and print its figures.

    Args:
        mutants: All, by id.
        outcomes: Of those that were tried, by id; none of them stale.
        seed: Of the sample.
        stale: How many outcomes were left out because what decided them changed.

    Returns:
        Exit code: 0 when enough were killed, nothing is stale, and no answer is contradicted.
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
    if stale:
        print(f"mutate: {stale} stale outcomes are not counted; `make mutate` tries them again")
    wrong = contradicted(tried, survivors, answers)
    for each in wrong:
        print(f"mutate: answered as equivalent, and killed: {each.file}:{each.line} {each.before}")
    invalid = len(outcomes) - len(tried)
    body = [
        obtained(outcomes.values()),
        figures,
        f"Stale, so not counted: {stale}. An outcome is stale when the contracts, tests, helpers, "
        "data or settings of its run have changed since; `make mutate` tries it again.",
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
    return int(share < LEAST or bool(stale) or bool(wrong))


def obtained(outcomes: Iterable[Outcome]) -> str:
    """Say when and of what the outcomes were obtained.

    Args:
        outcomes: What is counted.

    Returns:
        One Markdown line: dates in UTC, commits, how many of each.
    """
    counts = Counter((each.date, each.commit) for each in outcomes)
    parts = [f"{date} at commit {commit} ({n})" for (date, commit), n in sorted(counts.items())]
    return f"Measured {'; '.join(parts)} by `make mutate`." if parts else "Nothing measured."


def contradicted(
    tried: Iterable[Mutant],
    survivors: Iterable[Mutant],
    answers: Mapping[tuple[str, str, str, str], dict[str, str]],
) -> list[Mutant]:
    """Find mutants that an answer calls equivalent and a test tells from the contract.

    Args:
        tried: All that compile.
        survivors: Those of them that no test killed.
        answers: What was found out about survivors.

    Returns:
        Those killed whose text no survivor shares.
    """
    alive = {_text(each) for each in survivors}
    killed = [each for each in tried if _text(each) not in alive]
    return [each for each in killed if _answer(answers, each).get("equivalent")]


def _text(mutant: Mutant) -> tuple[str, str, str, str]:
    return mutant.file, mutant.function, mutant.before, mutant.after


def _answer(
    answers: Mapping[tuple[str, str, str, str], dict[str, str]], mutant: Mutant
) -> dict[str, str]:
    return answers.get(_text(mutant), {})


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
