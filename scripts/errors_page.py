"""Write docs/errors.md from the exceptions themselves. `--check` fails when it is not current.

Example:
    $ python scripts/errors_page.py
    $ python scripts/errors_page.py --check
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import salus
import salus_verify
from salus import errors
from salus.contracts.reverts import NamedRevert
from salus.errors import SalusError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "errors.md"
FAMILIES = (
    (errors.InputError, "what was given is malformed: correct it and call again"),
    (errors.ContractError, "a contract refused; nothing changed on chain"),
    (errors.CredentialError, "a key, passphrase or signature is wrong or missing"),
    (errors.ChainError, "the node cannot be reached, or is not the one expected"),
    (errors.VerificationError, "something checked does not match what was promised"),
    (errors.StorageError, "a blob or a key database could not be read or written"),
)
HEAD = """# Errors

Every exception derives from `salus.errors.SalusError` and belongs to one family, which gives the
command line its exit code. Messages say what was wrong and what to do next, and never hold a key, a
passphrase or health data. Each error of a contract has a class of the same name, with the same
fields in snake_case, whichever node it comes from. `scripts/errors_page.py` writes this page.

| family | exit | when |
|---|---|---|
"""


def page() -> str:
    """Write the page.

    Returns:
        Markdown.
    """
    rows = [f"| `{each.__name__}` | {each.exit_code} | {when} |" for each, when in FAMILIES]
    return HEAD + "\n".join(rows) + "\n" + "".join(_section(each) for each, _ in FAMILIES)


def raised() -> set[type[SalusError]]:
    """Find every exception that a module of the packages defines, families included.

    Returns:
        The classes.
    """
    for package in (salus, salus_verify):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    ours = ("salus.", "salus_verify.")
    return {each for each in _below(SalusError) if each.__module__.startswith(ours)}


def _below(cls: type[SalusError]) -> Iterator[type[SalusError]]:
    for each in cls.__subclasses__():
        yield each
        yield from _below(each)


def _section(family: type[SalusError]) -> str:
    members = sorted(
        (each for each in raised() - {NamedRevert} if issubclass(each, family) and each != family),
        key=lambda each: str(each.__name__),
    )
    rows = [f"| `{each.__name__}`{_exit(each, family)} | {_what(each)} |" for each in members]
    return (
        f"\n## {family.__name__}\n\n| error | what it says |\n|---|---|\n" + "\n".join(rows) + "\n"
    )


def _exit(cls: type[SalusError], family: type[SalusError]) -> str:
    return "" if cls.exit_code == family.exit_code else f" (exit {cls.exit_code})"


def _what(cls: type[SalusError]) -> str:
    if issubclass(cls, NamedRevert):
        return re.sub(r":\w+}", "}", cls.message)
    return str(cls.__doc__).strip().splitlines()[0]


def main(arguments: list[str]) -> int:
    """Write the page, or compare it.

    Args:
        arguments: `--check` or nothing.

    Returns:
        Exit code: 1 when the page is not current.
    """
    if arguments != ["--check"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    print(f"{PAGE} is not current: run python scripts/errors_page.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
