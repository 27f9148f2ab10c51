"""Points in time as people type them: Unix seconds, or ISO 8601 with a time zone."""

from __future__ import annotations

import pytest

from salus.cli import arguments
from salus.errors import InputError

NOON = 1_896_091_200
"""31 January 2030, 12:00 UTC."""


@pytest.mark.parametrize(
    "text", [str(NOON), "2030-01-31T12:00Z", "2030-01-31T13:00:00+01:00", "2030-01-31 12:00+00:00"]
)
def test_a_moment_is_read_in_any_time_zone(text: str) -> None:
    assert arguments.moment(text) == NOON


@pytest.mark.parametrize(
    "text", ["2030-01-31T12:00", "2030-01-31", "-1", "1e9", "tomorrow", "", "1960-01-01T00:00Z"]
)
def test_what_is_no_moment_everywhere_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        arguments.moment(text)
