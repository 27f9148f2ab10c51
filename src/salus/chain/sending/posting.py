"""Handing signed transactions to a node, and learning whether it has them.

A refusal says nothing yet: the answer to the first of two deliveries may have been lost, and the
second is refused because of the first. So the node is asked for the transaction by its hash.

Example:
    >>> with told([]):
    ...     pass
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from salus.chain.errors import ChainUnreachable
from salus.chain.node.answers import RpcFailure
from salus.chain.node.development import mines_on_demand
from salus.chain.node.rpc import BATCH, Rpc
from salus.chain.sending.acts import SignedTransaction
from salus.chain.sending.delivery import Delivery, PostAnswer, had, refusal_in
from salus.chain.sending.errors import NodeFull, TransactionUnknown
from salus.chain.sending.refusals import is_full, named_refusal
from salus.chain.sending.watcher import Watcher, reason_of
from salus.errors import SalusError
from salus_verify.encoding import hex0x

PAUSES = (0.0, 0.5, 2.0)
"""Seconds before each look for a transaction: behind one URL some nodes learn of it later."""
LOCAL_PAUSES = (0.0, 0.05)
LANES = 2
"""Connections by which one account's transactions go to a local node at once: it keeps those that
come before their turn. Elsewhere nodes keep few of them, and one after the other is sure."""


class Posting:
    """Posts signed transactions; ``posted`` counts those that may have left this machine."""

    def __init__(
        self, rpc: Rpc, watcher: Watcher, *, local: bool, connections: int | None = None
    ) -> None:
        self._rpc, self._watcher = rpc, watcher
        self._connections = max(1, connections or (LANES if local else 1))
        self._local, self._pauses = local, LOCAL_PAUSES if local else PAUSES
        self._under_way: dict[str, tuple[str, int | None]] = {}
        self.posted = 0

    @property
    def url(self) -> str:
        """Where the node is, without credentials."""
        return self._rpc.url

    def post(self, one: SignedTransaction) -> SalusError | None:
        """Hand one over; return why the node does not have it, or may not; None when it has."""
        with told([one]):
            self._leaves(one)
            answer = self._deliver(one)
            return None if answer is None else self._looked_up(one, answer)

    def post_when_room(self, one: SignedTransaction) -> SalusError | None:
        """Hand one over, again and again while the node has no room for it, for its whole time."""
        until, pause = time.monotonic() + self._watcher.timeout, self._watcher.longest_pause
        while isinstance(problem := self.post(one), NodeFull) and time.monotonic() < until:
            time.sleep(pause)
        return problem

    def post_all(self, many: Sequence[SignedTransaction]) -> list[SalusError | None]:
        """Hand many over in one go; see :meth:`post_parts`."""
        return self.post_parts([many], many=len(many)) if many else []

    def post_parts(
        self,
        parts: Iterable[Sequence[SignedTransaction]],
        *,
        many: int,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> list[SalusError | None]:
        """Hand about so many over part by part, and again one by one what came before its turn.

        They are of one account, in the order of their nonces; for each it is said why the node does
        not have it, or may not; None when it has. Nodes may work on a batch in any order, and those
        that mine on demand keep nothing waiting. The next part is made while one is on its way.
        """
        sent: list[SignedTransaction] = []
        with told(sent):
            delivery = self._delivery(many)
            return self._problems(sent, delivery.answers(self._leaving(parts, sent), meanwhile))

    def forgotten(self, many: Sequence[SignedTransaction]) -> list[SignedTransaction]:
        """Which of many a node says that it does not have."""
        found = had(self._rpc, many)
        return [one for one, each in zip(many, found, strict=True) if each is False]

    def under_way(self, transaction: str) -> tuple[str, int | None]:
        """The account, empty when unknown, and the nonce of a transaction, where known here."""
        return self._under_way.get(transaction, ("", None))

    def done(self, transaction: str) -> None:
        """Forget a transaction that was mined."""
        self._under_way.pop(transaction, None)

    def _leaves(self, one: SignedTransaction) -> None:
        self.posted += 1
        self._under_way[one.transaction] = (one.sender, one.nonce)

    def _deliver(self, one: SignedTransaction) -> RpcFailure | ChainUnreachable | None:
        try:
            answer = self._rpc.attempt("eth_sendRawTransaction", hex0x(one.raw))
        except ChainUnreachable as problem:
            return problem
        return refusal_in(answer)

    def _leaving(
        self, parts: Iterable[Sequence[SignedTransaction]], sent: list[SignedTransaction]
    ) -> Iterator[Sequence[SignedTransaction]]:
        for part in parts:
            for one in part:
                self._leaves(one)
            sent += part
            yield part

    def _delivery(self, many: int) -> Delivery:
        on_demand = self._local and mines_on_demand(self._rpc)
        lanes = 1 if on_demand or many <= BATCH else self._connections
        return Delivery(self._rpc, lanes=lanes, keeps=not on_demand)

    def _problems(
        self, many: Sequence[SignedTransaction], answers: Sequence[PostAnswer]
    ) -> list[SalusError | None]:
        """Hand in again, in their order, what was refused; find out what refusals mean."""
        problems: list[SalusError | None] = []
        refused: dict[int, RpcFailure] = {}
        silent: ChainUnreachable | None = None
        full = False
        for one, first in zip(many, answers, strict=True):
            settled = first is None or silent is not None or (full and _is_full(first))
            answer = first if settled else self._deliver(one)
            full = full or _is_full(answer)
            if answer is None:
                problems.append(None)
            elif silent is not None:
                problems.append(self._unknown(one, silent))
            elif isinstance(answer, RpcFailure):
                refused[len(problems)] = answer
                problems.append(None)
            else:
                problems.append(self._looked_up(one, answer))
                silent = None if problems[-1] is None else answer
        for place, problem in self._all_looked_up(many, refused).items():
            problems[place] = problem
        return problems

    def _all_looked_up(
        self, many: Sequence[SignedTransaction], refused: Mapping[int, RpcFailure]
    ) -> dict[int, SalusError]:
        """What refusals mean, by their places: the pauses are made once for all of them."""
        doubtful = [place for place, problem in refused.items() if not is_full(problem)]
        has: dict[int, bool | None] = dict.fromkeys(refused)
        for pause in self._pauses if doubtful else ():
            missing = [place for place in doubtful if not has[place]]
            if not missing:
                break
            time.sleep(pause)
            has |= zip(missing, had(self._rpc, [many[place] for place in missing]), strict=True)
        return {
            place: self._named(many[place], problem, has=has[place])
            for place, problem in refused.items()
            if not has[place]
        }

    def _looked_up(
        self, one: SignedTransaction, problem: RpcFailure | ChainUnreachable
    ) -> SalusError | None:
        """What a refusal, or silence, means once the node was asked for the transaction itself."""
        has = False if _is_full(problem) else self._has(one)
        return None if has else self._named(one, problem, has=has)

    def _named(
        self,
        one: SignedTransaction,
        problem: RpcFailure | ChainUnreachable,
        *,
        has: bool | None,
    ) -> SalusError:
        """The error for one that the node does not have; None where it does not say."""
        if isinstance(problem, RpcFailure) and is_full(problem):
            return NodeFull(transaction=one.transaction, address=one.sender, reason=problem.message)
        if has is None or isinstance(problem, ChainUnreachable):
            return self._unknown(one, problem)
        return named_refusal(problem, target=one.request.to, sender=one.sender, nonce=one.nonce)

    def _has(self, one: SignedTransaction) -> bool | None:
        """Whether the node has it; None where its last word is not an answer."""
        has: bool | None = None
        for pause in self._pauses:
            time.sleep(pause)
            try:
                has = self._watcher.knows(one.transaction)
            except ChainUnreachable:
                has = None
            if has:
                break
        return has

    def _unknown(
        self, one: SignedTransaction, problem: RpcFailure | ChainUnreachable
    ) -> TransactionUnknown:
        reason = problem.message if isinstance(problem, RpcFailure) else reason_of(problem)
        return one.unknown(url=self._rpc.url, reason=reason)


def _is_full(answer: PostAnswer) -> bool:
    return isinstance(answer, RpcFailure) and is_full(answer)


@contextmanager
def told(sent: Sequence[SignedTransaction]) -> Iterator[None]:
    """Log what may have been sent when something ends the wait, such as Ctrl-C."""
    try:
        yield
    except BaseException as end:
        if sent:
            first, last = sent[0].transaction, sent[-1].transaction
            which = first if len(sent) == 1 else f"{len(sent)} transactions, {first} to {last},"
            end.add_note(f"transaction {which} may have been sent: look it up with Chain.wait")
        raise
