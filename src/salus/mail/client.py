"""Sealed messages between identities: where they are taken, and what is written in one's own name.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-mail", inboxes=["memory:"])
    >>> clinic.mail.announce("memory://inbox-of-example-mail").gas_used > 0
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.control_check import require_control
from salus.errors import CredentialError
from salus.mail.directory import Directory
from salus.mail.letter_kinds import LetterKinds
from salus.mail.own_keys import RotatedKeys, own_inbox, require_held
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.vault.keyring.splits import split_and_note, split_is_stale
from salus.vault.letters.contacts import fingerprint as written

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account, Signer
    from salus.identities.client import Identities
    from salus.vault.keys.identity_keys import IdentityKeys
    from salus.vault.keys.key_documents import KeyDocument
    from salus.vault.keys.key_shares import SplitKeys
    from salus.vault.letters.allowlist import InboxAllowlist
    from salus.vault.letters.inbox import Inbox
    from salus.vault.vault import Vault


class Mail:
    """One participant's letters.

    Args:
        chain: Where inboxes and keys are named.
        account: Who signs letters.
        vault: Whose keys open what comes.
        identities: Where the chain is asked.
        inboxes: Which inboxes may be opened; defaults to what the kind of chain allows.

    Attributes:
        directory: Inboxes and key documents of identities.
        letters: Who handles which kind of letter.
    """

    def __init__(
        self,
        chain: Chain,
        account: Account,
        vault: Vault,
        *,
        identities: Identities,
        inboxes: InboxAllowlist | None = None,
    ) -> None:
        self._chain, self._account, self._vault = chain, account, vault
        self._identities = identities
        self.directory = Directory(chain, identities, inboxes=inboxes)
        self.letters = LetterKinds(vault)

    def __repr__(self) -> str:
        return f"Mail({self._account.identity})"

    @typed_arguments
    def announce(
        self, url: str, *, by: Signer | None = None, replacing: bool = False
    ) -> Transaction:
        """Publish one's own encryption key, and name one's inbox on chain.

        Args:
            url: Storage URL of the inbox; public permanently.
            by: Who controls the identity; defaults to the client's account.
            replacing: Whether to announce this key although the chain names one that this vault
                does not hold: what was sealed to that one stays closed here.

        Returns:
            The transaction that names both.

        Raises:
            CredentialError: The chain names such a key; nothing was announced.
            HistoryUnavailable: The node no longer tells which key the chain names, so that nothing
                was announced: ask one that keeps all events.
            InboxOutOfReach: The URL may not be opened here; nothing was announced.
            SignerNotInControl: Who announces does not control the identity; nothing was written.
        """
        own = self._vault.own_keys
        if not replacing:
            require_held(self._identities, own.now.identity, holds=own.look_again)
        return self.directory.announce(own.now.document, url, by=by)

    @typed_arguments
    def rotate_keys(self, path: Path, *, passphrase: str) -> RotatedKeys:
        """Start a new encryption key, keep the old ones for what is under way, and announce it.

        This vault opens what is sealed to the new one before anybody can know of it. Interrupted,
        the same call announces the key that was made.

        Args:
            path: The file that holds one's own keys.
            passphrase: What opens it.

        Returns:
            The keys, and the transaction that names the new one.

        Raises:
            SignerNotInControl: The account does not control the identity; no key was made.
            MissingKey: None was announced yet.
            CredentialError: The passphrase is wrong; or the chain names a key that the file does
                not hold, or an inbox that a former owner's account announced: no key was made.
            InvalidArgument: The file's keys are not this vault's; no key was made.
            InboxOutOfReach: The inbox may not be opened here; no key was made.
            StorageError: The file cannot be read or written.
        """
        from salus.vault.keys.key_file import rotate_keys

        require_control(self._chain, self._account)  # before a key that could not be announced
        inbox: list[str] = []

        def announced(keys: IdentityKeys) -> bool:
            self._vault.own_keys.require_same_owner(keys)
            named = require_held(self._identities, keys.identity, holds=keys.holds)
            inbox.append(self.directory.inbox_at(own_inbox(self._identities, keys.identity)).url)
            return named == keys.document.digest

        keys = rotate_keys(
            path, passphrase=passphrase, created_at=self._chain.now(), announced=announced
        )
        self._vault.own_keys.take(keys)  # before anybody can seal to the new one
        transaction = self.directory.announce(keys.document, inbox[-1])
        return RotatedKeys(keys, transaction, split_is_stale(self._vault.database, keys))

    @typed_arguments
    def split_keys(
        self, *, needed: int, shares: int, keep: Callable[[SplitKeys], object] = lambda split: None
    ) -> SplitKeys:
        """Split one's own keys for guardians (SLIP-39), who give them back when they are lost.

        Args:
            needed: How many shares give the keys back.
            shares: How many there are, at most 16.
            keep: Stores them; where it raises, those that were split before go on counting.

        Returns:
            The document and its shares. Once a key is rotated, that and `records.check` say that
            they are stale.
        """
        vault = self._vault
        return split_and_note(vault.database, vault.keys, needed=needed, shares=shares, keep=keep)

    @typed_arguments
    def trust(self, identity: AnyIdentity, *, fingerprint: bytes) -> KeyDocument:
        """Accept the key that somebody announced in the place of the one that was met before.

        Args:
            identity: Whose key changed.
            fingerprint: The digest of the new key document, 32 bytes, as its owner told it over
                another channel.

        Returns:
            The key document that letters are sealed to from now on.

        Raises:
            CredentialError: Another key is announced than its owner told; it was not accepted.
            MissingKey: That identity announced none.
        """
        _, document = self.directory.find(identity_of(identity))
        if fingerprint != document.digest:
            shown, told = written(document.digest), written(fingerprint)
            raise CredentialError(
                f"the key that {document.identity} announced is {shown}, not {told}: it was not"
                " accepted. Ask its owner again, and whether the identity is still in their hands"
            )
        self._vault.contacts.accept(document)
        return document

    @typed_arguments
    def post(self, inbox: Inbox, kind: str, body: bytes, document: KeyDocument) -> None:
        """Write, sign, seal and leave a letter in an inbox.

        Args:
            inbox: As ``directory.find`` returned it.
            kind: What takes it in there, a word of a-z, 0-9 and ``-``.
            body: What is in it.
            document: The reader's key, as ``directory.find`` returned it.

        Raises:
            MalformedMessage: The kind is not such a word.
            MessageTooLarge: Body and signature are over 1 MiB.
            StorageError: The inbox cannot be written.
        """
        inbox.send(
            kind,
            body,
            author=self._account,
            recipient=document,
            chain_id=self._chain.chain_id,
            sent_at=self._chain.now(),
        )
