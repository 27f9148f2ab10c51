"""Hard re-encryption: everything again under new keys, and the old ciphertext gone.

A revocation puts what follows under new keys; what came before still opens with the keys that a
reader was given, as long as the ciphertext can be fetched. Re-encryption ends that: each record
gets new versions of the same content under new keys, and the blobs of the old ones are deleted.
Old manifests, salts and leaves stay, so that receipts keep proving what they proved.

All versions of one record change over in one transaction; a process that dies is continued by
running the same again.

Example:
    >>> from salus.vault.upkeep.rekeying import Rekeyed
    >>> Rekeyed(added=(), consents=("0x01",), unreached=(), failed=()).complete
    True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from salus.errors import CredentialError, VerificationError
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.statements import Author
from salus.vault.errors import RecordErased, VersionTaken
from salus.vault.keyring.keyring import Keyring
from salus.vault.keystore.rows import RecordRow
from salus.vault.storage.errors import MissingBlob
from salus.vault.upkeep.leftovers import Leftovers, Unreached
from salus.vault.versions.adding import Added, Adding, Draft, Prepared
from salus.vault.versions.manifests import Shelf
from salus.vault.versions.opened import OpenedRecord
from salus.vault.versions.places import Places

ATTEMPTS = 5
"""How often a record is tried again while other writers add versions of it."""

Progress = Callable[[int, int], None]
"""Told how many records are done, of how many."""

_JOB = "job"


@dataclass(frozen=True, slots=True)
@typed
class Rekeyed:
    """What a re-encryption did.

    Attributes:
        added: The new versions; anchor their leaves.
        consents: Consents under which keys of the old versions were given: share with those that
            still stand again.
        unreached: Old blobs that could not be deleted, by this or an earlier one: storage, name
            and why. The next one tries again, and so does ``vault.upkeep.check(repair=True)``.
        failed: Records that could not be read, and why; they stay as they were.
    """

    added: tuple[Added, ...]
    consents: tuple[str, ...]
    unreached: Unreached
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
        shelf: Shelf,
        adding: Adding,
        places: Places,
        *,
        open_version: Callable[[Manifest], OpenedRecord],
    ) -> None:
        self._store = shelf.store
        self._ring = ring
        self._shelf = shelf
        self._adding = adding
        self._notes = shelf.store.notebook("rekey")
        self._leftovers = Leftovers(shelf.store.notebook("leftovers"), places)
        self._open = open_version

    def rekey(
        self, *, author: Author, created_at: int, patient: str | None, progress: Progress
    ) -> Rekeyed:
        """Re-encrypt; see `Vault.rekey`.

        Args:
            author: Who signs.
            created_at: Seconds since 1970 (UTC).
            patient: Only this patient's records, a lower-case address; None for all.
            progress: Told how far it is.

        Returns:
            What was done.
        """
        keys = self._job(patient)
        waiting = sorted({row.record for row in self._rows(keys) if not row.replaced_by})
        added: list[Added] = []
        failed: list[tuple[str, str]] = []
        progress(0, len(waiting))
        for done, record in enumerate(waiting, start=1):
            try:
                added += self._record(record, author, created_at)
            except (MissingBlob, VerificationError, CredentialError) as error:
                failed.append((record.hex(), type(error).__name__))
            progress(done, len(waiting))
        unreached = self._delete_old(keys)
        consents = self._consents(keys)
        self._notes.drop(_JOB)
        return Rekeyed(tuple(added), consents, unreached, tuple(failed))

    def _job(self, patient: str | None) -> set[bytes]:
        """The compartment keys to leave behind: noted once, so that a second run is the same."""
        with self._store.transaction():
            job = self._notes.get(_JOB)
            if job is not None:
                if job["patient"] != patient:
                    raise InvalidArgument(
                        "patient", "as in the re-encryption that was not finished: finish it first"
                    )
                return {bytes.fromhex(key) for key in job["keys"]}
            keys = {
                key.key_id
                for key in self._ring.compartments.all()
                if patient in (None, key.compartment.patient)
                and (key.current or self._live(key.key_id))
            }
            self._ring.compartments.rotate(keys)
            job = {"patient": patient, "keys": sorted(key.hex() for key in keys)}
            self._notes.put(_JOB, job)
            return keys

    def _live(self, key_id: bytes) -> bool:
        return any(not row.replaced_by for row in self._rows({key_id}))

    def _rows(self, keys: set[bytes]) -> list[RecordRow]:
        owner = self._ring.owner
        return [row for key in keys for row in self._store.records.all(owner, sealed_under=key)]

    def _record(self, record: bytes, author: Author, created_at: int) -> list[Added]:
        for attempt in range(ATTEMPTS):
            try:
                return self._once(record, author, created_at)
            except VersionTaken:
                if attempt == ATTEMPTS - 1:
                    raise
            except RecordErased:
                break
        return []

    def _once(self, record: bytes, author: Author, created_at: int) -> list[Added]:
        owner = self._ring.owner
        rows = [row for row in self._store.records.all(owner, record=record) if not row.replaced_by]
        newest = self._shelf.newest(owner, record)
        if newest is None or not rows:
            raise RecordErased(record.hex())
        # All versions move behind the newest, in their order: the newest content stays newest.
        last, old, made = newest.manifest, list[Manifest](), list[Prepared]()
        try:
            for row in rows:
                signed = self._shelf.find(owner, record, row.version)
                if signed is None:
                    continue
                made.append(self._again(signed.manifest, last, author, created_at))
                old.append(signed.manifest)
                last = made[-1].signed.manifest
        except BaseException:
            self._adding.withdraw(made)
            raise
        self._adding.keep(made, replacing=old)
        self._leftovers.delete(manifest.blob_name for manifest in old)
        return [one.added for one in made]

    def _again(
        self, manifest: Manifest, previous: Manifest, author: Author, created_at: int
    ) -> Prepared:
        entry = self._ring.entries.find(manifest.record, manifest.version)
        draft = Draft(
            previous=previous,
            compartment=entry.compartment,
            media_type=manifest.media_type,
            created_at=created_at,
            facts=entry.facts,
            padding=manifest.padding,
        )
        return self._adding.prepare(self._open(manifest).blocks(), draft, author=author)

    def _delete_old(self, keys: set[bytes]) -> Unreached:
        replaced = [row for row in self._rows(keys) if row.replaced_by]
        found = (
            self._store.manifests.find(row.issuer, row.record, row.version) for row in replaced
        )
        return self._leftovers.delete([each.blob for each in found if each is not None])

    def _consents(self, keys: set[bytes]) -> tuple[str, ...]:
        targets = keys | {row.wrap_id for row in self._rows(keys) if row.replaced_by}
        shares = [share for target in targets for share in self._store.shares.all(target=target)]
        return tuple(sorted({share.consent for share in shares if share.kind != "received"}))
