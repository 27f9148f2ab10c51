"""Notices to a webhook: in order, each until it was taken, with longer and longer pauses.

What was told is sealed with the webhook's secret: whoever writes to the file has nothing signed.

Example:
    >>> pause_after(1), pause_after(4), pause_after(40)
    (1.0, 8.0, 300.0)
"""

from __future__ import annotations

import hmac
import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from salus.index.errors import (
    NoticesUnreadable,
    WebhookGone,
    WebhookReplaced,
    WebhookUndelivered,
)
from salus.index.outgoing_notices import (
    SentNotice,
    ShownHashes,
    TellingState,
    begun,
    next_of,
    state_of,
    written,
)
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.index.index_store import IndexStore, Origin
    from salus.index.webhooks import Webhook

_log = logging.getLogger(__name__)
_SEAL = 32
"""Bytes of a seal."""
_LONGEST = 300.0
_TRIES = 5
"""How often `finish` sends one before it leaves it to the next run."""


def pause_after(failures: int) -> float:
    """Seconds until the next attempt."""
    return min(_LONGEST, 2.0 ** min(failures - 1, 30))


class Deliveries:
    """Sends what waits in one file to one webhook, at least once."""

    def __init__(
        self,
        file: IndexStore,
        webhook: Webhook,
        *,
        shown: ShownHashes,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file, self._webhook, self._clock, self._sleep = file, webhook, clock, sleep
        self._shown, self._failures, self._due, self._why = shown, 0, 0.0, ""
        found = file.hook()
        if found is None or found[0] != webhook.target:
            self._keep(TellingState(begun(file)), instead=found)
        self._state()

    def send(self) -> bool:
        """Send what waits, as far as it is due and taken; whether nothing waits any more.

        Raises:
            WebhookGone: The receiver wants no more; what waits for it is let go.
            WebhookReplaced: Another receiver is told now, or none.
            NoticesUnreadable: What was told is sealed with another secret.
            ChainUnreachable: The node does not answer.
            StorageError: The file cannot be written.
        """
        while True:
            found, state = self._state()
            if state.sending is None:
                made = next_of(state.told, self._file, self._shown)
                if made is None:
                    return True
                state = TellingState(state.told, SentNotice(made[0], int(time.time()), made[1]))
                if not self._keep(state, instead=found):
                    continue  # another process tells the same receiver
                found, state = self._state()
            if self._clock() < self._due or not self._sent(state):
                return False
            assert state.sending is not None  # noqa: S101 - it was sent
            self._keep(TellingState(state.sending.then), instead=found)

    def finish(self) -> None:
        """Send all that waits, trying a few times.

        Raises:
            WebhookUndelivered: It is not taken; it stays for the next run.
            WebhookGone: As for `send`.
            WebhookReplaced: As for `send`.
        """
        while not self.send():
            if self._failures >= _TRIES:
                raise WebhookUndelivered(url=self._webhook.url, reason=self._why)
            self._sleep(max(0.0, self._due - self._clock()))

    def close(self) -> None:
        """Close the connections."""
        self._webhook.close()

    def _state(self) -> tuple[tuple[bytes, bytes], TellingState]:
        found = self._file.hook()
        if found is None or found[0] != self._webhook.target:
            raise WebhookReplaced(url=self._webhook.url)
        seal, data = found[1][:_SEAL], found[1][_SEAL:]
        if not hmac.compare_digest(seal, self._webhook.seal(self._bound(data))):
            raise NoticesUnreadable(url=self._webhook.url)
        return found, state_of(data)

    def _keep(self, state: TellingState, *, instead: tuple[bytes, bytes] | None) -> bool:
        data = written(state)
        sealed = self._webhook.seal(self._bound(data)) + data
        return self._file.keep_hook(self._webhook.target, sealed, instead=instead)

    def _bound(self, data: bytes) -> bytes:
        """What is sealed: of this chain, and of no other index."""
        origin = self._origin()
        return f"{origin.chain_id} {' '.join(origin.addresses)}\n".encode() + data

    def _origin(self) -> Origin:
        origin = self._file.origin()
        assert origin is not None  # noqa: S101 - an open index says so
        return origin

    def _sent(self, state: TellingState) -> bool:
        assert state.sending is not None  # noqa: S101 - for `send` alone
        name = f"msg_{self._webhook.seal(self._bound(written(state)))[:16].hex()}"
        try:
            failed = self._webhook.post(name, body_of(state.sending, self._origin()))
        except WebhookGone:
            self._file.drop_hook(self._webhook.target)
            raise
        if failed is None:
            self._failures = 0
            return True
        self._why, asked = failed
        self._failures += 1
        pause = pause_after(self._failures) if asked is None else min(asked, _LONGEST)
        self._due = self._clock() + pause
        _log.warning("the webhook at %s took nothing (%s)", self._webhook.url, self._why)
        return False


def body_of(sending: SentNotice, origin: Origin) -> bytes:
    """What is posted of a notice."""
    notice = sending.notice
    told = {
        "type": notice.kind,
        "timestamp": datetime.fromtimestamp(sending.at, UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "chainId": origin.chain_id,
            "genesis": hex0x(origin.genesis) if origin.genesis else None,
            "first": notice.first,
            "last": notice.last,
            "events": notice.events,
        },
    }
    return json.dumps(told, separators=(",", ":")).encode()
