r"""Where an identity takes sealed messages, and the key to seal them to, named on chain.

Example:
    >>> key_document_name(b"\xab" * 32)[:12]
    'keys/abababa'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.contracts.identities.events import DIDAttributeChanged
from salus.identities.changes import name32, set_attribute
from salus.identities.client import Identities
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.vault.documents.statements import TypedData, Verify
from salus.vault.errors import CommitmentMismatch, MissingKey
from salus.vault.keys.key_documents import KEY_ATTRIBUTE, KeyDocument
from salus.vault.letters.allowlist import InboxAllowlist
from salus.vault.letters.inbox import SERVICE, Inbox
from salus.vault.storage.errors import MissingBlob
from salus.vault.storage.storage_kinds import open_storage
from salus_verify.address import checked_address, checksummed
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer

DOCUMENT_LIMIT = 1 << 16
"""The most bytes that a key document may have."""


def key_document_name(digest: bytes) -> str:
    """Return where a key document lies in its owner's inbox storage."""
    return f"keys/{digest.hex()}"


class Directory:
    """Inboxes and key documents of identities."""

    def __init__(
        self, chain: Chain, identities: Identities, *, inboxes: InboxAllowlist | None = None
    ) -> None:
        self._chain = chain
        self._identities = identities
        # Whoever is looked up chose the URL: only what is listed is ever opened.
        self._inboxes = inboxes or InboxAllowlist.default(local=chain.is_local)

    @typed_arguments
    def announce(
        self, document: KeyDocument, inbox_url: str, *, by: Signer | None = None
    ) -> Transaction:
        """Publish a key document and name the inbox: document first, then both names on chain.

        Args:
            document: Whose identity's it is; the client's account controls it, or ``by`` does.
            inbox_url: Storage URL; public permanently.
            by: Who controls the identity, when that is not the client's account.

        Returns:
            The transaction that names both.

        Raises:
            InboxOutOfReach: The URL is not one that may be opened here; nothing was announced.
            SignerNotInControl: Who announces does not control the identity; nothing was written.
        """
        whose, inbox = document.identity, self._inboxes.require(inbox_url)
        self._identities.control.require(whose, by=by)
        open_storage(inbox).put(key_document_name(document.digest), document.to_bytes())
        changes = [
            set_attribute(KEY_ATTRIBUTE, document.digest),
            set_attribute(f"did/svc/{SERVICE}", inbox_url.encode()),
        ]
        return self._identities.changes.apply(whose, changes, by=by)

    @typed_arguments
    def find(self, identity: AnyIdentity) -> tuple[Inbox, KeyDocument]:
        """Find the inbox of an identity, and the key document that the chain names.

        Args:
            identity: Whose.

        Returns:
            The newest inbox, opened, and the newest key document, checked.

        Raises:
            MissingKey: When it announced none.
            InboxOutOfReach: When its URL is not one that may be opened here; nothing was.
            CommitmentMismatch: When what lies in its inbox is another document.
            StorageUnavailable: When the inbox cannot be reached.
        """
        identity = identity_of(identity)
        attributes = self._identities.changes.attributes(identity)
        urls = attributes.get(f"did/svc/{SERVICE}", [])
        digests = attributes.get(KEY_ATTRIBUTE, [])
        if not urls or not digests:
            raise MissingKey(
                f"the inbox of {identity}",
                remedy="it has announced none; its owner does with `mail.announce()`",
            )
        inbox = Inbox(self._inboxes.require(urls[-1].decode(errors="replace")))
        document = self._fetch(inbox.url, digests[-1])
        if document.identity != identity:
            raise CommitmentMismatch("the key document's identity")
        return inbox, document

    @typed_arguments
    def ever_named(self, identity: AnyIdentity) -> frozenset[str]:
        """List the key documents that the chain names or once named for an identity.

        Args:
            identity: Whose.

        Returns:
            Their ids; a former owner's are among them.

        Raises:
            HistoryUnavailable: The node no longer has all events that tell.
        """
        identity = identity_of(identity)
        name, walk = name32(KEY_ATTRIBUTE), self._identities.history.walk
        return frozenset(
            hex0x(event.value)
            for events in walk(identity)
            for event in events
            if isinstance(event, DIDAttributeChanged) and event.name == name
        )

    @typed_arguments
    def inbox_at(self, url: str) -> Inbox:
        """Open an inbox that somebody else named off chain, on an emergency card say.

        Args:
            url: Its URL.

        Returns:
            The inbox.

        Raises:
            InboxOutOfReach: It is not one that may be opened here; nothing was.
        """
        return Inbox(self._inboxes.require(url))

    @staticmethod
    def _fetch(url: str, digest: bytes) -> KeyDocument:
        name = key_document_name(digest)
        document = open_storage(url).get_small(name, limit=DOCUMENT_LIMIT)
        if document is None:
            raise MissingBlob(name, places=(url,))
        return KeyDocument.parse(document, digest=digest)


def find_key(identities: Identities, identity: Address) -> bytes | None:
    """Read which key document the chain names.

    Returns:
        Its digest, 32 bytes; None when the chain names none.

    Raises:
        HistoryUnavailable: The node no longer has all events that tell.
    """
    digests = identities.changes.attributes(identity).get(KEY_ATTRIBUTE, [])
    return digests[-1] if digests else None


def verifier(chain: Chain) -> Verify:
    """Make what the vault asks: that a signer controls an identity now, and signed.

    Who controls an identity is looked up once for each signer: use a verifier for one piece of
    work, not for longer.
    """
    from salus.chain.abi.eip712 import digest
    from salus.chain.control_check import verify_typed_data
    from salus.chain.signing.verifying import key_signed

    accounts_in_control: set[tuple[str, bytes]] = set()

    def verify(identity: str, typed: TypedData, signer: bytes, signature: bytes) -> None:
        who = checked_address(identity)
        known = (who, signer) in accounts_in_control
        if known and key_signed(checksummed(signer), digest(typed), signature):
            return
        verify_typed_data(chain, who, typed, signer, signature)
        if len(signer) == 20:
            accounts_in_control.add((who, signer))

    return verify
