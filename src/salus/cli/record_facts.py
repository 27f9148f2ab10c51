"""What consent terms look at in a file that does not say it itself, from the command line.

Example:
    >>> facts = facts_told("ImagingStudy", sensitivities=["PSY"], since="2026-03", until="2026-03")
    >>> facts.confidentiality.name, facts.when
    ('R', Period(start=1772323200, end=1775001600))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.cli import arguments
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.terms.period import Period
    from salus.terms.request import ResourceFacts


def facts_told(
    resource_class: str,
    *,
    sensitivities: Sequence[str] = (),
    confidentiality: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> ResourceFacts:
    """Put together what somebody says of a file.

    Args:
        resource_class: A FHIR R4 resource type, or a finer kind of Observation.
        since: The first day, month, year or instant that it is about, as FHIR writes them.

    Raises:
        UnknownCode: There is no such class or sensitivity.
        InputError: There is no such confidentiality, or a date is none.
    """
    from salus.terms.request import ResourceFacts
    from salus.terms.vocabulary import Confidentiality

    given = confidentiality or ("R" if sensitivities else "N")
    return ResourceFacts(
        resource_class=resource_class,
        sensitivities=frozenset(sensitivities),
        confidentiality=arguments.choice(Confidentiality, given),
        when=_period(since, until),
    )


def _period(since: str | None, until: str | None) -> Period | None:
    from salus.terms.errors import InvalidTerms
    from salus.terms.period import Period

    if since is None and until is None:
        return None
    first = None if since is None else _span(since).start
    last = None if until is None else _span(until).end
    try:
        return Period(start=first, end=last)
    except InvalidTerms:
        raise InputError(f"{until} is before {since}: give the earlier date as --from") from None


def _span(text: str) -> Period:
    from salus.fhir.dates import period_of

    found = period_of(text)
    if found is None:
        raise InputError(
            f"{text!r} is no date: write 2026, 2026-03, 2026-03-01 or 2026-03-01T09:30:00Z"
        )
    return found
