"""The resources of a Bundle, of NDJSON, or a single one, each with the exact bytes received.

Example:
    >>> bundle = (b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":'
    ...     b'{"resourceType":"Condition", "subject":{"reference":"Patient/p1"}}}]}')
    >>> [condition] = resources(bundle)
    >>> condition.resource_type, condition.patient, condition.data in bundle
    ('Condition', 'Patient/p1', True)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import getitem
from typing import TYPE_CHECKING, Any, NamedTuple

from salus.fhir.classify import LABELLED_NOTHING, Labelled, facts_read, said_by
from salus.fhir.entries import names_of
from salus.fhir.errors import DuplicateKey, MalformedJson, NotFhir, NotR4
from salus.fhir.labels import is_head, labels_around
from salus.fhir.patient import Patients, patients_in
from salus.fhir.patient_references import Names
from salus.fhir.resource_types import resource_type
from salus.fhir.sensitivity.derivation import Derivation
from salus.fhir.sensitivity.deriving import derivations
from salus.fhir.sensitivity.following import followed, links_of
from salus.fhir.sensitivity.standard import standard
from salus.fhir.sensitivity.table import SensitivityTable
from salus.fhir.strict_json import decode_text, parse, parse_text
from salus.fhir.text_spans import ResourceSpan, entry_resources, top_level_values
from salus.fhir.tree import ResourcePlace, places
from salus.fhir.validation import require_valid
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from salus.terms.period import Period
    from salus.terms.request import ResourceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One FHIR R4 resource, and the exact bytes received: digests are over these.

    Its repr shows no health data.
    """

    resource_type: str
    id: str | None = field(repr=False)
    data: bytes = field(repr=False)
    content: Mapping[str, Any] = field(repr=False, compare=False)
    patients: Patients = field(repr=False)
    facts: ResourceFacts = field(repr=False)
    why: tuple[Derivation, ...] = field(default=(), repr=False, compare=False)
    """What its sensitivities were derived from, beside its labels."""
    full_url: str = field(default="", repr=False)
    """What other resources of its Bundle call it; empty where its entry does not say."""

    @property
    def patient(self) -> str | None:
        """The one patient that it is about; None where it is about none, or several, or unclear."""
        return next(iter(self.patients.named), None) if self.patients.is_clear else None

    @property
    def resource_class(self) -> str:
        """The class for terms and compartments, for instance ``Observation.laboratory``."""
        return self.facts.resource_class

    @property
    def when(self) -> Period | None:
        """The time that it is about, in seconds; None where it does not say."""
        return self.facts.when


class SeenResource(NamedTuple):
    """A resource, all that are in it, and what counts for it beside itself."""

    content: Any
    tree: tuple[ResourcePlace, ...]
    found: Sequence[Derivation]
    around: Labelled = LABELLED_NOTHING


class BundleEntries(NamedTuple):
    """The entries of one Bundle, looked at together."""

    entries: Sequence[Any]
    names: Names
    around: Labelled
    heads: Labelled
    trees: Sequence[tuple[ResourcePlace, ...]]
    found: Sequence[Sequence[Derivation]]
    table: SensitivityTable

    @classmethod
    def of(cls, bundle: Mapping[str, Any], table: SensitivityTable) -> BundleEntries:
        """Look at a Bundle's entries; what is none is left for its turn to be refused."""
        entries = bundle.get("entry", [])
        names = names_of(entries)
        listed = entries if isinstance(entries, list) else []
        objects = [each if isinstance(each, dict) else {} for each in listed]
        trees = [_tree(each, names) for each in objects]
        own = [derivations(tree, table) for tree in trees]
        found = followed(own, links_of(objects, trees))
        around = labels_around(bundle)
        if around.heads is not around.entries:
            found = _heads_tell_of_all(objects, found)
        said = said_by(around.entries), said_by(around.heads)
        return cls(entries, names, *said, trees, found, table)

    def at(self, span: ResourceSpan) -> SeenResource:
        """Return the resource that stands at a place of the text."""
        content = reduce(getitem, span.keys, self.entries[span.entry])
        around = self.heads if is_head(content) else self.around
        if span.keys == ("resource",):
            return SeenResource(content, self.trees[span.entry], self.found[span.entry], around)
        is_object = isinstance(content, dict)
        tree = tuple(places(content, self.names)) if is_object else ()
        return SeenResource(content, tree, derivations(tree, self.table), around)

    def full_url(self, span: ResourceSpan) -> str:
        """What references call the resource at a place: an outcome has no address."""
        url = self.entries[span.entry].get("fullUrl") if span.keys == ("resource",) else None
        return url if isinstance(url, str) else ""


