"""Checking that everything a vault points to is there and sound, and mending what can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from salus.errors import CredentialError, SalusError, StorageError
from salus.primitives.errors import StorageUnavailable
from salus.primitives.values import typed
from salus.vault.crypto.cid import ContentIdHasher, content_id
from salus.vault.crypto.commitments import check_key
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import KeyDatabaseUnavailable, TamperedKeyDatabase, TruncatedBlob
from salus.vault.keyring.keyring import Keyring
from salus.vault.storage.base import Storage
from salus.vault.storage.errors import MissingBlob
from salus.vault.upkeep.erasing import VaultErasing
from salus.vault.upkeep.pending_deletions import PendingDeletions
from salus.vault.upkeep.unused_blobs import DAY, UnusedBlobs
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.places import Places
from salus_verify.erasure_receipt import Erasure

_UNREACHED = "unreached blob"
_TORN = (
    "rows were deleted, altered, or put back as they were, by something other than Salus: restore"
    " a copy, or go on with what is there (`records.check(accept_rows=True)`), and look at who"
    " holds keys under which consents"
)


@dataclass(frozen=True, slots=True)
@typed
class Finding:
    """Something that is not as it should be.

    Attributes:
        kind: ``damaged key database``, ``altered row``, ``missing rows``, ``lost key``,
            ``missing blob``, ``damaged blob``, ``unreached blob``, ``unfinished erasure``,
            ``unfinished re-encryption``, ``unused blob`` or ``unchecked``; with the chain also
            ``missing records``, ``stream passed by``, ``missing identity key``,
            ``stale recovery shares``, ``unproven records``, ``unsigned record`` and
            ``unreadable in emergencies``.
        subject: The row's table and name, the record's id, the blob's name, or the key database's
            URL.
        detail: What exactly, and what helps.
        repaired: Whether it was mended.
    """

    kind: str
    subject: str
    detail: str
    repaired: bool = False


@dataclass(frozen=True, slots=True)
@typed
class CheckReport:
    """What a check found.

    Attributes:
        versions: How many record versions were checked.
        findings: What is, or was until now, not as it should be.
    """

    versions: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is left to mend."""
        return all(finding.repaired for finding in self.findings)


