"""Reading records: one's own, or received ones under the consent that permits it.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-reading")
    >>> study = clinic.records.add(iter([b"DICM", b" pixels"]), patient="0x" + "12" * 20,
    ...     about="ImagingStudy", media_type="application/dicom")
    >>> clinic.records.read(study.records[0]).read_range(0, 4)
    b'DICM'

    What another one shared opens under a consent, for a purpose:

    >>> from salus.testing import people
    >>> team = people(clinic.chain, ["hospital", "stranger"])
    >>> hospital, reader, patient = team.hospital, team.stranger, team.patient
    >>> reader.mail.announce("memory://inbox-of-example-reading").gas_used > 0
    True
    >>> record = hospital.records.add(b"a letter", patient=patient, about="DocumentReference")
    >>> consent = hospital.consents.propose(patient, reader, salus.Terms.permit("TREAT"))
    >>> consent = hospital.consents.sign(consent, by=patient)
    >>> shared, came = hospital.records.share(consent, purpose="TREAT"), reader.records.collect()
    >>> reader.records.open(came.manifests[0].record_id, under=consent, purpose="TREAT")
    b'a letter'
    >>> reader.records.open(came.manifests[0], under=consent, purpose="TREAT")
    b'a letter'
    >>> hospital.records.open(record)
    b'a letter'
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salus.consents.closing import deny
from salus.consents.documents import Consent, Presented, document_of, read_consent
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.errors import InputError
from salus.records.errors import DisownedRecord
from salus.records.facts import asks, facts_in, facts_told, speaks_for_itself
from salus.records.naming import AnyRecord, manifest_of
from salus.records.received import Received
from salus.records.revocations import require_none
from salus.records.shown_consents import Shown
from salus.terms.description import in_words
from salus.terms.request import ResourceFacts
from salus.terms.vocabulary import Action
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import MissingRecord
from salus.vault.versions.opened import OpenedRecord
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.consents.checks import Standing
    from salus.consents.client import Consents
    from salus.records.consulting import Consulting
    from salus.records.holder import Holder
    from salus.records.provenance import InLog


class Reading:
    """What its holder does with a record: nothing that the patient's consent does not permit."""

    def __init__(
        self,
        holder: Holder,
        *,
        consents: Consents,
        consulting: Consulting,
        in_log: InLog,
    ) -> None:
        self._chain, self._vault = holder.chain, holder.vault
        self._sensitivity = holder.sensitivity
        self._consents = consents
        self._consulting = consulting
        self._in_log = in_log

    def open(
        self,
        record: AnyRecord,
        *,
        under: Presented | Consent | None = None,
        purpose: str | None = None,
        action: Action = Action.ACCESS,
        facts: ResourceFacts | None = None,
        disowned: bool = False,
    ) -> bytes:
        """Open a record and read all of it into memory; :meth:`read` does with less.

        Args:
            record: It, its manifest, or its id.
            under: The consent that it was given under; as for :meth:`read`, as are the others.
            purpose: For what, an HL7 PurposeOfUse code.
            action: What is done with it.
            facts: What else terms look at.
            disowned: Open it although its issuer disowned the log that shows it.

        Returns:
            Its exact bytes.

        Raises:
            InvalidArgument: It is over 256 MiB: :meth:`read` it.
            TamperedBlob: The stored bytes are not what was promised.
            SalusError: As for :meth:`read`.
        """
        shown = None if under is None else document_of(under)
        opened, content = self._permitted(
            self._manifest(record, shown), shown, purpose, action, facts, disowned=disowned
        )
        return opened.read() if content is None else content

    def read(
        self,
        record: AnyRecord,
        *,
        under: Presented | Consent | None = None,
        purpose: str | None = None,
        action: Action = Action.ACCESS,
        facts: ResourceFacts | None = None,
        disowned: bool = False,
    ) -> OpenedRecord:
        """Open a record to read it in parts, as a stream, or into a file, whatever its size.

        Terms decide by what a received record says of itself where it is FHIR (it is read whole
        for that, up to 256 MiB), else by what its issuer said of it in the letter that brought its
        key. ``facts`` can only narrow that: where both are known, both must be permitted.

        Args:
            record: It, its manifest, or its id.
            under: The consent that it was given under; needed for received records, and checked
                on chain first.
            purpose: For what, an HL7 PurposeOfUse code; needed likewise.
            action: What is done with it.
            facts: What else terms look at; needed where nobody said anything.
            disowned: Open it although its issuer disowned the log that shows it.

        Returns:
            The reader. Nothing of a record that is not FHIR was decrypted yet.

        Raises:
            InputError: The consent, the purpose or the facts are missing.
            InvalidArgument: It is FHIR of over 256 MiB.
            ConsentNotInForce: The consent does not stand, is somebody else's, or this record was
                not given under it.
            ConsentRefused: It does not permit this record for that purpose, or another consent
                between the parties that is known here denies it.
            UnknownCode: The purpose is unknown, or the issuer uses a code that is not known here.
            ForkedManifest: It is not the manifest that is held of that version.
            DisownedRecord: It came with a receipt of a checkpoint that its issuer disowned since.
            MissingKey: No key of it was ever received.
            MissingBlob: None of the storages that may be asked holds its content.
            TamperedBlob: The stored bytes are not what was promised.
        """
        shown = None if under is None else document_of(under)
        manifest = self._manifest(record, shown)
        return self._permitted(manifest, shown, purpose, action, facts, disowned=disowned)[0]

    def received(self, manifest: Manifest) -> Received:
        """Find the consents that are known here and under which a received record came.

        Args:
            manifest: The received record.

        Returns:
            The record with them.
        """
        manifest = self._vault.where_it_lies(manifest)
        issuer, shown, heard = manifest.issuer, Shown(self._vault), self._vault.heard
        under = self._vault.keyring.received.under(issuer, manifest.record, manifest.version)
        found = []
        for consent in sorted(under):
            patient = shown.patient(issuer, consent)
            known = None if patient is None else heard.find(patient, self._vault.identity, consent)
            found += [] if known is None else [read_consent(known.document)]
        return Received(manifest, found, self)

    def _manifest(self, record: AnyRecord, under: Presented | None) -> Manifest:
        """Of an id one's own record, or else the newest received version of that id."""
        manifest = manifest_of(record)
        if manifest is not None:
            return manifest
        try:
            return self._vault.manifest(str(record))
        except MissingRecord:
            return self._received(str(record), under)

    def _received(self, record: str, under: Presented | None) -> Manifest:
        """The newest version; where several issued that id, of who gave it under the consent."""
        found = [each for each in self._vault.received() if each.record_id == record]
        if not found:
            raise MissingRecord(record)
        issuers = {each.issuer for each in found}
        if under is not None and len(issuers) > 1:
            consent, given = hex0x(under.consent.id), self._vault.keyring.received.under
            came = [e for e in found if consent in given(e.issuer, e.record, e.version)]
            found, issuers = came or found, {each.issuer for each in came or found}
        if len(issuers) > 1:
            raise InputError(
                f"record {record} came from several issuers, {', '.join(sorted(issuers))}:"
                " give the manifest, or the consent that the wanted one came under"
            )
        return max(found, key=lambda each: each.version)

    def _permitted(
        self,
        manifest: Manifest,
        under: Presented | None,
        purpose: str | None,
        action: Action,
        facts: ResourceFacts | None,
        *,
        disowned: bool,
    ) -> tuple[OpenedRecord, bytes | None]:
        """The reader, and the content where it had to be read to decide."""
        manifest = self._vault.where_it_lies(manifest)
        if manifest.issuer == self._vault.identity:
            return self._vault.open(manifest), None
        if under is None or purpose is None:
            raise InputError(
                "a received record is opened under a consent, for a purpose: give both, as"
                " `under=` and `purpose=`"
            )
        standing = self._standing(manifest, under)
        if not disowned:
            self._require_owned(manifest)
        opened = self._vault.open(manifest)
        content = opened.read() if speaks_for_itself(manifest.media_type) else None
        block = standing.block_number
        recipient, issuer = (
            self._consents.actors.party(each, patient=standing.consent.patient, block=block)
            for each in (standing.consent.grantee, manifest.issuer)
        )
        others = self._consulting.between(
            standing.consent.patient,
            standing.consent.grantee,
            custodian=manifest.issuer,
            block=block,
        )
        at = self._chain.block(block).timestamp
        for each in self._described(manifest, content, facts):
            request = asks(
                each,
                recipient=recipient,
                custodian=issuer,
                author=issuer,
                purpose=purpose,
                at=at,
                action=action,
            )
            self._consents.checks.decide(request, [under], block=block)
            denied = deny(others, request, block=block)
            if denied is not None:
                raise ConsentRefused(
                    str(denied.ordinary),
                    f"another consent: {denied.reason}",
                    purpose=purpose,
                    asked=in_words(request),
                )
        return opened, content

    def _standing(self, manifest: Manifest, under: Presented) -> Standing:
        standing = self._consents.checks.require(under)
        require_none(self._vault, standing.consent)
        consent_id = hex0x(standing.consent.id)
        if standing.consent.grantee != self._vault.identity:
            reason = f"it names another grantee, {standing.consent.grantee}"
            raise ConsentNotInForce(consent_id, reason)
        version = (manifest.issuer, manifest.record, manifest.version)
        given = self._vault.keyring.received.under(*version)
        if consent_id not in given:
            under_which = f"it came under {', '.join(sorted(given)) or 'no consent that is known'}"
            raise ConsentNotInForce(
                consent_id,
                f"this record was not given under it, {under_which}",
                advice="Open it under that one, or ask its custodian to share it under this one",
            )
        return standing

    def _require_owned(self, manifest: Manifest) -> None:
        _, receipt = self._vault.readers.provenance(manifest)
        if receipt and self._in_log.is_disowned(receipt):
            raise DisownedRecord(manifest.record_id, issuer=manifest.issuer)

    def _described(
        self, manifest: Manifest, content: bytes | None, facts: ResourceFacts | None
    ) -> Iterator[ResourceFacts]:
        """Everything that is said of a record by somebody who may say it; each must be permitted.

        Were one word enough, a reader could choose the one that opens.
        """
        described = [] if facts is None else [facts]
        if content is not None:
            described += facts_in(content, table=self._sensitivity)
        ring = self._vault.keyring
        # Of FHIR too: its issuer may know codes that this reader's table does not have.
        said = ring.received.facts(manifest.issuer, manifest.record, manifest.version)
        described += [] if said is None else [facts_told(said)]
        if not described:
            raise InputError(
                f"a record of {manifest.media_type} needs `facts=` about it, as its issuer said"
                " nothing: give them, or ask its issuer to share it again"
            )
        return iter(described)
