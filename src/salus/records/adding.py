"""Keeping records, as their custodian: encrypt, store, anchor, prove, erase.

Example:
    >>> from salus.records.adding import RECORDS_STREAM
    >>> RECORDS_STREAM
    'records'
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from salus import fhir
from salus.anchors.streams import Anchored, Inclusion
from salus.chain.contract import Transaction
from salus.errors import InputError, SalusError
from salus.mail.collecting import ERASURE
from salus.primitives.address import Address, checked_address
from salus.primitives.blocks import Source
from salus.primitives.values import typed
from salus.receipts.erasures import ERASURES_STREAM, ErasureReceipt
from salus.receipts.errors import ReceiptMismatch
from salus.receipts.issue import issue_erasure_receipt, issue_receipt
from salus.receipts.model import Receipt
from salus.records.facts import compartment_of, kept_of
from salus.records.holder import FHIR_JSON, RecordActs
from salus.records.resuming import Kept
from salus.records.sniffing import labelled
from salus.records.sources import checked_media_type, checked_source, own_facts, own_patients
from salus.terms.request import ResourceFacts
from salus.vault.crypto.padding import padded_size
from salus.vault.documents.erasure import Erasure, erased_leaf
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.statements import Signed, vouch
from salus.vault.upkeep.collecting import DAY, Collection
from salus.vault.versions.adding import Added

RECORDS_STREAM = "records"
"""Label of the stream that record leaves are anchored in."""
ATTEMPTS = 3
"""How often an erasure is proved anew while others move its stream."""

Progress = Callable[[int], None]
"""Told how many records are done."""


@dataclass(frozen=True, slots=True)
@typed
class AddedRecords:
    """Records that were stored and anchored together, in order."""

    records: tuple[Added, ...]
    anchored: Anchored
    resumed: int = 0
    """How many of them were kept before."""

    @property
    def transaction(self) -> Transaction | None:
        """The transaction that anchored them; None when another writer's covered them."""
        return self.anchored.transaction


@dataclass(frozen=True, slots=True)
@typed
class ErasedRecord:
    """The proof of an erasure, and which readers were told.

    Attributes:
        report: What was destroyed and what was not.
        signed: Its issuer's signature.
        inclusion: Where its digest stands in the ``erasures`` stream.
        receipt: All of it in one document that anybody can check.
        told: Readers in whose inboxes a notice lies: their software destroys what it has.
        untold: Readers who could not be told, and why: erase again to try once more.
    """

    report: Erasure
    signed: Signed
    inclusion: Inclusion
    receipt: ErasureReceipt
    told: tuple[Address, ...] = ()
    untold: tuple[tuple[Address, SalusError], ...] = ()


@dataclass(frozen=True, slots=True)
@typed
class Draft:
    """A record on its way in: where from, what terms look at, and what it replaces."""

    source: Source = field(repr=False)
    facts: ResourceFacts = field(repr=False)
    media_type: str
    record: str | None = None
    padding: str = "none"


