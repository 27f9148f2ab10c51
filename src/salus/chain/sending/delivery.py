"""Bodies full of raw transactions, posted over several connections while the next ones are made.

Example:
    >>> from salus.chain.node.networks import in_process
    >>> Delivery(in_process(), lanes=1, keeps=True).answers([])
    []
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, TypeAlias

from salus.chain.errors import ChainUnreachable
from salus.chain.node.answers import RpcFailure, is_of
from salus.chain.node.rpc import BATCH, Rpc
from salus.chain.sending.acts import SignedTransaction
from salus.chain.sending.refusals import is_full, is_known
from salus_verify.encoding import hex0x

PostAnswer: TypeAlias = RpcFailure | ChainUnreachable | None
"""What went wrong with a transaction that was posted; None where the node says that it has it."""
_LOOK = 0.02
"""Seconds between two things that are done while bodies are on their way."""


class Delivery:
    """Posts the transactions of one account, in the order of their nonces.

    Args:
        lanes: How many connections are used.
        keeps: Whether the node keeps what comes before its turn: once it is full, what follows is
            not posted either.
    """

    def __init__(self, rpc: Rpc, *, lanes: int, keeps: bool) -> None:
        self._rpc, self._lanes, self._keeps = rpc, lanes, keeps
        self._full: RpcFailure | None = None

    def answers(
        self,
        parts: Iterable[Sequence[SignedTransaction]],
        meanwhile: Callable[[], None] = lambda: None,
    ) -> list[PostAnswer]:
        """Post part after part, each while the next is made; then have other things done."""
        with ThreadPoolExecutor(self._lanes) as pool:
            bodies: list[Future[list[PostAnswer]]] = []
            for part in parts:
                starts = range(0, len(part), BATCH)
                bodies += [pool.submit(self._post, part[at : at + BATCH]) for at in starts]
            while wait(bodies, timeout=_LOOK).not_done:
                meanwhile()
            return [each for body in bodies for each in body.result()]

    def _post(self, many: Sequence[SignedTransaction]) -> list[PostAnswer]:
        if self._full is not None:
            return [self._full] * len(many)
        raws = [("eth_sendRawTransaction", (hex0x(one.raw),)) for one in many]
        try:
            answers = self._rpc.batch(raws)
        except ChainUnreachable as silence:
            return [None if each else silence for each in had(self._rpc, many)]
        problems = [refusal_in(each) for each in answers]
        if self._keeps:
            self._full = next((each for each in problems if each and is_full(each)), self._full)
        return list(problems)


def had(rpc: Rpc, many: Sequence[SignedTransaction]) -> list[bool | None]:
    """Which of many a node has; None where it does not say."""
    try:
        found = rpc.batch([("eth_getTransactionByHash", (one.transaction,)) for one in many])
        return [
            None if isinstance(raw, RpcFailure) else is_of(raw, one.transaction)
            for one, raw in zip(many, found, strict=True)
        ]
    except ChainUnreachable:
        return [None] * len(many)


def refusal_in(answer: Any) -> RpcFailure | None:
    """A refusal of what the node does not say that it has."""
    return answer if isinstance(answer, RpcFailure) and not is_known(answer) else None
