"""Taking in what others share: each record by itself, by its issuer's letter or log."""

from __future__ import annotations

from dataclasses import dataclass

from salus.errors import SalusError, StorageError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.crypto.commitments import check_key
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import ManifestRow
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel, Pointer
from salus.vault.documents.record_keys import RecordKey, received_name, received_version
from salus.vault.errors import (
    ForkedManifest,
    MalformedManifest,
    MissingKey,
    MissingRecord,
    RelabelledRecord,
)
from salus.vault.keyring.keyring import Keyring
from salus.vault.keyring.received import drop_received
from salus.vault.sharing.asking import LetterSender, ReceiptChecker
from salus.vault.versions.manifest_store import ManifestStore
from salus_verify.opening import Opening


@dataclass(frozen=True, slots=True)
@typed
class Taken:
    """What became of a parcel."""

    manifests: tuple[Manifest, ...] = ()
    problems: tuple[SalusError, ...] = ()
    erased: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """A record of a parcel with the key that opens it, its proof, and what that outranks."""

    pointer: Pointer
    manifest: Manifest
    key: RecordKey
    receipt: bytes
    outranked: frozenset[bytes]


class Taking:
    """What comes from others, into one key database."""

    def __init__(
        self, store: KeyDatabase, ring: Keyring, manifests: ManifestStore, *, chain_id: int
    ) -> None:
        self._store, self._ring, self._manifests = store, ring, manifests
        self._chain_id = chain_id

    def take(self, parcel: Parcel, *, sender: LetterSender) -> Taken:
        """Take in what is sound, each key and each record for itself, and tell what was not.

        Raises:
            InvalidArgument: The sender is this vault's identity; nothing was taken in.
            StorageError: The key database cannot be written.
        """
        if self._ring.owner == sender.identity:
            # Rows in one's own name decide what a revocation revokes.
            raise InvalidArgument("parcel", "of others: one's own records are here")
        problems: list[SalusError] = []
        single = self._take_keys(parcel, sender, problems)
        # Before the transaction: a node takes its time, and nobody else can write meanwhile.
        found, erased = self._found(parcel, sender, single, problems)
        taken = []
        with self._store.transaction():
            for one in found:
                if self._is_erased(one.manifest, one.receipt, sender):  # meanwhile, perhaps
                    erased += 1
                    continue
                try:
                    self._keep(one, sender, parcel.consent)
                except (ForkedManifest, RelabelledRecord) as problem:  # nothing of it was written
                    problems.append(problem)
                else:
                    taken.append(one.manifest)
        return Taken(tuple(taken), tuple(problems), erased)

    def _take_keys(
        self, parcel: Parcel, sender: LetterSender, problems: list[SalusError]
    ) -> dict[bytes, bytes]:
        """Keep the compartment keys, and return those of single records."""
        with self._store.transaction():
            for key in parcel.keys:
                if key.kind != "compartment":
                    continue
                try:
                    self._ring.received.keep_compartment(sender.identity, key.target, key.secret)
                except StorageError:
                    raise
                except SalusError as problem:
                    problems.append(problem)
                else:
                    name = received_name(sender.identity, key.target)
                    self._ring.received.note(name, consent=parcel.consent, key_id=key.target)
        return {key.target: key.secret for key in parcel.keys if key.kind == "record"}

    def _found(
        self,
        parcel: Parcel,
        sender: LetterSender,
        single: dict[bytes, bytes],
        problems: list[SalusError],
    ) -> tuple[list[_Found], int]:
        """What may come in, with the proofs that were asked for, and how much was erased."""
        found, erased, ask = [], 0, ReceiptChecker(sender)
        for pointer in parcel.pointers:
            try:
                manifest = self._manifest(pointer)
                if self._is_erased(manifest, pointer.receipt, sender):
                    erased += 1
                    continue
                one = self._one(pointer, manifest, sender, single, ask)
                found.append(one)
            except StorageError:
                raise
            except SalusError as problem:
                problems.append(problem)
        problems += ask.unanswered
        return found, erased

    def _manifest(self, pointer: Pointer) -> Manifest:
        manifest = Manifest.parse(pointer.manifest)
        if manifest.chain_id != self._chain_id:
            raise MalformedManifest(f"it is of chain {manifest.chain_id}")
        if manifest.issuer == self._ring.owner:
            raise InvalidArgument("parcel", "of records of others: one's own are here")
        return manifest

    def _is_erased(self, manifest: Manifest, receipt: bytes, sender: LetterSender) -> bool:
        """Whether its issuer erased it; what a thief said so is undone by a receipt.

        Another account than the notice's, in control now, shows it in the issuer's log still.
        """
        if self._store.erasures.find(manifest.issuer, manifest.record) is None:
            return False
        by = self._store.erasures.brought_by(manifest.issuer, manifest.record)
        own = manifest.issuer == sender.identity
        return not (own and receipt and by not in (b"", sender.signer))

    def _one(
        self,
        pointer: Pointer,
        manifest: Manifest,
        sender: LetterSender,
        single: dict[bytes, bytes],
        ask: ReceiptChecker,
    ) -> _Found:
        key = self._key(pointer, manifest, sender.identity, single)
        if manifest.issuer != sender.identity:
            place = (manifest.issuer, manifest.record, manifest.version)
            self._ring.received.require_unborrowed(manifest.blob.key_id, *place)
        opening = Opening(key.salt, manifest.commitment, manifest.digest)
        receipt = ask.receipt(manifest, opening, pointer.receipt)
        outranks = receipt and manifest.issuer == sender.identity
        rivals = self._manifests.rivals(manifest) if outranks else ()
        outranked = frozenset(each.digest for each in rivals if self._is_outranked(each, ask))
        return _Found(pointer, manifest, key, receipt, outranked)

    def _is_outranked(self, row: ManifestRow, ask: ReceiptChecker) -> bool:
        """What a letter alone brought, or what stands in its issuer's log no more."""
        if not row.receipt:
            return True
        held = self._manifests.read(row)
        key = self._ring.key_in_store(row.issuer, row.record, row.version)
        return not ask.stands(
            row.issuer, Opening(key.salt, held.commitment, row.digest), row.receipt
        )

    def _key(
        self, pointer: Pointer, manifest: Manifest, sender: Address, single: dict[bytes, bytes]
    ) -> RecordKey:
        key_id = manifest.blob.key_id
        if pointer.compartment_key is not None:
            compartment_key = self._ring.compartments.key(sender, pointer.compartment_key)
            key = pointer.unwrap(compartment_key, key_id)
        elif key_id in single:
            key = RecordKey.from_secret(key_id, single[key_id])
        else:
            raise MissingKey(f"record {manifest.record_id}, version {manifest.version}")
        check_key(key.key, manifest.blob.key_commitment)
        return key

    def _keep(self, one: _Found, sender: LetterSender, consent: str) -> None:
        """Keep one record; what refuses it is asked before anything is written."""
        manifest, key = one.manifest, one.key
        version = (manifest.issuer, manifest.record, manifest.version)
        own = manifest.issuer == sender.identity
        facts = one.pointer.facts if own else None
        instead = own and self._is_of_another(version, sender)
        rivals = self._manifests.rivals(manifest)
        if any(each.digest not in one.outranked for each in rivals):
            self._manifests.require_no_rival(manifest)
        if not any(each.version == manifest.version for each in rivals):
            self._ring.received.said(facts, *version, instead=instead)
        for each in rivals:
            self._manifests.drop(each)
            self._ring.received.drop_version(each.issuer, each.record, each.version)
        if own and one.receipt:
            self._store.erasures.drop(manifest.issuer, manifest.record)
        by = sender.signer if own else b""
        if not self._manifests.accept(manifest, key, brought_by=by, receipt=one.receipt):
            key = self._ring.key_in_store(*version)
        self._ring.received.keep(
            key,
            sender=sender.identity,
            issuer=manifest.issuer,
            record=manifest.record,
            version=manifest.version,
            facts=facts,
            instead=instead,
        )
        if own:
            self._remember_consents(one, consent)

    def _is_of_another(self, version: tuple[str, bytes, int], sender: LetterSender) -> bool:
        """Whether what is held came by a letter of an account that its issuer replaced since."""
        held = self._store.manifests.find(*version)
        return held is not None and held.brought_by not in (b"", sender.signer)

    def _remember_consents(self, one: _Found, consent: str) -> None:
        """What a consent was not given for must not be opened under it."""
        manifest, compartment_key = one.manifest, one.pointer.compartment_key
        name = received_version(manifest.issuer, manifest.record, manifest.version)
        if compartment_key is None:
            self._ring.received.note(name, consent=consent)
        else:
            through = received_name(manifest.issuer, compartment_key)
            self._ring.received.note(name, through=through)

    @typed_arguments
    def drop(self, issuer: Address, record: bytes) -> bool:
        """Forget what was received of a record, as if it had never come."""
        if issuer == self._ring.owner:
            raise InvalidArgument("issuer", "somebody else: erase your own record")
        return self._store.with_room(lambda: drop_received(self._store, issuer, record))

    def provenance(self, manifest: Manifest) -> tuple[bytes, bytes]:
        """Who signed the letter that brought a version, and its receipt; each may be empty."""
        where = (manifest.issuer, manifest.record, manifest.version)
        row = self._store.manifests.find(*where)
        if row is None:
            raise MissingRecord(manifest.record_id)
        return row.brought_by, row.receipt
