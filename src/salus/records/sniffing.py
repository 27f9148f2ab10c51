"""Whether a record is FHIR, whatever it is called: its own labels are never passed over.

Example:
    >>> looked_into(b'{"resourceType": "Condition"}', is_told=False)[1] is None
    False
    >>> looked_into(b"%PDF-1.7", is_told=False)
    (b'%PDF-1.7', None)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from salus import fhir
from salus.errors import InputError, NotFhir
from salus.fhir.r4 import resource_type
from salus.nesting import is_xml, why_not_utf8, wide_encoding, without_mark
from salus.records.base import facts_in, speaks_for_itself
from salus.records.sources import first_of, from_here, size_of
from salus.terms import ResourceFacts
from salus.vault.blocks import Chunk, Source, chunks
from salus.vault.opened import READ_WHOLE

_LOOK = 1 << 16
_SPACE = b" \t\r\n"
_NAMESPACE = b"http://hl7.org/fhir"
_KEY = b"resourceType"
_ESCAPE = b"\\u"
_IN_XML = "this is FHIR in XML, and its labels are not read: convert it to JSON, and add that"


def labelled(
    source: Source, media_type: str, facts: ResourceFacts
) -> tuple[Source, ResourceFacts, bool]:
    """Add to what is said of a record the labels that its content has: no word overrules these.

    Args:
        source: All of it.
        media_type: What it is called; FHIR in JSON is known by itself.
        facts: What is said of it.

    Returns:
        The source, of which FHIR was read into memory, the facts with all labels, and whether it
        is FHIR.

    Raises:
        InputError: It is FHIR of more than 256 MiB, which nobody could be given either, or FHIR
            whose labels cannot be read: in XML, say.
    """
    source, data = looked_into(source, is_told=speaks_for_itself(media_type))
    if data is None:
        return source, facts, False
    found = facts
    for each in facts_in(data):
        found = replace(
            found,
            sensitivities=found.sensitivities | each.sensitivities,
            confidentiality=max(found.confidentiality, each.confidentiality),
        )
    return data, found, True


def looked_into(source: Source, *, is_told: bool) -> tuple[Source, bytes | None]:
    """Tell FHIR in JSON from other records by what it holds.

    Args:
        source: All of it, from where it stands.
        is_told: Whether its media type says that it is.

    Returns:
        The same bytes, and all of them again where they are FHIR; None where they are not.

    Raises:
        InputError: It is FHIR, of more than 256 MiB or in XML, or JSON with resources in it that
            cannot be read.
    """
    if is_told:
        data = read_whole(source)
        return data, data
    source, head = _head(source)
    wide = wide_encoding(head)
    if wide:
        return _passed_over(source, head, wide), None
    if _is_fhir_xml(head):
        raise InputError(_IN_XML)
    if not _is_like_json(head):
        return source, None
    source, whole = _whole(source)
    if whole is None and _KEY in head:
        raise InputError("FHIR of more than 256 MiB is one record too large: split it")
    return source, whole if whole is not None and _is_fhir(whole) else None


def read_whole(source: Source) -> bytes:
    """Read a source into memory.

    Args:
        source: All of it.

    Returns:
        Its bytes.

    Raises:
        InputError: It gives more than 256 MiB.
    """
    data, is_all = _gathered(chunks(source), READ_WHOLE)
    if not is_all:
        raise InputError("FHIR of more than 256 MiB is one record too large: split it")
    return data


def _head(source: Source) -> tuple[Source, bytes]:
    """The source to be read from where it stood, and how it begins."""
    if size_of(source) is not None:
        return source, first_of(source, _LOOK)
    pieces = chunks(source)
    head, _ = _gathered(pieces, _LOOK)
    return chain([head], pieces), head


def _whole(source: Source) -> tuple[Source, bytes | None]:
    """The source, and all of it where that can be held in memory."""
    size = size_of(source)
    if size is not None:
        return source, read_whole(from_here(source)) if size <= READ_WHOLE else None
    pieces = chunks(source)
    data, is_all = _gathered(pieces, READ_WHOLE)
    return (data, data) if is_all else (chain([data], pieces), None)


def _gathered(pieces: Iterator[Chunk], most: int) -> tuple[bytes, bool]:
    """What pieces hold up to a length, and whether they end there; nothing taken is lost."""
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > most:
            return bytes(data), False
    return bytes(data), True


def _passed_over(source: Source, head: bytes, wide: str) -> Source:
    """The source, unless it is FHIR whose labels nobody would read, for it is not in UTF-8."""
    begins = head.decode(wide, "replace").removeprefix("\ufeff").encode(errors="replace")
    if _is_fhir_xml(begins):
        raise InputError(_IN_XML)
    if not _is_like_json(begins):
        return source
    source, whole = _whole(source)
    sought = (each.decode().encode(wide) for each in (_KEY, _ESCAPE))
    if whole is None or any(each in whole for each in sought):
        raise InputError(f"this is FHIR whose labels are not read: {why_not_utf8(head)}")
    return source


def _is_like_json(head: bytes) -> bool:
    return without_mark(head).lstrip(_SPACE)[:1] in (b"{", b"[")


def _is_fhir_xml(head: bytes) -> bool:
    return is_xml(head) and _NAMESPACE in head


def _is_fhir(data: bytes) -> bool:
    """Refuses what names resources and cannot be read: what its labels are, nobody can say."""
    if _KEY not in data and _ESCAPE not in data:
        return False
    try:
        first = next(fhir.resources(data), None)
    except NotFhir:
        return _is_no_list_of_resources(data)
    return first is not None


def _is_no_list_of_resources(data: bytes) -> bool:
    value = fhir.parse(data) if without_mark(data).lstrip(_SPACE)[:1] == b"[" else []
    for each in value if isinstance(value, list) else ():
        try:
            resource_type(each)
        except NotFhir:
            continue
        raise InputError("a JSON list of resources is no FHIR: make it a Bundle, or NDJSON")
    return False
