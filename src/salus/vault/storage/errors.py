"""What can go wrong with the places that hold blobs, messages and keys.

::

    InputError
    └── InvalidStorageUrl · InvalidBlobName · InboxOutOfReach
    StorageError
    ├── MissingBlob · MissingMessage · MissingRecord · RecordErased · VersionTaken
    └── StorageFull · StorageUnavailable · KeyDatabaseUnavailable · OutputLost

No message, attribute or repr in this module ever holds a key, a salt, a passphrase or plaintext.
"""

from __future__ import annotations

from salus.errors import InputError, StorageError


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


class KeyDatabaseNotCompared(StorageError):
    """The key database was put in place since it was compared with the chain: it opens nothing."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"the key database {place} was put in place since it was compared with the chain, and"
            " may know records that were erased: it opens nothing before `me.compare()`, which"
            " needs a node"
        )


class OutputLost(StorageError):
    """A command's result cannot be printed; what it was asked to do is done."""

    def __init__(self, *, reason: str, told: str) -> None:
        self.reason, self.told = reason, told
        super().__init__(
            f"the result cannot be printed ({reason}), but what was asked is done; it was: {told}"
        )
