"""Where a record's bytes may come from, told apart before the first of them is read.

Example:
    >>> checked_source("a text")
    Traceback (most recent call last):
    salus_verify.errors.InputError: a record is bytes, not text; encode it first
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from salus.errors import InputError
from salus.fhir.bundle import resources
from salus.fhir.patient import Patients
from salus.records.facts import facts_in, speaks_for_itself
from salus.terms.request import ResourceFacts
from salus.vault.documents.manifest import is_media_type
from salus_verify.sources import Chunk, Readable, Source

if TYPE_CHECKING:
    from salus.fhir.sensitivity.table import SensitivityTable


def checked_source(source: object) -> Source:
    """Refuse what gives no bytes.

    Raises:
        InputError: It is something else.
    """
    if isinstance(source, str):
        raise InputError("a record is bytes, not text; encode it first")
    if isinstance(source, io.TextIOBase):
        raise InputError('a record is bytes: open the file in binary mode, as open(path, "rb")')
    if not isinstance(source, bytes | bytearray | memoryview | Readable | Iterable):
        kind = type(source).__name__
        raise InputError(f"{kind} gives no bytes: give bytes, a binary file, or a generator")
    return source


def facts_about(about: str | ResourceFacts | None) -> ResourceFacts | None:
    """Take a class by its name for facts about a record.

    Raises:
        InputError: It is neither a class nor facts.
        UnknownCode: There is not a such class.
    """
    if about is None or isinstance(about, ResourceFacts):
        return about
    if not isinstance(about, str):
        raise InputError(
            f"about must be text or ResourceFacts, not {type(about).__name__}: give a class such as"
            " ImagingStudy"
        )
    return ResourceFacts(resource_class=about)


def checked_media_type(text: str) -> str:
    """Refuse what is not a media type (RFC 6838, section 4.2), parameters allowed.

    Raises:
        InputError: It has another form, or more than 255 characters.
    """
    if not is_media_type(text):
        raise InputError(f"{text!r} is not a media type: write one such as application/dicom")
    return text


def own_facts(
    source: Source,
    media_type: str,
    *,
    table: SensitivityTable | None = None,
    validate: bool = False,
) -> tuple[bytes, ResourceFacts]:
    """Read what terms look at in a record that says so itself.

    Raises:
        InputError: It is not one FHIR resource, is of another media type, or is not held in memory.
        InvalidResource: It breaks R4's rules, and ``validate`` is asked.
    """
    if not speaks_for_itself(media_type):
        raise InputError(
            f"a record of {media_type} needs `about=`: say what it is, ImagingStudy for instance"
        )
    if not isinstance(source, bytes | bytearray | memoryview):
        raise InputError(
            "a FHIR resource that is not given as bytes needs `about=`: say what it is about"
        )
    data = bytes(source)
    facts, *others = facts_in(data, table=table, validate=validate)
    if others:
        raise InputError(
            f"these are {1 + len(others)} resources: `records.add_bundle()` keeps each by itself"
        )
    return data, facts


def own_patients(source: Source, number: str | None) -> list[Patients]:
    """Read whose a FHIR record is.

    Raises:
        InputError: It is not FHIR, or is not held in memory and there is no ``number``.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return [each.patients for each in resources(bytes(source))]
    if number is None:
        raise InputError("a FHIR resource that is not given as bytes needs `number=`: whose it is")
    return []


def size_of(source: Source) -> int | None:
    """Return how long a source is, where it can be read more than once.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        return memoryview(source).nbytes
    file: Any = source
    if not (hasattr(file, "seekable") and file.seekable()):
        return None
    at = file.tell()
    size = file.seek(0, io.SEEK_END) - at
    file.seek(at)
    return int(size)


def first_of(source: Source, count: int) -> bytes:
    """Read the first bytes of a source that can be read more than once."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(memoryview(source)[:count])
    file: Any = source
    at, found = file.tell(), b""
    try:
        while len(found) < count and (piece := file.read(count - len(found))):
            found += piece
    finally:
        file.seek(at)
    return found


def from_here(source: Source) -> Source:
    """Return a source that can be read more than once, to be read from where it stands now."""
    if isinstance(source, bytes | bytearray | memoryview):
        return source
    return _rewound(source)


def _rewound(file: Any) -> Iterable[Chunk]:
    at = file.tell()
    try:
        while piece := file.read(1 << 20):
            yield piece
    finally:
        file.seek(at)
