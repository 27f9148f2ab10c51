"""Class, sensitivities, confidentiality and time of a resource, as terms and compartments see it.

Labels are read wherever they stand in it (`salus.fhir.labels`), and what codes and words tell is
added to them (`salus.fhir.sensitivity`). What a label does not say is
taken the cautious way: a sensitive resource without a confidentiality counts as restricted, and one
with a label that Salus cannot interpret as sensitive in whatever way, and as very restricted.

Example:
    >>> note = {"resourceType": "Condition", "meta": {"security": [
    ...     {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]}}
    >>> facts = classify(note)
    >>> facts.resource_class, sorted(facts.sensitivities), facts.confidentiality.name
    ('Condition', ['PSY'], 'R')
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from salus.fhir.codings import CONFIDENTIALITY_SYSTEM
from salus.fhir.dates import period_of, period_of_range
from salus.fhir.labels import Labels, labels_of
from salus.fhir.resource_types import resource_type
from salus.fhir.sensitivity.derivation import Derivation
from salus.fhir.sensitivity.deriving import derivations
from salus.fhir.sensitivity.standard import standard
from salus.fhir.sensitivity.table import SensitivityTable
from salus.fhir.shape import codes, objects
from salus.fhir.tree import ResourcePlace, places
from salus.primitives.values import require_type
from salus.terms.classes import OBSERVATION_CATEGORIES, OBSERVATION_CATEGORY_SYSTEM
from salus.terms.period import Period
from salus.terms.purposes import PURPOSES
from salus.terms.request import ResourceFacts
from salus.terms.sensitivities import (
    ANY_SENSITIVITY,
    SENSITIVITIES,
    UNCLEAR,
    UNCLEAR_SYSTEM,
    is_sensitivity,
)
from salus.terms.vocabulary import Confidentiality

# Integrity and provenance of a resource: they say nothing about who may see it.
_NEUTRAL_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
_WITHOUT_LEVELS = (SENSITIVITIES.system, PURPOSES.system, UNCLEAR_SYSTEM)

# What a record is about comes before when it was written down; in a form that names no span (a
# Timing, words) it is unknown, and the day of writing does not stand in for it.
_TIMES = (
    "effectiveDateTime",
    "effectivePeriod",
    "effectiveTiming",
    "effectiveInstant",
    "occurrenceDateTime",
    "occurrencePeriod",
    "occurrenceTiming",
    "performedDateTime",
    "performedPeriod",
    "performedString",
    "onsetDateTime",
    "onsetPeriod",
    "onsetString",
    "billablePeriod",
    "period",
    "started",
    "whenHandedOver",
    "whenPrepared",
    "startDate",
    "recordedOn",
    "identifiedDateTime",
    "identifiedPeriod",
    "authoredOn",
    "dateAsserted",
    "recordedDate",
    "occurredDateTime",
    "occurredPeriod",
    "recorded",
    "date",
    "dateTime",
    "created",
    "createdDateTime",
    "sent",
    "issued",
)


class Labelled(NamedTuple):
    """What labels say, of one resource or of several: levels only where there are labels."""

    sensitivities: frozenset[str]
    levels: frozenset[Confidentiality]


LABELLED_NOTHING = Labelled(frozenset(), frozenset())


def said_by(labelled: Iterable[Labels]) -> Labelled:
    """Read labels, those of each resource by themselves: no other's level is that of them."""
    each = [(_sensitivities(labels), _confidentiality(labels)) for labels in labelled]
    return Labelled(
        frozenset().union(*(sensitivities for sensitivities, _ in each)),
        frozenset(level for _, level in each),
    )


def classify(content: Mapping[str, Any], *, table: SensitivityTable | None = None) -> ResourceFacts:
    """Read what consent terms look at.

    Args:
        content: The resource.
        table: What codes and words tell of sensitivity; defaults to the standard table.

    Raises:
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    require_type(content, Mapping, owner="classify", field="content")
    if table is not None:
        require_type(table, SensitivityTable, owner="classify", field="table")
    tree = tuple(places(content))
    return facts_read(content, tree, found=derivations(tree, table or standard()))


def facts_read(
    content: Mapping[str, Any],
    tree: Sequence[ResourcePlace],
    *,
    found: Sequence[Derivation],
    around: Labelled = LABELLED_NOTHING,
) -> ResourceFacts:
    """Put together what was read of a resource, and labels around it, which count for it."""
    own = said_by(labels_of(tree))
    written = around.sensitivities | own.sensitivities
    added = frozenset().union(*(each.sensitivities for each in found))
    # What its author labelled so, and how confidential that is, is no news.
    is_news = not added <= standard().kin(written) | {UNCLEAR}
    levels = around.levels | own.levels | ({Confidentiality.R} if is_news else set())
    return ResourceFacts(
        resource_class=resource_class(content),
        sensitivities=written | added,
        confidentiality=max(levels, default=Confidentiality.N),
        when=time_of(content),
    )


def resource_class(content: Mapping[str, Any]) -> str:
    """Return a resource's class: its type, and for an Observation its category where it has one.

    Raises:
        NotFhir: it has no known resource type.
        NotR4: its type belongs to another version.
    """
    name = resource_type(content)
    if name != "Observation":
        return name
    pairs = chain.from_iterable(codes(category) for category in objects(content.get("category")))
    found = {each for system, each in pairs if system == OBSERVATION_CATEGORY_SYSTEM}
    known = found.intersection(OBSERVATION_CATEGORIES)
    return f"Observation.{known.pop()}" if len(known) == 1 else name


def time_of(content: Mapping[str, Any]) -> Period | None:
    """Read the first of R4's time elements that is there; None where it is withheld or no time."""
    for element in _TIMES:
        if element in content or f"_{element}" in content:
            value = content.get(element)
            return period_of_range(value) if isinstance(value, dict) else period_of(value)
    return None


def _sensitivities(labels: Labels) -> frozenset[str]:
    named = {name for label in labels for name in label[1:] if _is_sensitivity(*label)}
    is_any = any(_is_uninterpreted(*label) and label[0] != PURPOSES.system for label in labels)
    return frozenset(named | ({ANY_SENSITIVITY} if is_any else set()))


def _confidentiality(labels: Labels) -> Confidentiality:
    levels = [Confidentiality[name] for system, name in labels if _is_level(system, name)]
    if not levels and _sensitivities(labels) - {UNCLEAR}:
        levels.append(Confidentiality.R)
    # What cannot be interpreted may be the highest level, unless its system has none.
    unread = (system for system, name in labels if _is_uninterpreted(system, name))
    levels += [
        Confidentiality.R if each in _WITHOUT_LEVELS else Confidentiality.V for each in unread
    ]
    return max(levels, default=Confidentiality.N)


def _is_level(system: str, name: str) -> bool:
    return system == CONFIDENTIALITY_SYSTEM and name in Confidentiality.__members__


def _is_sensitivity(system: str, name: str) -> bool:
    # R4's Confidentiality had some of them, and old labels still name it.
    named = SENSITIVITIES.system if system == CONFIDENTIALITY_SYSTEM else system
    return is_sensitivity(named, name)


def _is_uninterpreted(system: str, name: str) -> bool:
    is_known = _is_level(system, name) or _is_sensitivity(system, name)
    return not is_known and system != _NEUTRAL_SYSTEM
