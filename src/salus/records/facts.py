"""From records and compartments to the requests that consent terms decide.

Example:
    >>> from salus.vault import Compartment
    >>> labs = Compartment(patient="0x" + "12" * 20, resource_class="Condition", period="2026")
    >>> facts_of(labs).when.start
    1767225600
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from salus.errors import InputError
from salus.fhir.bundle import resources
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus.records.patients import the_patient
from salus.terms.errors import UnknownCode
from salus.terms.period import LATEST, Period
from salus.terms.request import Party, Request, ResourceFacts
from salus.terms.vocabulary import Action, Confidentiality
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.facts import ANY_TIME

if TYPE_CHECKING:
    from salus.fhir.bundle import Resource
    from salus.fhir.sensitivity.table import SensitivityTable
    from salus.vault.documents.facts import RecordFacts, Span


FHIR_JSON = "application/fhir+json"
WHOLE = "Bundle"
"""The class of a Bundle that is kept whole."""
_DAY = 24 * 3600


def compartment_of(patient: Address, facts: ResourceFacts) -> Compartment:
    """Choose the compartment of a record: its class, labels, and the year that it is about."""
    return Compartment(
        patient=patient,
        resource_class=facts.resource_class,
        sensitivities=facts.sensitivities,
        confidentiality=facts.confidentiality.name,
        period=_year(facts.when),
    )


@typed_arguments
def facts_of(compartment: Compartment) -> ResourceFacts:
    """What terms look at in every record that a compartment holds, or may come to hold.

    Returns:
        What terms decide by; the time is the whole year, so that a permit holds only when it holds
        for each record in it. For one record see :func:`facts_told`.
    """
    return ResourceFacts(
        resource_class=compartment.resource_class,
        sensitivities=compartment.sensitivities,
        confidentiality=Confidentiality[compartment.confidentiality],
        when=_whole_year(compartment.period),
    )


def span_of(facts: ResourceFacts) -> Span:
    """The time that the key database keeps of a record, encrypted, to decide by later."""
    return ANY_TIME if facts.when is None else (facts.when.start, facts.when.end)


def facts_told(said: RecordFacts) -> ResourceFacts:
    """What terms look at in one record, as its issuer says.

    Raises:
        InvalidTerms: Its time is not valid.
        UnknownCode: Its confidentiality is not a code of Confidentiality.
    """
    if said.confidentiality not in Confidentiality.__members__:
        raise UnknownCode(table="Confidentiality", code=said.confidentiality)
    return ResourceFacts(
        resource_class=said.resource_class,
        sensitivities=said.sensitivities,
        confidentiality=Confidentiality[said.confidentiality],
        when=None if said.when == ANY_TIME else Period(start=said.start, end=said.end),
    )


def asks(
    facts: ResourceFacts,
    *,
    recipient: Party,
    custodian: Party,
    author: Party,
    purpose: str,
    at: Moment,
    action: Action = Action.ACCESS,
) -> Request:
    """Put together a request for one record, or for a whole compartment.

    Args:
        at: Time of the decision: a datetime, a date or Unix seconds.

    Raises:
        UnknownCode: The purpose is not one.
    """
    return Request(
        action=action,
        purpose=purpose,
        resource=facts,
        at=moment_of(at, name="at"),
        recipient=recipient,
        custodian=custodian,
        author=author,
    )


def require_one_patient(resources: Sequence[Resource]) -> None:
    """Refuse a bundle that mixes patients: one's consent would open the other's records.

    Raises:
        InputError: They are about several patients, or it cannot be told about whom; none is named
            in the message.
    """
    the_patient([each.patients for each in resources])


def speaks_for_itself(media_type: str) -> bool:
    """Whether a record's content says what terms look at."""
    return media_type.partition(";")[0].strip().lower() == FHIR_JSON


def facts_in(
    data: bytes, *, table: SensitivityTable | None = None, validate: bool = False
) -> tuple[ResourceFacts, ...]:
    """Read what terms look at in FHIR content.

    Raises:
        InputError: It is not FHIR, or holds no resource.
        InvalidResource: It breaks R4's rules, and ``validate`` is asked.
    """
    found = tuple(each.facts for each in resources(data, table=table, validate=validate))
    if not found:
        raise InputError("the record holds no FHIR resource: nothing says what it is about")
    return found


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
    first, last = ((int(period), 1, 1), (int(period), 12, 31))
    start, end = (int(datetime(*each, tzinfo=UTC).timestamp()) for each in (first, last))
    return Period(start=start, end=min(end + _DAY, LATEST))
