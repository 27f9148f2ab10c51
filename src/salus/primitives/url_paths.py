"""From a URL to the path of a file, byte for byte.

Example:
    >>> path_in(split("file:///srv/ward%207")).name
    'ward 7'
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit


def split(url: str) -> SplitResult:
    """Split a URL that somebody wrote, where every parser finds the same place in it."""
    if not url.isprintable() or url != url.strip() or "%00" in url or "\\" in url:
        raise ValueError("a URL of printable characters, without backslashes or spaces around it")
    return urlsplit(url)


def path_in(parts: SplitResult) -> Path:
    """Read the path of a file, of exactly the bytes that the URL says: they need not be UTF-8."""
    return Path(os.fsdecode(unquote_to_bytes(parts.path)))
