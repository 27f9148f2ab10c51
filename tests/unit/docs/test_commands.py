"""Every `salus …` in a manual is a command that there is, with the options that it has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from salus.cli.app import program

ROOT = Path(__file__).parents[3]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
INLINE = re.compile(r"`\s*salus\s+([^`]+)`")
LINE = re.compile(r"^\s*(?:\$ )?salus ((?:[^\n\\]|\\\n)+)", re.MULTILINE)
BLOCK = re.compile(r"^```(?:sh|bash|console|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAM = program()
NO_COMMANDS = {"sensitivity table 1"}
"""The first line of a table's file begins like one."""


def commands_of(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(BLOCK.findall(text))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = [*INLINE.findall(prose), *LINE.findall(blocks)]
    return [each for each in found if each not in NO_COMMANDS]


def words_of(command: str) -> list[str]:
    plain = re.sub(r"[\[\]…()]|\\\n|#.*$", " ", command, flags=re.MULTILINE)
    words = shlex.split(re.split(r"\s(?:[|;>]|&&)", plain)[0].replace("'", ""))
    return [each for each in words if each != "|"]


def problems(words: list[str]) -> list[str]:
    """What the parser does not know: a verb of a group, or an option of a verb."""
    at = PROGRAM
    for place, word in enumerate(words):
        if not hasattr(at, "commands") or word.startswith("-"):
            break
        found = at.commands.get(word.rstrip(",.:;"))
        if found is None:
            named = not re.fullmatch(r"[a-z][a-z-]*", word)  # FILE, 0x…, a variable
            return (
                []
                if named and (place or word.isupper())
                else [f"no command {' '.join(words[: place + 1])!r}"]
            )
        at = found
    known = {option for each in at.params for option in (*each.opts, *each.secondary_opts)}
    given = {each.partition("=")[0].rstrip(",.:;") for each in words if each.startswith("--")}
    return [f"salus {' '.join(words)}: no option {each}" for each in given - known - {"--help"}]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_manual_exists_with_its_options(page: Path) -> None:
    wrong = [each for command in commands_of(page) for each in problems(words_of(command))]
    assert wrong == []


def test_there_are_commands_in_manuals() -> None:
    assert sum(len(commands_of(page)) for page in PAGES) > 250


@pytest.mark.parametrize(
    "command", ["vault mend", "salusly", "vault check --deeper", "records add FILE --whom x"]
)
def test_what_there_is_not_is_found(command: str) -> None:
    assert problems(words_of(command))
