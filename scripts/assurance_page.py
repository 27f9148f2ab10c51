r"""Write measured sections of docs/assurance.md, one for each command; the others stay as they are.

Example:
    >>> from assurance_page import replace_section
    >>> replace_section("# Page\n\n## A\n\nold\n\n## B\n\nkept\n", "A", "new")
    '# Page\n\n## A\n\nnew\n\n## B\n\nkept\n'
"""

from __future__ import annotations

import datetime
import re
import subprocess

from compiler import ROOT

PAGE = ROOT / "docs" / "assurance.md"
TITLE = "# Assurance\n"


def replace_section(page: str, title: str, body: str) -> str:
    """Put a section in its place, or at the end of a page that has none of that title.

    Args:
        page: Markdown; sections start with `## `.
        title: Of the section.
        body: Its Markdown, without headings of the second level.

    Returns:
        The page with the section, every other byte kept.
    """
    section = f"## {title}\n\n{body.strip()}\n"
    found = re.search(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    if found is None:
        return f"{page.rstrip()}\n\n{section}"
    rest = page[found.end() :]
    return page[: found.start()] + section + ("\n" + rest if rest else "")


def put(title: str, body: str) -> None:
    """Write a section of the page.

    Args:
        title: Of the section.
        body: Its Markdown.
    """
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else TITLE
    PAGE.write_text(replace_section(page, title, body), encoding="utf-8")


def provenance(command: str) -> str:
    """Say when, from what and how something was measured.

    Args:
        command: What to run for the same again.

    Returns:
        One Markdown line: date in UTC, commit (with what differs from it), command.
    """
    return f"Measured {today()} at commit {commit()} by `{command}`."


def today() -> str:
    """Tell the date.

    Returns:
        Year, month and day in UTC, ISO 8601.
    """
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def commit() -> str:
    """Tell what is checked out.

    Returns:
        The commit in Markdown, and whether contracts, their tests or settings differ from it.
    """
    name = _git("rev-parse", "--short=12", "HEAD")
    watched = ("contracts", "tests/contracts", "foundry.toml")
    changed = " with uncommitted changes" if _git("status", "--porcelain", "--", *watched) else ""
    return f"`{name}`{changed}"


def _git(*arguments: str) -> str:
    ran = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.strip()
