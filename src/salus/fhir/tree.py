"""The resources in a resource, each at its place: contained, wrapped in a Bundle, or a parameter.

Whose a record is and what labels it carries are read on this one walk, so that neither misses what
the other finds.

Example:
    >>> found = places({"resourceType": "Parameters", "parameter": [
    ...     {"name": "a", "resource": {"resourceType": "Condition"}}]})
    >>> [each.path for each in found]
    ['', 'parameter[0].resource.']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from salus.fhir.entries import names_of
from salus.fhir.patient_references import Names, Numbers, by_system, identifiers
from salus.fhir.shape import below, objects

_BRANCHES = (dict, list)


class Element(NamedTuple):
    """An object of a resource that is not a resource itself: its key, and where it stands."""

    key: str
    path: str
    node: dict[str, Any]


class ResourcePlace(NamedTuple):
    """One resource of a tree; its URL is empty where its entry has no ``fullUrl``."""

    content: Mapping[str, Any]
    resource_type: str = ""
    """As it says itself; empty where it says none."""
    path: str = ""
    names: Names = Names()
    url: str = ""
    container: Mapping[str, Any] | None = None
    elements: tuple[Element, ...] = ()
    local: Mapping[str, Numbers] = MappingProxyType({})
    is_alone: bool = True
    """Whether it stands in no other resource, or as an entry of a Bundle."""

    @property
    def is_within(self) -> bool:
        """Whether it is contained, and not a resource of its own."""
        return self.container is not None


class _Inner(NamedTuple):
    element: Element
    entry: Mapping[str, Any]


def places(
    content: Mapping[str, Any], names: Names | None = None, *, url: str = ""
) -> Iterator[ResourcePlace]:
    """Walk over a resource and all that are in it, at any depth, itself first."""
    return _walk(content, (names or Names()).at(url), url=url)


def _walk(
    content: Mapping[str, Any],
    names: Names,
    *,
    path: str = "",
    url: str = "",
    container: ResourcePlace | None = None,
    is_alone: bool = True,
) -> Iterator[ResourcePlace]:
    own, inner = _parted(content, path)
    place = ResourcePlace(
        content=content,
        resource_type=str(content.get("resourceType", "")),
        path=path,
        names=names,
        url=url,
        container=container and container.content,
        elements=tuple(own),
        local=container.local if container else _local(content),
        is_alone=is_alone,
    )
    yield place
    is_bundle = content.get("resourceType") == "Bundle"
    around = names_of(content.get("entry")) if is_bundle else names
    for (key, here, node), entry in inner:
        full = entry.get("fullUrl")
        is_entry = key == "resource" and isinstance(full, str)
        yield from _walk(
            node,
            around.at(full) if is_bundle else names,
            path=f"{here}.",
            url=str(full) if is_entry else "",
            container=place if key == "contained" else None,
            is_alone=is_alone and is_bundle and key == "resource",
        )


def _local(content: Mapping[str, Any]) -> Mapping[str, Numbers]:
    return {
        each["id"]: by_system(identifiers(each) if each.get("resourceType") == "Patient" else ())
        for each in objects(content.get("contained"))
        if isinstance(each.get("id"), str)
    }


def _parted(content: Mapping[str, Any], path: str) -> tuple[list[Element], list[_Inner]]:
    """A resource's own objects, and the resources right below it with the entry of each."""
    own: list[Element] = []
    inner: list[_Inner] = []
    is_scenario = content.get("resourceType") == "ExampleScenario"
    waiting: list[tuple[Any, str, str, Mapping[str, Any]]] = [(content, "", path[:-1], {})]
    while waiting:
        node, key, here, entry = waiting.pop()
        if isinstance(node, list):
            waiting += [
                (child, key, below(here, f"[{at}]"), entry)
                for at, child in reversed([*enumerate(node)])
                if isinstance(child, _BRANCHES)
            ]
            continue
        found = Element(key, here, node)
        if node is not content and _is_resource(key, node, is_scenario=is_scenario):
            inner.append(_Inner(found, entry))
            continue
        own.append(found)
        within, dot = node if key == "entry" else entry, "." if here else ""
        waiting += [
            (child, name, below(here, dot + name), within)
            for name, child in reversed(node.items())
            if isinstance(child, _BRANCHES)
        ]
    return own, inner


def _is_resource(key: str, node: dict[str, Any], *, is_scenario: bool) -> bool:
    """An ExampleScenario names the types of its instances with the key of a resource's own."""
    return key == "contained" or ("resourceType" in node and not is_scenario)
