"""A terminal with somebody at it: questions are answered as they are asked."""

from __future__ import annotations

import os
import pty
import select
import sys

from tests.support.command_line import CommandLine

SALUS = "from salus.cli import main; raise SystemExit(main())"
PATIENCE = 60.0
"""Seconds of silence after which nothing more will come."""


def at_terminal(person: CommandLine, *words: str, answers: dict[str, str]) -> tuple[int, str]:
    """Run ``salus`` at a terminal of its own.

    Args:
        person: Whose shell.
        words: The command line.
        answers: What is typed, by words of each question, in order.

    Returns:
        The exit code, and all that the terminal showed.
    """
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("SALUS_")}
    surroundings |= {
        "SALUS_NETWORK": person.place.url,
        "SALUS_DEPLOYMENT": str(person.place.deployment),
        "SALUS_PRIVATE_KEY": person.key,
        "COLUMNS": "400",
        **person.settings,
    }
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(person.folder)
        os.execve(sys.executable, [sys.executable, "-c", SALUS, *words], surroundings)  # noqa: S606
    shown = _talk(terminal, list(answers.items()))
    os.close(terminal)
    person.outputs.append(shown)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown


def _talk(terminal: int, answers: list[tuple[str, str]]) -> str:
    shown, answered = "", 0
    # Closing the terminal ends whoever waits there for an answer that nobody has.
    looking = select.poll()  # which takes any descriptor; select takes none above 1,023
    looking.register(terminal, select.POLLIN)
    while looking.poll(PATIENCE * 1000):
        try:
            shown += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # how Linux says that nobody is at the other end any more
            break
        # What is typed before the last character of a question is thrown away with the echo.
        if answers and answers[0][0] in shown[answered:] and shown.endswith(": "):
            answered = len(shown)
            os.write(terminal, answers.pop(0)[1].encode() + b"\n")
    return shown
