"""Run what is quick to run of the assurance, and write what came out into docs/assurance.md.

Trees and tests, the stranger matrix, slither, coverage, and the verification of a deployment. The
long campaigns (`make fuzz`, `make prove`, `make mutate`) write their own sections.

Example:
    $ python scripts/record_assurance.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib

import check_trees
import measure_coverage
import run_slither
from assurance_page import provenance, put
from compiler import ROOT
from salus.chain import connect
from salus.chain.deploying.verification import verify_deployment

FORGE = str(ROOT / "scripts" / "bin" / "forge")
STRANGERS = "tests/contracts/strangers/*"
SIGNATURES = "tests/contracts/signatures/*"

_RAN = re.compile(r"Ran (\d+) test suites? .*: (\d+) tests passed, 0 failed, (\d+) skipped")
_REFUSED = re.compile(r"^\s*(refused .+): (\d+)$", re.MULTILINE)


def forge_test(*arguments: str) -> str:
    """Run forge's tests.

    Args:
        *arguments: Which, and how much they say.

    Returns:
        What it printed.

    Raises:
        RuntimeError: A test failed.
    """
    ran = subprocess.run(
        [FORGE, "test", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        raise RuntimeError(ran.stdout + ran.stderr)
    return ran.stdout


def trees() -> str:
    """Check the trees and run the tests.

    Returns:
        The section.

    Raises:
        RuntimeError: A tree or a test fails.
    """
    if flaws := check_trees.check():
        raise RuntimeError("\n".join(flaws))
    files = sorted(check_trees.TESTS.rglob("*.tree"))
    leaves = sum(len(check_trees.read_tree(file.read_text("utf-8")).tests) for file in files)
    shipped = [each for each in check_trees.ARTIFACTS.glob("*.json") if each.stem[0].isupper()]
    functions = sum(len(check_trees.functions_of(each)) for each in shipped)
    ran = _RAN.search(forge_test("--no-match-contract", "Gas"))
    if ran is None:
        raise RuntimeError("forge did not say how many tests it ran")
    suites, passed, skipped = ran.groups()
    return (
        f"{provenance('make lint test-contracts')}\n\n"
        f"{leaves} leaves in {len(files)} trees each name their test, every test has its leaf, and"
        f" all {functions} external functions of {len(shipped)} contracts stand in a branch.\n"
        f"{passed} tests in {suites} suites pass, {skipped} are skipped."
    )


def strangers() -> str:
    """Run the stranger matrix.

    Returns:
        The section.

    Raises:
        RuntimeError: Somebody may do what nobody should.
    """
    tried = _REFUSED.findall(forge_test("--match-path", STRANGERS, "-vv"))
    rows = "\n".join(f"| {what} | {int(count):,} |" for what, count in tried)
    total = sum(int(count) for _, count in tried)
    return (
        f"{provenance(f'forge test --match-path {STRANGERS!r} -vv')}\n\n"
        "Every state-changing function of the five contracts, from their ABI, tried by everybody"
        " who may not call it; who may stands in `tests/contracts/strangers/who-may.toml`.\n\n"
        f"| each with the call that succeeds for who may | tries |\n|---|---|\n{rows}\n"
        f"| all | {total:,} |"
    )


def signatures() -> str:
    """Run the signature matrix.

    Returns:
        The section.

    Raises:
        RuntimeError: Somebody's signature does what it should not, or a function has no row.
    """
    rows = tomllib.loads((ROOT / "tests/contracts/signatures/signed-acts.toml").read_text("utf-8"))
    functions = sum(len(acts) for acts in rows.values())
    ran = _RAN.search(forge_test("--match-path", SIGNATURES))
    if ran is None:
        raise RuntimeError("forge did not say how many tests it ran")
    return (
        f"{provenance(f'forge test --match-path {SIGNATURES!r}')}\n\n"
        f"Each of the {functions} functions that take a signature, found in the ABI, by {ran[2]}"
        " tests: replayed, expired, of another chain, contract or act, upon what has moved on,"
        " high-s, cut short, in the short form (ERC-2098); by accounts and verifiers that lie or"
        " revert, former owners, deactivated identities, delegates out of scope or time; by keys,"
        " accounts (ERC-1271) and passkeys (ERC-7913), with the P-256 precompile and without. What"
        " each must answer stands in `tests/contracts/signatures/signed-acts.toml`."
    )


def gas() -> str:
    """Sum up what `make bench-gas` wrote last.

    Returns:
        The section.

    Raises:
        RuntimeError: The page has no tables.
    """
    page = (ROOT / "docs" / "gas.md").read_text("utf-8")
    measured = re.search(r"^Measured on .* by `make bench-gas`", page, re.MULTILINE)
    ratios = re.findall(r"\| (\*\*)?(\d+\.\d+)(?:\*\*)? \|$", page, re.MULTILINE)
    if measured is None or not ratios:
        raise RuntimeError("docs/gas.md has no figures: run `make bench-gas`")
    lost = [ratio for bold, ratio in ratios if bold]
    return (
        f"{measured[0]}.\n\n"
        f"{len(ratios)} acts beside the peers' nearest: {len(ratios) - len(lost)} cost no more than"
        f" theirs, {len(lost)} cost more ({', '.join(lost)} times). Tables, and the reason of each"
        " loss: [gas.md](gas.md)."
    )


def static_analysis() -> str:
    """Run slither.

    Returns:
        The section.

    Raises:
        RuntimeError: Something has no answer.
    """
    run_slither.compile_contracts()
    answers = run_slither.answers()
    if lines := run_slither.findings(run_slither.analyse(), answers):
        raise RuntimeError("\n".join(lines))
    version = subprocess.run(
        [run_slither.SLITHER, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return (
        f"{provenance('make slither')}\n\n"
        f"slither {version} with every detector: no finding without an answer;"
        f" {len(answers)} answers stand in `slither-answers.toml`, each with its reason."
        " Warnings of the compiler are errors."
    )


def coverage() -> str:
    """Measure coverage.

    Returns:
        The section.

    Raises:
        RuntimeError: The tests fail.
    """
    measure_coverage.stage()
    if measure_coverage.run():
        raise RuntimeError("the tests fail under coverage")
    files = measure_coverage.parse(measure_coverage.REPORT.read_text(encoding="utf-8"))
    lines, branches = measure_coverage.summary(files)
    missed = [f"- `{each.file}`: {', '.join(each.missed)}" for each in files if each.missed]
    never = ["Never ran:\n", *missed] if missed else ["Nothing is left that never ran."]
    return (
        f"{provenance('make coverage')}\n\n"
        f"{lines:.2f} % of lines and {branches:.2f} % of branches of {len(files)} files, by"
        " examples and fuzz tests alone, without via-IR and without optimizer.\n" + "\n".join(never)
    )


def verification() -> str:
    """Recompile everything and compare a deployment with it.

    Returns:
        The section.

    Raises:
        DeploymentUnproven: It differs.
    """
    started = time.monotonic()
    found = verify_deployment(connect("tester"))
    found.require()
    names = ", ".join(each.name for each in found.contracts)
    return (
        f"{provenance('salus verify --network tester')}\n\n"
        f"Compiled offline in {time.monotonic() - started:.0f} s and compared: {names}. Code,"
        " sources, wiring and creation agree for each."
    )


def main() -> int:
    """Run all and write the sections.

    Returns:
        Exit code: 0 when nothing failed.
    """
    sections = {
        "Behaviour trees and tests": trees,
        "The stranger matrix": strangers,
        "The signature matrix": signatures,
        "Static analysis": static_analysis,
        "Coverage": coverage,
        "Verification of a deployment": verification,
        "Gas beside the peers": gas,
    }
    try:
        for title, run in sections.items():
            print(f"assurance: {title.lower()}")
            put(title, run())
    except RuntimeError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
