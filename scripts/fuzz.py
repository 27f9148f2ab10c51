"""A long campaign of random acts: every stateful machine, every fuzz test, far beyond `make test`.

Each invariant runs on its own, with a seed of its own, so that no two see the same acts. What is
done is a line of cache/fuzz/results.jsonl: a campaign goes on where another stopped, and can be
split by contract. More rounds bring other seeds.

Example:
    $ python scripts/fuzz.py --rounds 1
    $ python scripts/fuzz.py --match Drug --rounds 3
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import assurance_page
from compiler import ROOT
from staging import FORGE, environment, lay_out

STAGE = ROOT / "cache" / "fuzz"
RESULTS = STAGE / "results.jsonl"
SEED = 0x5A105
LEAST_CALLS = 1_000_000
SECTION = "Stateful fuzzing"

_CONTRACT = re.compile(r"^contract (\w+)", re.MULTILINE)
_INVARIANT = re.compile(r"\bfunction (invariant_\w+)\(")
_FUZZED = re.compile(r"\bfunction (testFuzz\w*)\(")


@dataclass(frozen=True, slots=True)
class Task:
    """What one run of forge does: one invariant, or all fuzz tests of a folder."""

    machine: str
    test: str
    path: str
    seed: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it; calls and reverts of invariants, runs of fuzz tests."""

    task: Task
    failures: tuple[str, ...]
    calls: int
    reverts: int
    seconds: float


def tasks(match: str, rounds: int) -> Iterator[Task]:
    """List what there is to run.

    Args:
        match: Part of a test contract's or folder's name.
        rounds: How often each invariant runs, with other seeds.

    Yields:
        Invariants round by round, then the fuzz tests of each folder.
    """
    folder = ROOT / "tests" / "contracts"
    texts = {file: file.read_text("utf-8") for file in sorted(folder.rglob("*.t.sol"))}
    seed = SEED
    for _ in range(rounds):
        for file, text in texts.items():
            path = file.relative_to(ROOT).as_posix()
            machine = _CONTRACT.findall(text)[-1]
            for name in _INVARIANT.findall(text):
                seed += 1
                if match.lower() in machine.lower():
                    yield Task(machine, name, path, seed)
    folders = {file.parent.name for file, text in texts.items() if _FUZZED.search(text)}
    for name in sorted(folders):
        if match.lower() in name:
            yield Task(f"fuzz tests of {name}", "testFuzz", f"tests/contracts/{name}/*", SEED)


