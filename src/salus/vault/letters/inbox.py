"""An inbox: a place in some storage where others leave sealed messages for one identity.

Its URL stands in the identity's ``did/svc`` entry. Whoever can write there can leave anything, so
that nothing in it is believed: each message is opened and checked for itself, and what is garbage,
foreign or forged is reported and does not hide the others.

Example:
    >>> from salus.vault.letters.inbox import Inbox
    >>> inbox = Inbox("memory://inbox-of-a-clinic")
    >>> message = inbox.deliver(b"sealed")
    >>> inbox.list() == [message], inbox.delete(message), inbox.list()
    (True, True, [])
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, Wait, moment_of, wait_of
from salus.vault.documents.statements import Author, Verify
from salus.vault.errors import MessageTooLarge, MissingMessage, TamperedMessage
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KeyDocument
from salus.vault.letters.letters import MESSAGE_LIMIT, Letter, open_letter, seal_letter
from salus.vault.storage.base import Storage
from salus.vault.storage.errors import MissingBlob
from salus.vault.storage.storage_kinds import storage_of

SERVICE = "inbox"
"""The kind of the ``did/svc/<kind>`` entry that holds an inbox's URL."""

_FOLDER = "messages"
_ID = re.compile(r"[a-z2-7]{52}")


class Inbox:
    """Messages for one identity.

    Args:
        storage: The inbox's URL, or its storage.

    Raises:
        InvalidStorageUrl: The URL has another form, or no document can name the storage.
    """

    @typed_arguments
    def __init__(self, storage: str | Storage) -> None:
        self._storage = storage_of(storage)
        self.url = self._storage.url

    @typed_arguments
    def send(
        self,
        kind: str,
        body: bytes,
        *,
        author: Author,
        recipient: KeyDocument,
        chain_id: int,
        sent_at: Moment,
    ) -> str:
        """Write, sign, seal and leave a letter.

        Args:
            sent_at: A datetime, or seconds since 1970 (UTC).

        Raises:
            StorageFull: There is no room; nothing was left.
            StorageUnavailable: The storage refuses; nothing was left.
            MessageTooLarge: It would be over 1 MiB.
        """
        return self.deliver(
            seal_letter(
                kind,
                body,
                author=author,
                recipient=recipient,
                chain_id=chain_id,
                sent_at=moment_of(sent_at, name="sent_at"),
            )
        )

    @typed_arguments
    def deliver(self, message: bytes) -> str:
        """Leave a message that is sealed already; leaving it twice is leaving it once.

        Returns:
            Its id: SHA-256 of the bytes, which nobody can guess, in base32.

        Raises:
            StorageFull: There is no room; nothing was left.
            StorageUnavailable: The storage refuses; nothing was left.
            MessageTooLarge: It is larger than an inbox takes.
        """
        if len(message) > MESSAGE_LIMIT:
            raise MessageTooLarge(size=len(message), limit=MESSAGE_LIMIT)
        message_id = message_name(message)
        self._storage.put(f"{_FOLDER}/{message_id}", message)
        return message_id

    def list(self) -> list[str]:
        """List the messages.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        names = (name.rpartition("/")[2] for name in self._storage.list(_FOLDER))
        return [name for name in names if _ID.fullmatch(name)]

    @typed_arguments
    def older(self, age: Wait) -> set[str]:
        """List the messages that have lain here for some time, as the storage has it.

        Args:
            age: How long at least: seconds, or a timedelta.

        Raises:
            StorageUnavailable: The storage refuses.
        """
        seconds = wait_of(age, name="age")
        names = (name.rpartition("/")[2] for name in self._storage.older(_FOLDER, seconds))
        return {name for name in names if _ID.fullmatch(name)}

    @typed_arguments
    def open(self, message_id: str, keys: IdentityKeys, *, verify: Verify) -> Letter:
        """Open one message and check who wrote it.

        Raises:
            WrongRecipient: It is sealed to somebody else, or was changed.
            StorageUnavailable: The storage refuses.
            MissingMessage: There is not one of that name.
            MessageTooLarge: It is over 1 MiB; it was not read.
            TamperedMessage: It is not what its name says.
            MalformedMessage: It does not follow the format.
            ForgedSignature: The sender that it names did not sign it.
        """
        return open_letter(self._read(message_id), keys, verify=verify)

    @typed_arguments
    def delete(self, message_id: str) -> bool:
        """Delete a message.

        Raises:
            StorageUnavailable: The storage refuses.
            MissingMessage: That is not a name of a message.
        """
        return self._storage.delete(_path(message_id))

    def _read(self, message_id: str) -> bytes:
        path = _path(message_id)
        try:
            message = self._storage.get_small(path, limit=MESSAGE_LIMIT)
        except MissingBlob:
            raise MissingMessage(message_id) from None
        if message is None:
            raise MessageTooLarge(size=self._storage.size(path), limit=MESSAGE_LIMIT)
        if not hmac.compare_digest(message_name(message), message_id):
            raise TamperedMessage(message_id)
        return message


def message_name(message: bytes) -> str:
    """Return the name that a message will have in its inbox.

    Returns:
        Its id: SHA-256 of the bytes in base32.
    """
    return base64.b32encode(hashlib.sha256(message).digest()).decode().rstrip("=").lower()


def _path(message_id: str) -> str:
    if not _ID.fullmatch(message_id):
        raise MissingMessage(message_id[:80])
    return f"{_FOLDER}/{message_id}"
