"""What former owners left behind at an identity: delegates and attributes that are still in force.

Whoever takes an identity over, by recovery or rotation, takes over what was set at it, by the
rightful owner or by a thief. The chain cannot tell these two apart; the new owner can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from salus.chain.abi.logs import sender_of
from salus.contracts.event import Event
from salus.contracts.identities.events import (
    DIDAttributeChanged,
    DIDDelegateChanged,
    DIDOwnerChanged,
    RecoveryExecuted,
)
from salus.errors import InputError
from salus.identities.changes import Change, revoke_attribute, revoke_delegate
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Contract
    from salus.identities.change_history import ChangeHistory

RECOVERY = "recovery"
"""Instead of a block: since the last recovery was proposed."""

_Setting: TypeAlias = DIDDelegateChanged | DIDAttributeChanged


class Kind(StrEnum):
    """What can be left behind."""

    DELEGATE = "delegate"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
@typed
class Leftover:
    """A delegate or an attribute in force.

    Attributes:
        id: Names what is set, the same whenever it is set again: 32 hexadecimal digits.
        kind: Delegate or attribute.
        name: Delegate type or attribute name, 32 bytes, zero-padded.
        delegate: Who may act; None for attributes.
        value: The attribute's value; empty for delegates.
        valid_to: Unix seconds at which it ends by itself.
        set_at: Unix seconds of the block that it was set in.
        block_number: That block.
        transaction_hash: The transaction, 0x-prefixed.
        sender: The account that sent the transaction: the owner's, or whoever relayed what the
            owner signed; None where the node does not tell.
        own: Whether it was set since the identity last changed hands, so by its present owner.
    """

    id: str
    kind: Kind
    name: bytes
    delegate: Address | None
    value: bytes
    valid_to: int
    set_at: int
    block_number: int
    transaction_hash: str
    sender: Address | None
    own: bool

    @property
    def label(self) -> str:
        """The name for people; whoever chose it cannot make it write to a terminal."""
        text = self.name.rstrip(b"\0").decode(errors="replace")
        return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)

    def revoked(self) -> Change:
        """The change that ends it."""
        if self.delegate is None:
            return revoke_attribute(self.name, self.value)
        return revoke_delegate(self.delegate, self.name)


@dataclass(slots=True)
class History:
    """What was set at an identity, as far back as was asked.

    Attributes:
        handed_over: When the identity last changed hands; None when it never did.
    """

    leftovers: tuple[Leftover, ...] = ()
    latest: dict[str, _Setting] = field(default_factory=dict)
    handed_over: DIDOwnerChanged | None = None
    inherited: dict[str, _Setting] = field(default_factory=dict)


def read_history(
    chain: Chain, changes: ChangeHistory, identity: Address, *, since: int | str = 0
) -> History:
    """Read what was set at an identity, and by which side of its last change of hands.

    Raises:
        InputError: ``since`` is neither, or the identity was never recovered.
        HistoryUnavailable: The node no longer has the events.
    """
    return _HistoryReader(chain, changes, identity, since).read()


class _HistoryReader:
    """One walk. It goes back to the last change of hands, and as far as was asked."""

    def __init__(
        self, chain: Chain, changes: ChangeHistory, identity: Address, since: int | str
    ) -> None:
        if since != RECOVERY and (not isinstance(since, int) or since < 0):
            raise InputError(f"since {since!r} is neither a block's number nor {RECOVERY!r}")
        self._chain, self._changes, self._identity = chain, changes, identity
        self._registry: Contract = chain.contract("IdentityRegistry")
        self._block = since if isinstance(since, int) else None
        self._pending = int(self._registry.call("recoveryOf", identity).ready_at)
        self._proposed_at: int | None = None
        if since == RECOVERY and self._pending:
            self._proposed_at = self._proposal(self._pending)
        self._times: dict[int, int] = {}
        self._senders: dict[str, Address | None] = {}

    def read(self) -> History:
        found = History()

        def enough(block: int) -> bool:
            return bool(found.handed_over or self._pending) and self._is_before(block)

        for events in self._changes.walk(self._identity, enough=enough):
            self._look_for_recovery(events)
            for event in events:
                self._take(found, event)
        if self._block is None and self._proposed_at is None:
            raise InputError(f"{self._identity} was never recovered: name a block instead")
        now = self._chain.now()
        in_force = [item for item in found.latest.items() if item[1].valid_to > now]
        if not self._registry.call("isDeactivated", self._identity):
            found.leftovers = tuple(
                self._leftover(name, event, found) for name, event in reversed(in_force)
            )
        return found

    def _take(self, found: History, event: Event) -> None:
        if isinstance(event, DIDOwnerChanged):
            found.handed_over = found.handed_over or event
        elif isinstance(event, _Setting) and not self._is_before(event.block_number):
            found.latest.setdefault(_id(event), event)
            if found.handed_over:
                found.inherited.setdefault(_id(event), event)

    def _look_for_recovery(self, events: Sequence[Event]) -> None:
        if self._block is not None or self._proposed_at is not None:
            return
        if any(isinstance(event, DIDOwnerChanged) for event in events):
            block = events[0].block_number
            executed = self._registry.events(
                RecoveryExecuted, from_block=block, to_block=block, identity=self._identity
            )
            if executed:
                self._proposed_at = self._proposal(executed[-1].ready_at)

    def _is_before(self, block: int) -> bool:
        if self._block is not None:
            return block < self._block
        return self._proposed_at is not None and self._time(block) < self._proposed_at

    def _proposal(self, ready_at: int) -> int:
        return ready_at - int(self._registry.call("RECOVERY_DELAY"))

    def _leftover(self, name: str, event: _Setting, found: History) -> Leftover:
        delegates = isinstance(event, DIDDelegateChanged)
        # While a recovery waits, it is the coming owner who looks.
        handed_over = None if self._pending else found.handed_over
        return Leftover(
            id=name,
            kind=Kind.DELEGATE if delegates else Kind.ATTRIBUTE,
            name=_name(event),
            delegate=event.delegate if isinstance(event, DIDDelegateChanged) else None,
            value=event.value if isinstance(event, DIDAttributeChanged) else b"",
            valid_to=event.valid_to,
            set_at=self._time(event.block_number),
            block_number=event.block_number,
            transaction_hash=event.transaction_hash,
            sender=self._sender(event.transaction_hash),
            own=handed_over is not None and event.place > handed_over.place,
        )

    def _time(self, block: int) -> int:
        if block not in self._times:
            self._times[block] = self._chain.block(block).timestamp
        return self._times[block]

    def _sender(self, transaction: str) -> Address | None:
        if transaction not in self._senders:
            self._senders[transaction] = sender_of(self._chain.rpc, transaction)
        return self._senders[transaction]


def _name(event: _Setting) -> bytes:
    return event.delegate_type if isinstance(event, DIDDelegateChanged) else event.name


def _id(event: _Setting) -> str:
    if isinstance(event, DIDDelegateChanged):
        content = b"delegate\0" + octets_of(event.delegate)
    else:
        content = b"attribute\0" + event.value
    return hashlib.sha256(b"salus/leftover/v1\0" + _name(event) + content).hexdigest()[:32]
