"""Looking after a vault: checking, collecting what nobody points to, re-encrypting.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> vault = Vault("memory://example-upkeep", "memory:", keys=keys, chain_id=31337)
    >>> vault.upkeep.check().sound, vault.upkeep.collect().blobs
    (True, ())
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Wait, wait_of
from salus.vault.documents.manifest import Manifest
from salus.vault.keyring.keyring import Keyring
from salus.vault.upkeep.checking import CheckReport, VaultChecking
from salus.vault.upkeep.erasing import VaultErasing
from salus.vault.upkeep.rekeying import Rekeyed, Rekeying, RekeyProgress
from salus.vault.upkeep.unused_blobs import DAY, RemovedBlobs, UnusedBlobs
from salus.vault.versions.adding import VaultAdding
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.opened import OpenedRecord
from salus.vault.versions.places import Places


class Upkeep:
    """Looks after one vault."""

    def __init__(
        self,
        ring: Keyring,
        manifests: ManifestStore,
        adding: VaultAdding,
        erasing: VaultErasing,
        places: Places,
        *,
        open_version: Callable[[Manifest], OpenedRecord],
    ) -> None:
        self._owner = ring.owner
        self._store = manifests.store
        self._collecting = UnusedBlobs(
            manifests.store, manifests.cipher, places.home, owner=ring.owner
        )
        self._checking = VaultChecking(
            ring, manifests, places, erasing=erasing, collecting=self._collecting
        )
        self._rekeying = Rekeying(ring, manifests, adding, places, open_version=open_version)

    @typed_arguments
    def check(
        self, *, deep: bool = False, repair: bool = False, accept_rows: bool = False
    ) -> CheckReport:
        """Check that every record version of one's own has its key and its blob.

        Args:
            deep: Read and hash every blob.
            repair: Mend what can be: finish erasures, drop rows that nothing points to.
            accept_rows: Take rows that were put back or deleted for what is there from now on.

        Returns:
            What was found.

        Raises:
            StorageUnavailable: The storage cannot be asked.
            KeyDatabaseUnavailable: The key database cannot be read.
        """
        return self._checking.check(deep=deep, repair=repair, accept_rows=accept_rows)

    @typed_arguments
    def collect(self, *, older_than: Wait = DAY, anchored: Iterable[bytes] = ()) -> RemovedBlobs:
        """Remove the blobs that this vault made and that nothing points to (any more).

        Others may use the same storage, and writers may be at work: what another key database made,
        be it of the same owner, is never touched, nor what is younger than the limit or is being
        pointed to this moment.

        Args:
            older_than: Seconds, or a timedelta, since a blob was finished. A writer that is
                slower, because a person has to sign, finds its blob gone and fails, having kept
                nothing.
            anchored: Leaves of one's own records that the chain has: where the key database lacks
                one, nothing is removed.

        Returns:
            What was removed.

        Raises:
            InputError: ``older_than`` is negative.
            TamperedKeyDatabase: A row of the key database was altered: it may be what points to a
                blob.
            KeyDatabaseUnavailable: The key database knows no record at all, or not all that are
                anchored: it may be the wrong one, or an older copy.
            StorageUnavailable: The storage refuses; run it again.
        """
        return self._collecting.collect(
            older_than=wait_of(older_than, name="older_than"), anchored=anchored
        )

    @typed_arguments
    def unknown(self, anchored: Iterable[bytes]) -> tuple[bytes, ...]:
        """List anchored leaves of whose records the key database knows nothing, erased ones apart.

        Args:
            anchored: Of one's own records.

        Returns:
            Those that it does not know.

        Raises:
            KeyDatabaseUnavailable: The key database cannot be read.
        """
        with self._store.soundness.examined():
            return self._collecting.unknown(anchored)

    @typed_arguments
    def rekey(
        self,
        *,
        patient: AnyIdentity | None = None,
        progress: RekeyProgress = lambda done, total: None,
    ) -> Rekeyed:
        """Encrypt records again under new keys, and delete the old blobs.

        What records are, and what was anchored of them, stays the same. Killed or failed midway,
        the same call goes on where it stopped.

        Args:
            patient: Only the records of this patient; None for all.
            progress: Told how many record versions are done, of how many.

        Returns:
            What was encrypted again, and the consents to share with again.

        Raises:
            InvalidArgument: Another re-encryption is unfinished.
            TransactionOpen: A transaction of the key database is open.
            VersionTaken: Others write a record all the time; run it again.
            StorageFull: There is no room; run it again when there is.
            StorageUnavailable: The storage refuses; run it again.
        """
        return self._rekeying.rekey(
            patient=None if patient is None else identity_of(patient),
            progress=progress,
        )
