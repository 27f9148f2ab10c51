"""Mutation testing of the contracts: does some test fail for every fault that one could make?

A seeded sample of faults (scripts/mutants.py), spread over files and operators, is tried one by
one: forge compiles the contract with the fault, tests stay compiled, and its own tests run
until the first fails. What survives is tried again with as many fuzz runs as `make test` has. Every
outcome is a line of tests/snapshots/mutants.jsonl, so that a run goes on where another stopped.

Example:
    $ python scripts/mutate.py --count 300 --workers 2
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass

import mutation_report
from compiler import ROOT
from mutants import Mutant, generate, sample
from staging import FORGE, environment, lay_out

STAGES = ROOT / "cache" / "mutate"
RESULTS = ROOT / "tests" / "snapshots" / "mutants.jsonl"

STAND_INS = {"scripts/stand_ins/PasskeyVerifier.sol": "contracts/periphery/PasskeyVerifier.sol"}
SEED = 20_260
LIMIT = 600  # seconds a trial may take; a fault that makes a loop endless takes longer
MANY_RUNS = {"FOUNDRY_FUZZ_RUNS": "256", "FOUNDRY_INVARIANT_RUNS": "32"}

FOLDERS = {
    "contracts/AccreditationRegistry.sol": "accreditation",
    "contracts/AnchorRegistry.sol": "anchor",
    "contracts/ConsentRegistry.sol": "consent",
    "contracts/IdentityRegistry.sol": "identity",
    "contracts/base/BreakGlass.sol": "consent",
    "contracts/base/GuardianRecovery.sol": "identity",
    "contracts/base/Guardianship.sol": "identity",
    "contracts/base/IdentityControl.sol": "identity",
    "contracts/base/IdentityLaw.sol": "{accreditation,anchor,consent}",
    "contracts/base/SignedActs.sol": "{anchor,consent,identity}",
    "contracts/libraries/Deadlines.sol": "consent",
    "contracts/libraries/MerkleTree.sol": "{anchor,merkle}",
    "contracts/libraries/SignerIdentity.sol": "identity",
    "contracts/types/Control.sol": "identity",
    "contracts/types/Role.sol": "{accreditation,consent,drug}",
}
"""Where the tests of a file stand, below tests/contracts; of all others, in `drug`."""

_FAILED = re.compile(r"\[FAIL.*?\b((?:test|invariant_)\w+|setUp|afterInvariant)\(", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mutant: `killed` by a test, `survived`, `invalid` (does not compile)."""

    verdict: str
    by: str
    seconds: float


class Stage:
    """A copy of the project for one worker."""

    def __init__(self, number: int) -> None:
        self.folder = STAGES / str(number)

    def prepare(self) -> None:
        """Copy the project; what was compiled before stays.

        Raises:
            SystemExit: The tests fail without any fault.
        """
        lay_out(self.folder, STAND_INS)
        code, output = self._forge("{accreditation,anchor,consent,drug,identity,merkle}", {})
        if code:
            raise SystemExit(f"mutate: the tests fail without any fault:\n{output[-4000:]}")

    def try_out(self, mutant: Mutant) -> Outcome:
        """Put a fault in, run the tests, take it out.

        Args:
            mutant: The fault.

        Returns:
            What became of it.
        """
        start, place = time.monotonic(), self.folder / mutant.file
        clean = place.read_bytes()
        place.write_bytes(mutant.apply(clean))
        try:
            for runs in ({}, MANY_RUNS):
                verdict, by = self._run(FOLDERS.get(mutant.file, "drug"), runs)
                if verdict != "survived":
                    break
        finally:
            place.write_bytes(clean)
        return Outcome(verdict, by, round(time.monotonic() - start, 1))

    def _run(self, folder: str, runs: dict[str, str]) -> tuple[str, str]:
        try:
            code, output = self._forge(folder, runs)
        except subprocess.TimeoutExpired:
            return "killed", "no end"
        if code == 0:
            return "survived", ""
        failed = _FAILED.search(output)
        if failed:
            return "killed", failed[1]
        if "Compiler run failed" in output or "Compiler error" in output:
            return "invalid", ""
        raise RuntimeError(f"forge neither ran the tests nor named an error:\n{output[-4000:]}")

    def _forge(self, folder: str, runs: dict[str, str]) -> tuple[int, str]:
        for kept in ("fuzz", "invariant"):  # counterexamples of other faults
            shutil.rmtree(self.folder / "cache" / "forge" / kept, ignore_errors=True)
        command = [str(FORGE), "test", "--fail-fast", "--no-match-contract", "Gas"]
        command += ["--match-path", f"tests/contracts/{folder}/*"]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment("mutate", runs),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _ = process.communicate(timeout=LIMIT)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        return process.returncode, output


