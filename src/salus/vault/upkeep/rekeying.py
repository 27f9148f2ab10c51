"""Hard re-encryption: everything again under new keys, and the old ciphertext gone.

A revocation puts what follows under new keys; what came before still opens with the keys that a
reader was given, as long as the ciphertext can be fetched. Re-encryption ends that: each version
gets a new key and a new blob, and the old blob is deleted. What the record is, its salt and its
leaf stay, so that receipts keep proving what they proved, and nothing is anchored anew.

All versions of one record change over in one transaction; a process that dies is continued by
running the same again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from salus.errors import CredentialError, VerificationError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.database.rows import RecordRow
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import RecordErased, VersionTaken
from salus.vault.keyring.keyring import Keyring
from salus.vault.storage.errors import MissingBlob
from salus.vault.upkeep.pending_deletions import PendingDeletions
from salus.vault.versions.adding import NewVersion, Prepared, VaultAdding
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.opened import OpenedRecord
from salus.vault.versions.places import Places
from salus_verify.unreached import Unreached

ATTEMPTS = 5
"""How often a record is tried again while other writers add versions of it."""

RekeyProgress = Callable[[int, int], None]
"""Told how many records are done, of how many."""

_JOB = "job"


@dataclass(frozen=True, slots=True)
@typed
class Rekeyed:
    """What a re-encryption did.

    Attributes:
        versions: The record versions that lie under new keys.
        consents: Consents under which old keys were given: share with those that still stand again.
        unreached: Old blobs that could not be deleted, by this or an earlier one, and why. The
            next one tries again, and so does ``vault.check(repair=True)``.
        failed: Records that could not be read, and why; they stay as they were.
    """

    versions: tuple[Manifest, ...]
    consents: tuple[str, ...]
    unreached: tuple[Unreached, ...]
    failed: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether every record was re-encrypted and every old blob is gone."""
        return not self.unreached and not self.failed


class Rekeying:
    """Re-encrypts the records of one vault."""

    def __init__(
        self,
        ring: Keyring,
        manifests: ManifestStore,
        adding: VaultAdding,
        places: Places,
        *,
        open_version: Callable[[Manifest], OpenedRecord],
    ) -> None:
        self._store = manifests.store
        self._ring = ring
        self._manifests = manifests
        self._adding = adding
        self._notes = manifests.store.notebook("rekey")
        self._leftovers = PendingDeletions(manifests.store.notebook("to delete"), places)
        self._open = open_version

    @typed_arguments
    def rekey(self, *, patient: Address | None, progress: RekeyProgress) -> Rekeyed:
        """Re-encrypt; see `Upkeep.rekey`."""
        self._store.require_no_transaction()
        keys, consents = self._job(patient)
        waiting = sorted({row.record for row in self._rows(keys)})
        versions: list[Manifest] = []
        failed: list[tuple[str, str]] = []
        progress(0, len(waiting))
        for done, record in enumerate(waiting, start=1):
            try:
                versions += self._record(record, keys)
            except (MissingBlob, VerificationError, CredentialError) as error:
                failed.append((record.hex(), type(error).__name__))
            progress(done, len(waiting))
        unreached = self._leftovers.delete(())
        again = tuple(sorted(consents | self._consents(keys)))
        self._notes.drop(_JOB)
        return Rekeyed(tuple(versions), again, unreached, tuple(failed))

    def _job(self, patient: Address | None) -> tuple[set[bytes], set[str]]:
        """The compartment keys to leave behind, and who had them: noted once, for a second run."""
        with self._store.transaction():
            job = self._notes.get(_JOB)
            if job is not None:
                if job["patient"] != patient:
                    raise InvalidArgument(
                        "patient", "as in the re-encryption that was not finished: finish it first"
                    )
                return {bytes.fromhex(key) for key in job["keys"]}, set(job["consents"])
            keys = {
                key.key_id
                for key in self._ring.compartments.all()
                if patient in (None, key.compartment.patient)
                and (key.current or self._rows({key.key_id}))
            }
            consents = self._consents(keys)
            self._ring.compartments.rotate(keys)
            job = {
                "patient": patient,
                "keys": sorted(key.hex() for key in keys),
                "consents": sorted(consents),
            }
            self._notes.put(_JOB, job)
            return keys, consents

    def _rows(self, keys: set[bytes]) -> list[RecordRow]:
        owner = self._ring.owner
        return [row for key in keys for row in self._store.records.all(owner, sealed_under=key)]

    def _record(self, record: bytes, keys: set[bytes]) -> list[Manifest]:
        for attempt in range(ATTEMPTS):
            try:
                return self._once(record, keys)
            except VersionTaken:
                if attempt == ATTEMPTS - 1:
                    raise
            except RecordErased:
                break
        return []

    def _once(self, record: bytes, keys: set[bytes]) -> list[Manifest]:
        rows = self._store.records.all(self._ring.owner, record=record)
        old, made = list[Manifest](), list[Prepared]()
        try:
            for row in rows:
                manifest = self._manifests.find(row.issuer, record, row.version)
                if manifest is None or row.sealed_under not in keys:
                    continue
                made.append(self._again(manifest))
                old.append(manifest)
        except BaseException:
            self._adding.withdraw(made)
            raise
        blobs = [each.blob.name for each in old]
        self._adding.swap(made, old, also=lambda: self._leftovers.note(blobs))
        self._leftovers.delete(blobs)
        return [one.manifest for one in made]

    def _again(self, manifest: Manifest) -> Prepared:
        entry = self._ring.entries.find(manifest.record, manifest.version)
        draft = NewVersion(
            previous=None,
            compartment=entry.compartment,
            media_type=manifest.media_type,
            created_at=manifest.created_at,
            when=entry.facts.when,
            padding=manifest.blob.padding,
        )
        opened = self._open(manifest)
        return self._adding.encrypt_again(
            opened.blocks(), manifest, draft, salt=opened.opening.salt
        )

    def _consents(self, keys: set[bytes]) -> set[str]:
        targets = keys | {row.key_id for row in self._rows(keys)}
        given = self._store.given
        return {row.consent for target in targets for row in given.all(target=target)}
