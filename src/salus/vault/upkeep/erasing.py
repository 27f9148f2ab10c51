"""Destroying a record: keys first and at once, then its blobs wherever they can be reached."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument, MalformedDocument
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import ManifestRow
from salus.vault.documents.erasure_notice import ErasureNotice, erased_leaf
from salus.vault.errors import ForgedSignature, KeyDatabaseUnavailable, MissingRecord
from salus.vault.keyring.received import drop_received
from salus.vault.upkeep.deleting import Versions, delete_blobs
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.places import Places
from salus_verify.erasure_receipt import Erasure
from salus_verify.unreached import Unreached, WhyLeft

_NEVER_SEEN = (
    WhyLeft.MISSING,
    WhyLeft.COPY,
    WhyLeft.NO_MARKER,
    WhyLeft.OTHER_MARKER,
    WhyLeft.NOT_OURS,
    WhyLeft.UNTOLD,
)


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
        blobs = [left for row in rows for left in self._locations(row)]
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

    def _locations(self, row: ManifestRow) -> list[Unreached]:
        """Where a blob may lie, whether it should, and which versions of it are noted."""
        should = set(self._manifests.read(row).blob.locations)
        return [
            _named(
                Unreached(
                    url,
                    row.blob,
                    WhyLeft.NOT_TRIED if url in should else WhyLeft.COPY,
                ),
                self._places.noted_versions(url, row.blob),
            )
            for url in sorted(should | set(self._places.by_url))
        ]

    def _note(self, report: Erasure) -> None:
        said = report.to_bytes()
        self._store.with_room(lambda: self._store.erasures.set(self._owner, report.record, said))

    def _delete_blobs(self, report: Erasure, *, tried: bool) -> Erasure:
        before = {(each.storage, each.blob): each for each in report.unreached}

        def note(versions: Versions) -> None:
            before.update({each: _named(before[each], named) for each, named in versions.items()})
            self._note(replace(report, unreached=tuple(before.values())))

        known = {each: " ".join(left.versions) for each, left in before.items()}
        destroyed, unreached = list(report.destroyed), list[Unreached]()
        for each, (existed, left) in delete_blobs(self._places, known, note=note).items():
            why = before[each].reason
            # A try that failed or was cut short may have deleted what is not found any more.
            existed |= tried and why not in _NEVER_SEEN
            if not left and not existed and why is WhyLeft.NOT_TRIED:
                left = Unreached(*each, WhyLeft.MISSING)
            if left:
                unreached.append(left)
            elif existed:
                destroyed.append(each)
        return replace(report, destroyed=tuple(destroyed), unreached=tuple(unreached))


def _named(left: Unreached, versions: str) -> Unreached:
    """Name the versions by which a blob can still be fetched, where there are any."""
    named = tuple(sorted(versions.split()))
    return replace(left, reason=WhyLeft.VERSIONS, versions=named) if named else left
