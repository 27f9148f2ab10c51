"""Whether a record is FHIR, whatever it is called: its own labels are never passed over.

Example:
    >>> looked_into(b'{"resourceType": "Condition"}')[1] is None
    False
    >>> looked_into(b"%PDF-1.7")
    (b'%PDF-1.7', None)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from salus.errors import InputError
from salus.records.facts import FHIR_JSON, facts_in, speaks_for_itself
from salus.records.fhir_lookalikes import BLANKS, as_utf8, is_fhir, why_unreadable
from salus.records.sources import first_of, from_here, size_of
from salus.terms.period import Period
from salus.terms.request import ResourceFacts
from salus.terms.sensitivities import SENSITIVITIES
from salus.terms.vocabulary import Confidentiality
from salus.vault.versions.opened import READ_WHOLE
from salus_verify.sources import Chunk, Source, chunks

if TYPE_CHECKING:
    from salus.fhir.sensitivity.table import SensitivityTable

_LOOK = 1 << 16
_PASSED = re.compile(
    rb"(?:[%b]|(?:null|true|false|[-+.0-9eE]+|\"(?:[^\"\\\n]|\\.)*+\")[ \t\r]*\n)*+" % BLANKS
)
"""What a reader of lines passes over: blanks, and lines that hold a value and no object."""
_NAMESPACE = b"http://hl7.org/fhir"
_KEY = b"resourceType"
_TOO_LARGE = "FHIR of more than 256 MiB is one record too large: split it"
_CHOICE = (
    "Mend it, or, where it is something else, say that it is very restricted (confidentiality V):"
    " it is then taken in as it is, under every sensitivity, since nobody can tell what it holds"
)


def labelled(
    source: Source,
    media_type: str,
    facts: ResourceFacts,
    *,
    table: SensitivityTable | None = None,
    validate: bool = False,
) -> tuple[Source, ResourceFacts, bool]:
    """Add to what is said of a record what its content says: no word overrules that.

    Raises:
        InvalidResource: It is called FHIR, breaks R4's rules, and ``validate`` is asked.
        InputError: It is FHIR of more than 256 MiB, which nobody could be given either, or of
            another class or time than is said; or it may be FHIR whose labels cannot be read: in
            XML, say, or in broken JSON.
    """
    if speaks_for_itself(media_type):
        told = read_whole(source)
        own = facts_in(told, table=table, validate=validate)
        return told, _joined(facts, own, finer=False), True
    source, data = looked_into(source)
    if data is None:
        return source, facts, False
    try:
        if reason := why_unreadable(data):
            raise InputError(reason)
        own = facts_in(data, table=table) if is_fhir(data) else ()
    except InputError as error:
        return source, _under_every_label(facts, error), False
    return (source, _joined(facts, own, finer=True), True) if own else (source, facts, False)


def as_fhir(source: Source, media_type: str) -> tuple[Source, str]:
    """Call a record FHIR where it is, and nobody said what it is: each resource then counts.

    Raises:
        InputError: It is FHIR of more than 256 MiB.
    """
    source, data = looked_into(source)
    if data is None or not is_fhir(data):
        return source, media_type
    try:
        facts_in(data)
    except InputError:
        return source, media_type
    return data, FHIR_JSON


def looked_into(source: Source) -> tuple[Source, bytes | None]:
    """Read a record that begins as FHIR can.

    Raises:
        InputError: It is FHIR of more than 256 MiB.
    """
    source, head = _head(source)
    if not any(map(_begins_as_fhir, (head, as_utf8(head)))):
        return source, None
    source, whole = _whole(source)
    if whole is None and (_KEY in as_utf8(head) or _NAMESPACE in as_utf8(head)):
        raise InputError(_TOO_LARGE)
    return (source, None) if whole is None else (whole, whole)


def read_whole(source: Source) -> bytes:
    """Read a source into memory.

    Raises:
        InputError: It gives more than 256 MiB.
    """
    data, is_all = _gathered(chunks(source), READ_WHOLE)
    if not is_all:
        raise InputError(_TOO_LARGE)
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


def _begins_as_fhir(head: bytes) -> bool:
    begins = _PASSED.sub(b"", head, count=1)[:1]
    return begins in (b"{", b"[", b"<", b"/") or (not begins and len(head) >= _LOOK)


def _joined(facts: ResourceFacts, own: Sequence[ResourceFacts], *, finer: bool) -> ResourceFacts:
    """What is said of FHIR, under its own labels; its class and time must be those of all in it.

    Else the keys of what a consent excepts were given under it, and only the reader's software
    would refuse it.
    """
    said = facts.resource_class
    found = {each.resource_class for each in own}
    other = sorted(e for e in found if said != e and not (finer and said.startswith(f"{e}.")))
    if other:
        raise InputError(
            f"it is FHIR, and holds {', '.join(other)} where `about=` says {said}: leave `about=`"
            " and `media_type=` out, or keep each resource by itself with `records.add_bundle()`"
        )
    times = [each.when for each in own]
    if facts.when and any(each and not facts.when.encloses(each) for each in times):
        raise InputError(
            f"it is FHIR, and a {' or '.join(sorted(found))} in it is of another time than"
            " `about=` says: leave `when=` out, its own time counts"
        )
    return replace(
        facts,
        sensitivities=facts.sensitivities.union(*(each.sensitivities for each in own)),
        confidentiality=max(facts.confidentiality, *(each.confidentiality for each in own)),
        when=facts.when or span_over(times),
    )


def span_over(times: Sequence[Period | None]) -> Period | None:
    """From the first to the last of them; None where one is not known."""
    known = [each for each in times if each is not None]
    if len(known) < len(times):
        return None
    starts, ends = [each.start for each in known], [each.end for each in known]
    start = None if None in starts else min(e for e in starts if e is not None)
    end = None if None in ends else max(e for e in ends if e is not None)
    return None if start is None and end is None else Period(start=start, end=end)


def _under_every_label(facts: ResourceFacts, error: InputError) -> ResourceFacts:
    """What its labels are, nobody can say: whatever a consent withholds, it withholds this."""
    if facts.confidentiality is not Confidentiality.V:
        raise InputError(f"{error}. {_CHOICE}") from None
    return replace(facts, sensitivities=frozenset(SENSITIVITIES.codes))
