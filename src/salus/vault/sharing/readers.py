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

from salus.primitives.address import checked_address
from salus.primitives.arguments import typed_arguments
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel
from salus.vault.documents.record_keys import CompartmentKey, Plan
from salus.vault.errors import UnprovenRecord
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.letters.contacts import Contacts
from salus.vault.sharing.sharing import Anchored, Revocation, Sharing
from salus_verify.opening import Opening


def nothing_is_proven(issuer: str, opening: Opening, receipt: bytes) -> None:
    """Refuse what no node can be asked about."""
    raise UnprovenRecord("of that receipt", issuer=issuer, sender="its sender")


class Readers:
    """What one vault gives to readers, and takes in from others."""

    def __init__(
        self,
        sharing: Sharing,
        *,
        chain_id: int,
        contacts: Contacts,
    ) -> None:
        self._sharing, self._chain_id, self._contacts = sharing, chain_id, contacts

    @typed_arguments
    def share(
        self,
        plan: Plan,
        recipient: KeyDocument,
        *,
        consent: str,
        guard: Callable[[], None] = lambda: None,
    ) -> list[Parcel]:
        """Wrap keys to a reader, under a consent that permits everything they open.

        Raises:
            TransactionOpen: A transaction of the key database is open.
            KeyChanged: The reader had another key: nothing is sealed until somebody compared the
                new one and accepted it (``vault.contacts``).
            MissingRecord: A record of the plan is not in this vault.
            InvalidArgument: The key document holds no usable key.
        """
        self._contacts.require(recipient)
        return list(self._sharing.give(plan, recipient, consent=consent, guard=guard))

    @typed_arguments
    def pointers(self, key: CompartmentKey) -> Iterator[Parcel]:
        """Point a reader who was given a compartment key to the records under it."""
        return self._sharing.pointers(key)

    def receive(
        self,
        parcel: bytes | Parcel,
        *,
        sender: str,
        signer: bytes = b"",
        anchored: Anchored = nothing_is_proven,
    ) -> list[Manifest]:
        """Take in what somebody shared: the compartment keys, and all of the records or none.

        Args:
            signer: Who signed the letter for the sender, and controls it; by default itself.
            anchored: Tells whether a record that its issuer did not send stands in its issuer's
                log; by default none does.

        Raises:
            SalusError: As for `Sharing.take`.
            MalformedDocument: The parcel does not follow its format.
        """
        return self._sharing.take(
            parcel if isinstance(parcel, Parcel) else Parcel.parse(parcel),
            sender=checked_address(sender),
            signer=signer or bytes.fromhex(checked_address(sender)[2:]),
            chain_id=self._chain_id,
            anchored=anchored,
        )

    def revoke(self, consent: str) -> Revocation:
        """Hand out nothing more under a consent, and put what follows under new keys.

        What a reader has opened cannot be taken back.
        """
        return self._sharing.revoke(consent)
