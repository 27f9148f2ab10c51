"""The tables of docs/gas.md, between its markers.

Example:
    >>> number(1234567)
    '1,234,567'
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.gas.comparison import Row

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "gas.md"
_BLOCK = re.compile(r"(<!-- measured -->\n).*(<!-- end -->)", re.DOTALL)
_HEAD = "| peer | gas | Salus | gas | ratio |\n|---|---:|---|---:|---:|"


def number(value: int) -> str:
    """Write a number with commas.

    Args:
        value: The number.

    Returns:
        Its text.
    """
    return f"{value:,}"


def tables(sections: Mapping[str, Sequence[Row]], how: str) -> str:
    """Write all tables.

    Args:
        sections: Rows by title.
        how: Where, when and by which command they were measured.

    Returns:
        Markdown: a table a section, and the losses of all.
    """
    parts = [how]
    for title, rows in sections.items():
        parts.append("\n".join([f"### {title}", "", _HEAD, *map(_line, rows)]))
    lost = [row for rows in sections.values() for row in rows if row.why]
    losses = [
        f"- **{row.act}**, {number(row.theirs)} against {number(row.ours)}: {row.why}."
        for row in lost
    ]
    parts.append("\n".join(["## Where we cost more", "", *losses]))
    return "\n\n".join(parts)


def write(text: str, page: Path = PAGE) -> bool:
    """Put the tables into the page.

    Args:
        text: The tables.
        page: The page; holds the two markers.

    Returns:
        Whether the page changed.
    """
    old = page.read_text(encoding="utf-8")
    new = _BLOCK.sub(lambda found: f"{found[1]}{text}\n{found[2]}", old)
    page.write_text(new, encoding="utf-8")
    return new != old


def _line(row: Row) -> str:
    ratio = (
        f"{row.ours / row.theirs:.3f}"
        if 0 < row.ours < row.theirs / 20
        else (f"{row.ours / row.theirs:.2f}")
    )
    ours = number(row.ours)
    if row.why:
        ours, ratio = f"**{ours}**", f"**{ratio}**"
    act = row.our_act if row.our_act.startswith("none") else f"`{row.our_act}`"
    return f"| {row.act} | {number(row.theirs)} | {act} | {ours} | {ratio} |"
