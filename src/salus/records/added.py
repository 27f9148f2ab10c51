"""What was added together: the records, and the checkpoint that covers them."""

from __future__ import annotations

from dataclasses import dataclass

from salus.anchors.streams import AnchoredCheckpoint
from salus.chain.contract import Transaction
from salus.errors import InputError
from salus.primitives.values import typed
from salus.vault.documents.manifest import Manifest
from salus.vault.versions.adding import Added


@dataclass(frozen=True, slots=True)
@typed
class AddedRecords:
    """Records that were stored and anchored together, in order.

    One alone is named by this wherever a record is asked for.
    """

    records: tuple[Added, ...]
    anchored: AnchoredCheckpoint
    resumed: int = 0
    """How many of them were kept before."""

    @property
    def manifest(self) -> Manifest:
        """The manifest of the one that was added.

        Raises:
            InputError: There are several: one of ``records`` is meant.
        """
        if len(self.records) != 1:
            ids = ", ".join(each.manifest.record_id for each in self.records)
            raise InputError(
                f"{len(self.records)} records were added together, {ids}: give the one that is"
                " meant, as in `added.records[0]`"
            )
        return self.records[0].manifest

    @property
    def id(self) -> str:
        """The id of the one that was added.

        Raises:
            InputError: There are several: one of ``records`` is meant.
        """
        return self.manifest.record_id

    @property
    def transaction(self) -> Transaction | None:
        """The transaction that anchored them; None when another writer's covered them."""
        return self.anchored.transaction
