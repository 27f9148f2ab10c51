"""What became of a transaction that is not simply mined.

::

    ChainError
    ├── TransactionError          exit 1: the node did not take a transaction, or not in time
    │   ├── InsufficientFunds     the account cannot pay
    │   ├── NonceConflict         another transaction took this account's place
    │   ├── NodeFull              the node keeps no more of the account now
    │   ├── TransactionRefused    the node refuses it for another reason
    │   ├── FeeTooHigh            it may cost more than the maximum; nothing was sent
    │   ├── TransactionTooLarge   it needs more gas than any may have; nothing was sent
    │   ├── TransactionPending    it was not mined in time; nothing was replaced
    │   ├── TransactionReplaced   another transaction with its nonce was mined instead
    │   │   └── ActWithdrawn      one that was signed to withdraw the act
    │   ├── TransactionDropped    the node no longer has it
    │   ├── ActTaken              another call sends the act of that name
    │   └── BatchIncomplete       exit 3: some transactions of a batch reverted
    └── ChainUnreachable          exit 5
        └── TransactionUnknown    the node went silent over one that it may have taken

Example:
    >>> FeeTooHigh(cost=2 * 10**17, most=5 * 10**16).exit_code
    1
"""

from __future__ import annotations

from typing import Any, ClassVar

from salus.chain.errors import ChainUnreachable
from salus.errors import ChainError


class TransactionError(ChainError):
    """The node did not take a transaction, or did not mine it in time."""

    exit_code = 1


class InsufficientFunds(TransactionError):
    """The account cannot pay for the transaction."""

    def __init__(self, *, address: str, balance: int | None = None) -> None:
        self.address, self.balance = address, balance
        has = "" if balance is None else f", which holds {balance} wei,"
        super().__init__(f"{address}{has} cannot pay for the transaction: send it some of the coin")


class NonceConflict(TransactionError):
    """Another transaction of this account took its place."""

    def __init__(self, *, address: str, nonce: int) -> None:
        self.address, self.nonce = address, nonce
        super().__init__(
            f"another transaction of {address} uses nonce {nonce} (is the key used elsewhere too?)"
            " and the node does not have ours: look at what the other did, then send again"
        )


class NodeFull(TransactionError):
    """The node keeps no more transactions of an account now, or this one comes before its turn."""

    def __init__(self, *, transaction: str, address: str, reason: str) -> None:
        self.transaction, self.address, self.reason = transaction, address, reason
        super().__init__(
            f"the node has no room yet for transaction {transaction} of {address} ({reason}): make"
            " the same call again later, which sends nothing twice; where acts are written down it"
            " waits in the outbox, and leaves before the account's next one"
        )


class TransactionRefused(TransactionError):
    """The node refuses the transaction; ``reason`` is what it says."""

    def __init__(self, *, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(
            f"the node refused a transaction of {address} ({reason}) and does not have it: correct"
            " it and send again"
        )


class FeeTooHigh(TransactionError):
    """A transaction may cost more than the maximum, and nobody agreed to that; nothing was sent."""

    def __init__(self, *, cost: int, most: int) -> None:
        self.cost, self.most = cost, most
        super().__init__(
            f"at the prices of this node the transaction may cost {coin(cost)} of the coin, and"
            f" {coin(most)} is the most: nothing was sent. Compare with another node; then allow it"
            f" (`max_fee=` {coin(cost)}, SALUS_MAX_FEE), or let somebody else submit and pay: a"
            " revocation is signed at no cost by `consents.revocations.sign()`"
        )


class TransactionTooLarge(TransactionError):
    """A transaction needs more gas than any may have; nothing was sent."""

    def __init__(self, *, gas: int, most: int) -> None:
        self.gas, self.most = gas, most
        super().__init__(
            f"the transaction needs {gas} gas, and {most} is the most that one may have: nothing"
            " was sent; split it into smaller ones"
        )


class TransactionPending(TransactionError):
    """The transaction was sent and not mined in time. It may still be: nothing was replaced."""

    def __init__(self, *, transaction: str, address: str, seconds: float) -> None:
        self.transaction, self.address, self.seconds = transaction, address, seconds
        super().__init__(
            f"transaction {transaction} of {address} was not mined within {seconds:g} s and may"
            " still be: wait for it with Chain.wait; never send the same act again before"
            " it is known"
        )


class TransactionReplaced(TransactionError):
    """Another transaction with the same nonce was mined instead: this one never will be."""

    fate: ClassVar[str] = (
        "was replaced: another one was mined instead; look at what that did, then send again"
    )

    def __init__(self, *, transaction: str, address: str, nonce: int) -> None:
        self.transaction, self.address, self.nonce = transaction, address, nonce
        super().__init__(f"transaction {transaction} of {address} with nonce {nonce} {self.fate}")


class ActWithdrawn(TransactionReplaced):
    """What withdraws an act was mined instead of it: the act was not done."""

    fate = "was withdrawn, and did nothing: the same call made again sends it anew"


class TransactionDropped(TransactionError):
    """The node no longer has a transaction that it had: it may come back from another node."""

    def __init__(self, *, transaction: str, address: str) -> None:
        self.transaction, self.address = transaction, address
        of = f" of {address}" if address else ""
        super().__init__(
            f"transaction {transaction}{of} was dropped: the node no longer has it, and another may"
            " still mine it; send the same act again only with the same nonce, or once another"
            " transaction has used that nonce"
        )


class ActTaken(TransactionError):
    """Another call bound an act of the same name a moment before; nothing was sent here."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        super().__init__(
            f"another call sends the act {name!r} at this moment: nothing was sent here; make the"
            " same call again to have its outcome"
        )


class TransactionUnknown(ChainUnreachable):
    """The node went silent over a transaction: it may have been taken, and may be mined."""

    def __init__(self, *, transaction: str, address: str, url: str, reason: str) -> None:
        self.transaction, self.address = transaction, address
        super().__init__(url=url, reason=reason)

    def _line(self) -> str:
        return (
            f"transaction {self.transaction} of {self.address} was handed to the node at"
            f" {self.url}, which then gave no clear answer ({self.reason}): it may be mined; look"
            " it up with Chain.wait, and never send the same act again before it is known"
        )


class BatchIncomplete(TransactionError):
    """Some transactions of a batch reverted, or their fate is not known; the others are mined.

    ``outcomes`` holds, in the order of the calls, a transaction or the error of each.
    """

    exit_code = 3

    def __init__(self, *, outcomes: tuple[Any, ...]) -> None:
        self.outcomes = outcomes
        failed = [(i, each) for i, each in enumerate(outcomes) if isinstance(each, Exception)]
        index, first = failed[0]
        super().__init__(
            f"{len(failed)} of {len(outcomes)} calls failed or are not known, the others are"
            f" mined; the first, number {index}: {first}"
        )


def coin(wei: int) -> str:
    """Write an amount in units of the chain's coin, without an exponent."""
    whole, rest = divmod(wei, 10**18)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".")
