"""How deep a JSON text is nested, told before any parser sees it.

Python's parser is recursive. Its guard is the recursion limit, which libraries in the same process
raise (some to 100,000): past what the C stack holds, hostile nesting then ends the process.

Example:
    >>> from salus.nesting import nesting
    >>> nesting(b'{"a": ["[[[", {}]}'), nesting(b"[" * 100_000)
    (3, 100000)
"""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)


def nesting(data: bytes) -> int:
    """Measure the nesting of a JSON text in one pass and constant memory.

    Args:
        data: The text in UTF-8, well-formed or not. Brackets inside strings do not count.

    Returns:
        The most arrays and objects that are open at once.
    """
    deepest = depth = 0
    for token in _TOKEN.finditer(data):
        mark = token[0]
        depth += (mark in b"[{") - (mark in b"]}")
        deepest = max(deepest, depth)
    return deepest
