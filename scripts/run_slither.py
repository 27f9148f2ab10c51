"""Slither with every detector over the contracts; tests, mocks and libraries are left out.

Each finding is mended, or answered in `slither-answers.toml` with a reason, by detector, file and
name. Refused are findings without an answer, answers without a reason, and answers to nothing.

Example:
    $ python scripts/run_slither.py
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
CACHE = ROOT / "cache" / "slither"
SLITHER = ROOT / ".venv-assurance" / "bin" / "slither"
TOOLS = ROOT / "scripts" / "bin"

ANSWERS = ROOT / "slither-answers.toml"


@dataclass(frozen=True, slots=True)
class Answer:
    """Why a detector's findings are as they should be: all of a file, or those of some names."""

    detector: str
    why: str
    file: str = ""
    names: tuple[str, ...] = ()

    def fits(self, result: dict[str, Any]) -> bool:
        """Whether it answers one of slither's results."""
        element = result["elements"][0] if result["elements"] else {}
        file = element.get("source_mapping", {}).get("filename_relative", "")
        return (
            result["check"] == self.detector
            and self.file in ("", file)
            and (not self.names or element.get("name") in self.names)
        )

    def __str__(self) -> str:
        """The answer as a reader finds it."""
        return " ".join([self.detector, *([self.file] if self.file else []), *self.names])


def answers(file: Path = ANSWERS) -> list[Answer]:
    """Read the answers.

    Raises:
        ValueError: One gives no reason.
    """
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["answer"]
    read = [Answer(**{**row, "names": tuple(row.get("names", ()))}) for row in rows]
    for each in read:
        if not each.why.strip():
            raise ValueError(f"{file.name}: the answer to {each} gives no reason")
    return read


def compile_contracts() -> None:
    """Compile the contracts without tests and mocks into a folder of its own.

    Raises:
        subprocess.CalledProcessError: They do not compile.
    """
    shutil.rmtree(CACHE, ignore_errors=True)  # old build information would be read too
    environment = os.environ | {
        "FOUNDRY_OUT": str(CACHE / "out"),
        "FOUNDRY_CACHE_PATH": str(CACHE / "forge"),
    }
    command = [str(TOOLS / "forge"), "build", "--quiet", "--build-info"]
    command += ["--build-info-path", str(CACHE / "build-info")]
    command += ["--skip", "./tests/**", "--skip", "./contracts/mocks/**"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def analyse() -> list[dict[str, Any]]:
    """Run slither with slither.config.json over what was compiled.

    Returns:
        Its results.

    Raises:
        RuntimeError: It did not run through.
    """
    command = [str(SLITHER), ".", "--config-file", "slither.config.json", "--json", "-"]
    environment = os.environ | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    try:
        report = json.loads(run.stdout)
    except json.JSONDecodeError:
        raise RuntimeError(run.stderr or "slither said nothing") from None
    if not report["success"]:
        raise RuntimeError(report["error"])
    found: list[dict[str, Any]] = report["results"].get("detectors", [])
    return found


def findings(results: list[dict[str, Any]], answered: list[Answer]) -> list[str]:
    """Put into lines what is not answered, and answers to nothing."""
    left = [result for result in results if not any(each.fits(result) for each in answered)]
    unused = [each for each in answered if not any(each.fits(result) for result in results)]
    lines = [f"{result['check']}: {' '.join(result['description'].split())}" for result in left]
    lines += [f"{each} answers a finding that is not there" for each in unused]
    return sorted(set(lines))


def main() -> int:
    """Analyse and print what is left.

    Returns:
        Exit code: 0 when nothing is.
    """
    compile_contracts()
    answered = answers()
    lines = findings(analyse(), answered)
    for line in lines:
        print(f"slither: {line}", file=sys.stderr)
    if not lines:
        print(f"slither: no finding without an answer; {len(answered)} answers, with reasons")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
