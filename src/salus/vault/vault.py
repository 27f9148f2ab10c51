"""The vault: records go in as plaintext and come out for whom they were shared with.

Example:
    >>> from salus.vault import Compartment, IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> vault = Vault("memory://example-ward", "memory:", keys=keys, chain_id=31337)
    >>> labs = Compartment(patient="0x" + "cd" * 20, resource_class="Observation.laboratory")
    >>> added = vault.add(b'{"resourceType":"Observation"}', compartment=labs,
    ...                   media_type="application/fhir+json", created_at=1_800_000_000)
    >>> vault.open(added.manifest).read()
    b'{"resourceType":"Observation"}'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus.primitives.verbs import verb
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.notebook import Notebook
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.facts import ANY_TIME, Span
from salus.vault.documents.manifest import Manifest, nameable_chain
from salus.vault.documents.record_keys import RecordKey
from salus.vault.errors import MissingKey
from salus.vault.keyring.heard import HeardConsents
from salus.vault.keyring.keyring import Keyring
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.own_keys import OwnKeys
from salus.vault.letters.contacts import Contacts
from salus.vault.sharing.grants import Grants
from salus.vault.sharing.readers import Readers
from salus.vault.sharing.sharing import KeySharing
from salus.vault.sharing.taking import Taking
from salus.vault.storage.base import Storage
from salus.vault.storage.storage_kinds import storage_of
from salus.vault.upkeep.erasing import VaultErasing
from salus.vault.upkeep.upkeep import Upkeep
from salus.vault.versions.adding import Added, NewVersion, VaultAdding
from salus.vault.versions.contents import Contents
from salus.vault.versions.manifest_store import ManifestStore
from salus.vault.versions.opened import OpenedRecord
from salus.vault.versions.places import Places
from salus.vault.versions.pointers import Pointers, record_bytes
from salus_verify.encoding import octets_of
from salus_verify.erasure_receipt import Erasure
from salus_verify.opening import Opening
from salus_verify.sources import Source


class Vault:
    """The encrypted records of one identity, and those that others shared with it.

    Args:
        storage: Where blobs go: a URL, or a storage.
        database: Where keys are kept: ``sqlite:///file``, ``memory:``, or a key database.
        keys: The identity's keys; they open the key database and what is sealed to it.
        chain_id: The chain that records are anchored on.
        read_from: URLs of further storages that blobs may be read from. What a manifest names and
            is not listed here is never contacted.

    Attributes:
        own_keys: The identity's keys, which may be rotated while the vault is open.
        readers: Handing out keys, taking in what others share, revoking.
        upkeep: Checking, collecting, re-encrypting.
        keyring: Which key opens what.
        contacts: The keys of others, as they were met.
        grants: What was given under which consent.
        heard: Consents that are known.
        contents: Records by what they hold.

    Raises:
        InvalidArgument: No document can name the chain.
        InvalidStorageUrl: A URL has another form, or no document can name the storage.
        KeyDatabaseUnavailable: The key database cannot be opened.
        WrongKey: The key database belongs to other identity keys.
    """

    manifest = verb("_pointers", Pointers.manifest)
    manifests = verb("_pointers", Pointers.manifests)
    received = verb("_pointers", Pointers.received)
    where_it_lies = verb("_pointers", Pointers.where_it_lies)

    def __init__(
        self,
        storage: str | Storage,
        database: str | KeyDatabase,
        *,
        keys: IdentityKeys,
        chain_id: int,
        read_from: Iterable[str] = (),
    ) -> None:
        self.chain_id = nameable_chain(chain_id)
        self.own_keys = OwnKeys(keys)
        self.storage = storage_of(storage)
        self.read_from = tuple(read_from)
        self._places = [self.storage, *map(storage_of, self.read_from)]
        self.database = _opened(database, keys) if isinstance(database, str) else database
        self.keyring = Keyring(self.database, keys)
        self._manifests = ManifestStore(self.database, keys)
        self._pointers = Pointers(self._manifests, owner=keys.identity)
        self.contacts = Contacts(self.database.notebook("contacts"))
        self.grants = Grants(self.database)
        self.heard = HeardConsents(self.database, self._manifests.cipher)
        self.readers = Readers(
            KeySharing(self.database, self.keyring),
            Taking(self.database, self.keyring, self._manifests, chain_id=chain_id),
            contacts=self.contacts,
        )
        self.contents = Contents(self.database, self._manifests.cipher, self.keyring)
        places = Places(self.database, self._places)
        self._adding = VaultAdding(places, self.keyring, self._manifests, chain_id=chain_id)
        self._erasing = VaultErasing(
            self.database, self._manifests, places, owner=keys.identity, chain_id=chain_id
        )
        parts = (self.keyring, self._manifests, self._adding, self._erasing, places)
        self.upkeep = Upkeep(*parts, open_version=self._open)

    @typed_arguments
    def notebook(self, name: str) -> Notebook:
        """Open the notes of one part of the client: private, sealed, in this vault's key database.

        Args:
            name: Whose notes they are.

        Returns:
            JSON values by name.
        """
        return self.database.notebook(name)

    @property
    def keys(self) -> IdentityKeys:
        """The identity's keys as they are now."""
        return self.own_keys.now

    @property
    def identity(self) -> Address:
        """Whose vault this is."""
        return self.keys.identity

    @typed_arguments
    def add(
        self,
        source: Source,
        *,
        compartment: Compartment,
        media_type: str,
        created_at: Moment,
        record: str | None = None,
        when: Span = ANY_TIME,
        padding: str = "none",
        guard: Callable[[], None] = lambda: None,
    ) -> Added:
        """Encrypt and store a record, or a new version of one.

        The blob is durable before its key is kept, and the key together with the manifest: whatever
        happens in between, no pointer ever points to nothing.

        Args:
            source: The exact bytes: in memory, a binary file object, or an iterable.
            compartment: What consent terms will look at.
            media_type: What it is (RFC 6838), such as ``application/fhir+json``.
            created_at: A datetime, or seconds since 1970 (UTC).
            record: Id of the record that this is a new version of, 32 hexadecimal digits; None for
                a new one.
            when: The first second that it is about and the first after, since 1970 (UTC); None
                where it is not known.
            padding: ``padme`` hides the exact length.
            guard: Called in the transaction that keeps the record; what it raises keeps nothing.

        Returns:
            The manifest, and what to anchor.

        Raises:
            InvalidArgument: An argument has another form.
            MissingRecord: There is no such record to make a new version of.
            RecordErased: That record was erased.
            VersionTaken: Another writer added this version meanwhile.
            StorageFull: There is no room; nothing was kept.
            StorageUnavailable: The storage refuses; nothing was kept.
        """
        draft = NewVersion(
            previous=None if record is None else self.manifest(record),
            compartment=compartment,
            media_type=media_type,
            created_at=moment_of(created_at, name="created_at"),
            when=when,
            padding=padding,
        )
        return self._adding.add([(source, draft)], guard=guard)[0]

    @typed_arguments
    def add_together(
        self,
        items: Iterable[tuple[Source, NewVersion]],
        *,
        guard: Callable[[], None] = lambda: None,
    ) -> tuple[Added, ...]:
        """Encrypt and store records in one transaction: all of them, or none.

        Their blobs are durable before; half of what a small record costs is the transaction.

        Args:
            items: The exact bytes of each, and what is said of it.
            guard: As for :meth:`add`.

        Returns:
            The manifests in order, and what to anchor.

        Raises:
            SalusError: As for :meth:`add`.
        """
        return self._adding.add(items, guard=guard)

    @typed_arguments
    def open(self, manifest: Manifest) -> OpenedRecord:
        """Open a record of one's own, or one that was received.

        A version that was encrypted again opens from where it lies now; no content is read yet.

        Args:
            manifest: The pointer to the version wanted.

        Returns:
            The record, to be read.

        Raises:
            MissingKey: This vault was never given its key.
            RecordErased: It was erased here.
            WrongKey: The key is not the one that the manifest commits to.
            MissingBlob: None of the storages that may be asked holds the blob.
            TruncatedBlob: The blob is shorter than the manifest says.
            AppendedBlob: It is longer.
            ForkedManifest: Another one of that version is known.
        """
        return self._open(self.where_it_lies(manifest))

    @typed_arguments
    def opening(self, manifest: Manifest) -> Opening:
        """What opens a record version's anchored leaf.

        Args:
            manifest: The version.

        Returns:
            The opening; it holds the salt, so give it only to who may check the record.

        Raises:
            MissingKey: This vault was never given its key and salt.
            RecordErased: They were destroyed.
        """
        return Opening(self._key(manifest).salt, manifest.commitment, manifest.digest)

    @typed_arguments
    def erase(self, record: str, *, erased_at: Moment) -> Erasure:
        """Destroy every key, salt, manifest and blob of a record that this vault controls.

        Keys go first, in one step. Erase again to delete blobs that could not be reached.

        Args:
            record: The record's id, 32 hexadecimal digits.
            erased_at: A datetime, or seconds since 1970 (UTC).

        Returns:
            What was destroyed and what was not.

        Raises:
            InvalidArgument: The record id is not valid.
            MissingRecord: There is none, and never was.
            TransactionOpen: The key database has one open; nothing was destroyed.
            KeyDatabaseUnavailable: The key database cannot be written; nothing was destroyed.
        """
        return self._erasing.erase(
            record_bytes(record), erased_at=moment_of(erased_at, name="erased_at")
        )

    @typed_arguments
    def replay_erasures(self, leaves: Iterable[bytes], *, erased_at: Moment) -> tuple[str, ...]:
        """Erase again what was erased before this key database was put back from a backup.

        Args:
            leaves: Of the issuer's stream of erasures, as far as they are known.
            erased_at: A datetime, or seconds since 1970 (UTC).

        Returns:
            The ids of the records that were here, and are not any more.
        """
        found = self._erasing.replay(
            frozenset(leaves), erased_at=moment_of(erased_at, name="erased_at")
        )
        return tuple(each.hex() for each in found)

    @typed_arguments
    def forget(self, notice: ErasureNotice, *, sender: Address, signer: bytes = b"") -> bool:
        """Destroy what was received of a record, because its issuer erased it.

        Args:
            notice: What a letter of the kind ``erasure`` says.
            sender: Who wrote that letter.
            signer: Who signed it for the sender; defaults to the sender itself.

        Returns:
            False where nothing of the record was here. Either way it is taken in again only where
            its issuer, by another account, shows by a receipt that it has it still.

        Raises:
            MalformedDocument: The notice is of another chain.
            ForgedSignature: The sender is not the record's issuer.
            InvalidArgument: It is of a record of one's own: :meth:`erase` it.
        """
        who = checked_address(sender)
        return self._erasing.forget(notice, sender=who, signer=signer or octets_of(who))

    def close(self) -> None:
        """Close the key database."""
        self.database.close()

    def _open(self, manifest: Manifest) -> OpenedRecord:
        return OpenedRecord(manifest, self._key(manifest), self._places)

    def _key(self, manifest: Manifest) -> RecordKey:
        try:
            return self.keyring.record_key(manifest.issuer, manifest.record, manifest.version)
        except MissingKey:
            self._pointers.require_not_erased(manifest.issuer, manifest.record)
            raise

    def __repr__(self) -> str:
        return f"Vault({self.storage.url!r}, of {self.identity})"


def _opened(url: str, keys: IdentityKeys) -> KeyDatabase:
    """Open a key database; one that is another identity's is closed again."""
    database = KeyDatabase.open(url)
    try:
        database.let_in(keys.identity, keys.store_key)
    except BaseException:
        database.close()
        raise
    return database