def run(task: Task) -> Result:
    """Run one task.

    Args:
        task: What to run.

    Returns:
        What became of it.

    Raises:
        SystemExit: forge did not come to the tests.
    """
    command = [str(FORGE), "test", "--json", "--no-match-contract", "Gas"]
    command += [
        "--match-path",
        task.path,
        "--match-test",
        f"^{task.test}" + ("" if task.test == "testFuzz" else r"\("),
    ]
    command += ["--fuzz-seed", hex(task.seed)]
    if task.test != "testFuzz":
        command += ["--match-contract", f"^{task.machine}$"]
    start = time.monotonic()
    ran = subprocess.run(
        command, cwd=STAGE, env=environment("fuzz"), capture_output=True, text=True, check=False
    )
    lines = [line for line in ran.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(
            f"fuzz: forge did not run {task.test}:\n{(ran.stdout + ran.stderr)[-3000:]}"
        )
    tests = [
        (name, test)
        for suite in json.loads(lines[-1]).values()
        for name, test in suite["test_results"].items()
    ]
    counts = [_counts(test["kind"]) for _, test in tests]
    return Result(
        task,
        tuple(f"{name}: {test['reason']}" for name, test in tests if test["status"] != "Success"),
        sum(calls for calls, _ in counts),
        sum(reverts for _, reverts in counts),
        round(time.monotonic() - start, 1),
    )


def _counts(kind: dict[str, Any]) -> tuple[int, int]:
    if "Invariant" in kind:
        return kind["Invariant"]["calls"], kind["Invariant"]["reverts"]
    return kind.get("Fuzz", {}).get("runs", 0), 0


def digest(folder: Path, task: Task) -> str:
    """Tell one state of what a task runs on from another.

    Args:
        folder: Where contracts and tests are laid out.
        task: What is run.

    Returns:
        Hex digest of contracts, settings, the tests' parents and the task's own folder of tests.
    """
    places = ["contracts", "tests/contracts/base", "tests/contracts/merkle"]
    places.append(Path(task.path).parent.as_posix())
    files = sorted({file for place in places for file in folder.glob(f"{place}/**/*.sol")})
    parts = [file.read_bytes() for file in [*files, folder / "foundry.toml"]]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def read_results() -> dict[tuple[Task, str], Result]:
    """Read what was done.

    Returns:
        Results by task and digest of what it ran on.
    """
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    found = {}
    for record in map(json.loads, lines):
        task, state = Task(**record.pop("task")), record.pop("state")
        found[task, state] = Result(task, tuple(record.pop("failures")), **record)
    return found


def main() -> int:
    """Run what is not done yet and write the section of docs/assurance.md.

    Returns:
        Exit code: 0 when nothing failed and there were calls enough.
    """
    parser = argparse.ArgumentParser(description="A long campaign of random acts.")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--match", default="", help="machines or folders with this in their name")
    given = parser.parse_args()
    lay_out(STAGE)
    done, results = read_results(), []
    for task in tasks(given.match, given.rounds):
        state = digest(STAGE, task)
        result = done.get((task, state))
        if result is None:
            result = run(task)
            with RESULTS.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"state": state, **asdict(result)}) + "\n")
        results.append(result)
        verdict = "; ".join(result.failures) or "holds"
        print(
            f"fuzz: {task.machine}.{task.test}  {result.calls:,} calls  "
            f"{result.seconds} s  {verdict}",
            flush=True,
        )
    failures = [failure for each in results for failure in each.failures]
    calls = sum(each.calls for each in results if each.task.test != "testFuzz")
    if not given.match:
        assurance_page.put(SECTION, section(results, f"make fuzz ROUNDS={given.rounds}"))
        return int(bool(failures) or calls < LEAST_CALLS)
    return int(bool(failures))


def section(results: list[Result], command: str) -> str:
    """Write the figures.

    Args:
        results: Of all tasks.
        command: What gave them.

    Returns:
        Markdown.
    """
    machines = [each for each in results if each.task.test != "testFuzz"]
    fuzzed = [each for each in results if each.task.test == "testFuzz"]
    failures = [failure for each in results for failure in each.failures]
    calls, runs = sum(each.calls for each in machines), sum(each.calls for each in fuzzed)
    seeds = [each.task.seed for each in machines]
    names = dict.fromkeys(each.task.machine for each in machines)
    outcome = f"FAILED: {'; '.join(failures)}." if failures else "nothing failed."
    rows = ["| machine | invariants | calls | refused | seconds |", "|---|---:|---:|---:|---:|"]
    for name in names:
        its = [each for each in machines if each.task.machine == name]
        rows.append(
            f"| `{name}` | {len({each.task.test for each in its})} "
            f"| {sum(each.calls for each in its):,} | {sum(each.reverts for each in its):,} "
            f"| {sum(each.seconds for each in its):.0f} |"
        )
    return "\n\n".join(
        [
            assurance_page.provenance(command),
            f"{calls:,} calls over {len(names)} stateful machines (seeds {min(seeds):#x} to "
            f"{max(seeds):#x}, one an invariant), each invariant looked at after every call, and "
            f"{runs:,} runs of stateless fuzz tests (seed {SEED:#x}): {outcome}",
            '"Refused" are calls that reverted inside a handler: trespasses that the contracts '
            "turned away. Handlers that foresee a refusal count it as a call.",
            "\n".join(rows),
            "The machines of consents and of lots run through the Python client too: "
            "`tests/stateful`, longer under `make fuzz`.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
