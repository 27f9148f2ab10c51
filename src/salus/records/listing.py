"""The records of a vault as its owner sees them: iterated over, searched, in pages.

Example:
    >>> import salus
    >>> from salus.demo.samples import bundle_bytes
    >>> clinic = salus.connect("tester", storage="memory://example-listing")
    >>> _ = clinic.records.add_bundle(bundle_bytes(), patient="0x" + "12" * 20)
    >>> page = list(clinic.records.search(kind="Observation", limit=2))
    >>> [record.kind.partition(".")[0] for record in page]
    ['Observation', 'Observation']
    >>> len(list(clinic.records.search(kind="Observation", after=page[-1])))
    1
    >>> len(list(clinic.records))
    12
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from salus.errors import InputError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.records.facts import facts_told
from salus.terms.classes import CLASSES
from salus.terms.period import Period
from salus.vault.documents.manifest import Manifest

if TYPE_CHECKING:
    from salus.primitives.times import Moment
    from salus.vault.vault import Vault


@dataclass(frozen=True, slots=True)
@typed
class Record:
    """The newest version of a record of one's own.

    Attributes:
        manifest: What it is and where it lies.
        kind: Its class for consent terms, such as ``Observation.laboratory``.
        patient: The identity that the patient uses here.
        when: What time it is about; None where it does not say.
    """

    manifest: Manifest
    kind: str
    patient: Address
    when: Period | None

    @property
    def id(self) -> str:
        """The record's id, 32 hexadecimal digits."""
        return self.manifest.record_id

    @property
    def version(self) -> int:
        """From 1."""
        return self.manifest.version

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return self.manifest.plaintext_size

    @property
    def media_type(self) -> str:
        """What it is (RFC 6838), with the ``fullUrl`` that it had in a Bundle."""
        return self.manifest.media_type


class RecordListing:
    """The records of one's own in a vault, oldest first."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @typed_arguments
    def search(
        self,
        *,
        patient: AnyIdentity | None = None,
        kind: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        limit: int | None = None,
        after: Record | str | None = None,
    ) -> Iterator[Record]:
        """Look for records of one's own, oldest first; each condition narrows the search.

        Args:
            patient: Whose: an address, or a signer.
            kind: A class, such as ``Observation``, with the finer ones of it.
            since: Of records that say what time they are about, those that reach beyond it.
            until: Likewise, those that begin before it.
            limit: At most so many: a page. Defaults to all.
            after: The last record of the page before, or its id.

        Returns:
            The newest version of each.

        Raises:
            UnknownCode: ``kind`` is not a class.
            InputError: A condition is of another type, or ``after`` is not a record that is here.
        """
        if limit is not None and (type(limit) is not int or limit < 1):
            raise InputError(f"{limit!r} is not a limit: give a number, 1 or more")
        if kind is not None:
            CLASSES.bit(kind)
        period = Period.between(since, until)
        whose = None if patient is None else identity_of(patient)
        fitting = (each for each in self._behind(self._all(whose), after) if _fits(each, kind))
        found = (each for each in fitting if period is None or _meets(each, period))
        return islice(found, limit)

    def _all(self, patient: str | None) -> list[Record]:
        newest = {each.record: each for each in self._vault.manifests()}
        found = []
        for key in self._vault.keyring.compartments.all(patient):
            for entry in self._vault.keyring.entries.under(key):
                manifest = newest.get(entry.record)
                if manifest is not None and manifest.version == entry.version:
                    facts = facts_told(entry.facts)
                    who = entry.compartment.patient
                    found.append(Record(manifest, facts.resource_class, who, facts.when))
        return sorted(found, key=lambda each: (each.manifest.created_at, each.id))

    def _behind(self, every: list[Record], after: Record | str | None) -> list[Record]:
        if after is None:
            return every
        last = after.id if isinstance(after, Record) else after
        ids = [each.id for each in every]
        if last not in ids:
            raise InputError(
                f"after must be a record of this search or its id, not {last!r:.60}: give the last"
                " of the page before"
            )
        return every[ids.index(last) + 1 :]


def _fits(record: Record, kind: str | None) -> bool:
    return kind is None or record.kind == kind or record.kind.startswith(f"{kind}.")


def _meets(record: Record, period: Period) -> bool:
    return record.when is not None and period.meets(record.when)
