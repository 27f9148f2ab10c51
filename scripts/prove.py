"""Symbolic proofs of the contracts with halmos: what holds of every input, from every state.

The proofs are the functions `check_…` of tests/contracts/proofs. They are built in a folder of
their own, where the one call of SHA-256 in contracts/shared/MerkleTree.sol goes to an abstract
hash instead of the precompile, which halmos 0.3.3 cannot call with symbolic bytes. A function
`witness_…` asserts the opposite of something possible: halmos must find its counterexample, or the
proofs beside it would speak of paths that nobody takes.

Example:
    $ python scripts/prove.py --match Lot
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import assurance_page
from compiler import ROOT
from staging import environment, lay_out

STAGE = ROOT / "cache" / "prove"
HALMOS = ROOT / ".venv-prove" / "bin" / "halmos"
PROOFS = Path("tests") / "contracts" / "proofs"

LIBRARY = Path("contracts") / "libraries" / "MerkleTree.sol"
ABSTRACT = {
    "staticcall(gas(), 0x02,": "staticcall(gas(), 0x5A256,",
    "return sha256(": "return keccak256(",
}
"""What is put in the place of SHA-256, each found once in the library."""

LOOPS = "8"
SECTION = "Symbolic proofs"
_CONTRACT = re.compile(r"^contract (\w+) is Proof\b", re.MULTILINE)


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


def contracts(match: str) -> list[str]:
    """Name the contracts of proofs.

    Args:
        match: Part of their names.

    Returns:
        Names, sorted.
    """
    files = sorted((ROOT / PROOFS).glob("*.t.sol"))
    names = [name for file in files for name in _CONTRACT.findall(file.read_text("utf-8"))]
    return sorted(name for name in names if match in name)


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
    start = time.monotonic()
    stage()
    proofs: list[Proof] = []
    for contract in contracts(match):
        for prefix in ("check_", "witness_"):
            for proof in prove(contract, prefix):
                proofs.append(proof)
                verdict = "proved" if prefix == "check_" else "reached"
                print(
                    f"prove: {verdict if proof.holds else 'FAILED'}  {contract}.{proof.function}"
                    f"  {proof.paths} paths  {proof.seconds:.1f} s",
                    flush=True,
                )
    failed = [proof for proof in proofs if not proof.holds]
    if not match:
        assurance_page.put(SECTION, _section(proofs, time.monotonic() - start))
    return int(bool(failed) or not proofs)


def _section(proofs: list[Proof], seconds: float) -> str:
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
            f"halmos 0.3.3 proved {sum(each.holds for each in checks)} of {len(checks)} properties "
            f"in {seconds:.0f} s, each from any state of the contracts (not only from states that "
            "acts can reach), for any caller, time and argument, loops unrolled up to "
            f"{LOOPS} times and no path cut off. {sum(each.holds for each in witnesses)} of "
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
