"""The command line: data on stdout, words and progress on stderr, ``--json`` everywhere.

Exit codes: 0 ok, 1 failure, 2 usage or malformed input, 3 reverted, 4 key or signature, 5 chain
unreachable, 6 verification mismatch.

Example:
    >>> from salus.cli import main
    >>> main(["--version"])
    salus 0.1.0
    0
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; with no arguments given, the process's own, whose signals are heard."""
    from salus.cli import interrupts

    try:
        if arguments is None:
            interrupts.hear()
        from salus.cli.run import run
    except KeyboardInterrupt:  # while the command line was still being read in
        with interrupts.ending():
            print("Interrupted: nothing was done", file=sys.stderr)
        return interrupts.code()
    return run(list(sys.argv[1:] if arguments is None else arguments))
