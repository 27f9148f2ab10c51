"""Solidity's names in Python.

Example:
    >>> snake_case("consentId"), snake_case("GUARDIANS_DELAY"), snake_case("from")
    ('consent_id', 'guardians_delay', 'from_')
"""

from __future__ import annotations

import keyword
import re

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def snake_case(name: str) -> str:
    """Write an ABI name as Python does; its keywords get an underscore after them."""
    stripped = name.strip("_")
    snake = stripped.lower() if stripped.isupper() else _HUMP.sub(r"_\1", stripped).lower()
    return f"{snake}_" if keyword.iskeyword(snake) else snake
