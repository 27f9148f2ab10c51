"""The entries of a Bundle, each with what stands around it and what its reasons tell of it.

Example:
    >>> from salus.fhir.sensitivity.standard import standard
    >>> from salus.fhir.spans import ResourceSpan
    >>> condition = {"resourceType": "Condition", "id": "c", "code": {"text": "schizophrenia"}}
    >>> visit = {"resourceType": "Encounter", "diagnosis": [
    ...     {"condition": {"reference": "Condition/c"}}]}
    >>> entries = BundleEntries.of({"resourceType": "Bundle", "entry": [
    ...     {"resource": condition}, {"resource": visit}]}, standard())
    >>> [found.path for found in entries.at(ResourceSpan(1, ("resource",), 0, 0)).found]
    ['diagnosis[0].condition']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import getitem
from typing import Any, NamedTuple

from salus.fhir.classify import LABELLED_NOTHING, Labelled, said_by
from salus.fhir.entries import names_of
from salus.fhir.labels import is_head, labels_around
from salus.fhir.numbers import Names
from salus.fhir.sensitivity.derivation import Derivation
from salus.fhir.sensitivity.deriving import derivations
from salus.fhir.sensitivity.following import followed, links_of
from salus.fhir.sensitivity.table import SensitivityTable
from salus.fhir.spans import ResourceSpan
from salus.fhir.tree import ResourcePlace, places


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
