"""Errors of values and bytes, wherever they come from."""

from __future__ import annotations

import re

from salus.errors import InputError, StorageError
from salus_verify.errors import MalformedDocument

__all__ = [
    "InvalidArgument",
    "InvalidLeafHash",
    "InvalidStorageUrl",
    "MalformedDocument",
    "MerkleIndexOutOfRange",
    "PassphraseTooShort",
    "RangeOutOfBounds",
    "StorageBusy",
    "StorageFull",
    "StorageUnavailable",
]

_SHOWN = 200
"""Characters of a URL that a message repeats."""


class MerkleIndexOutOfRange(InputError):
    """A leaf index or a tree size that this tree does not have."""

    def __init__(self, *, what: str, value: int, size: int) -> None:
        self.what, self.value, self.size = what, value, size
        super().__init__(f"{what} {value} is not in a tree of {size} leaves; give a smaller one")


class InvalidLeafHash(InputError):
    """What was given as a leaf's hash is not 32 bytes long."""

    def __init__(self, *, index: int, length: int) -> None:
        self.index, self.length = index, length
        super().__init__(
            f"leaf {index} has a hash of {length} bytes, not 32; hash the entry with"
            " leaf_hash first"
        )


class InvalidStorageUrl(InputError):
    """A storage or key database URL cannot be understood. ``url`` never holds credentials."""

    def __init__(self, url: str, supported: str) -> None:
        self.url = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])
        shown = self.url if len(self.url) <= _SHOWN else f"{self.url[:_SHOWN]}…"
        super().__init__(f"cannot use the URL {shown!r}: write one of {supported}")


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


class StorageBusy(StorageError):
    """Another program has what only one at a time may change."""

    def __init__(self, place: str, *, seconds: float) -> None:
        self.place, self.seconds = place, seconds
        super().__init__(
            f"another program has held {place} for {seconds:g} s, and nothing was done: wait for"
            " its end, or end it, and try again"
        )


class InvalidArgument(InputError):
    """An argument has the wrong form or range."""

    def __init__(self, name: str, expected: str) -> None:
        self.name = name
        super().__init__(f"{name} must be {expected}; correct it and call again")


class PassphraseTooShort(InvalidArgument):
    """A new passphrase that somebody would guess."""

    def __init__(self, *, length: int, shortest: int, better: str) -> None:
        self.length, self.shortest = length, shortest
        wanted = f"at least {shortest} characters long, and has {length} ({better})"
        super().__init__("passphrase", wanted)


class RangeOutOfBounds(InputError):
    """A range that the record does not have."""

    def __init__(self, *, offset: int, length: int, size: int) -> None:
        self.offset, self.length, self.size = offset, length, size
        super().__init__(
            f"bytes {offset} to {offset + length} were asked for, but there are {size}: "
            "ask for a range inside"
        )
