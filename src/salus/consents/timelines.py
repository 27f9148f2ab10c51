"""What batched consents are judged by at one block: each patient's stream is read once, for all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from salus.anchors.streams import AnchoredCheckpoint
from salus.contracts.event import EventPlace
from salus_verify.log import stream_id

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.contracts.consents.events import AllConsentsRevoked
    from salus.primitives.address import Address

CONSENT_STREAM = "consents"
"""Label of the stream that batched consents are anchored in."""


class Timelines:
    """Patients' streams and epochs up to a block."""

    def __init__(self, chain: Chain, anchors: Anchors, block: int) -> None:
        self._chain, self._anchors, self._block = chain, anchors, block
        self._goes_on = cache(self._ask_goes_on)
        self._standing = cache(self._read_standing)
        self._epochs = cache(self._read_epochs)
        self._named = cache(self._read_named)

    def stands(self, anchored: AnchoredCheckpoint) -> bool:
        """Return whether a checkpoint stands in the stream that readers follow.

        Raises:
            HistoryUnavailable: The node lacks events that tell.
        """
        if anchored.number == 1 and not self._goes_on(anchored.issuer):
            return anchored.stream == stream_id(CONSENT_STREAM)
        return (anchored.stream, anchored.checkpoint.id) in self._standing(anchored.issuer)

    def epoch_began(self, patient: Address, epoch: bytes) -> EventPlace | None:
        """Return where a patient's epoch began; None where the node does not know."""
        return self._named(patient).get(epoch) or self._epochs(patient).get(epoch)

    def _ask_goes_on(self, issuer: Address) -> bool:
        second = stream_id(CONSENT_STREAM, 2)
        return any(self._chain.contract("AnchorRegistry").call("headOf", issuer, second))

    def _read_standing(self, issuer: Address) -> frozenset[tuple[bytes, bytes]]:
        line = self._anchors.history.line(issuer, CONSENT_STREAM, block=self._block)
        return frozenset((each.stream, each.checkpoint.id) for each in line.standing)

    def _read_named(self, patient: Address) -> dict[bytes, EventPlace]:
        """The epochs that an index knows of, as the node shows them; it may leave some out."""
        from salus.contracts.consents.events import AllConsentsRevoked

        registry = self._chain.contract("ConsentRegistry")
        return _places(registry.named(AllConsentsRevoked, patient=patient, to_block=self._block))

    def _read_epochs(self, patient: Address) -> dict[bytes, EventPlace]:
        from salus.contracts.consents.events import AllConsentsRevoked

        registry = self._chain.contract("ConsentRegistry")
        return _places(registry.events(AllConsentsRevoked, patient=patient, to_block=self._block))


def _places(events: Sequence[AllConsentsRevoked]) -> dict[bytes, EventPlace]:
    return {each.epoch: each.place for each in reversed(events)}
