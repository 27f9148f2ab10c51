"""From records and compartments to the requests that consent terms decide.

Example:
    >>> from salus.vault import Compartment
    >>> labs = Compartment(patient="0x" + "12" * 20, resource_class="Condition", period="2026")
    >>> facts_of(labs).when.start
    1767225600
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from salus.models import Address, Role
from salus.terms import Action, Confidentiality, Party, Period, Request, ResourceFacts
from salus.vault import Compartment

if TYPE_CHECKING:
    from salus.accreditations import Accreditations


def compartment_of(patient: Address, facts: ResourceFacts) -> Compartment:
    """The compartment of a record: its class, labels, and the year that it is about."""
    return Compartment(
        patient=patient,
        resource_class=facts.resource_class,
        sensitivities=facts.sensitivities,
        confidentiality=facts.confidentiality.name,
        period=_year(facts.when),
    )


def facts_of(compartment: Compartment, exact: Mapping[str, Any] | None = None) -> ResourceFacts:
    """What terms look at: in one record, or in every record that a compartment may hold.

    Args:
        compartment: Where the record lies, or may come to lie.
        exact: What was kept of one record (:func:`kept_of`); None means all of the compartment,
            whose time is its
            whole year, so that a permit holds only when it holds for each record in it.
    """
    when = _whole_year(compartment.period) if exact is None else _kept_period(exact)
    return ResourceFacts(
        resource_class=compartment.resource_class,
        sensitivities=compartment.sensitivities,
        confidentiality=Confidentiality[compartment.confidentiality],
        when=when,
    )


def kept_of(facts: ResourceFacts) -> dict[str, Any]:
    """What the key store keeps of a record's time, encrypted, to decide by later."""
    if facts.when is None:
        return {}
    return {"start": facts.when.start, "end": facts.when.end}


def asks(
    facts: ResourceFacts,
    *,
    recipient: Party,
    custodian: Address | None,
    purpose: str,
    at: int,
    action: Action = Action.ACCESS,
) -> Request:
    """One request for one record, or for a whole compartment."""
    return Request(
        action=action,
        purpose=purpose,
        resource=facts,
        at=at,
        recipient=recipient,
        custodian=Party(address=custodian) if custodian else Party(),
    )


def party(identity: Address, accreditations: Accreditations) -> Party:
    """An identity with the roles that it holds now."""
    held = frozenset(role for role in Role if accreditations.holds(identity, role))
    return Party(address=identity, roles=held)


def _year(when: Period | None) -> str:
    """The year that a record lies in; empty when it has no time or crosses a year."""
    if when is None or when.start is None or when.end is None:
        return ""
    first = datetime.fromtimestamp(when.start, UTC).year if when.start >= 0 else None
    last = datetime.fromtimestamp(when.end - 1, UTC).year if when.end > 0 else None
    return str(first) if first is not None and first == last else ""


def _whole_year(period: str) -> Period | None:
    if not period:
        return None
    year = int(period)
    start, end = (int(datetime(each, 1, 1, tzinfo=UTC).timestamp()) for each in (year, year + 1))
    return Period(start=start, end=end)


def _kept_period(exact: Mapping[str, Any]) -> Period | None:
    start, end = exact.get("start"), exact.get("end")
    return None if start is None and end is None else Period(start=start, end=end)
