"""A vault and its readers: handing out keys, taking in what others share, revoking.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> vault = Vault("memory://example-readers", "memory:", keys=keys, chain_id=31337)
    >>> vault.readers.revoke("0x" + "01" * 32).wraps
    0
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from salus.primitives.documents import identity
from salus.vault.documents.keys import CompartmentKey, Plan
from salus.vault.documents.manifest import Manifest, SignedManifest
from salus.vault.documents.parcels import Parcel
from salus.vault.documents.statements import Verify
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.letters.contacts import Contacts
from salus.vault.sharing.sharing import Revocation, Sharing


class Readers:
    """What one vault gives to readers, and takes in from others."""

    def __init__(
        self,
        sharing: Sharing,
        *,
        keys: IdentityKeys,
        chain_id: int,
        contacts: Contacts,
        newest: Callable[[str], SignedManifest],
    ) -> None:
        self._sharing, self._keys, self._chain_id = sharing, keys, chain_id
        self._contacts, self._newest = contacts, newest

    def share(
        self,
        plan: Plan,
        recipient: KeyDocument,
        *,
        consent: str,
        guard: Callable[[], None] = lambda: None,
    ) -> list[Parcel]:
        """Wrap keys to a reader, under a consent that permits everything they open.

        Args:
            plan: Which keys; from `Keyring.plan`.
            recipient: The reader's key document, checked against the chain.
            consent: The consent's id.
            guard: Asked once more, while nobody else can write to the key store: raises where
                nothing may be given (any more). Not for what takes long, such as a chain.

        Returns:
            Parcels to send to the reader's inbox, in order. Records under compartment keys follow
            with :meth:`pointers`.

        Raises:
            KeyChanged: The reader had another key: nothing is sealed until somebody compared the
                new one and accepted it (``vault.contacts``).
            MissingRecord: A record of the plan is not in this vault.
            InvalidArgument: The key document holds no usable key.
        """
        self._contacts.require(recipient)
        return list(self._sharing.give(plan, recipient, consent=consent, guard=guard))

    def share_record(self, record: str, recipient: KeyDocument, *, consent: str) -> Parcel:
        """Wrap the key of a record's newest version to a reader.

        Args:
            record: The record's id, 32 hexadecimal digits.
            recipient: The reader's key document, checked against the chain.
            consent: The id of the consent that permits it.

        Returns:
            The parcel to send to the reader's inbox.

        Raises:
            KeyChanged: The reader had another key; see :meth:`share`.
            MissingRecord: There is none.
            RecordErased: The record was erased.
        """
        newest = self._newest(record).manifest
        plan = Plan(records=((newest.record, newest.version),))
        return self.share(plan, recipient, consent=consent)[0]

    def pointers(self, key: CompartmentKey) -> Iterator[Parcel]:
        """Point a reader who was given a compartment key to the records under it.

        Args:
            key: The compartment key.

        Returns:
            Parcels, each small enough for one message.
        """
        return self._sharing.pointers(key)

    def receive(self, parcel: bytes | Parcel, *, sender: str, verify: Verify) -> list[Manifest]:
        """Take in what somebody shared: the compartment keys, and all of the records or none.

        Args:
            parcel: The body of a letter of the kind ``parcel``.
            sender: Who wrote that letter.
            verify: Tells whether a signer controls an identity and signed.

        Returns:
            The records that can be opened now, without those that were erased.

        Raises:
            MalformedDocument: The parcel, a wrap or a manifest does not follow its format.
            InvalidArgument: The sender is this vault's identity, or a record is of its own.
            ForgedSignature: A wrap names another sender, or a record that somebody else than its
                issuer passes on is not signed by who controls the issuer now.
            WrongRecipient: A wrap is for somebody else.
            MissingKey: A record comes without a key that was ever received.
            WrongKey: A key is not the one that its manifest commits to.
            ForkedManifest: A manifest contradicts a known one.
            RelabelledRecord: An issuer says other things of a record than before.
        """
        return self._sharing.take(
            parcel if isinstance(parcel, Parcel) else Parcel.parse(parcel),
            sender=identity(sender),
            chain_id=self._chain_id,
            verify=verify,
            open_wrap=lambda wrap: wrap.open(self._keys),
        )

    def revoke(self, consent: str) -> Revocation:
        """Hand out nothing more under a consent, and put what follows under new keys.

        What a reader has opened cannot be taken back.

        Args:
            consent: Its id.

        Returns:
            What was done. Revoking again does nothing.
        """
        return self._sharing.revoke(consent)
