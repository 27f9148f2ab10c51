"""Sealed messages between identities: where they are taken, and what is written in one's own name.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-mail", inboxes=["memory:"])
    >>> clinic.mail.announce("memory://inbox-of-example-mail").gas_used > 0
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.mail.directory import Directory
from salus.mail.letter_kinds import LetterKinds
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account, Signer
    from salus.identities.client import Identities
    from salus.vault.keys.key_documents import KeyDocument
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
        reach: Which inboxes may be opened; defaults to what the kind of chain allows.

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
        self.directory = Directory(chain, identities, inboxes=inboxes)
        self.letters = LetterKinds(vault)

    def announce(self, url: str, *, by: Signer | None = None) -> Transaction:
        """Publish one's own encryption key, and name one's inbox on chain.

        Args:
            url: Storage URL of the inbox; public permanently.
            by: Who controls the identity; defaults to the client's account.

        Returns:
            The transaction that names both.

        Raises:
            InboxOutOfReach: The URL may not be opened here; nothing was announced.
            SignerNotInControl: Who announces does not control the identity; nothing was written.
        """
        return self.directory.announce(self._vault.keys.document, url, by=by)

    @typed_arguments
    def post(self, inbox: Inbox, kind: str, body: bytes, document: KeyDocument) -> None:
        """Write, sign, seal and leave a letter in an inbox.

        Args:
            inbox: As ``directory.find`` returned it.
            kind: What takes it in there, a word of a-z, 0-9 and ``-``.
            body: What is in it.
            document: The reader's key, as ``directory.find`` returned it.

        Raises:
            MalformedMessage: The kind is no such word.
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
