"""Notices to a webhook: signed, in order, at least once, and no secret anywhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.client.index.conftest import Clock
from tests.support.receivers import KEY, SECRET, TOKEN, Receiver

from salus.chain import Chain
from salus.errors import ConfigurationInvalid
from salus.index import Index, webhooks
from salus.index.errors import (
    WebhookGone,
    WebhookReplaced,
    WebhookUndelivered,
)
from salus.index.webhook_deliveries import Deliveries
from salus.index.webhooks import Webhook, signing_key

Act = Callable[[str], int]


def test_what_was_read_and_what_became_final_is_told(
    chain: Chain, index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    revoke("one")
    list(index.read())
    sent.finish()
    assert receiver.kinds == ["read"]
    assert receiver.told[0]["data"]["events"] == index.status().events
    chain.rpc.request("anvil_mine", hex(100))
    list(index.read())
    sent.finish()
    assert "final" in receiver.kinds
    told = receiver.told[-1]
    assert told["data"]["chainId"] == chain.chain_id
    final = [each["data"] for each in receiver.told if each["type"].endswith("final")]
    assert sum(each["events"] for each in final) == index.status().events
    assert final[-1]["last"] == index.status().final


def test_blocks_that_were_taken_back_are_told(
    chain: Chain, index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    revoke("kept")
    snapshot = chain.rpc.request("evm_snapshot")
    block = revoke("taken back")
    list(index.read())
    sent.finish()
    chain.rpc.request("evm_revert", snapshot)
    revoke("another"), revoke("and more")
    list(index.read())
    sent.finish()
    assert receiver.kinds == ["read", "undone", "read"]
    assert receiver.told[1]["data"]["first"] == block
    assert receiver.told[1]["data"]["events"] == 1
    assert receiver.told[2]["data"] == receiver.told[1]["data"] | {
        "last": block + 1,
        "events": 2,
    }


def test_every_message_is_signed_over_its_name_its_time_and_its_body(
    index: Index, sent: Deliveries, receiver: Receiver
) -> None:
    list(index.read())
    sent.finish()
    assert receiver.got
    for headers, body in receiver.got:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
        assert headers["content-type"] == "application/json"


def test_what_is_not_taken_is_sent_again_under_its_name_with_longer_pauses(
    index: Index, sent: Deliveries, receiver: Receiver, clock: Clock
) -> None:
    list(index.read())
    receiver.answers = [(500, {}), (302, {"Location": "http://127.0.0.1:1/"}), (503, {})]
    sent.finish()
    assert clock.slept == [1.0, 2.0, 4.0]
    assert len(set(receiver.names[:4])) == 1
    assert len({body for _, body in receiver.got[:4]}) == 1


def test_a_receiver_says_how_long_it_wants_to_be_left_alone(
    index: Index, sent: Deliveries, receiver: Receiver, clock: Clock
) -> None:
    list(index.read())
    receiver.answers = [(429, {"Retry-After": "17"})]
    assert not sent.send()
    assert not sent.send()
    assert len(receiver.got) == 1
    clock.now += 17
    assert sent.send()


def test_what_nobody_takes_waits_for_the_next_run(
    chain: Chain, index: Index, sent: Deliveries, receiver: Receiver, file: Path
) -> None:
    list(index.read())
    receiver.answers = [(500, {})] * 5
    with pytest.raises(WebhookUndelivered, match="HTTP 500") as raised:
        sent.finish()
    assert TOKEN not in str(raised.value)
    with Index.open(file, chain) as again:
        later = again.deliveries(Webhook(receiver.url, SECRET))
        later.finish()
        later.close()
    assert len(set(receiver.names)) == 1
    assert len(receiver.got) == 6


def test_a_message_that_was_taken_while_the_sender_died_is_sent_again(
    index: Index, sent: Deliveries, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: who takes it knows it by its name."""
    list(index.read())

    receiver.answers = [(204, {})]
    keep = index._file.keep_hook

    def die(*values: Any, **named: Any) -> bool:
        if receiver.got:
            raise KeyboardInterrupt
        return keep(*values, **named)

    with monkeypatch.context() as patch:
        patch.setattr(index._file, "keep_hook", die)
        with pytest.raises(KeyboardInterrupt):
            sent.send()
    assert sent.send()
    assert receiver.names[0] == receiver.names[1]


def _kept(index: Index) -> bool:
    """Whether it is known who is told."""
    return index._file.hook() is not None


