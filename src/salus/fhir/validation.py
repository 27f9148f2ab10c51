"""A resource held against the rules of FHIR R4: elements, types, how often, codes, references.

Example:
    >>> problems({"resourceType": "Observation", "status": "final", "valueString": "a",
    ...     "valueInteger": 1})
    [('value[x]', 'stands twice: valueInteger, valueString'), ('code', 'is required')]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from salus.fhir.element_rules import KeyRule, TypeRules, rules_of
from salus.fhir.errors import InvalidResource, NotFhir, NotR4
from salus.fhir.invariants import Fault, broken_by
from salus.fhir.primitives import CHECKS
from salus.fhir.reference_rules import Surroundings, surroundings_in_bundle, what_is_wrong
from salus.fhir.resource_types import resource_type
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

Path: TypeAlias = tuple[Any, str] | None
"""Where something stands: what it stands in, and its key there; made into text of faults alone."""

_KEY_SHOWN = 64
_EMPTY = "is empty; leave it out instead"


@typed_arguments
def validate(content: Mapping[str, Any]) -> None:
    """Refuse a resource that breaks R4's rules.

    Args:
        content: a parsed resource.

    Raises:
        InvalidResource: it has problems; all of them are named.
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    require_valid(content)


def require_valid(content: Any, *, place: str = "") -> None:
    """Refuse what breaks R4's rules, as it stands at a place of a file."""
    name = resource_type(content)
    found = _found_in(content)
    if found:
        raise InvalidResource(resource=f"{place}, {name}," if place else name, problems=found)


@typed_arguments
def problems(content: Mapping[str, Any]) -> list[Fault]:
    """List what breaks R4's structure and invariants (docs/adr/0367), without values of the record.

    Raises:
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    return _found_in(content)


def _found_in(content: Mapping[str, Any]) -> list[Fault]:
    walk = _Walk()
    walk.resource(content, None, Surroundings())
    return walk.faults


class _Walk:
    """One walk over one resource."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def resource(self, content: Any, at: Path, around: Surroundings) -> None:
        rules = rules_of(_type_at(content, at))
        if "contained" in content:
            around = around.within(content)
        if rules.name == "Bundle":
            around = surroundings_in_bundle(content)
        for element, what in broken_by(content):
            self._say((at, element), what)
        self._object(content, rules, at, around, is_resource=True)

    def _object(
        self,
        node: Mapping[str, Any],
        rules: TypeRules,
        at: Path,
        around: Surroundings,
        *,
        is_resource: bool = False,
    ) -> None:
        keys = rules.keys
        for key, value in node.items():
            rule = keys.get(key)
            if rule is None:
                if not (is_resource and key == "resourceType"):
                    self._beside_or_unknown(key, value, rules, (at, key[:_KEY_SHOWN]), around)
            elif rule.fits is None or rule.repeats:
                self._value(value, rule, (at, key), node, around)
            elif not rule.fits(value):
                self._say((at, key), _misfit(value, rule))
        for element, forms in rules.choices:
            if not forms.isdisjoint(node):
                self._once(node, element, forms, at)
        for element, forms in rules.needed:
            if forms.isdisjoint(node) and not any(f"_{key}" in node for key in forms):
                self._say((at, element), "is required")

    def _value(
        self, value: Any, rule: KeyRule, at: Path, node: Mapping[str, Any], around: Surroundings
    ) -> None:
        """A list, or an object."""
        if value in (None, "", [], {}):
            self._say(at, _EMPTY)
        elif not rule.repeats:
            self._inner(value, rule, at, around)
        elif not isinstance(value, list):
            self._say(at, "is a list in R4, with one element or more")
        else:
            for index, each in enumerate(value):
                place = (at, f"[{index}]")
                if rule.fits is None:
                    self._inner(each, rule, place, around)
                elif not rule.fits(each) and not _stands_in(each, node, at, index):
                    self._say(place, _misfit(each, rule))

    def _inner(self, value: Any, rule: KeyRule, at: Path, around: Surroundings) -> None:
        """An object, in a list or alone."""
        if value in (None, "", [], {}):
            self._say(at, _EMPTY)
        elif not isinstance(value, dict):
            self._say(at, f"is not an object, as R4's {rule.type} is")
        elif rule.type == "Resource":
            self.resource(value, at, around)
        else:
            self._object(value, rules_of(rule.type), at, around)
            if rule.type == "Reference" and (what := what_is_wrong(value, rule.slot, around)):
                self._say((at, "reference"), what)

    def _beside_or_unknown(
        self, key: str, value: Any, rules: TypeRules, at: Path, around: Surroundings
    ) -> None:
        """The extensions of a primitive stand under its name after an underscore."""
        rule = rules.beside.get(key)
        if rule is None:
            self._say(at, f"is not an element of R4's {rules.name}")
            return
        listed = rule.repeats and isinstance(value, list)
        for index, each in enumerate(value if listed else [value]):
            here = (at, f"[{index}]") if rule.repeats else at
            if isinstance(each, dict) and each:
                self._object(each, rules_of("Element"), here, around)
            elif each is not None or not rule.repeats:
                self._say(here, "is not an object with extensions")

    def _once(self, node: Mapping[str, Any], element: str, forms: frozenset[str], at: Path) -> None:
        """One form of a choice; one that has extensions alone counts too."""
        found = sorted({key for key in forms if key in node or f"_{key}" in node})
        if len(found) > 1:
            self._say((at, element), f"stands twice: {', '.join(found)}")

    def _say(self, at: Path, what: str) -> None:
        self.faults.append((_text(at), what))


def _type_at(content: Any, at: Path) -> str:
    try:
        return resource_type(content)
    except (NotFhir, NotR4) as error:
        raise (error.at(_text(at)) if at else error) from None


def _misfit(value: Any, rule: KeyRule) -> str:
    if value in (None, "", [], {}):
        return _EMPTY
    if rule.slot.codes and CHECKS[rule.type](value):
        return "is not a code that R4 has for it"
    if rule.type == "id":
        return "is not 1 to 64 letters, digits, hyphens or dots"
    return f"is not what R4 calls {rule.type}"


def _stands_in(value: Any, node: Mapping[str, Any], at: Path, index: int) -> bool:
    """Whether null stands for a primitive that has extensions alone."""
    beside = node.get(f"_{at[1]}") if at else None
    extensions = beside if isinstance(beside, list) else []
    return value is None and extensions[index : index + 1] not in ([], [None])


def _text(at: Path) -> str:
    steps = []
    while at is not None:
        at, step = at
        steps.append(step if step.startswith("[") else f".{step}")
    return "".join(reversed(steps)).removeprefix(".")
