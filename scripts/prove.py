"""Symbolic proofs of the contracts with halmos: what holds of every input, from every state.

The proofs are the functions `check_…` of tests/contracts/proofs. They are built in a folder of
their own, where the one call of SHA-256 in contracts/shared/MerkleTree.sol goes to an abstract
hash instead of the precompile, which halmos 0.3.3 cannot call with symbolic bytes. A function
`witness_…` asserts the opposite of something possible: halmos must find its counterexample, or the
proofs beside it would speak of paths that nobody takes. What became of a contract of proofs is a
line of cache/prove/results.jsonl, so that a run goes on where another stopped, and can be split.

Example:
    $ python scripts/prove.py --match Lot
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import assurance_page
from compile import gather_sources
from compiler import ROOT
from staging import environment, lay_out

STAGE = ROOT / "cache" / "prove"
RESULTS = STAGE / "results.jsonl"
HALMOS = ROOT / ".venv-prove" / "bin" / "halmos"
PROOFS = Path("tests") / "contracts" / "proofs"

LIBRARY = Path("contracts") / "shared" / "MerkleTree.sol"
ABSTRACT = {
    "staticcall(gas(), 0x02,": "staticcall(gas(), 0x5A256,",
    "return sha256(": "return keccak256(",
}
"""What is put in the place of SHA-256, each found once in the library."""

LOOPS = "8"
SECTION = "Symbolic proofs"
_CONTRACT = re.compile(r"^contract (\w+) is (?:Drug)?Proof\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one function: whether halmos says what it must, paths and seconds."""

    contract: str
    function: str
    holds: bool
    paths: int
    seconds: float


class ProofsNotRun(Exception):
    """halmos or the compiler did not come to the proofs; the message shows what they said."""


def stage() -> None:
    """Lay out the project anew in a folder of its own; what was compiled before stays.

    Raises:
        ProofsNotRun: The library no longer calls SHA-256 where this script expects it.
    """
    lay_out(STAGE)
    text = (STAGE / LIBRARY).read_text(encoding="utf-8")
    for call, instead in ABSTRACT.items():
        if text.count(call) != 1:
            raise ProofsNotRun(f"{LIBRARY} has not one `{call}`: adapt scripts/prove.py")
        text = text.replace(call, instead)
    (STAGE / LIBRARY).write_text(text, encoding="utf-8")


def contracts(match: str) -> dict[str, Path]:
    """Find the contracts of proofs: their files by their names, in which ``match`` occurs."""
    files = sorted((STAGE / PROOFS).glob("*.t.sol"))
    found = {name: file for file in files for name in _CONTRACT.findall(file.read_text("utf-8"))}
    return {name: found[name] for name in sorted(found) if match in name}


def digest(file: Path) -> str:
    """Tell one state of what a file's proofs are about from another: all that it imports."""
    sources = gather_sources([file.relative_to(STAGE).as_posix()], root=STAGE)
    document = json.dumps([sources, LOOPS], sort_keys=True)
    return hashlib.sha256(document.encode()).hexdigest()[:16]


def kept() -> dict[tuple[str, str], list[Proof]]:
    """Read what became of contracts of proofs, by name and digest."""
    lines = RESULTS.read_text("utf-8").splitlines() if RESULTS.exists() else []
    records = map(json.loads, lines)
    return {(each["contract"], each["digest"]): list(_proofs(each)) for each in records}


def _proofs(record: dict[str, Any]) -> Iterator[Proof]:
    return (Proof(**each) for each in record["proofs"])


def prove_both(contract: str) -> Iterator[Proof]:
    """Run what must hold and what must be refuted, and say what came out."""
    for prefix in ("check_", "witness_"):
        for proof in prove(contract, prefix):
            verdict = "proved" if prefix == "check_" else "reached"
            print(
                f"prove: {verdict if proof.holds else 'FAILED'}  {contract}.{proof.function}"
                f"  {proof.paths} paths  {proof.seconds:.1f} s",
                flush=True,
            )
            yield proof


