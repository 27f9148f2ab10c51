"""Which number of a stream an id is, however far somebody brought its issuer."""

from __future__ import annotations

import pytest

import salus
from salus.anchors import stream_history
from salus.anchors.stream_history import MOST_NUMBERS
from salus_verify.log import stream_id


def test_every_number_that_an_issuer_has_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_history, "_FEW", 3)
    with salus.connect("tester") as me:
        history, registry = me.anchors.history, me.chain.contract("AnchorRegistry")

        def number_of(number: int, label: str = "diary") -> int | None:
            return history.number_of(me.identity, "diary", stream_id(label, number))

        assert [number_of(2), number_of(3), number_of(4)] == [2, None, None]
        for number in range(1, 5):
            nothing, root = (bytes(32), bytes(32), 0), bytes([number]) * 32
            stream = stream_id("diary", number)
            registry.send("anchor", me.identity, stream, nothing, 1, root, account=me.account)
        assert [number_of(3), number_of(4), number_of(MOST_NUMBERS)] == [3, 4, MOST_NUMBERS]
        assert number_of(4, "letters") is None
