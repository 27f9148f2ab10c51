"""One question at a time to a provider of an application's, which may hang, ask back, or be bound.

Without a time limit it is asked in the thread that wants to know: some providers work in no other.
A limit needs a thread that can be left behind.

Example:
    >>> Turns(lambda method, params: [method, *params], url="a node").ask("eth_chainId", ())
    ['eth_chainId']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from threading import Event, Lock, Thread, get_ident
from typing import Any

import requests

from salus.chain.errors import ChainUnreachable, NodeTooSlow
from salus.chain.node.rpc import REQUEST_TIMEOUT


class Turns:
    """Whose turn it is to ask; who asks back while it is asked has it already.

    Args:
        timeout: Seconds that one answer may take; without one, who waits for another's turn to
            end gives up when that one question takes longer than questions over HTTP may.
    """

    def __init__(
        self,
        make_request: Callable[[str, list[Any]], Any],
        *,
        url: str,
        timeout: float | None = None,
    ) -> None:
        self._make_request, self._url, self._timeout = make_request, url, timeout
        self._turn, self._taken = Lock(), 0
        self._asker: int | None = None

    def ask(self, method: str, params: Sequence[Any]) -> Any:
        """Ask once; of an error its class alone is told, its text may hold the URL.

        Raises:
            ChainUnreachable: The provider failed, or cannot be asked.
            NodeTooSlow: It, or another's question, took too long.
        """
        question = partial(self._put, method, list(params))
        if self._asker == get_ident():
            return self._told(*question())
        self._take_turn()
        if self._timeout is not None:
            return self._in_a_thread(question, self._timeout)
        try:
            found = question()
        finally:
            self._turn.release()
        return self._told(*found)

    def _put(self, method: str, params: list[Any]) -> tuple[Any, type[BaseException] | None]:
        """What the provider answers, or the class of what it raises."""
        before, self._asker = self._asker, get_ident()
        try:
            return self._make_request(method, params), None
        except Exception as error:
            return None, type(error)
        finally:
            self._asker = before

    def _take_turn(self) -> None:
        wait = REQUEST_TIMEOUT if self._timeout is None else self._timeout
        seen = self._taken
        while not self._turn.acquire(timeout=wait):
            if self._timeout is not None or self._taken == seen:
                raise NodeTooSlow(url=self._url, reason=f"no answer in {wait:g} s")
            seen = self._taken
        self._taken += 1

    def _in_a_thread(self, question: Callable[[], Any], timeout: float) -> Any:
        asked = _Asked(question, done=self._turn.release)
        run = partial(copy_context().run, asked.run)
        try:
            Thread(target=run, daemon=True, name=f"salus asks {self._url}").start()
        except BaseException as error:
            asked.give_up()
            if not isinstance(error, RuntimeError):
                raise
            reason = "no thread can be started that could be left behind: give no time limit"
            raise ChainUnreachable(url=self._url, reason=reason) from None
        if not asked.came.wait(timeout):
            raise NodeTooSlow(url=self._url, reason=f"no answer in {timeout:g} s")
        return self._told(*asked.found)

    def _told(self, answer: Any, failure: type[BaseException] | None) -> Any:
        # Raised here, with nothing behind it: the foreign error may hold the URL, its key included.
        if failure is None:
            return answer
        if issubclass(failure, TimeoutError | requests.Timeout):
            raise NodeTooSlow(url=self._url, reason="no answer in its time")
        raise ChainUnreachable(url=self._url, reason=failure.__name__)


class _Asked:
    """One question in a thread of its own; whoever claims it first gives the turn back."""

    def __init__(self, question: Callable[[], Any], *, done: Callable[[], None]) -> None:
        self._question, self._done, self._claim = question, done, Lock()
        self.came = Event()
        self.found: tuple[Any, type[BaseException] | None] = (None, None)

    def run(self) -> None:
        """Ask, and let the next one ask: only then is the provider free."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self.found = self._question()
        except BaseException as error:  # such as SystemExit: of this thread nobody sees it
            self.found = (None, type(error))
        finally:
            self._done()
            self.came.set()

    def give_up(self) -> None:
        """Let the next one ask, unless the thread did start."""
        if self._claim.acquire(blocking=False):
            self._done()