def prove(contract: str, prefix: str) -> list[Proof]:
    """Run the proofs of one contract.

    Args:
        contract: Its name.
        prefix: `check_` for what must hold, `witness_` for what must be refuted.

    Returns:
        One entry a function, in their order; empty when there are none.

    Raises:
        ProofsNotRun: halmos gave no result.
    """
    report = STAGE / f"{contract}-{prefix}.json"
    report.unlink(missing_ok=True)
    command = [str(HALMOS), "--root", str(STAGE), "--contract", contract, "--function", prefix]
    command += ["--loop", LOOPS, "--no-status", "--early-exit", "--json-output", str(report)]
    ran = subprocess.run(
        command,
        cwd=STAGE,
        env=environment("prove"),
        capture_output=True,
        text=True,
        check=False,
    )
    if not report.exists():
        if "No tests with" in ran.stdout + ran.stderr:
            return []
        raise ProofsNotRun(f"{contract}: {(ran.stdout + ran.stderr)[-3000:]}")
    results = json.loads(report.read_text(encoding="utf-8"))["test_results"]
    return [_read(contract, each, prefix) for tests in results.values() for each in tests]


def _read(contract: str, result: dict[str, Any], prefix: str) -> Proof:
    # Bounded loops and blocked paths leave something out. 1 is "refuted".
    wanted = 0 if prefix == "check_" else 1
    _, taken, blocked = result["num_paths"]
    complete = prefix == "witness_" or (taken and not blocked and not result["num_bounded_loops"])
    return Proof(
        contract,
        result["name"].split("(")[0],
        result["exitcode"] == wanted and bool(complete),
        result["num_paths"][0],
        result["time"][0],
    )


def main() -> int:
    """Run all proofs and write the section of docs/assurance.md.

    Returns:
        Exit code: 0 when everything was proved and every witness found.
    """
    parser = argparse.ArgumentParser(description="Symbolic proofs of the contracts.")
    parser.add_argument("--match", default="", help="contracts whose name contains this")
    match = parser.parse_args().match
    stage()
    done, proofs = kept(), list[Proof]()
    for contract, file in contracts(match).items():
        state = digest(file)
        its = done.get((contract, state))
        if its is None:
            its = list(prove_both(contract))
            record = {"contract": contract, "digest": state, "proofs": [asdict(p) for p in its]}
            with RESULTS.open("a", encoding="utf-8") as results:
                results.write(json.dumps(record) + "\n")
        proofs += its
    failed = [proof for proof in proofs if not proof.holds]
    for proof in failed:
        print(f"prove: does not hold: {proof.contract}.{proof.function}")
    if not match:
        assurance_page.put(SECTION, _section(proofs))
    return int(bool(failed) or not proofs)


def _section(proofs: list[Proof]) -> str:
    checks = [each for each in proofs if each.function.startswith("check_")]
    witnesses = [each for each in proofs if each not in checks]
    rows = ["| proof | | paths | seconds |", "|---|---|---:|---:|"]
    rows += [
        f"| `{each.contract}.{each.function}` | {'proved' if each.holds else 'not proved'} "
        f"| {each.paths:,} | {each.seconds:.1f} |"
        for each in checks
    ]
    return "\n\n".join(
        [
            assurance_page.provenance("make prove"),
            f"halmos 0.3.3 proved {sum(each.holds for each in checks)} of {len(checks)} "
            f"properties in {sum(each.seconds for each in proofs):.0f} s, each from any state of "
            "the contracts (not only from states that acts can reach), for any caller, time and "
            f"argument, loops unrolled up to {LOOPS} times and no path cut off. "
            f"{sum(each.holds for each in witnesses)} of "
            f"{len(witnesses)} witnesses show that the acts spoken of do go through.",
            "Bounds: trees of up to 8 leaves, lots of up to 4 packs where packs are shown, three "
            "guardians. Acts are the direct ones; each signed twin runs the same private function. "
            "Taken for granted: the compiler without via-IR; keccak256 without collisions; "
            "ecrecover as any function; in trees, any hash function without collisions in the "
            "place of SHA-256. The assumptions of each proof stand in it as `vm.assume`.",
            "\n".join(rows),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
