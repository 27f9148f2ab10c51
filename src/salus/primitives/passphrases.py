"""What a new passphrase has to be: long enough, and nothing else (NIST SP 800-63B, passwords).

Example:
    >>> require_long_enough("seven wet otters")
    >>> try:
    ...     require_long_enough("otters")
    ... except PassphraseTooShort as error:
    ...     print(error.length)
    6
"""

from __future__ import annotations

import unicodedata

from salus.primitives.errors import PassphraseTooShort

SHORTEST = 8
"""The fewest characters that are taken."""
BETTER = "15, as of four words, are better"
"""As many as that standard asks for where nothing else protects."""
WISHED = f"at least {SHORTEST} characters; {BETTER}"
"""What people are told before they type one."""


def require_long_enough(passphrase: str) -> None:
    """Refuse a new passphrase that somebody guesses; what exists is opened with any.

    A character is a Unicode code point, composed (NFC): however it is typed it counts the same.

    Raises:
        PassphraseTooShort: It has fewer characters than :data:`SHORTEST`.
    """
    length = len(unicodedata.normalize("NFC", passphrase))
    if length < SHORTEST:
        raise PassphraseTooShort(length=length, shortest=SHORTEST, better=BETTER)
