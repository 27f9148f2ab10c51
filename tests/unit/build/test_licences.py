"""Everything that is installed with Salus may be used with it: no GPL of any kind, none unnamed."""

from __future__ import annotations

import importlib.metadata
import re

import pytest
from tests.support.installed import brought_by

ALLOWED = re.compile(
    r"apache|mit\b|bsd|isc\b|psf|python software foundation|mpl|mozilla public|public domain|cnri",
    re.IGNORECASE,
)
EXTRAS = ("", "demo", "fast", "keyring")
REFUSED = re.compile(r"\b[AL]?GPL|gnu (affero|lesser|general)", re.IGNORECASE)


def licences(distribution: importlib.metadata.Distribution) -> list[str]:
    metadata = distribution.metadata
    named = [metadata.get("License-Expression"), metadata.get("License")]
    classifiers = metadata.get_all("Classifier") or []
    named += [line for line in classifiers if line.startswith("License ::")]
    return [name for name in named if name]


@pytest.fixture(scope="module")
def runtime() -> dict[str, importlib.metadata.Distribution]:
    try:
        extras = (brought_by("salus", extra=each) for each in EXTRAS)
        return {name: each for found in extras for name, each in found.items()}
    except importlib.metadata.PackageNotFoundError as missing:
        pytest.skip(f"{missing} is not installed; run `make setup`")


def test_every_runtime_dependency_has_a_licence_that_we_may_ship(
    runtime: dict[str, importlib.metadata.Distribution],
) -> None:
    assert len(runtime) > 15
    unknown = {
        name: licences(distribution)
        for name, distribution in runtime.items()
        if not any(map(ALLOWED.search, licences(distribution)))
        or any(map(REFUSED.search, licences(distribution)))
    }
    assert unknown == {}


@pytest.mark.parametrize("name", ["GPL-3.0-only", "LGPL v3", "AGPL", "GNU General Public License"])
def test_copyleft_would_be_seen(name: str) -> None:
    assert REFUSED.search(name)
