"""Handing keys to readers, taking them in, and revoking.

Example:
    >>> from salus.vault.sharing.sharing import Revocation
    >>> Revocation(wraps=3, rotated=(), others=()).wraps
    3
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from salus.primitives.errors import InvalidArgument
from salus.primitives.values import typed
from salus.vault.crypto.commitments import check_key
from salus.vault.crypto.store_cipher import wrap_key
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.keys import ID_SIZE, CompartmentKey, Plan, RecordKey, received_name
from salus.vault.documents.manifest import Manifest, SignedManifest
from salus.vault.documents.parcels import Parcel, Pointer, pack
from salus.vault.documents.statements import Verify
from salus.vault.documents.wraps import Wrap
from salus.vault.errors import ForgedSignature, MalformedManifest, MissingKey, MissingRecord
from salus.vault.keyring.keyring import Keyring
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.keystore.rows import ManifestRow, ShareRow
from salus.vault.keystore.store import KeyStore
from salus.vault.sharing.grants import Grants
from salus.vault.versions.manifests import Shelf


@dataclass(frozen=True, slots=True)
@typed
class Revocation:
    """What revoking a consent did to the keys.

    Attributes:
        wraps: How many wraps were dropped: none of them is handed out again.
        rotated: Compartment keys under which nothing new goes from now on.
        others: Consents that still stand and were given a rotated key: share with them again, so
            that they can open what is new.
    """

    wraps: int
    rotated: tuple[CompartmentKey, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A record of a parcel, with the key that opens it."""

    pointer: Pointer
    signed: SignedManifest
    key: RecordKey

    @property
    def manifest(self) -> Manifest:
        return self.signed.manifest


