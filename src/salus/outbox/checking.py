"""Rows of the outbox's file held against what was signed: nothing else of them is believed.

Whoever may write to the file cannot sign. So content, nonce, chain and account of an act are those
of its signed transactions, or the row is refused; what became of it is asked of the chain.

Example:
    >>> RowChecks("memory:").flaw(OutboxRow((), 7, *[None] * 15))
    'it names no chain'
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from salus.chain.errors import SignatureMismatch
from salus.chain.sending.acts import Attempt, LeftOpen, Noted, SignedTransaction, TransactionRequest
from salus.chain.signing.raw_transactions import gas_of, require_same_act
from salus.outbox.entries import State
from salus.outbox.errors import OutboxForged
from salus.outbox.rows import OutboxRow, content_of
from salus_verify.encoding import hex0x

_CHAIN = re.compile(r"([0-9]{1,20}):[0-9a-f]*")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,75}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_TOKEN = re.compile(r"[0-9a-f]{16}")
_NOTED = {
    State.SENT: Noted.OPEN,
    State.MINED: Noted.OPEN,
    State.DONE: Noted.DONE,
    State.FAILED: Noted.FAILED,
    State.WITHDRAWN: Noted.FAILED,
    State.REFUSED: Noted.REFUSED,
    State.OVERTAKEN: Noted.OVERTAKEN,
}
_REMEMBERED = 20_000


class RowChecks:
    """Checks rows of one file; what a transaction says is worked out once for each."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._passed = set[tuple[object, ...]]()

    def act(self, row: OutboxRow) -> LeftOpen:
        """Turn a row into an act.

        Raises:
            OutboxForged: It is not what was signed.
        """
        flaw = self.flaw(row)
        if flaw is not None:
            raise OutboxForged(self._url, entry=row.number, reason=flaw)
        return LeftOpen(tuple(_attempts(row)), _NOTED[State(row.state)])

    def flaw(self, row: OutboxRow) -> str | None:
        """Find out in what a row is not what was signed, or cannot be; None where it is sound."""
        return _flaw_of_values(row) or self._flaw_of_attempts(row)

    def signed_here(self, signed: Sequence[SignedTransaction], chain: str) -> None:
        """Note what this process signed itself: its rows need not be worked out again."""
        for one in signed:
            self._remember(_key(one, int(chain.partition(":")[0])))

    def _flaw_of_attempts(self, row: OutboxRow) -> str | None:
        if content_of(_request(row)) != row.content:
            return "its content is not what its target, data and value say"
        if not row.attempts or any(row.attempts[0][2:]):
            return "nothing that was signed for it does it"
        for attempt in _attempts(row):
            if (reason := self._flaw_of(attempt, row)) is not None:
                return reason
        return None

    def _flaw_of(self, attempt: Attempt, row: OutboxRow) -> str | None:
        from eth_utils.crypto import keccak

        one, chain = attempt.signed, int(row.chain.partition(":")[0])
        if hex0x(keccak(one.raw)) != one.transaction:
            return "a signed transaction has another hash"
        key = _key(one, chain)
        if key in self._passed:
            return None
        wanted = {
            "to": one.request.to,
            "data": one.request.data,
            "value": one.request.value,
            "nonce": one.nonce,
            "gas": one.gas,
            "chainId": chain,
        }
        try:
            require_same_act(one.raw, wanted, sender=one.sender)
        except SignatureMismatch as error:
            return f"what was signed for it is something else: {error.reason}"
        self._remember(key)
        return None

    def _remember(self, key: tuple[object, ...]) -> None:
        if len(self._passed) >= _REMEMBERED:
            self._passed.clear()
        self._passed.add(key)


def _key(one: SignedTransaction, chain: int) -> tuple[object, ...]:
    """All that is compared with a transaction, by its hash."""
    content = content_of(one.request)
    return (one.transaction, content, one.nonce, one.gas, one.sender, chain)


def _request(row: OutboxRow) -> TransactionRequest:
    return TransactionRequest(row.target, row.data, value=int(row.value), act=row.name)


def _attempts(row: OutboxRow) -> Iterator[Attempt]:
    """All that was signed; what withdraws does nothing, to the account itself."""
    for transaction, raw, withdraws, refused in row.attempts:
        nothing = TransactionRequest(row.account, b"", act=row.name)
        request, gas = (nothing, _gas_of(raw)) if withdraws else (_request(row), row.gas)
        one = SignedTransaction(raw, transaction, request, row.account, row.nonce, gas)
        yield Attempt(one, bool(withdraws), bool(refused))


def _gas_of(raw: bytes) -> int:
    """What a withdrawal may use, which was estimated for it; 0 where it is no transaction."""
    try:
        return gas_of(raw)
    except Exception:  # whatever the decoder makes of bytes that are none: that is told of it next
        return 0


def _flaw_of_values(row: OutboxRow) -> str | None:
    """What cannot be in a row of ours, whatever was signed."""
    checks = (
        (_is(_CHAIN, row.chain), "it names no chain"),
        (_is(_ADDRESS, row.account) and _is(_ADDRESS, row.target), "it names no account"),
        (_is_count(row.nonce) and _is_count(row.gas), "its nonce or gas is not a count"),
        (_is(_NUMBER, row.value), "its value is not an amount of wei"),
        (isinstance(row.name, str) and isinstance(row.data, bytes), "its data are not bytes"),
        (row.state in set(State), "it has no state that there is"),
        (row.holder is None or _is(_TOKEN, row.holder), "it names no process"),
        (_is_time(row.begun) and _is_time(row.changed), "its times are not times"),
        (isinstance(row.error, str | None), "its error is not text"),
        (isinstance(row.block, int | None), "its block is not a number"),
        (all(_is_attempt(each) for each in row.attempts), "a signed transaction is not bytes"),
    )
    return next((flaw for sound, flaw in checks if not sound), None)


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 <= value < 2**63


def _is_time(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value) and 0 <= value < 1e11


def _is_attempt(attempt: tuple[object, ...]) -> bool:
    transaction, raw, *marks = attempt
    signed = isinstance(transaction, str) and isinstance(raw, bytes)
    return signed and all(each in (0, 1) for each in marks)
