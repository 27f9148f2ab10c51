"""Shares as people keep and type them: the words count, and nothing around them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from salus.vault.crypto.shares import combine, recombine, split
from salus.vault.errors import SharesRefused


@pytest.mark.parametrize(
    "kept",
    [
        lambda words: " ".join(word[:4] for word in words),
        lambda words: " ".join(word[:5].upper() for word in words),
        lambda words: "\n".join(f"{number}. {word}" for number, word in enumerate(words, 1)),
        lambda words: ", ".join(words) + ".",
        lambda words: "\ufeff" + "\u00a0".join(words),
        lambda words: "\u200b ".join(words),
        lambda words: " ".join(f"{word[:2]}\u00ad{word[2:]}" for word in words),
        lambda words: "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in " ".join(words)),
    ],
    ids=["four letters", "five", "numbered", "commas", "a mark", "unseen", "hyphens", "full width"],
)
def test_a_share_is_read_as_people_keep_it(kept: Callable[[list[str]], str]) -> None:
    one, two, _ = split(bytes(32), needed=2, shares=3)
    assert combine([kept(one.split()), two]) == bytes(32)
    with pytest.raises(SharesRefused, match="2 are needed, 1 came"):
        combine([one, kept(one.split())])


@pytest.mark.parametrize("letters", [3, 4])
def test_a_word_is_known_by_four_letters_that_are_right_and_by_no_less(letters: int) -> None:
    one, two = split(bytes(32), needed=2, shares=2)
    first, *rest = one.split()
    wrong = first[:3] if letters == 3 else first[:4] + "qq"
    with pytest.raises(SharesRefused, match="number 1 is mistyped"):
        combine([" ".join([wrong, *rest]), two])


def test_texts_that_are_no_shares_keep_no_others_away() -> None:
    one, two, _ = split(bytes(32), needed=2, shares=3)
    notes = ["a note", *(f"a note of {chr(ord('a') + number) * 5}" for number in range(20))]
    found = recombine([one, *notes, two])
    assert found.secret == bytes(32)
    assert found.wrong == tuple(range(2, 23))
