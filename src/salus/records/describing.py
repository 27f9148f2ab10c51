"""What consent terms look at in a file that does not say it itself, from what somebody says of it.

Example:
    >>> facts = describe("ImagingStudy", sensitivities=["PSY"], since="2026-03", until="2026-03")
    >>> facts.confidentiality.name, facts.when
    ('R', Period(start=1772323200, end=1775001600))
"""

from __future__ import annotations

from collections.abc import Sequence

from salus.errors import InputError
from salus.fhir.dates import period_of
from salus.primitives.arguments import typed_arguments
from salus.terms.errors import InvalidTerms
from salus.terms.period import Period
from salus.terms.request import ResourceFacts
from salus.terms.vocabulary import Confidentiality


@typed_arguments
def describe(
    resource_class: str,
    *,
    sensitivities: Sequence[str] = (),
    confidentiality: Confidentiality | None = None,
    since: str | None = None,
    until: str | None = None,
) -> ResourceFacts:
    """Put together what somebody says of a file.

    Args:
        resource_class: A FHIR R4 resource type, or a finer kind of Observation.
        sensitivities: Codes of HL7's InformationSensitivityPolicy.
        confidentiality: Its label; defaults to R (restricted) where something is sensitive, else N.
        since: The first day, month, year or instant that it is about, as FHIR writes them.
        until: The last one, likewise.

    Returns:
        The facts, for ``records.add(about=…)``.

    Raises:
        UnknownCode: There is no such class or sensitivity.
        InputError: There is no such confidentiality, or a date is not valid.
    """
    usual = Confidentiality.R if sensitivities else Confidentiality.N
    return ResourceFacts(
        resource_class=resource_class,
        sensitivities=frozenset(sensitivities),
        confidentiality=confidentiality or usual,
        when=_period(since, until),
    )


def _period(since: str | None, until: str | None) -> Period | None:
    if since is None and until is None:
        return None
    first = None if since is None else _span(since).start
    last = None if until is None else _span(until).end
    try:
        return Period(start=first, end=last)
    except InvalidTerms:
        raise InputError(f"{until} is before {since}: give the earlier date as `since=`") from None


def _span(text: str) -> Period:
    found = period_of(text)
    if found is None:
        raise InputError(
            f"{text!r} is not a date: write 2026, 2026-03, 2026-03-01 or 2026-03-01T09:30:00Z"
        )
    return found
