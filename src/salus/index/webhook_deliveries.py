"""Notices to a webhook: in order, each until it was taken, with longer and longer pauses.

Example:
    >>> pause_after(1), pause_after(4), pause_after(40)
    (1.0, 8.0, 300.0)
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from salus.index.errors import WebhookGone, WebhookReplaced, WebhookUndelivered
from salus.index.outgoing_notices import OutgoingNotice
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.index.file import IndexFile, Origin
    from salus.index.webhooks import Webhook

_log = logging.getLogger(__name__)
_AT_ONCE = 100
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
        file: IndexFile,
        webhook: Webhook,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._file, self._webhook, self._clock, self._sleep = file, webhook, clock, sleep
        self._failures, self._due, self._why = 0, 0.0, ""
        file.subscribe(webhook.target)

    def send(self) -> bool:
        """Send what waits, as far as it is due and taken; whether nothing waits any more.

        Raises:
            WebhookGone: The receiver wants no more; what waits for it is let go.
            WebhookReplaced: Another receiver is told now, or none.
            StorageError: The file cannot be written.
        """
        while notices := self._waiting():
            for each in notices:
                if self._clock() < self._due or not self._sent(each):
                    return False
        return True

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

    def _waiting(self) -> list[OutgoingNotice]:
        found = self._file.waiting(self._webhook.target, most=_AT_ONCE)
        if found is None:
            raise WebhookReplaced(url=self._webhook.url)
        return found

    def _sent(self, notice: OutgoingNotice) -> bool:
        origin = self._file.origin()
        assert origin is not None  # noqa: S101 - an open index says so
        try:
            failed = self._webhook.post(notice.name, body_of(notice, origin))
        except WebhookGone:
            self._file.unsubscribe(self._webhook.target)
            raise
        if failed is None:
            self._file.taken(notice)
            self._failures = 0
            return True
        self._why, asked = failed
        self._failures += 1
        pause = pause_after(self._failures) if asked is None else min(asked, _LONGEST)
        self._due = self._clock() + pause
        _log.warning("the webhook at %s took nothing (%s)", self._webhook.url, self._why)
        return False


def body_of(notice: OutgoingNotice, origin: Origin) -> bytes:
    """What is posted of a notice."""
    told = {
        "type": notice.kind,
        "timestamp": datetime.fromtimestamp(notice.at, UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "chainId": origin.chain_id,
            "genesis": hex0x(origin.genesis) if origin.genesis else None,
            "first": notice.first,
            "last": notice.last,
            "events": notice.events,
        },
    }
    return json.dumps(told, separators=(",", ":")).encode()