@typed_arguments
def resources(
    data: bytes, *, table: SensitivityTable | None = None, validate: bool = False
) -> Iterator[Resource]:
    """Iterate over a Bundle, one resource, or NDJSON, in the order of the file.

    An outcome in an entry's response counts; entries without either are passed over, and a Bundle
    inside a Bundle stays one resource. A fault is raised when its resource is reached: make a list
    of all before acting on one.

    Args:
        data: The text.
        table: What codes and words tell of sensitivity; defaults to the standard table.
        validate: Hold all of it against R4's rules first, a Bundle with what is around its entries.

    Raises:
        InvalidResource: it breaks R4's rules, and ``validate`` is asked.
        MalformedJson: it is not strict JSON.
        DuplicateKey: an object names a key twice.
        NotFhir: something in it is not a FHIR resource.
        NotR4: something in it is of another FHIR version.
    """
    text = decode_text(data)
    table = standard() if table is None else table
    try:
        value = parse_text(text)
    except MalformedJson:
        lines = _split(text)
        if len(lines) < 2:
            raise
    else:
        if validate:
            require_valid(value)
        yield from _of_document(data, text, value, table)
        return
    above, counted = 0, 0
    for start, end in lines:
        # From where the last line began: counted from the top each time, a long file takes days.
        above, counted = above + text.count("\n", counted, start), start
        yield _of_line(text[start:end].encode(), above, table, validate=validate)


def _split(text: str) -> list[tuple[int, int]]:
    """Whether this is NDJSON. What is not JSON is left to the strict parser to refuse."""
    values: list[tuple[int, int]] = []
    try:
        for span in top_level_values(text):
            values.append(span)
    except (ValueError, RecursionError):
        rest = text[values[-1][1] if values else 0 :]
        values.append((len(text) - len(rest.lstrip(" \t\r\n")), len(text)))
    gaps = [text[end:start] for (_, end), (start, _) in pairwise(values)]
    return values if all("\n" in gap for gap in gaps) else []


def _of_line(
    piece: bytes, lines_before: int, table: SensitivityTable, *, validate: bool
) -> Resource:
    place = f"line {lines_before + 1}"
    try:
        content = parse(piece)
        if validate:
            require_valid(content, place=place)
        return _alone(piece, content, table)
    except MalformedJson as error:
        line = lines_before + error.line
        raise MalformedJson(reason=error.reason, line=line, column=error.column) from None
    except DuplicateKey as error:
        raise DuplicateKey(path=f"{place}: {error.path}") from None
    except (NotFhir, NotR4) as error:
        raise error.at(place) from None


def _of_document(data: bytes, text: str, value: Any, table: SensitivityTable) -> Iterator[Resource]:
    if resource_type(value) != "Bundle":
        yield _alone(data, value, table)
        return
    entries = BundleEntries.of(value, table)
    for span in entry_resources(text):
        piece = text[span.start : span.end].encode()
        try:
            yield _resource(piece, entries.at(span), full_url=entries.full_url(span))
        except (NotFhir, NotR4) as error:
            raise error.at(f"entry[{span.entry}].{'.'.join(span.keys)}") from None


def _alone(data: bytes, content: Any, table: SensitivityTable) -> Resource:
    resource_type(content)
    tree = tuple(places(content))
    return _resource(data, SeenResource(content, tree, derivations(tree, table)))


def _resource(data: bytes, seen: SeenResource, *, full_url: str = "") -> Resource:
    content = seen.content
    name = resource_type(content)
    own_id = content.get("id")
    return Resource(
        resource_type=name,
        id=own_id if isinstance(own_id, str) else None,
        data=data,
        content=content,
        patients=patients_in(seen.tree),
        facts=facts_read(content, seen.tree, found=seen.found, around=seen.around),
        why=tuple(seen.found),
        full_url=full_url,
    )


def _tree(entry: Mapping[str, Any], names: Names) -> tuple[ResourcePlace, ...]:
    content, url = entry.get("resource"), entry.get("fullUrl")
    if not isinstance(content, dict):
        return ()
    return tuple(places(content, names, url=url if isinstance(url, str) else ""))


def _heads_tell_of_all(
    entries: Sequence[Mapping[str, Any]], found: Sequence[list[Derivation]]
) -> list[list[Derivation]]:
    """What heads a document tells of all that is in it, each kind of finding once."""
    every = {each.sensitivities: each for one in found for each in one}
    return [
        [*one, *every.values()] if is_head(entry.get("resource")) else one
        for entry, one in zip(entries, found, strict=True)
    ]
