"""Mutation testing of the contracts: does some test fail for every fault that one could make?

A seeded sample of faults (scripts/mutation/mutants.py), spread over files and operators, is tried
one by one: forge compiles the contract with the fault, tests stay compiled, and its own tests run
until the first fails. What survives is tried again with as many fuzz runs as `make test` has. Every
outcome is a line of tests/snapshots/mutants.jsonl, so that a run goes on where another stopped.

An outcome holds as long as what decided it stays the same (scripts/mutation/grounds.py); then it is
stale and tried again, first with the one test that found the fault before.

Example:
    $ PYTHONPATH=scripts python -m mutation.mutate --count 300 --workers 2
    $ PYTHONPATH=scripts python -m mutation.mutate --match drug/Ranges --count 60
    $ PYTHONPATH=scripts python -m mutation.mutate --report
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

import assurance_page
from mutation import report, results
from mutation.mutants import Mutant, generate, sample
from mutation.results import RESULTS, Outcome
from mutation.stage import Basis, Stage, alone, lay_out_stages

SEED = 20_260


def run(
    batch: list[Mutant], kept: dict[str, Outcome], *, basis: Basis, workers: int
) -> dict[str, Outcome]:
    """Try mutants out and note each outcome at once.

    Args:
        batch: What to try.
        kept: Stale outcomes by id; the test that killed is tried first.
        basis: What the stages were laid out from.
        workers: How many at the same time.

    Returns:
        Outcomes by id.
    """
    lock, stop = threading.Lock(), threading.Event()
    # File by file: the compiler then has one contract to do at a time.
    waiting = deque(sorted(batch, key=lambda each: each.file))
    outcomes: dict[str, Outcome] = {}

    def work(number: int) -> None:
        stage = Stage(number)
        stage.check(batch)
        while not stop.is_set():
            with lock:
                if not waiting:
                    return
                mutant = waiting.popleft()
            start, before = time.monotonic(), kept.get(mutant.id)
            verdict, by = stage.try_out(mutant, before.by if before else "")
            seconds = round(time.monotonic() - start, 1)
            stamp = (basis.grounds[mutant.file], assurance_page.today(), basis.commit)
            outcome = Outcome(verdict, by, seconds, *stamp)
            with lock, RESULTS.open("a", encoding="utf-8") as file:
                file.write(results.line(mutant, outcome))
                outcomes[mutant.id] = outcome
                print(
                    f"{len(waiting):>4} left  {verdict:<8} {mutant.file}:{mutant.line}"
                    f"  {mutant.operator}  {by}",
                    flush=True,
                )

    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(work, number) for number in range(workers)]
        try:
            wait(running, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()  # failed or interrupted: each worker ends with the mutant that it is at
    for each in running:
        each.result()
    return outcomes


def wanted(
    order: list[Mutant], outcomes: Mapping[str, Outcome], stale: Mapping[str, Outcome], count: int
) -> list[Mutant]:
    """Choose what to try next.

    Args:
        order: All mutants; the sample is its beginning.
        outcomes: Of those that were tried, by id.
        stale: Outcomes that hold no longer, by id; of the sample or not.
        count: Size of the sample, mutants that do not compile left out.

    Returns:
        Those of the sample without an outcome, and the stale ones; more may follow when some do not
        compile.
    """
    invalid = {name for name, each in outcomes.items() if each.verdict == "invalid"}
    chosen = {each.id for each in [m for m in order if m.id not in invalid][:count]} | set(stale)
    return [each for each in order if each.id in chosen and each.id not in outcomes]


def arguments() -> argparse.Namespace:
    """Read the command line.

    Returns:
        count, seed, workers, match, survivors, fresh, report.
    """
    parser = argparse.ArgumentParser(description="Mutation testing of the contracts.")
    parser.add_argument("--count", type=int, default=300, help="mutants that compile (default 300)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--match", default="", help="files with this in their path")
    again = parser.add_mutually_exclusive_group()
    again.add_argument("--survivors", action="store_true", help="try those that survived again")
    again.add_argument("--fresh", action="store_true", help="forget every outcome, try all again")
    again.add_argument("--report", action="store_true", help="try nothing; write the section")
    return parser.parse_args()


def main() -> int:
    """Try the sample and all that is stale, and report.

    Returns:
        Exit code: 0 when enough were killed and nothing is stale.
    """
    given = arguments()
    every = generate()
    mutants = {mutant.id: mutant for mutant in every}
    with alone():
        kept = {} if given.fresh else results.read(mutants)
        if given.survivors:
            kept = {i: each for i, each in kept.items() if each.verdict != "survived"}
        if given.fresh or given.survivors:
            results.write(mutants, kept)  # so that a run that is cut short goes on without them
        workers = 1 if given.report else given.workers
        basis = lay_out_stages(sorted({each.file for each in every}), workers)
        outcomes = results.current(mutants, kept, basis.grounds)
        stale = {i: each for i, each in kept.items() if i not in outcomes}
        order = [] if given.report else sample(every, given.seed)
        order = [each for each in order if given.match in each.file]
        while batch := wanted(order, outcomes, stale, given.count):
            print(f"mutate: {len(batch)} to try, {len(stale.keys() - outcomes)} of them stale")
            outcomes |= run(batch, stale, basis=basis, workers=workers)
        results.write(mutants, stale | outcomes)
    return report.report(mutants, outcomes, seed=given.seed, stale=len(stale.keys() - outcomes))


if __name__ == "__main__":
    sys.exit(main())
