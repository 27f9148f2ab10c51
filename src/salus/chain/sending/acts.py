"""Acts as they are asked for, signed, and left behind by calls that ended.

Example:
    >>> TransactionRequest("0x" + "11" * 20, bytes([1, 2])).call("")["data"]
    '0x0102'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from salus.chain.sending.errors import TransactionUnknown
from salus.primitives.values import typed
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.signing.signers import Account


@dataclass(frozen=True, slots=True)
@typed
class TransactionRequest:
    """What a transaction is to do: call a contract, with wei; gas is estimated when None.

    ``act`` is what the application calls an act that is to happen once; empty for all others.
    """

    to: str
    data: bytes
    value: int = 0
    gas: int | None = None
    act: str = ""

    def call(self, sender: str) -> dict[str, str]:
        """The request as ``eth_call`` takes it; the sender is not named when empty."""
        fields = {"to": self.to, "data": hex0x(self.data)}
        if sender:
            fields["from"] = sender
        if self.value:
            fields["value"] = hex(self.value)
        return fields


@dataclass(frozen=True, slots=True)
@typed
class SignedTransaction:
    """A transaction that is ready to leave: its bytes, hash, sender, nonce and gas limit.

    The nonce of one that somebody else signed is None: it is not looked into.
    """

    raw: bytes = field(repr=False)
    transaction: str
    request: TransactionRequest
    sender: str
    nonce: int | None
    gas: int

    @classmethod
    def made(
        cls,
        request: TransactionRequest,
        account: Account,
        *,
        nonce: int,
        gas: int,
        prices: Mapping[str, int],
        chain_id: int,
    ) -> SignedTransaction:
        """Have an account sign a request."""
        fields = {
            "to": request.to,
            "data": request.data,
            "value": request.value,
            "nonce": nonce,
            "gas": gas,
            "chainId": chain_id,
        }
        raw, transaction = account.sign_transaction({**fields, **prices})
        return cls(raw, transaction, request, account.address, nonce, gas)

    def unknown(self, *, url: str, reason: str) -> TransactionUnknown:
        """The error that it is not known what became of it."""
        return TransactionUnknown(
            transaction=self.transaction, address=self.sender, url=url, reason=reason
        )


@dataclass(frozen=True, slots=True)
@typed
class Attempt:
    """One transaction that was signed for an act.

    Attributes:
        signed: The transaction.
        withdraws: Whether it does nothing but use the nonce up.
        refused: Whether a node refused it, and goes on with what was signed before.
    """

    signed: SignedTransaction
    withdraws: bool = False
    refused: bool = False


class Noted(StrEnum):
    """What a journal says became of an act: a note, and no answer before the chain was asked."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
@typed
class LeftOpen:
    """An act that an earlier call bound to a nonce, with all that was signed for it, oldest first.

    It is noted as ``failed`` where it was withdrawn too: a transaction of its own used the nonce.
    """

    attempts: tuple[Attempt, ...]
    noted: Noted = Noted.OPEN

    @property
    def newest(self) -> SignedTransaction:
        """The one to hand in: it offers the most, or takes the act back, and no node refused it."""
        return self.to_hand_in[0]

    @property
    def to_hand_in(self) -> tuple[SignedTransaction, ...]:
        """What may be handed in, the newest first; the act itself, which was first, always."""
        first, *others = self.attempts
        newest = (each.signed for each in reversed(others) if not each.refused)
        return (*newest, first.signed)

    @property
    def request(self) -> TransactionRequest:
        """What the act is to do, whatever was signed for its nonce since."""
        return self.attempts[0].signed.request
