"""Coverage of the contracts by their tests, measured by forge without via-IR and without optimizer.

Tests, mocks and the passkey verifier are left out: the verifier has no line of ours, and the
library's P-256 does not compile without optimizer. So contracts and tests are staged in a folder
of their own, with the release-compiled verifier in its source's place (scripts/stand_ins).

Example:
    $ python scripts/measure_coverage.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAGE = ROOT / "cache" / "coverage"
REPORT = STAGE / "lcov.info"

STAGED = (
    "contracts",
    "tests",
    "src/salus/contracts/artifacts",
    ".solc",
    "foundry.toml",
    "remappings.txt",
)
NOT_STAGED = ("proofs", "__pycache__")  # proofs run symbolically, under halmos
STAND_INS = {"scripts/stand_ins/PasskeyVerifier.sol": "contracts/periphery/PasskeyVerifier.sol"}
LEFT_OUT = ("contracts/mocks/", "contracts/periphery/")

LEAST_LINES = 99.5  # per cent
LEAST_BRANCHES = 95.0  # per cent


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was run of one file: hits by line number, and by (line number, branch)."""

    file: str
    lines: dict[int, int]
    branches: dict[tuple[int, str], int]

    @property
    def missed(self) -> list[str]:
        """Lines and branches that never ran, as `52` and `51 branch 0`."""
        lines = [str(number) for number, hits in self.lines.items() if not hits]
        return lines + [f"{n} branch {b}" for (n, b), hits in self.branches.items() if not hits]


def stage() -> None:
    """Lay out the project anew in a folder of its own; the compiler's cache there stays."""
    for name in STAGED:
        source, target = ROOT / name, STAGE / name
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*NOT_STAGED))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for stand_in, replaced in STAND_INS.items():
        shutil.copy2(ROOT / stand_in, STAGE / replaced)
    modules = STAGE / "node_modules"
    if not modules.exists():
        modules.symlink_to(ROOT / "node_modules", target_is_directory=True)


def run() -> int:
    """Run all tests but gas and invariants under coverage; what fails is shown.

    Returns:
        forge's exit code.
    """
    # Invariants are left out: they find by chance what examples must show on purpose.
    command = [
        str(ROOT / "scripts" / "bin" / "forge"),
        "coverage",
        "--no-match-contract",
        "Gas|Invariant",
    ]
    command += ["--report", "lcov", "--report-file", str(REPORT)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FOUNDRY_")}
    ran = subprocess.run(
        command, cwd=STAGE, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        print(ran.stdout, ran.stderr, file=sys.stderr)
    return ran.returncode


def parse(report: str) -> list[Coverage]:
    """Read an LCOV report.

    Args:
        report: Its text.

    Returns:
        One entry for each of our files, by name.
    """
    found: list[Coverage] = []
    for record in report.split("end_of_record"):
        rows = [row.strip().partition(":") for row in record.splitlines()]
        file = next((value for key, _, value in rows if key == "SF"), "")
        if not file.startswith("contracts/") or file.startswith(LEFT_OUT):
            continue
        lines, branches = {}, {}
        for key, _, value in rows:
            fields = value.split(",")
            if key == "DA":
                lines[int(fields[0])] = int(fields[1])
            elif key == "BRDA":
                hits = 0 if fields[3] == "-" else int(fields[3])
                branches[int(fields[0]), f"{fields[1]}.{fields[2]}"] = hits
        found.append(Coverage(file, lines, branches))
    return sorted(found, key=lambda each: each.file)


def summary(files: list[Coverage]) -> tuple[float, float]:
    """Add up.

    Args:
        files: Coverage of each file.

    Returns:
        Lines and branches that ran, in per cent.
    """
    lines = [hits for each in files for hits in each.lines.values()]
    branches = [hits for each in files for hits in each.branches.values()]
    return _share(lines), _share(branches)


def _share(hits: list[int]) -> float:
    return 100 * sum(1 for each in hits if each) / len(hits) if hits else 0.0


def main() -> int:
    """Measure, print the figures and what never ran.

    Returns:
        Exit code: 0 when both figures are high enough.
    """
    stage()
    failed = run()
    if failed:
        return failed
    files = parse(REPORT.read_text(encoding="utf-8"))
    lines, branches = summary(files)
    for each in files:
        if each.missed:
            print(f"coverage: {each.file} never ran {', '.join(each.missed)}")
    print(f"coverage: {len(files)} files, {lines:.2f} % of lines, {branches:.2f} % of branches")
    return int(lines < LEAST_LINES or branches < LEAST_BRANCHES)


if __name__ == "__main__":
    sys.exit(main())