class Keeping(RecordActs):
    """What a custodian does with records of its own."""

    def add_bundle(
        self,
        data: bytes,
        *,
        patient: Address,
        number: str | None = None,
        progress: Progress = lambda done: None,
        resume: bool = False,
        padding: str = "none",
    ) -> AddedRecords:
        """Store a FHIR R4 bundle, one record a resource, and anchor all of them in one checkpoint.

        The exact bytes of each resource are kept; nothing is re-serialised. All of the bundle is
        read and checked before the first record is stored, and what cannot be finished is undone.

        Args:
            data: A Bundle, a single resource, or NDJSON, about one patient.
            patient: The identity that the patient uses here. Which of the custodian's patients it
                stands for is noted with the first bundle, and :attr:`patients` can say it.
            number: Whose resources are that name nobody: ``Patient/1``, or ``system|value``.
            progress: Told how many records are stored.
            resume: Leave alone what is kept already, byte for byte and for this patient: an
                addition that was cut short goes on, and nothing is there twice.
            padding: ``padme`` hides the exact lengths.

        Returns:
            The records in order, and the checkpoint that covers them.

        Raises:
            InputError: It is not strict JSON, not FHIR R4, or holds no resource, or there is no
                such padding; nothing was stored.
            SeveralPatients: It is about more than one, or :class:`AnotherPatient` than the
                identity stands for; nothing was stored.
            PatientUnclear: Of something in it that cannot be told, or it names nobody
                (:class:`PatientNotNamed`); nothing was stored.
            StorageError: There is no room, say; nothing was kept.
            ContractError: The chain refuses: the records are kept, and :meth:`anchor_pending`
                anchors them once it does not.
            ChainError: The node did not answer: the same.
        """
        resources = list(fhir.resources(data))
        if not resources:
            raise InputError("the bundle holds no resource: there is nothing to store")
        padded_size(0, padding)
        who = checked_address(patient)
        drafts = [Draft(each.data, each.facts, FHIR_JSON, None, padding) for each in resources]
        whose = [each.patients for each in resources]
        with self.patients.admitting(who, whose, number=number) as hold:
            kept = Kept(self._vault) if resume else None
            return self._add(drafts, who, progress, kept=kept, hold=hold)

    def add(
        self,
        source: Source,
        *,
        patient: Address,
        number: str | None = None,
        facts: ResourceFacts | None = None,
        media_type: str = "application/octet-stream",
        record: str | None = None,
        padding: str = "none",
        resume: bool = False,
    ) -> AddedRecords:
        """Store and anchor one record of any kind and size, or a new version of one.

        Files and generators are read once, block by block; what is stored is what they gave.

        Args:
            source: Its exact bytes: in memory, a binary file object, or an iterable of byte
                strings. A generator that raises ends the addition, and nothing is kept.
            patient: The identity that the patient uses here.
            number: Whose it is, where it is FHIR that names nobody or cannot be read beforehand.
            facts: What consent terms look at; a FHIR resource held in memory says it itself.
            media_type: What it is (RFC 6838).
            record: Id of the record that this is a new version of; None for a new one.
            padding: ``padme`` hides the exact length.
            resume: Leave it alone where it is kept already, byte for byte and for this patient;
                of a ``record``, as its newest version. Reads the source once for each record that
                begins like it: what can be read only once is always stored.

        Returns:
            The record and the checkpoint that covers it.

        Raises:
            InputError: Facts are missing, the source gives no bytes, or the patient, media type or
                padding is none, or it is not one patient's, as for :meth:`add_bundle`; nothing was
                stored.
            AnothersRecord: ``record`` lies under another identity.
            MissingRecord: There is no such record to make a new version of.
            StorageError: As for :meth:`add_bundle`, as are the others.
        """
        who, checked = checked_address(patient), checked_source(source)
        padded_size(0, padding)
        if record is not None:
            self.patients.require_same(record, who)
        if facts is None:
            checked, facts = own_facts(checked, media_type)
            is_fhir = True
        else:
            checked, facts, is_fhir = labelled(checked, media_type, facts)
        draft = Draft(checked, facts, checked_media_type(media_type), record, padding)
        whose = own_patients(checked, number) if is_fhir else []
        with self.patients.admitting(who, whose, number=number) as hold:
            kept = Kept(self._vault, newest_of=record) if resume else None
            return self._add([draft], who, lambda done: None, kept=kept, hold=hold)

    def anchor_pending(self) -> Anchored | None:
        """Anchor records that were stored, but not anchored: the process was killed, say.

        What was anchored in a number of a stream that no reader counts is anchored where they do.

        Returns:
            The new checkpoint; None when there was nothing to do.

        Raises:
            SalusError: As for `Anchors.append`.
        """
        leaves = [self._vault.opening(each).leaf() for each in self._vault.manifests()]
        passed_by = self._anchors.passed_by()
        anchored = self._anchors.ensure(RECORDS_STREAM, leaves)
        for label, _ in passed_by:
            anchored = self._anchors.extend(label) or anchored
        return anchored

    def collect_unused(self, *, older_than: float = DAY) -> Collection:
        """Remove blobs of this vault that nothing points to, unless the chain knows of more.

        A node that is behind does not know of newer records: nothing is removed for what it says,
        and no blob that was finished since the latest block that it shows, less the age.

        Args:
            older_than: Seconds since a blob was finished, counted from the latest block's time
                where that is earlier; see `Vault.collect`.

        Returns:
            What was removed.

        Raises:
            KeyStoreUnavailable: Records are anchored that the key store lacks: it is an older copy.
            VerificationError: The log store does not explain what the chain holds.
            NodeBehind: The node shows less of the logs than was seen: ask another.
            ClocksDiffer: The node's latest block is old, outside local chains.
            SalusError: As for `Vault.collect`.
        """
        behind = max(0.0, time.time() - self._chain.now())
        self._anchors.require_current()
        anchored = self._anchors.leaves(RECORDS_STREAM)
        return self._vault.collect(older_than=older_than + behind, anchored=anchored)

    def erase(self, record: str) -> ErasedRecord:
        """Destroy every key, salt, wrap, manifest and blob of a record, and tell its readers.

        Args:
            record: Its id, 32 hexadecimal digits.

        Returns:
            The signed report of what was destroyed and what was not, with the checkpoint of the
            ``erasures`` stream that holds its digest, a receipt for anybody to check
            (`verify_erasure`), and who was told. Erase again to try what and
            whom was out of reach, and for another receipt; telling twice does no harm.

        Raises:
            InputError: That is no record id.
            MissingRecord: There is none, and never was.
            ChainError: The record is destroyed, and its report waits to be anchored: erase again.
            SignerNotInControl: The account does not control this identity (any more): nothing
                was destroyed.
        """
        self.require_control()
        report = self._vault.erase(record, erased_at=self._chain.now())
        signed = vouch(self._account, "erasure", report.digest, self._chain.chain_id)
        self._vault.keystore.with_room(lambda: self._log_erasure(report))
        inclusion, receipt = self._prove_erasure(report, signed)
        return ErasedRecord(report, signed, inclusion, receipt, *self._tell(report))

    def receipt(self, manifest: Manifest) -> Receipt:
        """Prove a record of one's own: that it existed no later than a block.

        The block is the one that first anchored it, where the node still proves its state; else
        the chain's latest.

        Args:
            manifest: The record version.

        Returns:
            The receipt, with a storage proof where the node serves one.

        Raises:
            InputError: The record is not anchored yet.
            RecordErased: What opens it was destroyed.
        """
        opening = self._vault.opening(manifest)
        first = self._anchors.prove(RECORDS_STREAM, opening.leaf(), first=True)
        with suppress(SalusError):
            at_once = issue_receipt(self._chain, first, opening, block=first.anchored.block_number)
            if at_once.proof is not None:
                return at_once
        last = self._anchors.prove(RECORDS_STREAM, opening.leaf())
        try:
            return issue_receipt(self._chain, last, opening)
        except ReceiptMismatch:  # the stream goes on in another number: the old one stood before
            return issue_receipt(self._chain, first, opening, block=first.anchored.block_number)

    def _add(
        self,
        drafts: Sequence[Draft],
        patient: Address,
        progress: Progress,
        *,
        kept: Kept | None,
        hold: Callable[[], None],
    ) -> AddedRecords:
        self.require_control()
        records: list[Added] = []
        added: list[Added] = []
        now = self._chain.now()
        try:
            for done, draft in enumerate(drafts, start=1):
                before = kept and self._find(kept, draft, patient)
                if before is None:
                    added.append(self._store(draft, patient, now, hold))
                records.append(before or added[-1])
                progress(done)
            anchored = self._anchor(records, len(added))
        except BaseException as end:
            self._take_back(added, end)
            raise
        return AddedRecords(tuple(records), anchored, len(records) - len(added))

    def _log_erasure(self, report: Erasure) -> None:
        # The digest for who has the report; the other leaf for a key store from an old backup.
        leaves = [erased_leaf(report.issuer, report.record), report.digest]
        self._anchors.ensure(ERASURES_STREAM, leaves)

    def _prove_erasure(
        self, report: Erasure, signed: Signed, *, attempts: int = ATTEMPTS
    ) -> tuple[Inclusion, ErasureReceipt]:
        """At the latest block: who signed just now controls the issuer there, for nodes to see."""
        inclusion = self._anchors.prove(ERASURES_STREAM, report.digest)
        try:
            return inclusion, issue_erasure_receipt(self._chain, inclusion, report, signed)
        except ReceiptMismatch:  # another writer was between the two
            if attempts == 1:
                raise
        return self._prove_erasure(report, signed, attempts=attempts - 1)

    def _tell(
        self, report: Erasure
    ) -> tuple[tuple[Address, ...], tuple[tuple[Address, SalusError], ...]]:
        told, untold = [], []
        for each in report.grantees:
            reader = checked_address(each)
            try:
                self._tell_reader(reader, report)
                told.append(reader)
            except SalusError as problem:
                untold.append((reader, problem))
        return tuple(told), tuple(untold)

    def _tell_reader(self, reader: Address, report: Erasure) -> None:
        inbox, document = self.directory.find(reader)
        self._vault.contacts.require(document)
        self._post(inbox, ERASURE, report.notice.to_bytes(), document)

    def _anchor(self, records: Sequence[Added], new: int) -> Anchored:
        leaves = [each.leaf for each in records]
        if new == len(leaves):
            self._anchors.store(RECORDS_STREAM, leaves)
        else:  # what was cut short may have come as far as the log, or to the chain
            self._anchors.store_missing(RECORDS_STREAM, leaves)
        return self._anchors.cover(RECORDS_STREAM, leaves)

    def _find(self, kept: Kept, draft: Draft, patient: Address) -> Added | None:
        compartment = compartment_of(patient, draft.facts)
        facts = kept_of(draft.facts)
        return kept.take(draft.source, draft.media_type, compartment, facts=facts)

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
            end.add_note(f"{stay} records are stored: `salus records anchor` anchors them")

    def _may_be_anchored(self, added: Added) -> bool:
        try:
            return self._anchors.holds(RECORDS_STREAM, added.leaf)
        except SalusError:
            return True

    def _store(self, draft: Draft, patient: Address, now: int, hold: Callable[[], None]) -> Added:
        return self._vault.add(
            draft.source,
            author=self._account,
            compartment=compartment_of(patient, draft.facts),
            media_type=draft.media_type,
            created_at=now,
            record=draft.record,
            facts=kept_of(draft.facts),
            padding=draft.padding,
            guard=hold,
        )
