"""What a command costs before it does anything: seconds of processor time, best of several runs.

Run ``python benchmarks/start.py``: one JSON object of figures. Compiled bytecode must be allowed,
as it is where a package was installed.

- ``python_cpu_s``: the interpreter alone.
- ``help_cpu_s``: ``salus --help``.
- ``verb_help_cpu_s``: ``salus records add --help``.
- ``reading_verb_cpu_s``: ``salus identities show`` on a node that is not there.
- ``signing_cpu_s``: importing what signs (eth_account), which only verbs that sign do.

Example:
    >>> cpu(["-c", "pass"], passes=1) > 0
    True
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

SALUS = "import sys; from salus.cli import main; sys.exit(main(sys.argv[1:]))"
NOWHERE = ("--network", "http://127.0.0.1:9")


def cpu(arguments: list[str], *, passes: int) -> float:
    """Processor time of one Python process, in seconds, best of so many."""
    around = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    best = float("inf")
    for _ in range(passes):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], env=around, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, spent)
    return best


def main() -> None:
    """Measure and print."""
    passes = 1 if "--toy" in sys.argv else 7
    who = "0x" + "11" * 20
    asked = {
        "python_cpu_s": ["-c", "pass"],
        "help_cpu_s": ["-c", SALUS, "--help"],
        "verb_help_cpu_s": ["-c", SALUS, "records", "add", "--help"],
        "reading_verb_cpu_s": ["-c", SALUS, "identities", "show", who, *NOWHERE],
        "signing_cpu_s": ["-c", "import eth_account"],
    }
    figures = {f"start.{name}": cpu(each, passes=passes) for name, each in asked.items()}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