class VaultChecking:
    """Checks one vault: its own records, in its own storage."""

    def __init__(
        self,
        ring: Keyring,
        manifests: ManifestStore,
        places: Places,
        *,
        erasing: VaultErasing,
        collecting: UnusedBlobs,
    ) -> None:
        self._store = manifests.store
        self._ring = ring
        self._manifests = manifests
        self._places = places
        self._home, *self._others = places.by_url.values()
        self._erasing = erasing
        self._collecting = collecting

    def check(self, *, deep: bool, repair: bool, accept_rows: bool) -> CheckReport:
        """Check everything; see `Upkeep.check`."""
        with self._store.soundness.examined():
            findings = list(self._rows(accept=accept_rows, repair=repair))
            return self._look(findings, deep=deep, repair=repair)

    def _rows(self, *, accept: bool, repair: bool) -> Iterator[Finding]:
        yield from self._damage(repair=repair or accept)
        altered, whole = list(self._store.soundness.altered()), self._store.soundness.whole()
        dropped = bool(altered) and repair and self._store.soundness.drop_invented()
        if accept and not (whole and not altered):
            self._store.soundness.accept()
        for row in altered:
            yield Finding("altered row", row.row, str(row), repaired=accept or dropped)
        if not whole:
            yield Finding("missing rows", self._store.url, _TORN, repaired=accept)

    def _damage(self, *, repair: bool) -> Iterator[Finding]:
        damage, repaired = self._store.soundness.damage(), False
        if damage and repair:
            with suppress(TamperedKeyDatabase, KeyDatabaseUnavailable):
                self._store.soundness.mend()
                repaired = True
        for each in damage:
            yield Finding("damaged key database", self._store.url, each, repaired=repaired)

    def _look(self, findings: list[Finding], *, deep: bool, repair: bool) -> CheckReport:
        whole = not findings
        versions = 0
        for manifest in self._versions():
            findings += self._version(manifest, deep=deep, repair=repair)
            versions += 1
        findings += self._erasures(repair=repair)
        findings += self._unfinished(repair=repair)
        if whole:  # A row that was altered may be the one that points to a blob.
            findings += self._unused()
        return CheckReport(versions, tuple(findings))

    def _versions(self) -> Iterator[Manifest]:
        """The versions that should have a blob. Rows that were altered are findings already."""
        for row in self._store.manifests.all(self._ring.owner, sound_only=True):
            with suppress(TamperedKeyDatabase):
                yield self._manifests.read(row)

    def _unfinished(self, *, repair: bool) -> Iterator[Finding]:
        with suppress(TamperedKeyDatabase):
            if self._store.notebook("rekey").get("job") is not None:
                detail = "run the same `vault.upkeep.rekey()` again: it goes on where it stopped"
                yield Finding("unfinished re-encryption", self._store.url, detail)
        with suppress(TamperedKeyDatabase):
            yield from self._left(repair=repair)

    def _unused(self) -> Iterator[Finding]:
        try:
            for name in self._collecting.lost(older_than=DAY):
                yield Finding("unused blob", name, "`records.collect_unused()` removes it")
        except StorageUnavailable as error:
            yield Finding("unchecked", self._home.url, str(error))

    def _version(self, manifest: Manifest, *, deep: bool, repair: bool) -> Iterator[Finding]:
        try:
            key = self._ring.key_in_store(manifest.issuer, manifest.record, manifest.version)
            check_key(key.key, manifest.blob.key_commitment)
        except CredentialError as error:
            yield Finding("lost key", manifest.record_id, str(error))
        problem = self._problem(self._home, manifest, deep=deep)
        if problem:
            mended = repair and problem != _UNREACHED and self._restore(manifest)
            advice = "copied from another place" if mended else "no other place has it whole"
            if not repair and self._others:
                advice = "repairing looks for it in the other places"
            if problem == _UNREACHED:
                advice = "nobody can tell whether it is sound: check again once the storage answers"
            detail = f"in {self._home.url}; {advice}"
            yield Finding(problem, manifest.blob.name, detail, repaired=mended)

    def _problem(self, place: Storage, manifest: Manifest, *, deep: bool) -> str:
        name = manifest.blob.name
        try:
            if place.size(name) != manifest.blob.ciphertext_size:
                return "damaged blob"
            if deep and content_id(place.get(name)) != manifest.blob.content_id:
                return "damaged blob"
        except MissingBlob:
            return "missing blob"
        except TruncatedBlob:
            return "damaged blob"
        except StorageUnavailable:
            return _UNREACHED
        return ""

    def _restore(self, manifest: Manifest) -> bool:
        for place in self._others:
            try:
                if not self._problem(place, manifest, deep=True):
                    return self._copy(place, manifest)
            except SalusError:
                continue
        return False

    def _copy(self, place: Storage, manifest: Manifest) -> bool:
        hasher = ContentIdHasher()
        with self._home.writer() as writer:
            for piece in place.get(manifest.blob.name):
                hasher.update(piece)
                writer.write(piece)
            # It may have changed since it was looked at: nothing unchecked replaces anything.
            if hasher.finish() != manifest.blob.content_id:
                return False
            self._places.note_version(manifest.blob.name)
            self._home.delete(manifest.blob.name)
            mended = writer.commit(manifest.blob.name)
        self._places.note_version(manifest.blob.name)
        return mended

    def _left(self, *, repair: bool) -> Iterator[Finding]:
        leftovers = PendingDeletions(self._store.notebook("to delete"), self._places)
        before = leftovers.waiting()
        left = leftovers.delete(()) if repair else ()
        after = {(each.storage, each.blob) for each in left} if repair else {*before}
        for url, blob in before:
            gone = (url, blob) not in after
            detail = f"the old blob is still in {url}; repairing tries again to delete it"
            yield Finding("unfinished re-encryption", blob, detail, repaired=gone)

    def _erasures(self, *, repair: bool) -> Iterator[Finding]:
        ours = {self._home.url, *(place.url for place in self._others)}
        notes = self._store.erasures.all(self._ring.owner, sound_only=True)
        for report in map(Erasure.parse, notes):
            left = sorted({each.storage for each in report.unreached} & ours)
            if left:
                done = repair and self._finish(report)
                detail = f"blobs remain in {', '.join(left)}; erase the record again"
                yield Finding("unfinished erasure", report.record.hex(), detail, repaired=done)

    def _finish(self, report: Erasure) -> bool:
        try:
            return self._erasing.erase(report.record, erased_at=report.erased_at).complete
        except (StorageError, TamperedKeyDatabase):
            return False
