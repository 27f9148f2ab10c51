"""Labelling records anew: what a later table derives of what was stored before it.

Labels only grow. Who was given a record's key before keeps it: no move takes a key back.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-relabelling")
    >>> clinic.records.relabel(dry_run=True).records
    ()
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from salus.errors import SalusError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.records.facts import facts_in, speaks_for_itself
from salus.vault.documents.compartments import stricter

if TYPE_CHECKING:
    from salus.records.holder import Holder
    from salus.terms.request import ResourceFacts
    from salus.vault.documents.compartments import Compartment
    from salus.vault.documents.record_keys import KeyringEntry


@dataclass(frozen=True, slots=True)
@typed
class RecordMove:
    """A record that lies under more labels than before.

    Attributes:
        record: Its id.
        added: The sensitivities that it had not.
        confidentiality: Its level now.
        readers: Who was given a key of it before, and keeps that.
    """

    record: str
    added: frozenset[str]
    confidentiality: str
    readers: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
@typed
class Relabelled:
    """What was labelled anew, and the ids of FHIR records that could not be read."""

    records: tuple[RecordMove, ...]
    unread: tuple[str, ...]


class Relabelling:
    """What a custodian does when its sensitivity table has grown."""

    def __init__(self, holder: Holder) -> None:
        self._holder, self._vault = holder, holder.vault

    @typed_arguments
    def relabel(self, *, dry_run: bool = False) -> Relabelled:
        """Read every FHIR record of one's own again, and move what is labelled anew at once.

        A record goes to the compartment of its old and new labels, all versions of it. What labels
        followed from another resource of its Bundle stay as they were found when it was added.

        Args:
            dry_run: Only list what would be moved.

        Returns:
            The records that were moved, and those that could not be read.
        """
        versions: dict[bytes, list[KeyringEntry]] = defaultdict(list)
        for entry in self._vault.keyring.entries.all():
            versions[entry.record].append(entry)
        moved, unread = [], []
        for record, entries in sorted(versions.items()):
            try:
                told = [each for entry in entries for each in self._facts(entry)]
            except SalusError:
                unread.append(record.hex())
                continue
            if grown := _grown(entries, told):
                moved.append(self._described(entries, grown))
                if not dry_run:
                    last = max(each.version for each in entries)
                    self._vault.keyring.relabel(record, before=last + 1, like=grown)
        return Relabelled(tuple(moved), tuple(unread))

    def _facts(self, entry: KeyringEntry) -> Sequence[ResourceFacts]:
        manifest = self._vault.manifest(entry.record.hex(), version=entry.version)
        if not speaks_for_itself(manifest.media_type):
            return ()
        return facts_in(self._vault.open(manifest).read(), table=self._holder.sensitivity)

    def _described(self, entries: Sequence[KeyringEntry], grown: Compartment) -> RecordMove:
        before = frozenset[str]().union(*(e.compartment.sensitivities for e in entries))
        store, owner, readers = self._vault.database, self._vault.identity, set[str]()
        for entry in entries:
            row = store.records.find(owner, entry.record, entry.version)
            if row is not None:
                readers |= store.given.grantees(row.key_id)
                readers |= store.given.grantees(row.sealed_under)
        return RecordMove(
            entries[0].record.hex(),
            grown.sensitivities - before,
            grown.confidentiality,
            tuple(sorted(readers)),
        )


def _grown(entries: Sequence[KeyringEntry], told: Sequence[ResourceFacts]) -> Compartment | None:
    """The labels that all versions come to have; None where one of them has these already."""
    sensitivities = frozenset[str]().union(*(each.sensitivities for each in told))
    levels = [each.confidentiality.name for each in told]
    like = replace(
        entries[0].compartment,
        sensitivities=sensitivities,
        confidentiality=stricter(*levels) if levels else "U",
    )
    has_all = all(
        each.compartment.labelled(like.sensitivities, like.confidentiality) == each.compartment
        for each in entries
    )
    if has_all:
        return None
    return like.labelled(
        frozenset().union(*(each.compartment.sensitivities for each in entries)),
        stricter(*(each.compartment.confidentiality for each in entries)),
    )
