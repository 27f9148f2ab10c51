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
    CONFIDENTIALITY_SYSTEM,
    LOINC_SYSTEM,
    PURPOSE_SYSTEM,
    SCOPE_SYSTEM,
)
from salus.fhir.modifiers import read_code, read_codes, unsaid
from salus.fhir.shape import codes, objects
from salus.fhir.structure import Slot, is_type, slots
from salus.terms.purposes import PURPOSES
from salus.terms.sensitivities import is_sensitivity
from salus.terms.vocabulary import Confidentiality, Effect

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
_ALTERED = frozenset(
    "SUBSETTED ABSTRED AGGRED ANONYED MAPPED MASKED PSEUDED REDACTED SYNTAC TRSLT".split()
)
"""HL7's codes for what was made of a resource: a part, as a search for a summary gives, or else."""
_TOLD = ("generated", "extensions", "empty")
"""What the status of a narrative is where it tells of nothing but what is in the elements."""
_BESIDE = frozenset(
    """
CareTeam Device DocumentReference Group Organization Patient Practitioner PractitionerRole
RelatedPerson
""".split()
)
"""Types of contained resources that say who somebody is, or where the paper lies."""
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
    """List what stands outside the provisions and is not known to leave them as they are."""
    yield from (key for key in consent if key.removeprefix("_") not in _ELEMENTS)
    yield from unsaid({key: value for key, value in consent.items() if key != "provision"})
    yield from _said_elsewhere(consent)
    yield from _unknown_within(consent)
    if not _is_of_scope(consent.get("scope"), provision):
        yield "scope"
    rule = consent.get("policyRule")
    if rule is not None and (directive(consent) is None or not _is_known(rule, _DIRECTING)):
        yield "policyRule"
    yield from _unfit(consent, "category", lambda each: _is_known(each, _ADDING_NOTHING))
    yield from _unfit(consent, "policy", lambda each: str(each.get("uri")) in policies)
    yield from _unfit(consent, "verification", lambda each: each.get("verified") is True)


def _said_elsewhere(consent: Mapping[str, Any]) -> Iterator[str]:
    """What says that the elements are not all of the Consent: it is a part, or something adds."""
    meta, contained = consent.get("meta", {}), consent.get("contained", ())
    if any(str(each.get("code")).upper() in _ALTERED for each in meta.get("tag", ())):
        yield "meta.tag"
    if any(not _is_label(each) for each in meta.get("security", ())):
        yield "meta.security"
    if "text" in consent and consent["text"].get("status") not in _TOLD:
        yield "text"
    if any(str(each.get("resourceType")) not in _BESIDE for each in objects(contained)):
        yield "contained"


def _is_label(coding: Any) -> bool:
    """Whether it says who may see the Consent, and not what became of it."""
    system, name = read_code(coding) or ("", "")
    is_level = system == CONFIDENTIALITY_SYSTEM and name in Confidentiality.__members__
    return is_level or is_sensitivity(system, name)


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


def _unknown_within(consent: Mapping[str, Any]) -> Iterator[str]:
    """List what R4 does not know in the elements around the provisions."""
    for key, value in consent.items():
        slot = slots("Consent").get(key)
        if slot is not None and key != "provision":
            yield from _unknown(value, slot, key)


def _unknown(value: Any, slot: Slot, path: str) -> Iterator[str]:
    if slot.type == "Resource" or not is_type(slot.type):
        return
    listed = [(f"{path}[{at}]", each) for at, each in enumerate(value)] if slot.repeats else None
    for here, node in [(path, value)] if listed is None else listed:
        for key, child in node.items():
            inner = slots(slot.type).get(key.removeprefix("_"))
            if inner is None:
                yield f"{here}.{key}"
            elif not key.startswith("_"):
                yield from _unknown(child, inner, f"{here}.{key}")


def misshapen(node: Mapping[str, Any], name: str = "Consent", path: str = "") -> Iterator[str]:
    """List what is not a list where R4 has one, is one where R4 has none, or is not an object."""
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
