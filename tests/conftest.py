"""What every test may ask for."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator
from inspect import isfunction, unwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.support.closing import ClosedLater, closing_all

from salus.vault.keys import key_file
from salus.vault.keys.encrypted_keys import FASTEST, Cost

# Started in the background, a process ignores Ctrl-C, and so would those that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is slow, not wrong: limits of time would fail tests at random.
UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
# The same examples each time: what a change breaks is its own fault. Campaigns look for new ones.
settings.register_profile("salus", max_examples=25, derandomize=True, **UNHURRIED)
settings.register_profile("ci", max_examples=100, derandomize=True, **UNHURRIED)
settings.register_profile("campaign", max_examples=200, **UNHURRIED)
TEST_ALL = bool(os.environ.get("TEST_EVERYTHING"))
PROFILE = "ci" if TEST_ALL else "salus"
settings.load_profile("campaign" if os.environ.get("SALUS_CAMPAIGN") else PROFILE)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data(root: Path) -> Path:
    """Real FHIR, EPCIS and product data that is kept beside the project, not in it."""
    data = root.parent / "shared" / "data"
    if not data.is_dir():
        pytest.skip(f"the real data sets are not at {data}")
    return data


@pytest.fixture
def closed_later() -> Iterator[ClosedLater]:
    """Have something closed when its test ends."""
    with closing_all() as later:
        yield later


@pytest.fixture(scope="module")
def closed_last() -> Iterator[ClosedLater]:
    """Have something closed when its module ends."""
    with closing_all() as later:
        yield later


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: a file of long sequences, run by `make test-slow`")
    config.addinivalue_line("markers", "campaign: at full size by `make campaigns`, else a sample")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever tries examples of a strategy tries more of them in a campaign."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("campaign")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Ten thousand tests live to the end: the collector need not look for them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_suite() -> None:
    """What tells this suite what to do is no setting of Salus, which would warn of it."""
    for name in ("TEST_EVERYTHING", "SALUS_CAMPAIGN", "SALUS_ALL_LIES"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Fail the last test for what an earlier one left open, and no collection has met so far.

    After that a worker of xdist has five seconds left before it is interrupted, too few for pytest
    to collect so many objects again: from here on none of them is looked at.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def honest_costs() -> Iterator[dict[str, Cost]]:
    """What key files cost where nobody says; here they are as cheap as the format allows."""
    defaults = {
        name: unwrap(function).__kwdefaults__
        for name, function in vars(key_file).items()
        if isfunction(function)
        and function.__module__ == key_file.__name__
        and "cost" in (unwrap(function).__kwdefaults__ or {})
    }
    with pytest.MonkeyPatch.context() as patch:
        honest = {name: each["cost"] for name, each in defaults.items()}
        for each in defaults.values():
            patch.setitem(each, "cost", FASTEST)
        yield honest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With TEST_EVERYTHING set, as in CI, what would be skipped fails: there nothing is missing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and TEST_ALL:
        report.outcome = "failed"
        report.longrepr = f"skipped, and TEST_EVERYTHING is set: {report.longrepr}"
    return report
