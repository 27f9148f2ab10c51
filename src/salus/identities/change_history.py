"""What was ever set at an identity: the ERC-1056 change log, walked from its newest entry back.

The registry stores the block of the last change only; every event names the block of the change
before. A node that has forgotten a block cannot continue the walk, and an error says so: a list
with a gap in it would hide what is looked for.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> list(me.identities.history.walk(me.identity))
    []
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from salus.chain.errors import ChainUnreachable, HistoryUnavailable
from salus.contracts.event import EventPlace
from salus.contracts.identities.events import (
    DIDAttributeChanged,
    DIDDelegateChanged,
    DIDOwnerChanged,
)
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Contract

Changed: TypeAlias = DIDOwnerChanged | DIDDelegateChanged | DIDAttributeChanged

_KINDS = (DIDOwnerChanged, DIDDelegateChanged, DIDAttributeChanged)
_AT_ONCE = 80
"""Blocks that are asked for at once."""
_FORGOTTEN = re.compile(r"prun|histor|archiv", re.IGNORECASE)
"""What nodes say of blocks whose events they dropped; EIP-4444 lets all of them do so."""


class ChangeHistory:
    """The changes of identities: of owners, delegates and attributes."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @typed_arguments
    def walk(
        self, identity: AnyIdentity, *, enough: Callable[[int], bool] = lambda _: False
    ) -> Iterator[list[Changed]]:
        """Iterate over an identity's changes, block by block.

        Raises:
            HistoryUnavailable: The node does not have the events of a block, or not all of them.
            ChainUnreachable: The node does not answer.
        """
        identity = identity_of(identity)
        block = int(self._contract.call("changed", identity))
        known = self._known(identity, block)
        shown: dict[int, list[Changed]] = {}
        while block and not enough(block):
            if block in known and block not in shown:
                shown = self._of_blocks(identity, [b for b in known if b <= block][:_AT_ONCE])
            events = shown.get(block) or self._of_block(identity, block)
            before = min((event.previous_change for event in events), default=block)
            if before >= block:
                raise HistoryUnavailable(
                    identity=identity, block=block, reason="it lacks events that were emitted there"
                )
            yield events
            block = before

    def handovers(self, identity: AnyIdentity) -> list[EventPlace]:
        """List when an identity changed hands, newest first.

        Raises:
            HistoryUnavailable: The node does not have all events that tell.
        """
        return [
            event.place
            for events in self.walk(identity)
            for event in events
            if isinstance(event, DIDOwnerChanged)
        ]

    def _known(self, identity: Address, last: int) -> list[int]:
        """The blocks that an index names, newest first; it may leave some out."""
        spans = [self._contract.where(kind, to_block=last, identity=identity) for kind in _KINDS]
        named = {each.start for found in spans for each in found or () if len(each) == 1}
        return sorted(named, reverse=True)

    def _of_blocks(self, identity: Address, blocks: Sequence[int]) -> dict[int, list[Changed]]:
        """What the node shows in some blocks, asked for at once; nothing where it refuses."""
        spans = [range(each, each + 1) for each in blocks]
        found: list[Changed] = []
        with suppress(ChainUnreachable):  # it may have forgotten one: each is asked for by itself
            for kind in _KINDS:
                found += self._contract.events_in(kind, spans, identity=identity)
            return {
                block: _newest_first([each for each in found if each.block_number == block])
                for block in {each.block_number for each in found}
            }
        return {}

    def _of_block(self, identity: Address, block: int) -> list[Changed]:
        found: list[Changed] = []
        try:
            for kind in _KINDS:
                found += self._contract.events(
                    kind, from_block=block, to_block=block, identity=identity
                )
        except ChainUnreachable as error:
            if not _FORGOTTEN.search(error.reason):
                raise
            raise HistoryUnavailable(identity=identity, block=block, reason=error.reason) from error
        return _newest_first(found)


def _newest_first(events: Sequence[Changed]) -> list[Changed]:
    return sorted(events, key=lambda event: event.log_index, reverse=True)
