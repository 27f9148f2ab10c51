"""What stands around the provisions of a FHIR Consent, and bears on what they mean.

A Consent is limited as a whole by its scope, its categories, its policies: "emergency only", "for
research", "de-identified". Only what is known to add nothing is passed over.

Example:
    >>> list(unfit_around({"scope": {"coding": [{"code": "adr"}]}}, {}, policies=()))
    ['scope']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salus.fhir.codings import (
    ACT_CODE_SYSTEM,
    LOINC_SYSTEM,
    PURPOSE_SYSTEM,
    SCOPE_SYSTEM,
)
from salus.fhir.shape import codes
from salus.fhir.structure import Slot, is_type, slots
from salus.fhir.unsaid import read_code, read_codes, unsaid
from salus.terms import PURPOSES, Effect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

DIRECTIVES = {
    "OPTIN": Effect.PERMIT,
    "OPTINR": Effect.PERMIT,
    "OPTOUT": Effect.DENY,
    "OPTOUTE": Effect.DENY,
}
"""What a policyRule permits or denies."""
_DIRECTING = frozenset((ACT_CODE_SYSTEM, name) for name in DIRECTIVES)
_PRIVACY = (SCOPE_SYSTEM, "patient-privacy")
_RESEARCH = (SCOPE_SYSTEM, "research")
_ADDING_NOTHING = frozenset(
    {
        (LOINC_SYSTEM, "59284-0"),  # Patient Consent
        (LOINC_SYSTEM, "57016-8"),  # Privacy policy acknowledgment
        (LOINC_SYSTEM, "57017-6"),  # Privacy policy of the organization
        (LOINC_SYSTEM, "64292-6"),  # Release of information consent
        (ACT_CODE_SYSTEM, "IDSCL"),  # information disclosure
    }
)
"""Categories that say what kind of paper this is, and limit nothing that is in it."""
_PART = "SUBSETTED"
"""What R4 tags what a search for a summary, or for some elements, leaves of a resource."""
_ELEMENTS = frozenset(
    """
resourceType id meta implicitRules language text contained extension modifierExtension identifier
status scope category patient dateTime performer organization sourceAttachment sourceReference
policy policyRule verification provision
""".split()
)


def directive(consent: Mapping[str, Any]) -> Effect | None:
    """What the policyRule permits or denies; None where it says neither, or both."""
    pairs = codes(consent.get("policyRule"))
    named = {name for system, name in pairs if system == ACT_CODE_SYSTEM}
    effects = {DIRECTIVES[name] for name in named if name in DIRECTIVES}
    return effects.pop() if len(effects) == 1 else None


def unfit_around(
    consent: Mapping[str, Any], provision: Mapping[str, Any], *, policies: Collection[str]
) -> Iterator[str]:
    """Name what stands outside the provisions and is not known to leave them as they are.

    Args:
        consent: the parsed Consent.
        provision: its provision.
        policies: addresses of policies that the caller has read.

    Yields:
        Paths.
    """
    yield from (key for key in consent if key.removeprefix("_") not in _ELEMENTS)
    yield from unsaid({key: value for key, value in consent.items() if key != "provision"})
    yield from _said_elsewhere(consent)
    if not _is_of_scope(consent.get("scope"), provision):
        yield "scope"
    rule = consent.get("policyRule")
    if rule is not None and (directive(consent) is None or not _is_known(rule, _DIRECTING)):
        yield "policyRule"
    yield from _unfit(consent, "category", lambda each: _is_known(each, _ADDING_NOTHING))
    yield from _unfit(consent, "policy", lambda each: each.get("uri") in policies)
    yield from _unfit(consent, "verification", lambda each: each.get("verified") is True)


def _said_elsewhere(consent: Mapping[str, Any]) -> Iterator[str]:
    """What says that the elements are not all of the Consent: it is a part, or words add to it."""
    if any(each.get("code") == _PART for each in consent.get("meta", {}).get("tag", ())):
        yield "meta.tag"
    if consent.get("text", {}).get("status") == "additional":
        yield "text"


def _unfit(consent: Mapping[str, Any], element: str, is_fit: Any) -> Iterator[str]:
    if element in consent:
        # R4 has no empty lists: one is something lost.
        for index, each in enumerate(consent[element] or [{}]):
            if not is_fit(each):
                yield f"{element}[{index}]"


def _is_known(concept: Any, known: Collection[tuple[str, str]]) -> bool:
    """Words without a code may say anything, and so may a code that is not known."""
    pairs, written = read_codes(concept), concept.get("coding")
    return bool(pairs) and len(pairs) == len(written) and set(pairs) <= set(known)


def _is_of_scope(scope: Any, provision: Mapping[str, Any]) -> bool:
    if not isinstance(scope, dict) or not _is_known(scope, (_PRIVACY, _RESEARCH)):
        return False
    return _RESEARCH not in read_codes(scope) or _is_for_research(provision)


def _is_for_research(provision: Mapping[str, Any]) -> bool:
    """Whether what it permits is research alone, in its exceptions too."""
    return provision.get("type") == "permit" and _permits_research_alone(provision, ())


def _permits_research_alone(provision: Mapping[str, Any], above: Sequence[Any]) -> bool:
    purposes = provision.get("purpose") or above
    is_research = bool(purposes) and all(map(_is_research, purposes))
    return (provision.get("type") != "permit" or is_research) and all(
        _permits_research_alone(each, purposes) for each in provision.get("provision", ())
    )


def _is_research(purpose: Any) -> bool:
    system, name = read_code(purpose) or ("", "")
    is_purpose = system == PURPOSE_SYSTEM and name in PURPOSES
    return is_purpose and PURPOSES.covers(frozenset({"HRESCH"}), name)


def misshapen(node: Mapping[str, Any], name: str = "Consent", path: str = "") -> Iterator[str]:
    """Name what is no list where R4 has one, is one where R4 has none, or is no object.

    Args:
        node: an element with elements.
        name: its type.
        path: where it stands.

    Yields:
        Paths.
    """
    known = slots(name)
    for key, value in node.items():
        slot = known.get(key)
        if slot is None or slot.type == "Resource":
            continue
        here = f"{path}{key}"
        if slot.repeats is not isinstance(value, list):
            yield here
            continue
        for index, each in enumerate(value if slot.repeats else [value]):
            yield from _misshapen_item(each, slot, f"{here}[{index}]" if slot.repeats else here)


def _misshapen_item(item: Any, slot: Slot, path: str) -> Iterator[str]:
    if isinstance(item, dict) is not is_type(slot.type):
        yield path
    elif isinstance(item, dict):
        yield from misshapen(item, slot.type, f"{path}.")
