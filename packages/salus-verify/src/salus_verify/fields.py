"""Reading versioned documents strictly.

A document is accepted only in its canonical bytes, with every field it must have and none other, so
that two programs can never read two meanings from what one person signed.

Example:
    >>> from salus_verify.encoding import canonical
    >>> from salus_verify.errors import MalformedDocument
    >>> data = canonical({"type": "example/v1", "size": 3})
    >>> fields = Fields.parse(data, kind="example/v1", error=MalformedDocument)
    >>> fields.integer("size"), fields.end()
    (3, None)
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any, NoReturn

import rfc8785

from salus_verify.encoding import base64url, hex0x
from salus_verify.errors import MalformedDocument
from salus_verify.json import nesting, why_not_utf8

MAX_DOCUMENT_BYTES = 1 << 20
MAX_INTEGER = (1 << 53) - 1
MAX_DEPTH = 16


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
        """Read the exact bytes of a document.

        Args:
            data: The bytes as they were received.
            kind: What its ``type`` must say.
            error: Raised when anything is wrong with it.
            longest: The most bytes it may have.

        Returns:
            Its fields, without ``type``.

        Raises:
            MalformedDocument: As ``error``: not JSON, not canonical, or of another type.
        """
        if len(data) > longest:
            raise error(f"it is longer than {longest} bytes")
        if wide := why_not_utf8(data):
            raise error(wide)
        if nesting(data) > MAX_DEPTH:
            raise error(f"it is nested more than {MAX_DEPTH} deep")
        try:
            values = json.loads(data.decode(), parse_constant=_no_constant)
            repeated = rfc8785.dumps(values) != data
        except ValueError:
            raise error("it is not valid JSON in UTF-8") from None
        if repeated or not isinstance(values, dict):
            raise error("it is not one JSON object in canonical form (RFC 8785)")
        fields = cls(values, error)
        if fields.text("type") != kind:
            raise error(f"its type is not {kind}")
        return fields

    def fail(self, problem: str) -> NoReturn:
        """Refuse the document.

        Args:
            problem: What is wrong, without any secret in it.

        Raises:
            MalformedDocument: Always.
        """
        raise self._error(problem)

    def take(self, name: str) -> Any:
        """Take any field, unchecked.

        Args:
            name: The field.

        Returns:
            Its JSON value.

        Raises:
            MalformedDocument: It is missing.
        """
        if name not in self._values:
            self.fail(f"{name!r} is missing")
        return self._values.pop(name)

    def text(self, name: str, *, longest: int = 2048) -> str:
        """Take a string field.

        Args:
            name: The field.
            longest: The most characters it may have.

        Returns:
            A non-empty string.

        Raises:
            MalformedDocument: It is missing, empty, too long or no string.
        """
        value = self.take(name)
        if not isinstance(value, str) or not 0 < len(value) <= longest:
            self.fail(f"{name!r} is not a text of 1 to {longest} characters")
        return str(value)

    def integer(self, name: str, *, minimum: int = 0, maximum: int = MAX_INTEGER) -> int:
        """Take an integer field.

        Args:
            name: The field.
            minimum: The least it may be.
            maximum: The most it may be.

        Returns:
            The integer.

        Raises:
            MalformedDocument: It is missing, no integer, or out of range.
        """
        value = self.take(name)
        if type(value) is not int or not minimum <= value <= maximum:
            self.fail(f"{name!r} is not an integer from {minimum} to {maximum}")
        return int(value)

    def has(self, name: str) -> bool:
        """Tell whether a field is there.

        Args:
            name: The field.

        Returns:
            True where it is there and not taken yet.
        """
        return name in self._values

    def data(self, name: str, *, size: int | None = None, empty: bool = False) -> bytes:
        """Take a base64url field.

        Args:
            name: The field.
            size: How many bytes it must hold; None for any.
            empty: Whether it may hold none.

        Returns:
            Its bytes.

        Raises:
            MalformedDocument: It is missing, not base64url without padding, or of another size.
        """
        if empty and self._values.get(name) == "":
            return bytes(self._values.pop(name), "ascii")
        value = self._decode(name, self.text(name, longest=MAX_DOCUMENT_BYTES))
        if size is not None and len(value) != size:
            self.fail(f"{name!r} does not hold {size} bytes")
        return value

    def datas(self, name: str, *, most: int) -> list[bytes]:
        """Take a field that is a list of base64url strings.

        Args:
            name: The field.
            most: How many it may hold.

        Returns:
            The bytes of each, in order.

        Raises:
            MalformedDocument: It is missing or no such list.
        """
        texts = self.texts(name, most=most, longest=MAX_DOCUMENT_BYTES)
        return [self._decode(name, text) for text in texts]

    def hexadecimal(self, name: str, *, size: int | None = 32, longest: int = 32) -> bytes:
        """Take a 0x-prefixed field.

        Args:
            name: The field.
            size: How many bytes it must hold; None for any up to ``longest``.
            longest: The most bytes it may hold where any size will do.

        Returns:
            Its bytes.

        Raises:
            MalformedDocument: It is missing, not lower-case hexadecimal, or of another size.
        """
        text = self.text(name, longest=2 + 2 * longest)
        fits = re.fullmatch(r"0x(?:[0-9a-f]{2})+", text) and size in (None, len(text) // 2 - 1)
        if not fits:
            self.fail(f"{name!r} is not 0x and lower-case hexadecimal of {size or 'some'} bytes")
        return bytes.fromhex(text[2:])

    def hexadecimal_or_none(self, name: str) -> bytes | None:
        """Take a digest field that may be null.

        Args:
            name: The field.

        Returns:
            Its 32 bytes, or None.

        Raises:
            MalformedDocument: It is missing, or neither null nor 32 bytes of hexadecimal.
        """
        if self._values.get(name, "") is None:
            self._values.pop(name)
            return None
        return self.hexadecimal(name)

    def address(self, name: str) -> str:
        """Take an identity field.

        Args:
            name: The field.

        Returns:
            A lower-case address.

        Raises:
            MalformedDocument: It is missing or no lower-case address.
        """
        return hex0x(self.hexadecimal(name, size=20))

    def nested(self, name: str) -> Fields:
        """Take a field that is itself an object.

        Args:
            name: The field.

        Returns:
            Its fields.

        Raises:
            MalformedDocument: It is missing or no object.
        """
        value = self.take(name)
        if not isinstance(value, dict):
            self.fail(f"{name!r} is not an object")
        return Fields(value, self._error)

    def objects(self, name: str, *, most: int = 4096) -> list[Fields]:
        """Take a field that is a list of objects.

        Args:
            name: The field.
            most: How many it may hold.

        Returns:
            The fields of each, in order.

        Raises:
            MalformedDocument: It is missing or no such list.
        """
        value = self.take(name)
        fits = isinstance(value, list) and len(value) <= most
        if not fits or not all(isinstance(entry, dict) for entry in value):
            self.fail(f"{name!r} is not a list of at most {most} objects")
        return [Fields(entry, self._error) for entry in value]

    def texts(self, name: str, *, most: int = 64, longest: int = 2048) -> tuple[str, ...]:
        """Take a field that is a list of strings.

        Args:
            name: The field.
            most: How many it may hold.
            longest: The most characters that each may have.

        Returns:
            The strings in order.

        Raises:
            MalformedDocument: It is missing or no such list.
        """
        value = self.take(name)
        fits = isinstance(value, list) and len(value) <= most
        if not fits or not all(
            isinstance(text, str) and 0 < len(text) <= longest for text in value
        ):
            self.fail(f"{name!r} is not a list of at most {most} texts")
        return tuple(value)

    def end(self) -> None:
        """Check that no field is left over.

        Raises:
            MalformedDocument: The document says more than its format knows.
        """
        if self._values:
            self.fail(f"{sorted(self._values)[0]!r} is not a field of this format")

    def _decode(self, name: str, text: str) -> bytes:
        try:
            value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            self.fail(f"{name!r} is not base64url")
        if base64url(value) != text:
            self.fail(f"{name!r} is not base64url without padding")
        return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
