"""What blocks bring is read while others are on their way, and told as it is in the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from salus.chain.errors import AnswerMalformed
from salus.chain.sending.early import EarlyReading
from salus.chain.sending.watcher import Mined

ONE = Mined("0x" + "01" * 32, True, 5, "0x" + "aa" * 32, 21_000, 7, ())


def test_what_was_read_early_is_not_read_again():
    read: list[Mined] = []
    early = EarlyReading(lambda mined: read.append(mined) or mined.block_number)
    early.note([ONE])
    assert early.of(ONE) == 5
    assert read == [ONE]


def test_what_is_in_another_block_after_all_is_read_there():
    early = EarlyReading(lambda mined: mined.block_number)
    early.note([ONE])
    assert early.of(replace(ONE, block_number=6, block_hash="0x" + "bb" * 32)) == 6


def test_what_is_odd_ends_nothing_until_it_is_asked_for():
    def refuse(mined: Mined) -> int:
        raise AnswerMalformed(reason="it is not a log")

    early = EarlyReading(refuse)
    early.note([ONE])
    with pytest.raises(AnswerMalformed, match="not a log"):
        early.of(ONE)
