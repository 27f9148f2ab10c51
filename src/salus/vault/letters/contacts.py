"""The keys of others, as they were met: a changed one is shown before it is used.

The chain says which key an identity's controller put there; it cannot say whether that controller
is still the person. The first key met is remembered, and another one is refused until somebody
compared it with its owner and accepted it.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> ours = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> theirs = IdentityKeys.generate("0x" + "cd" * 20, created_at=0)
    >>> vault = Vault("memory://example-contacts", "memory:", keys=ours, chain_id=31337)
    >>> vault.contacts.meet(theirs.document), vault.contacts.meet(theirs.document)
    ('first', 'known')
    >>> vault.contacts.meet(theirs.rotate(created_at=1).document)
    'changed'
"""

from __future__ import annotations

from typing import Literal

from salus.primitives.address import checked_address
from salus.primitives.arguments import typed_arguments
from salus.vault.database.notebook import Notebook
from salus.vault.errors import KeyChanged
from salus.vault.keys.key_documents import KeyDocument
from salus_verify.encoding import hex0x

Meeting = Literal["first", "known", "changed"]


class Contacts:
    """Key documents that were met, one for each identity."""

    @typed_arguments
    def __init__(self, notes: Notebook) -> None:
        self._notes = notes

    @typed_arguments
    def known(self, who: str) -> bytes | None:
        """Find the key document that was met.

        Args:
            who: Whose.

        Returns:
            Its digest, 32 bytes; None where that identity was never met.

        Raises:
            InputError: That is not an address.
            WrongKey: The key database was changed.
        """
        known = self._notes.get(checked_address(who))
        return None if known is None else bytes.fromhex(known)

    @typed_arguments
    def meet(self, document: KeyDocument) -> Meeting:
        """Look at a key document; the first of an identity is remembered.

        Args:
            document: What the chain names, checked against it.

        Returns:
            ``first``, ``known``, or ``changed``: then nothing was remembered.
        """
        known = self.known(document.identity)
        if known is None:
            self.accept(document)
            return "first"
        return "known" if known == document.digest else "changed"

    @typed_arguments
    def require(self, document: KeyDocument) -> Meeting:
        """Refuse a key document that is not the one remembered.

        Args:
            document: What is about to be sealed to.

        Returns:
            ``first`` or ``known``.

        Raises:
            KeyChanged: It is another one.
        """
        meeting = self.meet(document)
        if meeting == "changed":
            known = self.known(document.identity) or b""
            raise KeyChanged(
                document.identity, known=fingerprint(known), shown=fingerprint(document.digest)
            )
        return meeting

    @typed_arguments
    def accept(self, document: KeyDocument) -> None:
        """Remember a key document in the place of an earlier one: its owner was asked.

        Args:
            document: The new one.
        """
        self._notes.put(document.identity, document.digest.hex())


@typed_arguments
def fingerprint(digest: bytes) -> str:
    """Write a key document's digest for two people to compare.

    Args:
        digest: 32 bytes.

    Returns:
        Sixteen groups of four hexadecimal digits.
    """
    text = hex0x(digest)[2:]
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))
