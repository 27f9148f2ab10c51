"""Proving records of one's own: their leaves anchored, and receipts that hold offline.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-proving")
    >>> clinic.records.anchor_pending() is None
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from salus.errors import InputError, SalusError
from salus.primitives.arguments import typed_arguments
from salus.receipts.issue import issue_receipt
from salus.records.naming import AnyRecord, own_manifest
from salus_verify.errors import ReceiptMismatch

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.anchors.streams import AnchoredCheckpoint, Inclusion
    from salus.records.holder import Holder
    from salus.vault.documents.manifest import Manifest
    from salus_verify.opening import Opening
    from salus_verify.receipt import Receipt

RECORDS_STREAM = "records"
"""Label of the stream that record leaves are anchored in."""


class Proving:
    """What the chain says of a custodian's records."""

    def __init__(self, holder: Holder, anchors: Anchors) -> None:
        self._holder = holder
        self._anchors = anchors

    def anchor_pending(self) -> AnchoredCheckpoint | None:
        """Anchor records that were stored, but not anchored: the process was killed, say.

        What was anchored in a number of a stream that no reader counts is anchored where they do.

        Returns:
            The new checkpoint; None when there was nothing to do.

        Raises:
            SalusError: As for `Anchors.append`.
        """
        vault = self._holder.vault
        vault.database.comparison.require()
        leaves = [row.leaf for row in vault.database.manifests.all(vault.identity)]
        passed_by = self._anchors.log.passed_by()
        anchored = self._anchors.ensure(RECORDS_STREAM, leaves)
        for label, _ in passed_by:
            anchored = self._anchors.extend(label) or anchored
        return anchored

    @typed_arguments
    def receipt(self, record: AnyRecord) -> Receipt:
        """Prove a record of one's own: that it existed no later than a block.

        The block is the one that first anchored it, where the node still proves its state; else
        the chain's latest.

        Args:
            record: It, the manifest of a version, or its id, for its newest version.

        Returns:
            The receipt, with a storage proof where the node serves one.

        Raises:
            InputError: The record is not anchored yet.
            RecordErased: What opens it was destroyed.
        """
        opening = self._holder.vault.opening(own_manifest(self._holder.vault, record))
        first = self._anchors.proofs.prove(RECORDS_STREAM, opening.leaf(), first=True)
        with suppress(SalusError):
            at_once = issue_receipt(
                self._holder.chain, first, opening, block=first.anchored.block_number
            )
            if at_once.proof is not None:
                return at_once
        last = self._anchors.proofs.prove(RECORDS_STREAM, opening.leaf())
        try:
            return issue_receipt(self._holder.chain, last, opening)
        except ReceiptMismatch:  # the stream goes on in another number: the old one stood before
            return issue_receipt(
                self._holder.chain, first, opening, block=first.anchored.block_number
            )

    @typed_arguments
    def receipts(self, manifests: Iterable[Manifest]) -> dict[tuple[bytes, int], bytes]:
        """What shows records in one's log, to send along: as far as they are anchored.

        Without a proof of state, which is for who has no node, and each checkpoint's place once.

        Args:
            manifests: Versions of records of one's own.

        Returns:
            Receipts as JSON, by record id and version.

        Raises:
            SalusError: The log cannot be read, or the node does not answer.
        """
        vault = self._holder.vault
        openings = {(e.record, e.version): vault.opening(e) for e in manifests}
        proofs = {each.leaf: each for each in self._proofs([o.leaf() for o in openings.values()])}
        places: dict[AnchoredCheckpoint, Receipt] = {}
        shown = {}
        for name, opening in openings.items():
            proof = proofs.get(opening.leaf())
            if proof is None:
                continue
            place = places.get(proof.anchored)
            if place is None:
                place = places[proof.anchored] = self._short(proof, opening)
            one = replace(place, opening=opening, index=proof.index, path=proof.path)
            shown[name] = one.to_json()
        return shown

    def _short(self, proof: Inclusion, opening: Opening) -> Receipt:
        try:
            full = issue_receipt(self._holder.chain, proof, opening)
        except ReceiptMismatch:  # the stream goes on in another number: the old one stood before
            block = proof.anchored.block_number
            full = issue_receipt(self._holder.chain, proof, opening, block=block)
        return replace(full, proof=None)

    def _proofs(self, leaves: Sequence[bytes]) -> tuple[Inclusion, ...]:
        """Of those that are anchored; few are not, as a rule none."""
        try:
            return self._anchors.proofs.prove_all(RECORDS_STREAM, leaves) if leaves else ()
        except InputError:
            half = len(leaves) // 2
            return (*self._proofs(leaves[:half]), *self._proofs(leaves[half:])) if half else ()