def read_results(mutants: dict[str, Mutant]) -> dict[str, Outcome]:
    """Read earlier outcomes; those of files that changed since are left out.

    Args:
        mutants: By id.

    Returns:
        Outcomes by id of the mutant, the latest of each.
    """
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    records = [json.loads(line) for line in lines]
    return {
        each["id"]: Outcome(each["verdict"], each["by"], each["seconds"])
        for each in records
        if each["id"] in mutants
    }


def write_results(mutants: dict[str, Mutant], outcomes: dict[str, Outcome]) -> None:
    """Write all outcomes anew, in the order of files and places.

    Args:
        mutants: By id.
        outcomes: By id.
    """
    text = "".join(record(m, outcomes[m.id]) for m in mutants.values() if m.id in outcomes)
    RESULTS.write_text(text, encoding="utf-8")


def record(mutant: Mutant, outcome: Outcome) -> str:
    """Write an outcome as a line.

    Args:
        mutant: The fault.
        outcome: What became of it.

    Returns:
        One JSON document and a line's end.
    """
    fields = ("id", "file", "line", "function", "operator", "before", "after")
    document = {name: getattr(mutant, name) for name in fields}
    document |= {"verdict": outcome.verdict, "by": outcome.by, "seconds": outcome.seconds}
    return json.dumps(document) + "\n"


def run(waiting: deque[Mutant], outcomes: dict[str, Outcome], workers: int) -> None:
    """Try mutants out and note each outcome at once.

    Args:
        waiting: What to try; empty afterwards.
        outcomes: By id; filled.
        workers: How many at the same time.
    """
    lock, failures = threading.Lock(), list[BaseException]()

    def work(number: int) -> None:
        try:
            stage = Stage(number)
            stage.prepare()
            while waiting and not failures:
                mutant = waiting.popleft()
                outcome = stage.try_out(mutant)
                with lock, RESULTS.open("a", encoding="utf-8") as file:
                    file.write(record(mutant, outcome))
                    outcomes[mutant.id] = outcome
                    print(
                        f"{len(waiting):>4} left  {outcome.verdict:<8} {mutant.file}:{mutant.line}"
                        f"  {mutant.operator}  {outcome.by}",
                        flush=True,
                    )
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def untried(order: list[Mutant], outcomes: dict[str, Outcome], count: int) -> list[Mutant]:
    """Choose what to try next.

    Args:
        order: All mutants; the sample is its beginning.
        outcomes: Of those that were tried, by id.
        count: Size of the sample, mutants that do not compile left out.

    Returns:
        Those of the sample without an outcome; more may follow when some do not compile.
    """
    invalid = {name for name, each in outcomes.items() if each.verdict == "invalid"}
    chosen = [mutant for mutant in order if mutant.id not in invalid][:count]
    return [mutant for mutant in chosen if mutant.id not in outcomes]


def main() -> int:
    """Try the sample out and report.

    Returns:
        Exit code: 0 when enough were killed.
    """
    parser = argparse.ArgumentParser(description="Mutation testing of the contracts.")
    parser.add_argument("--count", type=int, default=300, help="mutants that compile (default 300)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--survivors", action="store_true", help="try those that survived again")
    given = parser.parse_args()
    every = generate()
    mutants = {mutant.id: mutant for mutant in every}
    outcomes = read_results(mutants)
    if given.survivors:
        outcomes = {i: each for i, each in outcomes.items() if each.verdict != "survived"}
    order = sample(every, given.seed)
    while batch := untried(order, outcomes, given.count):
        # File by file: the compiler then has one contract to do at a time.
        run(deque(sorted(batch, key=lambda each: each.file)), outcomes, given.workers)
    write_results(mutants, outcomes)
    return mutation_report.report(mutants, outcomes, seed=given.seed)


if __name__ == "__main__":
    sys.exit(main())