def test_nothing_is_kept_for_nobody_nor_for_who_was_replaced(
    index: Index, receiver: Receiver, revoke: Act
) -> None:
    list(index.read())
    assert not _kept(index)
    first = index.deliveries(Webhook(receiver.url, SECRET))
    revoke("one")
    list(index.read())
    second = index.deliveries(Webhook(receiver.url + "/another", SECRET))
    assert second.send()
    assert receiver.got == []  # it is told what comes from now on
    first.close(), second.close()


def test_a_receiver_that_is_gone_ends_it_and_nothing_is_kept_for_it(
    index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    list(index.read())
    receiver.answers = [(410, {})]
    with pytest.raises(WebhookGone):
        sent.send()
    assert not _kept(index)


def test_who_is_told_no_longer_takes_no_notices_of_who_is(
    index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    newer = index.deliveries(Webhook(receiver.url + "/another", SECRET))
    revoke("one")
    list(index.read())
    with pytest.raises(WebhookReplaced, match="another run"):
        sent.send()
    with pytest.raises(WebhookReplaced, match="another run"):
        sent.finish()
    assert receiver.got == []
    newer.finish()
    assert receiver.kinds[0] == "read"
    newer.close()


def test_a_receiver_that_is_forgotten_is_told_no_more(
    index: Index, sent: Deliveries, receiver: Receiver, revoke: Act
) -> None:
    list(index.read())
    assert index.forget_webhook()
    assert not index.forget_webhook()
    revoke("one")
    list(index.read())
    assert not _kept(index)
    with pytest.raises(WebhookReplaced):
        sent.send()


def test_credentials_of_other_places_are_not_sent(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login clerk password of-another-place\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for trusted in (False, True):
        hook = Webhook(receiver.url, SECRET)
        hook._session.trust_env = trusted  # as for a receiver elsewhere
        assert hook.post("msg_1", b"{}") is None
        assert "authorization" not in receiver.got[-1][0]
        hook.close()


def test_a_receiver_that_drips_its_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_SECONDS", 0.3)
    ended = threading.Event()

    def drip(listening: socket.socket) -> None:
        taken, _ = listening.accept()
        with taken:
            taken.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not ended.wait(0.05):
                try:
                    taken.sendall(b"a")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,), daemon=True)
        dripping.start()
        hook = Webhook(f"http://127.0.0.1:{listening.getsockname()[1]}/", SECRET)
        said: list[object] = []
        posting = threading.Thread(target=lambda: said.append(hook.post("m", b"{}")), daemon=True)
        posting.start()
        posting.join(60)
        ended.set()
        dripping.join()
        hook.close()
    assert said in ([("ReadTimeout", None)], [("ConnectionError", None)])


def test_a_host_that_is_none_is_told_as_any_failure() -> None:
    hook = Webhook("https://a..b/", SECRET)
    assert hook.post("msg_1", b"{}") is not None
    hook.close()


def test_neither_secret_nor_url_is_shown_or_written(
    index: Index, sent: Deliveries, receiver: Receiver, caplog: pytest.LogCaptureFixture, file: Path
) -> None:
    hook = Webhook(receiver.url, SECRET)
    with caplog.at_level(logging.DEBUG):
        receiver.answers = [(500, {})]
        list(index.read())
        sent.send()
    shown = caplog.text + repr(hook) + repr(vars(index))
    written = file.read_bytes()
    for secret in (SECRET, SECRET[6:], TOKEN):
        assert secret not in shown
        assert secret.encode() not in written
    hook.close()


@pytest.mark.parametrize(
    ("url", "secret", "words"),
    [
        ("http://elsewhere.example/hook", SECRET, "must be https"),
        ("ftp://elsewhere.example/hook", SECRET, "SALUS_WEBHOOK"),
        ("https://elsewhere.example/hook", "", "SALUS_WEBHOOK_SECRET"),
        ("https://elsewhere.example/hook", "whsec_c2hvcnQ=", "24 to 64 bytes"),
        ("https://elsewhere.example/hook", "whsec_not base64", "24 to 64 bytes"),
    ],
)
def test_what_is_no_webhook_is_refused(url: str, secret: str, words: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=words) as raised:
        Webhook(url, secret)
    assert not secret or secret not in str(raised.value)


def test_a_secret_is_read_with_and_without_its_prefix() -> None:
    assert signing_key(SECRET) == signing_key(SECRET.removeprefix("whsec_")) == KEY
