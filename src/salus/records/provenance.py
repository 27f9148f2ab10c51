"""Whose a record is that somebody else passes on: its issuer's, where it is in the issuer's log.

Example:
    >>> import salus
    >>> from salus.terms import ResourceFacts
    >>> clinic = salus.connect("tester", storage="memory://example-provenance")
    >>> scan = ResourceFacts(resource_class="ImagingStudy")
    >>> added = clinic.records.add(b"DICM", patient="0x" + "12" * 20, about=scan,
    ...                            media_type="application/dicom").records[0]
    >>> receipt = clinic.records.receipt(added.manifest).to_json()
    >>> InLog(clinic.anchors)(clinic.identity, added.opening, receipt)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.errors import VerificationError
from salus.records.proving import RECORDS_STREAM
from salus_verify.errors import ReceiptMismatch
from salus_verify.receipt import Receipt

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus_verify.opening import Opening


class InLog:
    """Asks a node whether records stand in their issuers' logs, where readers look.

    Each checkpoint is asked about once, for as long as this lives: make one for each collection.
    """

    def __init__(self, anchors: Anchors) -> None:
        self._anchors = anchors
        self._said: dict[AnchoredCheckpoint, VerificationError | None] = {}

    def __call__(self, issuer: str, opening: Opening, receipt: bytes) -> None:
        """Refuse a record that its receipt does not show in its issuer's log of records.

        Raises:
            ReceiptMismatch: The receipt is of another record, issuer or log.
            VerificationError: What it shows does not stand in the issuer's log.
            ChainError: The node does not answer.
        """
        shown = Receipt.from_json(receipt)
        if shown.opening != opening or shown.issuer != issuer:
            raise ReceiptMismatch("the receipt is of another record or issuer")
        inclusion = Inclusion(opening.leaf(), shown.index, shown.path, self._checkpoint(shown))
        inclusion.verify()
        self._require_standing(inclusion)

    def is_disowned(self, receipt: bytes) -> bool:
        """Whether the issuer goes on without the checkpoint that a receipt was taken in by.

        Raises:
            ChainError: The node does not answer.
        """
        checkpoint = self._checkpoint(Receipt.from_json(receipt))
        return not self._anchors.history.stands(checkpoint, RECORDS_STREAM)

    def went_on(self, issuer: str) -> bool:
        """Whether an issuer began its log of records anew, to disown what a thief anchored.

        Raises:
            ChainError: The node does not answer.
        """
        history = self._anchors.history
        begun = any(history.head(issuer, RECORDS_STREAM, 2))
        return begun and history.line(issuer, RECORDS_STREAM).number > 1

    def _require_standing(self, inclusion: Inclusion) -> None:
        """Whoever sends records chooses how many, and could have the node asked for each."""
        checkpoint = inclusion.anchored
        if checkpoint not in self._said:
            try:
                self._anchors.proofs.verify(inclusion, stream=RECORDS_STREAM)
                self._said[checkpoint] = None
            except VerificationError as problem:
                self._said[checkpoint] = problem
        known = self._said[checkpoint]
        if known is not None:
            raise known.with_traceback(None)

    def _checkpoint(self, shown: Receipt) -> AnchoredCheckpoint:
        number = self._anchors.history.number_of(shown.issuer, RECORDS_STREAM, shown.stream)
        if number is None:
            raise ReceiptMismatch("the receipt is of another log than the issuer's records")
        return AnchoredCheckpoint(
            shown.issuer, shown.stream, shown.checkpoint, shown.block_number, number=number
        )
