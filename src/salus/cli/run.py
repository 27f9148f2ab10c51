"""From arguments to an exit code: every failure ends as one clear line, or one JSON object.

Example:
    >>> run(["lots", "nonsense", "--json"])
    {"error": {"type": "UsageError", "message": "No such command 'nonsense'.", "exitCode": 2}}
    2
"""

from __future__ import annotations

import json
import os
import sys
from io import TextIOWrapper

import typer

from salus.cli import interrupts
from salus.cli.advice import in_commands
from salus.cli.app import COMMANDS, GROUPS, program
from salus.cli.interrupts import INTERRUPTED, Interrupted
from salus.cli.notices import settings_said
from salus.cli.session import printable
from salus.errors import SalusError


def run(arguments: list[str]) -> int:
    """Run one command; never raises, never prints a traceback for what a user can mend."""
    as_json = "--json" in arguments
    _print_anything()
    try:
        with settings_said():
            tree = program(_asked(arguments))
            code = tree(arguments, prog_name="salus", standalone_mode=False)
    except SalusError as error:
        message = ". ".join([str(error), *getattr(error, "__notes__", ())])
        return _fail(type(error).__name__, message, error.exit_code, as_json=as_json)
    except (typer.Abort, KeyboardInterrupt, Interrupted) as stop:
        return _interrupted(stop, as_json=as_json)
    except BrokenPipeError:
        # whoever read our output has seen enough
        _forget_output()
        return 0
    except OSError as error:
        return _fail(type(error).__name__, str(error), 1, as_json=as_json)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _usage(error, as_json=as_json)
    if code == INTERRUPTED:  # before a command began, the framework takes Ctrl-C for its own
        return _interrupted(KeyboardInterrupt(), as_json=as_json)
    return code if isinstance(code, int) else 0


def _asked(arguments: list[str]) -> str:
    """The noun or command that is asked for: no other is read in."""
    for each in arguments:
        if not each.startswith("-"):
            return each if each in COMMANDS or each in GROUPS else ""
    return ""


def _forget_output() -> None:
    """Keep the interpreter from complaining at exit of what it could not print."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_anything() -> None:
    """A terminal that lacks a character shows another: what was done is done by then."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _usage(error: Exception, *, as_json: bool) -> int:
    """A malformed command line: the framework's own message, with our exit code."""
    if as_json:
        message: str = error.format_message()  # type: ignore[attr-defined]
        return _fail("UsageError", message, 2, as_json=True)
    if hasattr(error, "show"):
        error.show()
    return 2


def _interrupted(stop: BaseException, *, as_json: bool) -> int:
    with interrupts.ending():
        return _fail("Interrupted", interrupts.line(stop), interrupts.code(), as_json=as_json)


def _fail(kind: str, message: str, code: int, *, as_json: bool) -> int:
    message = in_commands(message)
    if as_json:
        document = json.dumps({"error": {"type": kind, "message": message, "exitCode": code}})
        try:
            print(document, flush=True)
        except OSError:
            _forget_output()
            print(document, file=sys.stderr)
    else:
        if kind == "OutputLost":
            _forget_output()
        from rich.console import Console
        from rich.text import Text

        Console(stderr=True).print(
            Text.assemble((f"{kind}: ", "bold red"), printable(message)), soft_wrap=True
        )
    return code
