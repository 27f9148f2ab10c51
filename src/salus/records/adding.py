"""Adding records, as their custodian: encrypt, store, anchor; what cannot be finished is undone.

Example:
    >>> import salus, tempfile
    >>> from salus.demo.samples import bundle_bytes
    >>> clinic = salus.connect("tester", storage="memory://example-adding")
    >>> len(clinic.records.add_bundle(bundle_bytes(), patient="0x" + "12" * 20).records)
    12
    >>> study = Path(tempfile.mkdtemp()) / "study.dcm"
    >>> _ = study.write_bytes(b"DICM pixels")
    >>> len(clinic.records.add(study, patient=clinic, about="ImagingStudy").records)
    1
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from salus.anchors.streams import AnchoredCheckpoint
from salus.errors import SalusError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.records.added import AddedRecords
from salus.records.detecting_fhir import as_fhir, read_whole
from salus.records.facts import compartment_of, span_of, speaks_for_itself
from salus.records.files import ANY_KIND, FileSource, guessed_media_type, open_source
from salus.records.full_urls import inherited
from salus.records.incoming import NewRecord, Said, of_bundle, of_one
from salus.records.naming import AnyRecord, id_of
from salus.records.proving import RECORDS_STREAM
from salus.records.resuming import RecordsByContent
from salus.records.sources import checked_source, facts_about
from salus.terms.request import ResourceFacts
from salus.vault.versions.adding import Added, NewVersion
from salus_verify.sources import Source

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.records.holder import Holder
    from salus.records.patients import PatientNumbers

RecordsDone = Callable[[int], None]
"""Told how many records are done."""

TOGETHER = 64
"""Records that become durable in one transaction."""


class Adding:
    """What a custodian takes in: encrypted, stored, and anchored together."""

    def __init__(self, holder: Holder, anchors: Anchors, patients: PatientNumbers) -> None:
        self._holder = holder
        self._vault = holder.vault
        self._anchors = anchors
        self._patients = patients

    @typed_arguments
    def add_bundle(
        self,
        data: bytes,
        *,
        patient: AnyIdentity,
        number: str | None = None,
        progress: RecordsDone = lambda done: None,
        resume: bool = False,
        padding: str = "none",
        validate: bool = True,
        whole: bool = False,
    ) -> AddedRecords:
        """Store a FHIR R4 bundle, one record a resource, and anchor all of them in one checkpoint.

        The exact bytes of each resource are kept; nothing is re-serialised. All of the bundle is
        read and checked before the first record is stored, and what cannot be finished is undone.

        Args:
            data: A Bundle, a single resource, or NDJSON, about one patient.
            patient: The identity that the patient uses here, or a signer that acts for it. Which of
                the custodian's patients it stands for is noted with the first bundle, and
                :attr:`patients` can say it.
            number: Whose resources are that name nobody: ``Patient/1``, or ``system|value``.
            progress: Told how many records are stored.
            resume: Leave alone what is kept already, byte for byte and for this patient: an
                addition that was cut short goes on, and nothing is there twice.
            padding: ``padme`` hides the exact lengths.
            validate: Refuse what breaks R4's rules; False keeps it as it came.
            whole: Keep a document or a message as one record, as it was signed or sent; it is
                given only where each class of resources may be.

        Returns:
            The records in order, and the checkpoint that covers them.

        Raises:
            InputError: It is not strict JSON, not FHIR R4, or holds no resource, or there is no
                such padding; nothing was stored.
            InvalidResource: It breaks R4's rules; says which elements, and nothing was stored.
            SeveralPatients: It is about more than one, or :class:`AnotherPatient` than the
                identity stands for; nothing was stored.
            PatientUnclear: Of something in it that cannot be told, or it names nobody
                (:class:`PatientNotNamed`); nothing was stored.
            StorageError: There is no room, say; nothing was kept.
            ContractError: The chain refuses: the records are kept, and :meth:`anchor_pending`
                anchors them once it does not.
            ChainError: The node did not answer: the same.
            VerificationError: The log store is new, was lost or put back: the same, once it is as
                the error says. Adding them again would store them twice.
        """
        table, who = self._holder.sensitivity, identity_of(patient)
        coming = of_bundle(data, padding=padding, table=table, validate=validate, whole=whole)
        with self._patients.admitting(who, coming.whose, number=number) as hold:
            kept = RecordsByContent(self._vault) if resume else None
            return self._add(coming.drafts, who, progress, kept=kept, hold=hold)

    @typed_arguments
    def add(
        self,
        source: Source | Path,
        *,
        patient: AnyIdentity,
        number: str | None = None,
        about: str | ResourceFacts | None = None,
        media_type: str | None = None,
        record: AnyRecord | None = None,
        padding: str = "none",
        resume: bool = False,
        validate: bool = True,
    ) -> AddedRecords:
        """Store and anchor one record of any kind and size, or a new version of one.

        Files and generators are read once, block by block; what is stored is what they gave.

        Args:
            source: Its exact bytes: in memory, a path, a binary file object, or an iterable of
                byte strings. A generator that raises ends the addition, and nothing is kept; one
                that gives nothing makes an empty record, as an empty file does.
            patient: The identity that the patient uses here, or a signer that acts for it.
            number: Whose it is, where it is FHIR that names nobody or cannot be read beforehand.
            about: What consent terms look at: its class, such as ``ImagingStudy``, or more as
                `ResourceFacts`; a FHIR resource held in memory says it itself.
            media_type: What it is (RFC 6838). Defaults to ``application/fhir+json`` where it is
                FHIR R4, else to what a path's ending says, else to ``application/octet-stream``.
            record: The record that this is a new version of, or its id; None for a new one.
            padding: ``padme`` hides the exact length.
            resume: Leave it alone where it is kept already, byte for byte and for this patient;
                of a ``record``, as its newest version. Reads the source once for each record that
                begins like it: what can be read only once is always stored.
            validate: Refuse FHIR that breaks R4's rules; False keeps it as it came.

        Returns:
            The record and the checkpoint that covers it.

        Raises:
            InvalidResource: It is kept as FHIR and breaks R4's rules; nothing was stored.
            InputError: ``about`` is missing, the source gives no bytes, the patient, media type or
                padding is not valid, or it is not one patient's, as for :meth:`add_bundle`;
                nothing was stored.
            AnothersRecord: ``record`` lies under another identity.
            MissingRecord: There is no such record to make a new version of.
            StorageError: As for :meth:`add_bundle`, as are the others.
        """
        before = None if record is None else id_of(record)
        said = Said(identity_of(patient), number, facts_about(about), before, padding, validate)
        if not isinstance(source, os.PathLike):
            guess = guessed_media_type(source.path) if isinstance(source, FileSource) else ANY_KIND
            checked, kind = _called(checked_source(source), media_type, guess=guess)
            return self._add_one(checked, said, kind, resume=resume)
        path = Path(source)
        with open_source(path) as file:
            checked, kind = _called(file, media_type, guess=guessed_media_type(path))
            whole = read_whole(checked) if about is None and speaks_for_itself(kind) else checked
            return self._add_one(whole, said, kind, resume=resume)

    def _add_one(
        self, checked: Source, said: Said, media_type: str, *, resume: bool
    ) -> AddedRecords:
        if said.record is not None:
            self._patients.require_same(said.record, said.patient)
            if speaks_for_itself(media_type):
                media_type = inherited(media_type, self._vault.manifest(said.record).media_type)
        coming = of_one(checked, said, media_type, table=self._holder.sensitivity)
        with self._patients.admitting(said.patient, coming.whose, number=said.number) as hold:
            kept = RecordsByContent(self._vault, newest_of=said.record) if resume else None
            return self._add(coming.drafts, said.patient, lambda done: None, kept=kept, hold=hold)

    def _add(
        self,
        drafts: Sequence[NewRecord],
        patient: Address,
        progress: RecordsDone,
        *,
        kept: RecordsByContent | None,
        hold: Callable[[], None],
    ) -> AddedRecords:
        self._holder.require_control()
        added: list[Added] = []
        known = [kept and self._find(kept, draft, patient) for draft in drafts]
        done = len(drafts) - known.count(None)
        for number in range(1, done + 1):
            progress(number)
        now = self._holder.chain.now()
        try:
            for group in _groups(each for each, old in zip(drafts, known, strict=True) if not old):
                items = [self._item(draft, patient, now) for draft in group]
                added += self._vault.add_together(items, guard=hold)
                for number in range(done + len(added) - len(group), done + len(added)):
                    progress(number + 1)
            new = iter(added)
            records = [old or next(new) for old in known]
            anchored = self._anchor(records, len(added))
        except BaseException as end:
            self._take_back(added, end)
            raise
        return AddedRecords(tuple(records), anchored, len(records) - len(added))

    def _anchor(self, records: Sequence[Added], new: int) -> AnchoredCheckpoint:
        leaves = [each.leaf for each in records]
        if new == len(leaves):
            self._anchors.log.store(RECORDS_STREAM, leaves)
        else:  # what was cut short may have come as far as the log, or to the chain
            self._anchors.log.store_missing(RECORDS_STREAM, leaves)
        return self._anchors.cover(RECORDS_STREAM, leaves)

    def _find(self, kept: RecordsByContent, draft: NewRecord, patient: Address) -> Added | None:
        compartment = compartment_of(patient, draft.facts)
        return kept.take(draft.source, draft.media_type, compartment, when=span_of(draft.facts))

    def _take_back(self, added: Sequence[Added], end: BaseException) -> None:
        """Nothing stays half done: what was stored of an addition that failed is destroyed.

        What the log holds stays: it is anchored already, perhaps, and else with the next
        checkpoint, by this process or by another one over the same log.
        """
        stay = 0
        for each in added:
            if self._may_be_anchored(each):
                stay += 1
            elif each.manifest.version == 1:
                with suppress(SalusError):
                    self._vault.erase(each.manifest.record_id, erased_at=each.manifest.created_at)
        if stay:
            end.add_note(
                f"{stay} records are stored, and must not be added again: once nothing is wrong"
                " any more, `records.anchor_pending()` anchors them"
            )

    def _may_be_anchored(self, added: Added) -> bool:
        try:
            return self._anchors.log.holds(RECORDS_STREAM, added.leaf)
        except SalusError:
            return True

    def _item(self, draft: NewRecord, patient: Address, now: int) -> tuple[Source, NewVersion]:
        record = draft.record
        return draft.source, NewVersion(
            previous=None if record is None else self._vault.manifest(record),
            compartment=compartment_of(patient, draft.facts),
            media_type=draft.media_type,
            created_at=now,
            when=span_of(draft.facts),
            padding=draft.padding,
        )


def _called(source: Source, media_type: str | None, *, guess: str) -> tuple[Source, str]:
    """What a record is: as its custodian says, or FHIR where it is, or what a name says."""
    if media_type is not None:
        return source, media_type
    return (source, guess) if speaks_for_itself(guess) else as_fhir(source, guess)


def _groups(drafts: Iterable[NewRecord]) -> Iterator[list[NewRecord]]:
    """What is kept in one transaction."""
    rest = iter(drafts)
    while group := list(islice(rest, TOGETHER)):
        yield group
