"""What a new passphrase has to be: long enough (NIST SP 800-63B), and typed again alike (RFC 8265).

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

from salus.primitives.errors import InvalidArgument, PassphraseTooShort

SHORTEST = 8
"""The fewest characters that are taken."""
BETTER = "15, as of four words, are better"
"""As many as that standard asks for where nothing else protects."""
WISHED = f"at least {SHORTEST} characters; {BETTER}"
"""What people are told before they type one."""
_UNSAFE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_UNSEEN = (
    (0x034F, 0x034F),
    (0x1100, 0x11FF),  # and the other jamo that no syllable was made of
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x3164, 0x3164),
    (0xA960, 0xA97F),
    (0xD7B0, 0xD7FF),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)
"""What RFC 8264 forbids besides: characters that nobody sees, and old Korean ones."""


def require_long_enough(passphrase: str) -> None:
    """Refuse a new passphrase that somebody guesses; what exists is opened with any.

    A character is a Unicode code point, composed (NFC): however it is typed it counts the same.

    Raises:
        PassphraseTooShort: It has fewer characters than :data:`SHORTEST`.
    """
    length = len(unicodedata.normalize("NFC", passphrase))
    if length < SHORTEST:
        raise PassphraseTooShort(length=length, shortest=SHORTEST, better=BETTER)


def require_typable(passphrase: str) -> None:
    """Refuse a new passphrase that another keyboard, or another Unicode, may write otherwise.

    What is refused is what RFC 8264 keeps out of free text (sections 4.3 and 9): control,
    invisible, private and unassigned characters. What exists is opened with any.

    Raises:
        InvalidArgument: It has such a character; which one is not said.
    """
    for each in unicodedata.normalize("NFC", passphrase):
        unseen = any(first <= ord(each) <= last for first, last in _UNSEEN)
        if unicodedata.category(each) == "Cs":
            raise InvalidArgument("passphrase", "text: its bytes are not UTF-8")
        if unseen or unicodedata.category(each) in _UNSAFE:
            known = "of characters that can be seen and that Unicode knows (RFC 8265)"
            raise InvalidArgument("passphrase", known)