class Sharing:
    """Keys out and keys in, over one key store."""

    def __init__(self, store: KeyStore, ring: Keyring, shelf: Shelf) -> None:
        self._store = store
        self._grants = Grants(store)
        self._ring = ring
        self._shelf = shelf

    def give(
        self, plan: Plan, recipient: KeyDocument, *, consent: str, guard: Callable[[], None]
    ) -> Iterator[Parcel]:
        """Wrap the keys of a plan to a reader and remember that.

        Args:
            plan: Which keys.
            recipient: The reader's key document, checked against the chain.
            consent: Under which consent.
            guard: Called while nobody else can write to the key store; what it raises stops all.

        Yields:
            Parcels, each small enough for one message.
        """
        self._store.comparison.require()
        with self._store.transaction():
            guard()
            in_order = sorted(plan.records, key=lambda each: each[1])
            rows = [self._store_row(record, version) for record, version in in_order]
            compartments = [
                self._wrap("compartment", key.key_id, key.key, recipient, consent)
                for key in plan.compartments
            ]
            records = [self._wrap_record(row, recipient, consent) for row in rows]
            pointers = [self._pointer(row) for row in rows]
        yield from pack((wrap, None) for wrap in compartments)
        yield from pack(zip(records, pointers, strict=True))

    def pointers(self, key: CompartmentKey) -> Iterator[Parcel]:
        """Point a reader who holds a compartment key to the records under it.

        Args:
            key: The compartment key.

        Returns:
            Parcels, each small enough for one message.
        """
        self._store.comparison.require()
        return pack((None, pointer) for pointer in self._pointers(key))

    def take(
        self,
        parcel: Parcel,
        *,
        sender: str,
        chain_id: int,
        verify: Verify,
        open_wrap: Callable[[Wrap], bytes],
    ) -> list[Manifest]:
        """Take in what somebody shared: the compartment keys, and all of the records or none.

        Args:
            parcel: The parcel.
            sender: Who sent it, as the letter around it proves.
            chain_id: The chain that the records must be anchored on.
            verify: Tells whether a signer controls an identity and signed.
            open_wrap: Opens a wrap with the reader's keys.

        Returns:
            The records that can be opened now, without those that were erased.

        Raises:
            InvalidArgument: The sender is this vault's identity, or a record is of its own.
            ForgedSignature: A wrap names another sender, or a record that somebody else than its
                issuer passes on is not signed by who controls the issuer now.
            WrongRecipient: A wrap is for somebody else.
            MissingKey: A record comes without a key that was ever received.
            WrongKey: A key is not the one that its manifest commits to.
            ForkedManifest: A manifest contradicts a known one.
            RelabelledRecord: An issuer says other things of a record than before.
        """
        # Before the first key: rows in one's own name decide what a revocation revokes.
        self._require_others(parcel, sender)
        single = self._take_wraps(parcel.wraps, sender, open_wrap)
        found = [
            self._find_key(pointer, signed, sender, single)
            for pointer, signed in self._wanted(parcel, chain_id)
        ]
        # Its issuer's letter vouches for a record, whoever signed it when it was made: keys change.
        # Before the transaction: who signs may be a contract that takes its time to say so, and
        # nobody else can write meanwhile.
        for one in found:
            if one.manifest.issuer != sender:
                one.signed.check(verify)
        better = [one for one in found if self._is_better_signed(one.signed, verify)]
        given = {wrap.target: wrap.consent for wrap in parcel.wraps if wrap.kind == "record"}
        with self._store.transaction():
            present = [one for one in found if not self._erased(one.manifest)]
            for one in present:
                self._keep(one, sender)
                if one in better:
                    self._shelf.sign_anew(one.signed, one.key)
                self._remember_consents(one, sender, given)
        return [one.manifest for one in present]

    def revoke(self, consent: str) -> Revocation:
        """Hand out nothing more under a consent, and start new keys for what follows.

        Args:
            consent: Its id.

        Returns:
            What was done. Revoking again does nothing.
        """
        return self._store.with_room(lambda: self._revoke(consent))

    def _revoke(self, consent: str) -> Revocation:
        with self._store.transaction():
            self._grants.count_end(consent)
            shares = self._store.shares.all(consent=consent)
            dropped = self._store.shares.drop(consent=consent)
            given = {share.target for share in shares if share.kind == "compartment"}
            rotated = self._ring.compartments.rotate(given)
            others = {
                share.consent
                for key in rotated
                for share in self._store.shares.all(target=key.key_id)
            }
            self._grants.end(consent)
        return Revocation(dropped, rotated, tuple(sorted(others)))

    def _pointers(self, key: CompartmentKey) -> Iterator[Pointer]:
        for row in self._store.records.all(self._ring.owner, sealed_under=key.key_id):
            manifest = self._store.manifests.find(row.issuer, row.record, row.version)
            if manifest is not None and not row.replaced_by:
                facts = RecordFacts.of(self._ring.entries.describe(row, key.compartment))
                wrapped = wrap_key(key.key, row.secret)
                yield Pointer(manifest.document, key.key_id, wrapped, facts)

    def _pointer(self, row: ManifestRow) -> Pointer:
        facts = RecordFacts.of(self._ring.entries.find(row.record, row.version))
        return Pointer(row.document, facts=facts)

    def _require_others(self, parcel: Parcel, sender: str) -> None:
        """Nothing that comes by post is written under one's own name."""
        issuers = {
            SignedManifest.parse_unverified(each.manifest).manifest.issuer
            for each in parcel.pointers
        }
        if self._ring.owner in {sender, *issuers}:
            raise InvalidArgument("parcel", "of others and their records: one's own are here")

    def _take_wraps(
        self, wraps: Iterable[Wrap], sender: str, open_wrap: Callable[[Wrap], bytes]
    ) -> dict[bytes, bytes]:
        """Keep the compartment keys, and open what is wrapped for single records."""
        opened = []
        for wrap in wraps:
            if wrap.sender != sender:
                raise ForgedSignature("the wrap", wrap.sender)
            opened.append((wrap, open_wrap(wrap)))
        with self._store.transaction():
            for wrap, key in opened:
                if wrap.kind == "compartment":
                    self._ring.received.keep_compartment(sender, wrap.target, key)
                    name = received_name(sender, wrap.target)
                    self._ring.received.note(name, consent=wrap.consent, key_id=wrap.target)
        return {wrap.target: key for wrap, key in opened if wrap.kind == "record"}

    def _wanted(self, parcel: Parcel, chain_id: int) -> Iterator[tuple[Pointer, SignedManifest]]:
        for pointer in parcel.pointers:
            signed = SignedManifest.parse_unverified(pointer.manifest)
            if signed.manifest.chain_id != chain_id:
                raise MalformedManifest(f"it is of chain {signed.manifest.chain_id}")
            if not self._erased(signed.manifest):
                yield pointer, signed

    def _is_better_signed(self, signed: SignedManifest, verify: Verify) -> bool:
        """A letter vouches for a manifest; what is kept of it as evidence is what was signed."""
        if not self._shelf.is_signed_otherwise(signed):
            return False
        with suppress(ForgedSignature):
            signed.check(verify)
            return True
        return False

    def _erased(self, manifest: Manifest) -> bool:
        return self._store.erasures.find(manifest.issuer, manifest.record) is not None

    def _find_key(
        self, pointer: Pointer, signed: SignedManifest, sender: str, single: dict[bytes, bytes]
    ) -> _Found:
        manifest = signed.manifest
        if pointer.compartment_key is not None:
            compartment_key = self._ring.compartments.key(sender, pointer.compartment_key)
            key = pointer.unwrap(compartment_key, manifest.wrap_id)
        elif manifest.wrap_id in single:
            key = RecordKey.from_secret(manifest.wrap_id, single[manifest.wrap_id])
        else:
            raise MissingKey(f"record {manifest.record_id}, version {manifest.version}")
        check_key(key.key, manifest.key_commitment)
        return _Found(pointer, signed, key)

    def _keep(self, one: _Found, sender: str) -> None:
        manifest = one.manifest
        self._shelf.accept(one.signed, one.key)
        self._ring.received.keep(
            one.key,
            sender=sender,
            issuer=manifest.issuer,
            record=manifest.record,
            version=manifest.version,
            facts=one.pointer.facts,
        )

    def _remember_consents(self, one: _Found, sender: str, given: dict[bytes, str]) -> None:
        """What a consent was not given for must not be opened under it."""
        manifest, compartment_key = one.manifest, one.pointer.compartment_key
        if manifest.issuer != sender:
            return
        name = received_name(manifest.issuer, manifest.wrap_id)
        if compartment_key is None:
            self._ring.received.note(name, consent=given[manifest.wrap_id])
        else:
            through = received_name(sender, compartment_key)
            self._ring.received.note(name, through=through)

    def _store_row(self, record: bytes, version: int) -> ManifestRow:
        row = self._store.manifests.find(self._ring.owner, record, version)
        if row is None:
            raise MissingRecord(record.hex())
        return row

    def _wrap_record(self, row: ManifestRow, recipient: KeyDocument, consent: str) -> Wrap:
        key = self._ring.record_key(row.issuer, row.record, row.version)
        return self._wrap("record", key.wrap_id, key.secret, recipient, consent)

    def _wrap(
        self, kind: str, target: bytes, secret: bytes, recipient: KeyDocument, consent: str
    ) -> Wrap:
        wrap = Wrap.seal(
            kind, target, secret, recipient=recipient, sender=self._ring.owner, consent=consent
        )
        self._store.shares.add(
            ShareRow(
                share_id=os.urandom(ID_SIZE),
                consent=consent,
                grantee=recipient.identity,
                kind=kind,
                target=target,
                document=wrap.to_bytes(),
            )
        )
        return wrap
