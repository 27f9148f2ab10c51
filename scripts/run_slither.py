"""Slither with every detector over the contracts; tests, mocks and libraries are left out.

Each finding is mended, or answered in the source where it stands, with a reason:
`// slither-disable-next-line detector -- why`. Refused are findings without an answer, answers
without a reason, and answers to nothing.

Example:
    $ python scripts/run_slither.py
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
CACHE = ROOT / "cache" / "slither"
SLITHER = ROOT / ".venv-assurance" / "bin" / "slither"
TOOLS = ROOT / "scripts" / "bin"

_ANSWER = re.compile(r"slither-disable-(?:start|next-line)\b(?P<rest>.*)")
_REASONED = re.compile(r"^ [\w,-]+ -- \S")


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
        Its results, those that a comment answers left out.

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


def findings(results: list[dict[str, Any]]) -> list[str]:
    """Put slither's results into lines.

    Args:
        results: As slither gives them.

    Returns:
        One line for each finding in our sources, and for each of our answers to nothing.
    """
    lines = []
    for result in results:
        unused = result.get("unused_ignores")
        if unused is None:
            lines.append(f"{result['check']}: {' '.join(result['description'].split())}")
            continue
        lines += [
            f"{_shown(each['file'])}:{each['line']} answers a finding that is not there:"
            f" {', '.join(each['unused_detectors'])}"
            for each in unused
            if Path(each["file"]).is_relative_to(CONTRACTS)
        ]
    return sorted(set(lines))


def unreasoned(contracts: Path = CONTRACTS) -> list[str]:
    """Find answers that give no reason.

    Args:
        contracts: Folder of the sources.

    Returns:
        One line for each.
    """
    lines = []
    for source in sorted(contracts.rglob("*.sol")):
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
            answer = _ANSWER.search(line)
            if answer and not _REASONED.match(answer["rest"]):
                lines.append(f"{_shown(str(source))}:{number} gives no reason: `detector -- why`")
    return lines


def answered(contracts: Path = CONTRACTS) -> int:
    """Count the answers in the sources.

    Args:
        contracts: Folder of the sources.

    Returns:
        How many comments answer findings.
    """
    texts = (source.read_text(encoding="utf-8") for source in contracts.rglob("*.sol"))
    return sum(len(_ANSWER.findall(text)) for text in texts)


def _shown(path: str) -> str:
    return Path(path).resolve().relative_to(ROOT).as_posix() if ROOT in Path(path).parents else path


def main() -> int:
    """Analyse and print what is left.

    Returns:
        Exit code: 0 when nothing is.
    """
    compile_contracts()
    lines = findings(analyse()) + unreasoned()
    for line in lines:
        print(f"slither: {line}", file=sys.stderr)
    if not lines:
        print(f"slither: no findings; {answered()} comments answer what it would say, with reasons")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
