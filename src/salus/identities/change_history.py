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
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from salus.chain.errors import ChainUnreachable, HistoryUnavailable
from salus.contracts.event import EventPlace
from salus.contracts.identities import DIDAttributeChanged, DIDDelegateChanged, DIDOwnerChanged
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.contract import Contract

Changed: TypeAlias = DIDOwnerChanged | DIDDelegateChanged | DIDAttributeChanged

_FORGOTTEN = re.compile(r"prun|histor|archiv", re.IGNORECASE)
"""What nodes say of blocks whose events they dropped; EIP-4444 lets all of them do so."""


class ChangeHistory:
    """The changes of identities: of owners, delegates and attributes."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @typed_arguments
    def walk(
        self, identity: Address, *, enough: Callable[[int], bool] = lambda _: False
    ) -> Iterator[list[Changed]]:
        """Iterate over an identity's changes, block by block.

        Raises:
            HistoryUnavailable: The node does not have the events of a block, or not all of them.
            ChainUnreachable: The node does not answer.
        """
        block = int(self._contract.call("changed", identity))
        while block and not enough(block):
            events = self._of_block(identity, block)
            before = min((event.previous_change for event in events), default=block)
            if before >= block:
                raise HistoryUnavailable(
                    identity=identity, block=block, reason="it lacks events that were emitted there"
                )
            yield events
            block = before

    def handovers(self, identity: Address) -> list[EventPlace]:
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

    def _of_block(self, identity: Address, block: int) -> list[Changed]:
        found: list[Changed] = []
        try:
            for kind in (DIDOwnerChanged, DIDDelegateChanged, DIDAttributeChanged):
                found += self._contract.events(
                    kind, from_block=block, to_block=block, identity=identity
                )
        except ChainUnreachable as error:
            if not _FORGOTTEN.search(error.reason):
                raise
            raise HistoryUnavailable(identity=identity, block=block, reason=error.reason) from error
        return sorted(found, key=lambda event: event.log_index, reverse=True)
