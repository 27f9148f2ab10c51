"""A long file of lines is read in time that grows as its length does."""

from __future__ import annotations

import time

from salus.fhir.bundle import resources

LINE = b'{"resourceType":"Condition","subject":{"reference":"Patient/p"},"note":[{"text":"%s"}]}'


def seconds_for(lines: int) -> float:
    data = b"\n".join([LINE % (b"x" * 400)] * lines)
    start = time.process_time()
    assert sum(1 for _ in resources(data)) == lines
    return time.process_time() - start


def test_ten_times_the_lines_take_about_ten_times_as_long() -> None:
    seconds_for(200)
    short, long = (min(seconds_for(lines) for _ in range(3)) for lines in (1_000, 10_000))
    assert long < 40 * short  # as the square it would be a hundred times
