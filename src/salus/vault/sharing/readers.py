"""A vault and its readers: handing out keys, taking in what others share, revoking.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> vault = Vault("memory://example-readers", "memory:", keys=keys, chain_id=31337)
    >>> vault.readers.revoke("0x" + "01" * 32).shared_keys
    0
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel
from salus.vault.documents.record_keys import CompartmentKey, Plan
from salus.vault.errors import UnprovenRecord
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.letters.contacts import Contacts
from salus.vault.sharing.asking import AnchorCheck, LetterSender
from salus.vault.sharing.sharing import NO_RECEIPTS, KeySharing, Receipts, Revocation
from salus.vault.sharing.taking import Taken, Taking
from salus_verify.encoding import octets_of
from salus_verify.opening import Opening


@typed_arguments
def nothing_is_proven(issuer: Address, opening: Opening, receipt: bytes) -> None:
    """Refuse what no node can be asked about."""
    raise UnprovenRecord("of that receipt", issuer=issuer, sender="its sender")


class Readers:
    """What one vault gives to readers, and takes in from others."""

    def __init__(
        self,
        sharing: KeySharing,
        taking: Taking,
        *,
        contacts: Contacts,
    ) -> None:
        self._sharing, self._taking, self._contacts = sharing, taking, contacts

    @typed_arguments
    def share(
        self,
        plan: Plan,
        recipient: KeyDocument,
        *,
        consent: str,
        guard: Callable[[], None] = lambda: None,
        receipts: Receipts = NO_RECEIPTS,
    ) -> list[Parcel]:
        """Share keys with a reader, under a consent that permits everything they open.

        Raises:
            MissingRecord: A record of the plan is not in this vault.
            InvalidArgument: The key document holds no usable key.
            TransactionOpen: A transaction of the key database is open.
            KeyChanged: The reader had another key: nothing is sealed until somebody compared the
                new one and accepted it (``vault.contacts``).
        """
        self._contacts.require(recipient)
        given = self._sharing.give(plan, recipient, consent=consent, guard=guard, receipts=receipts)
        return list(given)

    @typed_arguments
    def pointers(
        self, key: CompartmentKey, *, receipts: Receipts = NO_RECEIPTS
    ) -> Iterator[Parcel]:
        """Point a reader who was given a compartment key to the records under it."""
        return self._sharing.pointers(key, receipts=receipts)

    @typed_arguments
    def receive(
        self,
        parcel: bytes | Parcel,
        *,
        sender: Address,
        signer: bytes = b"",
        anchored: AnchorCheck = nothing_is_proven,
    ) -> list[Manifest]:
        """Take in what is sound of what somebody shared, and raise why the rest was not.

        Raises:
            SalusError: The first of the problems that :meth:`take` tells; what is sound came in.
        """
        taken = self.take(parcel, sender=sender, signer=signer, anchored=anchored)
        if taken.problems:
            raise taken.problems[0]
        return list(taken.manifests)

    @typed_arguments
    def take(
        self,
        parcel: bytes | Parcel,
        *,
        sender: Address,
        signer: bytes = b"",
        anchored: AnchorCheck = nothing_is_proven,
    ) -> Taken:
        """Take in what somebody shared, each key and each record for itself.

        Raises:
            InvalidArgument: The sender is this vault's identity; nothing came in.
            MalformedDocument: The parcel does not follow its format; nothing came in.
        """
        who = checked_address(sender)
        return self._taking.take(
            parcel if isinstance(parcel, Parcel) else Parcel.parse(parcel),
            sender=LetterSender(who, signer or octets_of(who), anchored),
        )

    def revoke(self, consent: str) -> Revocation:
        """Hand out nothing more under a consent, and put what follows under new keys.

        What a reader has opened cannot be taken back.
        """
        return self._sharing.revoke(consent)

    @typed_arguments
    def drop(self, issuer: Address, record: bytes) -> bool:
        """Forget what was received of a record, as if it had never come; False where nothing was.

        Raises:
            InvalidArgument: The record is one's own.
            KeyDatabaseUnavailable: The key database cannot be written; nothing was dropped.
        """
        return self._taking.drop(checked_address(issuer), record)

    @typed_arguments
    def provenance(self, manifest: Manifest) -> tuple[bytes, bytes]:
        """Return who signed the letter that brought a received version, and give its receipt.

        Raises:
            MissingRecord: It was never received.
        """
        return self._taking.provenance(manifest)
