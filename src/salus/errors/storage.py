"""What can go wrong with the places that hold blobs, messages and keys.

::

    InputError
    └── InvalidStorageUrl · InvalidBlobName · InboxOutOfReach
    StorageError
    ├── MissingBlob · MissingMessage · MissingRecord · RecordErased · VersionTaken
    └── StorageFull · StorageUnavailable · KeyStoreUnavailable · OutputLost

No message, attribute or repr in this module ever holds a key, a salt, a passphrase or plaintext.

Example:
    >>> from salus.errors import MissingBlob
    >>> MissingBlob("blob", places=("file:///a", "s3://b")).places
    ('file:///a', 's3://b')
"""

from __future__ import annotations

import re

from salus.errors.base import InputError, StorageError


class InvalidStorageUrl(InputError):
    """A storage or key store URL cannot be understood. ``url`` never holds credentials."""

    def __init__(self, url: str, supported: str) -> None:
        self.url = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])
        super().__init__(f"cannot use the URL {self.url!r}: write one of {supported}")


class InboxOutOfReach(InputError):
    """Somebody named an inbox where this program does not go; nothing was opened."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"the inbox {url!r} is not one that may be opened here: if its owner can be trusted "
            "with that place, add it to SALUS_INBOXES (URLs or schemes, separated by spaces)"
        )


class InvalidBlobName(InputError):
    """A name that could leave the storage's own folder, or that not every storage can hold."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name[:80]!r} cannot name a blob: use parts of a-z, 0-9, '-', '_' and '.', "
            "joined by '/', none starting with a dot, 200 characters at most"
        )


class MissingBlob(StorageError):
    """No storage that was asked holds the blob."""

    def __init__(self, name: str, *, places: tuple[str, ...]) -> None:
        self.name, self.places = name, places
        super().__init__(
            f"{name} is not in {', '.join(places)}: restore it there, or name another location"
        )


class MissingMessage(StorageError):
    """The inbox does not hold this message (any more)."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"the inbox holds no message {message_id}: list it again")


class MissingRecord(StorageError):
    """The key store does not know this record."""

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(
            f"record {record} is not in this vault: check the id, or accept its manifest"
        )


class RecordErased(StorageError):
    """The record was erased here; its keys no longer exist."""

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(
            f"record {record} was erased and cannot be opened: the receipt of its erasure says"
            " when, and its issuer writes that again with `salus records erase --out`"
        )


class VersionTaken(StorageError):
    """Another writer added the same version of a record first; nothing of this one was kept."""

    def __init__(self, record: str, version: int) -> None:
        self.record, self.version = record, version
        super().__init__(
            f"record {record} got its version {version} from another writer meanwhile: "
            "read that one, then add yours again"
        )


class StorageFull(StorageError):
    """There is no room; what had been written was taken away again."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"no room left in {place}: nothing was stored; free some and try again")


class StorageUnavailable(StorageError):
    """The storage does not answer, or refuses."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        super().__init__(
            f"{place} cannot be used ({reason}): check that it exists and allows access"
        )


class KeyStoreNotCompared(StorageError):
    """The key store was put in place since it was compared with the chain: it opens nothing."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"the key store {place} was put in place since it was compared with the chain, and may"
            " know records that were erased: it opens nothing before `salus vault compare`, which"
            " needs a node"
        )


class KeyStoreUnavailable(StorageError):
    """The key store cannot be opened, is of another version, or is locked for too long."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        super().__init__(f"the key store {place} cannot be used: {reason}")


class OutputLost(StorageError):
    """A command's result cannot be printed; what it was asked to do is done."""

    def __init__(self, *, reason: str, told: str) -> None:
        self.reason, self.told = reason, told
        super().__init__(
            f"the result cannot be printed ({reason}), but what was asked is done; it was: {told}"
        )
