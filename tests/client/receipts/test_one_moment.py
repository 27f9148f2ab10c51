"""Block, header and state of a receipt are of one moment, or it is not handed out."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus.chain import Chain, development_account
from salus.chain.errors import AnswerMalformed
from salus.receipts import issue
from salus_verify.errors import ReceiptMismatch


@pytest.fixture(scope="module")
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


class Lagging:
    """A balanced node: so many times the proof is of another block than the header."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self, *_: object, **__: object) -> None:
        self.left -= 1
        if self.left >= 0:
            raise ReceiptMismatch("block 7 has been replaced meanwhile")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue, "_PAUSE", 0.0)


def test_what_does_not_fit_is_asked_for_again(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = exchange.add(b"note")
    lagging = Lagging(times=3)
    monkeypatch.setattr(issue, "fetch", lagging)
    receipt = exchange.custodian.records.receipt(added.record_id)
    assert receipt.verify(b"note", trusting=exchange.custodian.chain).proved
    assert lagging.left < 0


def test_a_node_that_goes_on_contradicting_itself_is_named(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = exchange.add(b"another note")
    monkeypatch.setattr(issue, "fetch", Lagging(times=1_000))
    with pytest.raises(AnswerMalformed, match=r"do not fit.*replaced meanwhile.*another node"):
        exchange.custodian.records.receipt(added.record_id)
