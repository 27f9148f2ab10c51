"""Destroying a record: keys first and at once, then its blobs wherever they can be reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument, MalformedDocument
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import ManifestRow
from salus.vault.documents.erasure_notice import ErasureNotice, erased_leaf
from salus.vault.errors import ForgedSignature, KeyDatabaseUnavailable, MissingRecord
from salus.vault.keyring.received import drop_received
from salus.vault.upkeep.deleting import NOT_OURS, BlobPlace, Versions, delete_blobs
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.places import NO_MARKER, OTHER_MARKER, UNTOLD, VERSION, Places
from salus_verify.erasure_receipt import Erasure

MISSING = "it is not where its manifest says; erase again to take that for an answer"
_NOT_TRIED, _COPY = "not tried yet", "not tried yet; nothing says that it is here"

_NEVER_SEEN = (MISSING, _COPY, NO_MARKER, OTHER_MARKER, NOT_OURS, UNTOLD)


class VaultErasing:
    """Erases the records of one vault."""

    def __init__(
        self,
        store: KeyDatabase,
        manifests: ManifestStore,
        places: Places,
        *,
        owner: Address,
        chain_id: int,
    ) -> None:
        self._store = store
        self._manifests = manifests
        self._places = places
        self._owner = owner
        self._chain_id = chain_id

    def erase(self, record: bytes, *, erased_at: int) -> Erasure:
        """Destroy a record; see `Vault.erase`.

        Args:
            erased_at: Seconds since 1970 (UTC).
        """
        self._store.require_no_transaction()
        tried = self._store.erasures.find(self._owner, record) is not None
        # Keys first, with all that names the blobs: without room for that nothing is destroyed.
        report = self._store.with_room(lambda: self._forget_keys(record, erased_at))
        self._verify(record)
        finished = self._delete_blobs(report, tried=tried)
        self._note(finished)
        return finished

    def replay(self, leaves: Collection[bytes], *, erased_at: int) -> tuple[bytes, ...]:
        """Erase again what was erased; see `Vault.replay_erasures`.

        Args:
            erased_at: Seconds since 1970 (UTC).
        """
        kept = {row.record for row in self._store.manifests.all(self._owner)}
        again = sorted(each for each in kept if erased_leaf(self._owner, each) in leaves)
        with self._store.transaction():
            for record in again:
                self._forget_keys(record, erased_at)
        for record in again:
            self.erase(record, erased_at=erased_at)
        return tuple(again)

    def _forget_keys(self, record: bytes, erased_at: int) -> Erasure:
        with self._store.transaction():
            earlier = self._store.erasures.find(self._owner, record)
            if earlier is not None:
                return Erasure.parse(earlier)
            report = self._destroy_keys(record, erased_at)
            self._store.erasures.set(self._owner, record, report.to_bytes())
            return report

    @typed_arguments
    def forget(self, notice: ErasureNotice, *, sender: Address, signer: bytes) -> bool:
        """Destroy what was received of a record that its issuer erased; see `Vault.forget`."""
        if notice.issuer != sender:
            raise ForgedSignature("the notice of erasure", notice.issuer)
        if notice.chain_id != self._chain_id:
            raise MalformedDocument(f"a notice of erasure of chain {notice.chain_id}")
        if notice.issuer == self._owner:
            raise InvalidArgument("notice", "somebody else's: erase your own record")
        return self._store.with_room(lambda: self._forget(notice, signer))

    def _forget(self, notice: ErasureNotice, signer: bytes) -> bool:
        issuer, record = notice.issuer, notice.record
        with self._store.transaction():
            known = drop_received(self._store, issuer, record)
            self._store.erasures.set(issuer, record, notice.to_bytes(), brought_by=signer)
        return known

    def _verify(self, record: bytes) -> None:
        """Look again, from outside the transaction: a report must not promise what is not so."""
        if self._store.records.all(self._owner, record=record) or self._store.manifests.all(
            self._owner, record
        ):
            reason = f"keys of record {record.hex()} are still there; erase it again"
            raise KeyDatabaseUnavailable(self._store.url, reason)

    def _destroy_keys(self, record: bytes, erased_at: int) -> Erasure:
        rows = self._store.manifests.all(self._owner, record)
        if not rows:
            raise MissingRecord(record.hex())
        keys = self._store.records.all(self._owner, record=record)
        shared = {key.key_id for key in keys}
        given = shared | {key.sealed_under for key in keys}
        grantees = {each for target in given for each in self._store.given.grantees(target)}
        blobs = [
            (url, row.blob, self._seen(url, row.blob) or why)
            for row in rows
            for url, why in self._locations(row)
        ]
        for row in rows:
            self._places.forget_versions(row.blob)
        self._store.erase_record(self._owner, record)
        return Erasure(
            issuer=self._owner,
            chain_id=self._chain_id,
            record=record,
            erased_at=erased_at,
            versions=tuple((row.version, row.digest, row.leaf) for row in rows),
            shared_keys=self._store.given.drop(shared),
            grantees=tuple(sorted(grantees, key=lower_case)),
            destroyed=(),
            unreached=tuple(blobs),
        )

    def _locations(self, row: ManifestRow) -> list[tuple[str, str]]:
        """Where a blob may lie, and whether it should."""
        should = set(self._manifests.read(row).blob.locations)
        everywhere = sorted(should | set(self._places.by_url))
        return [(url, _NOT_TRIED if url in should else _COPY) for url in everywhere]

    def _seen(self, url: str, blob: str) -> str:
        """The versions that are noted of a blob, as a reason; empty where none is."""
        versions = self._places.noted_versions(url, blob)
        return VERSION + versions if versions else ""

    def _note(self, report: Erasure) -> None:
        said = report.to_bytes()
        self._store.with_room(lambda: self._store.erasures.set(self._owner, report.record, said))

    def _delete_blobs(self, report: Erasure, *, tried: bool) -> Erasure:
        reasons = {(url, blob): before for url, blob, before in report.unreached}

        def note(versions: Versions) -> None:
            reasons.update(
                {each: VERSION + of_each for each, of_each in versions.items() if of_each}
            )
            self._note(replace(report, unreached=_rows(reasons)))

        known = {each: _versions_in(reason) for each, reason in reasons.items()}
        destroyed, unreached = list(report.destroyed), dict[BlobPlace, str]()
        for each, (existed, problem) in delete_blobs(self._places, known, note=note).items():
            before = reasons[each]
            # A try that failed or was cut short may have deleted what is not found any more.
            existed |= tried and before not in _NEVER_SEEN
            if not problem and not existed and before == _NOT_TRIED:
                problem = MISSING
            if problem:
                unreached[each] = problem
            elif existed:
                destroyed.append(each)
        return replace(report, destroyed=tuple(destroyed), unreached=_rows(unreached))


def _versions_in(reason: str) -> str:
    return reason.removeprefix(VERSION) if reason.startswith(VERSION) else ""


def _rows(reasons: Mapping[BlobPlace, str]) -> tuple[tuple[str, str, str], ...]:
    return tuple((*each, reason) for each, reason in reasons.items())
