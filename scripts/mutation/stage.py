"""Where mutants are tried: a copy of the project for each worker, all of the same bytes.

Example:
    $ python -c 'from mutation import stage; print(stage.Stage(0).folder)'
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import assurance_page
from compile import CompilationFailed
from compiler import ROOT
from mutation.grounds import MANY_RUNS, digest, folders, pattern
from mutation.mutants import Mutant
from staging import FORGE, environment, lay_out

STAGES = ROOT / "cache" / "mutate"
STAND_INS = {"scripts/stand_ins/PasskeyVerifier.sol": "contracts/periphery/PasskeyVerifier.sol"}
LIMIT = 600  # seconds a trial may take; a fault that makes a loop endless takes longer

_FAILED = re.compile(r"\[FAIL.*?\b((?:test|invariant_)\w+|setUp|afterInvariant)\(", re.DOTALL)
_TEST = re.compile(r"test|invariant_")


@dataclass(frozen=True, slots=True)
class Basis:
    """What all stages of a run were laid out from."""

    grounds: Mapping[str, str]
    commit: str


class Stage:
    """A copy of the project for one worker."""

    def __init__(self, number: int) -> None:
        self.folder = STAGES / str(number)

    def check(self, mutants: Iterable[Mutant]) -> None:
        """Run the tests of some mutants without any fault.

        Args:
            mutants: What will be tried.

        Raises:
            SystemExit: A test fails.
        """
        names = sorted({name for each in mutants for name in folders(each.file)})
        code, output = self._forge(names, {})
        if code:
            raise SystemExit(f"mutate: the tests fail without any fault:\n{output[-4000:]}")

    def try_out(self, mutant: Mutant, by: str = "") -> tuple[str, str]:
        """Put a fault in, run the tests, take it out.

        Args:
            mutant: The fault.
            by: The test that found it before; runs first, alone.

        Returns:
            Verdict and the test that failed.

        Raises:
            SystemExit: The file is not the one that the fault was made for.
        """
        place = self.folder / mutant.file
        clean = place.read_bytes()
        if hashlib.sha256(clean).hexdigest() != mutant.source:
            raise SystemExit(f"mutate: {mutant.file} changed meanwhile; run again")
        place.write_bytes(mutant.apply(clean))
        try:
            return self._judge(folders(mutant.file), by)
        finally:
            place.write_bytes(clean)

    def _judge(self, names: Iterable[str], by: str) -> tuple[str, str]:
        trials = [({}, ""), (MANY_RUNS, "")]
        if _TEST.match(by):
            trials.insert(0, (MANY_RUNS, by))
        for runs, test in trials:
            verdict, failed = self._run(names, runs, test)
            if verdict != "survived":
                break
        return verdict, failed

    def _run(self, names: Iterable[str], runs: dict[str, str], test: str) -> tuple[str, str]:
        try:
            code, output = self._forge(names, runs, test)
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

    def _forge(self, names: Iterable[str], runs: dict[str, str], test: str = "") -> tuple[int, str]:
        for kept in ("fuzz", "invariant"):  # counterexamples of other faults
            shutil.rmtree(self.folder / "cache" / "forge" / kept, ignore_errors=True)
        command = [str(FORGE), "test", "--fail-fast", "--no-match-contract", "Gas"]
        command += ["--match-path", pattern(names)]
        command += ["--match-test", rf"^{test}\("] if test else []
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


@contextmanager
def alone() -> Iterator[None]:
    """Hold the stages: a second run would take the faults of the first out of their files.

    Raises:
        SystemExit: Another run holds them.
    """
    STAGES.mkdir(parents=True, exist_ok=True)
    with (STAGES / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("mutate: another run is under way; wait for its end") from None
        yield


def lay_out_stages(files: Iterable[str], workers: int) -> Basis:
    """Copy the project once for each worker, all from the same bytes.

    Args:
        files: Those that have mutants.
        workers: How many stages.

    Returns:
        What they were laid out from.

    Raises:
        SystemExit: An imported file does not exist.
    """
    first = Stage(0).folder
    commit = assurance_page.commit()
    lay_out(first, STAND_INS)
    for number in range(1, workers):
        lay_out(Stage(number).folder, origin=first)
    try:
        return Basis({file: digest(first, file) for file in files}, commit)
    except CompilationFailed as problem:
        raise SystemExit(f"mutate: {problem}") from None
