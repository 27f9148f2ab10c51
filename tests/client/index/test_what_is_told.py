"""What a webhook is told next follows from the file, and from what it was told, sealed."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from tests.support.receivers import Receiver

from salus.chain import Chain
from salus.index import Index
from salus.index.errors import IndexUnreadable, NoticesUnreadable
from salus.index.webhook_deliveries import Deliveries
from salus.index.webhooks import Webhook

Act = Callable[[str], int]
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()


def test_what_was_not_told_is_not_taken_back(
    chain: Chain, index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    snapshot = chain.rpc.request("evm_snapshot")
    revoke("taken back")
    list(index.read())
    chain.rpc.request("evm_revert", snapshot)
    revoke("another")
    list(index.read())
    sent.finish()
    assert receiver.kinds == ["read"]


def test_what_was_taken_back_while_nobody_told_is_told(
    chain: Chain, index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    """Also where other blocks are final in their place."""
    revoke("kept")
    snapshot = chain.rpc.request("evm_snapshot")
    block = revoke("taken back")
    list(index.read())
    sent.finish()
    chain.rpc.request("evm_revert", snapshot)
    revoke("another")
    list(index.read())
    chain.rpc.request("anvil_mine", hex(100))
    list(index.read())
    sent.finish()
    assert receiver.kinds == ["read", "undone", "read", "final"]
    assert receiver.told[1]["data"]["first"] == receiver.told[2]["data"]["first"] == block


def test_a_receiver_that_is_down_lets_nothing_grow(
    chain: Chain, index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    receiver.answers = [(500, {})]
    list(index.read())
    assert not sent.send()
    [_, before] = index._file.hook() or (b"", b"")
    for name in ("one", "two", "three"):
        revoke(name)
        list(index.read())
    assert index._file.hook() == (sent._webhook.target, before)
    sent.finish()
    assert receiver.kinds == ["read", "read", "read"]
    assert receiver.names[0] == receiver.names[1] != receiver.names[2]
    first, last = receiver.told[1]["data"], receiver.told[2]["data"]
    assert (last["first"], last["last"]) == (first["last"] + 1, index.status().block)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hook SET state = substr(state, 1, 32) || replace(substr(state, 33), '0', '1')",
        "UPDATE hook SET state = x'00'",
        "UPDATE hook SET state = 'a word'",
    ],
)
def test_what_somebody_wrote_into_the_file_is_not_signed(
    index: Index, sent: Deliveries, receiver: Receiver, statement: str
) -> None:
    list(index.read())
    with index._file._db.transaction() as db:
        db.execute(statement)
    with pytest.raises((NoticesUnreadable, IndexUnreadable)):
        sent.send()
    assert receiver.got == []


def test_a_receiver_with_another_secret_is_told_only_once_the_first_is_forgotten(
    index: Index, sent: Deliveries, receiver: Receiver
) -> None:
    other = Webhook(receiver.url, OTHER_SECRET)
    with pytest.raises(NoticesUnreadable, match="forget_webhook"):
        index.deliveries(other)
    index.forget_webhook()
    list(index.read())
    later = index.deliveries(other)
    assert later.send()
    assert receiver.got == []
    later.close()
