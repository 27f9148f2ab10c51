"""The one reader of versioned documents.

Every field must be there, of its form, and none other, so that two programs can never read two
meanings from one document. What was signed is read in its canonical bytes only (`Fields.parse`).

Example:
    >>> from salus_verify.encoding import canonical
    >>> from salus_verify.errors import InputError, MalformedDocument
    >>> data = canonical({"type": "example/v1", "size": 3})
    >>> fields = Fields.parse(data, kind="example/v1", error=MalformedDocument)
    >>> fields.integer("size"), fields.end()
    (3, None)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from salus_verify import json_reader
from salus_verify.address import Address, checksummed
from salus_verify.encoding import canonical, from_base64url
from salus_verify.errors import InputError, InvalidValue, MalformedDocument

MAX_DOCUMENT_BYTES = 1 << 20
MAX_INTEGER = (1 << 53) - 1
MAX_DEPTH = 16
LONGEST_DATA = MAX_DOCUMENT_BYTES // 4 * 3
"""Bytes that stand in base64url in a text of that length."""
LONGEST_TEXT = 2048
"""Characters of a text, unless its format says otherwise."""
_HEX = re.compile(r"0x(?:[0-9a-f]{2})*")


def is_text(text: str, longest: int = LONGEST_TEXT) -> bool:
    """Whether a document can hold a text and its reader takes it: 1 to ``longest`` of Unicode."""
    if not 0 < len(text) <= longest:
        return False
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)


class Fields:
    """Reads one JSON object field by field; anything unexpected raises the document's own error."""

    def __init__(self, values: dict[str, Any], error: type[MalformedDocument]) -> None:
        self._values = dict(values)
        self._error = error

    @classmethod
    def parse(
        cls,
        data: bytes,
        *,
        kind: str,
        error: type[MalformedDocument],
        longest: int = MAX_DOCUMENT_BYTES,
    ) -> Fields:
        """Read a document in its canonical bytes.

        Args:
            kind: What its ``type`` must say.
            longest: The most bytes it may have.

        Raises:
            MalformedDocument: As ``error``: not JSON, not canonical, or of another type.
        """
        if not isinstance(data, bytes):
            raise error(f"it must be bytes, not {type(data).__name__}")
        if len(data) > longest:
            raise error(f"it is longer than {longest} bytes")
        try:
            values = json_reader.load(
                data, deepest=MAX_DEPTH, parse_constant=json_reader.no_constant
            )
            repeated = canonical(values) != data
        except json_reader.Unreadable as problem:
            raise error(str(problem)) from None
        except (ValueError, InputError):
            raise error("it is not valid JSON in UTF-8") from None
        if repeated or not isinstance(values, dict):
            raise error("it is not one JSON object in canonical form (RFC 8785)")
        fields = cls(values, error)
        if fields.text("type") != kind:
            raise error(f"its type is not {kind}")
        return fields

    @classmethod
    def load(cls, data: bytes | str, *, error: type[MalformedDocument]) -> Fields:
        """Read a document in any layout, with each member once.

        Args:
            data: The text as it was received; bytes are UTF-8.

        Raises:
            MalformedDocument: As ``error``: not one JSON object, or none that can be hashed.
        """
        if not isinstance(data, bytes | str):
            raise error(f"it must be bytes or str, not {type(data).__name__}")
        try:
            values = json_reader.load(data, object_pairs_hook=json_reader.once_each)
            canonical(values)
        except (ValueError, TypeError, InputError) as problem:
            raise error(f"it is not JSON: {problem}") from problem
        if not isinstance(values, dict):
            raise error("it is not one JSON object")
        return cls(values, error)

    def fail(self, problem: str) -> NoReturn:
        """Refuse the document; ``problem`` says what is wrong, without any secret in it."""
        raise self._error(problem)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse the document where a value that is made of it refuses what stands there."""
        try:
            yield
        except InvalidValue as problem:
            self.fail(f"{problem.field!r} {problem.problem}")

    def take(self, name: str) -> Any:
        """Take any field, unchecked."""
        if name not in self._values:
            self.fail(f"{name!r} is missing")
        return self._values.pop(name)

    def has(self, name: str) -> bool:
        """Whether a field is there, and not taken yet."""
        return name in self._values

    def text(self, name: str, *, longest: int = LONGEST_TEXT) -> str:
        """Take a string of 1 to ``longest`` characters."""
        value = self.take(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            self.fail(f"{name!r} is not a text of 1 to {longest} characters")
        return str(value)

    def integer(self, name: str, *, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
        """Take an integer."""
        value = self.take(name)
        if type(value) is not int or not minimum <= value <= maximum:
            self.fail(f"{name!r} is not an integer from {minimum} to {maximum}")
        return int(value)

    def data(
        self,
        name: str,
        *,
        size: int | None = None,
        empty: bool = False,
        longest: int = MAX_DOCUMENT_BYTES,
    ) -> bytes:
        """Take base64url without padding: ``size`` bytes, or at most ``longest`` characters."""
        if empty and self._values.get(name) == "":
            return bytes(self._values.pop(name), "ascii")
        value = self._decode(name, self.text(name, longest=longest))
        if size is not None and len(value) != size:
            self.fail(f"{name!r} does not hold {size} bytes")
        return value

    def hexadecimal(self, name: str, *, size: int | None = 32, longest: int = 32) -> bytes:
        """Take 0x-prefixed bytes; with ``size`` None 1 to ``longest`` of them."""
        text = self.text(name, longest=2 + 2 * longest)
        count = len(text) // 2 - 1
        if not _HEX.fullmatch(text) or count < 1 or size not in (None, count):
            self._not_hex(name, size)
        return bytes.fromhex(text[2:])

    def hexadecimals(self, name: str, *, size: int | None = None, most: int) -> tuple[bytes, ...]:
        """Take a list of 0x-prefixed bytes, any number of them in each unless ``size`` is given."""
        texts = self.texts(name, most=most, longest=MAX_DOCUMENT_BYTES)
        if not all(_HEX.fullmatch(each) and size in (None, len(each) // 2 - 1) for each in texts):
            self._not_hex(name, size)
        return tuple(bytes.fromhex(each[2:]) for each in texts)

    def hexadecimal_or_none(self, name: str) -> bytes | None:
        """Take a digest of 32 bytes, or null."""
        return None if self._takes_null(name) else self.hexadecimal(name)

    def address(self, name: str) -> Address:
        """Take an address, which stands in lower case; as every value has it, checksummed."""
        return checksummed(self.hexadecimal(name, size=20))

    def addresses(self, name: str, *, most: int) -> tuple[Address, ...]:
        """Take a list of them."""
        return tuple(map(checksummed, self.hexadecimals(name, size=20, most=most)))

    def nested(self, name: str) -> Fields:
        """Take an object."""
        value = self.take(name)
        if not isinstance(value, dict):
            self.fail(f"{name!r} is not an object")
        return Fields(value, self._error)

    def nested_or_none(self, name: str) -> Fields | None:
        """Take an object, or null."""
        return None if self._takes_null(name) else self.nested(name)

    def objects(self, name: str, *, most: int = 4096) -> list[Fields]:
        """Take a list of objects."""
        value = self.take(name)
        fits = isinstance(value, list) and len(value) <= most
        if not fits or not all(isinstance(entry, dict) for entry in value):
            self.fail(f"{name!r} is not a list of at most {most} objects")
        return [Fields(entry, self._error) for entry in value]

    def texts(self, name: str, *, most: int = 64, longest: int = LONGEST_TEXT) -> tuple[str, ...]:
        """Take a list of strings."""
        value = self.take(name)
        fits = isinstance(value, list) and len(value) <= most
        if not fits or not all(
            isinstance(text, str) and 0 < len(text) <= longest for text in value
        ):
            self.fail(f"{name!r} is not a list of at most {most} texts")
        return tuple(value)

    def end(self) -> None:
        """Refuse what is left over: the document says more than its format knows."""
        if self._values:
            self.fail(f"{sorted(self._values)[0]!r} is not a field of this format")

    def _takes_null(self, name: str) -> bool:
        if self._values.get(name, "") is not None:
            return False
        self._values.pop(name)
        return True

    def _not_hex(self, name: str, size: int | None) -> NoReturn:
        self.fail(f"{name!r} is not 0x and lower-case hexadecimal of {size or 'some'} bytes")

    def _decode(self, name: str, text: str) -> bytes:
        try:
            return from_base64url(text)
        except ValueError as problem:
            self.fail(f"{name!r} {problem}")
