"""A URL's part may be an ordinary word: it is hidden from people, and never from what decides."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from salus.chain.abi.revert import named_revert
from salus.chain.node import urls
from salus.chain.node.answers import RpcFailure, reply
from salus.chain.sending.errors import InsufficientFunds, NonceConflict, TransactionRefused
from salus.chain.sending.refusals import is_known, named_failure, named_refusal
from salus.contracts.reverts import RevertedWithoutReason, RevertedWithReason

PATIENT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
ORDINARY = (
    "https://node.example/execution/reverted/replacement/transaction/insufficient/underpriced"
    "?key=requests&other=throttled&more=too%20many%20requests&known=already%20known"
    "&secret=0123456789abcdef"
)


@pytest.fixture(autouse=True)
def _hidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    own = urls._Hide()
    monkeypatch.setattr(urls, "_HIDDEN", own)
    urls.hide(ORDINARY)
    yield
    for name in urls._TALKATIVE:
        logging.getLogger(name).removeFilter(own)


def failure(said: str, **more: Any) -> RpcFailure:
    found = reply({"error": {"message": said, **more}}, number=0, url="")
    assert isinstance(found, RpcFailure)
    return found


def test_a_revert_is_still_one() -> None:
    found = failure("execution reverted")
    assert found.ran
    assert isinstance(named_revert(found, target=PATIENT), RevertedWithoutReason)
    with_words = named_revert(failure("execution reverted: not today"), target=PATIENT)
    assert isinstance(with_words, RevertedWithReason)
    assert "not today" in with_words.reason


@pytest.mark.parametrize("said", ["replacement transaction", "transaction underpriced"])
def test_a_conflict_of_numbers_is_still_one(said: str) -> None:
    named = named_refusal(failure(said), target="", sender=PATIENT, nonce=1)
    assert isinstance(named, NonceConflict)


def test_what_a_node_has_it_still_has() -> None:
    assert is_known(failure("already known"))
    assert is_known(failure("known transaction: 0x12"))


def test_an_empty_account_is_still_one() -> None:
    named = named_failure(failure("insufficient funds"), target="", sender=PATIENT, url="")
    assert isinstance(named, InsufficientFunds)


@pytest.mark.parametrize("said", ["too many requests", "throttled"])
def test_a_busy_node_is_still_busy(said: str) -> None:
    assert failure(said).limited
    assert not failure(f"execution reverted: {said}").limited


def test_what_is_shown_holds_no_part_of_a_url() -> None:
    found = failure("no project 0123456789abcdef: transaction refused")
    named = named_refusal(found, target="", sender=PATIENT)
    assert isinstance(named, TransactionRefused)
    reverted = named_revert(failure("reverted: by 0123456789abcdef"), target=PATIENT)
    for shown in (found.message, repr(found), str(named), str(reverted), str(found.refusal(""))):
        assert "0123456789abcdef" not in shown
        assert "…" in shown
