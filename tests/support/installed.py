"""What a package brings along, as it is installed here."""

from __future__ import annotations

import importlib.metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

Distributions = dict[str, importlib.metadata.Distribution]


def brought_by(name: str, *, extra: str = "") -> Distributions:
    """A package and all that it requires, by canonical name.

    Raises:
        PackageNotFoundError: Something of it is not installed.
    """
    found: Distributions = {}
    _add(name, extra, found)
    return found


def _add(name: str, extra: str, found: Distributions) -> None:
    name = canonicalize_name(name)
    if name in found and not extra:
        return
    found[name] = importlib.metadata.distribution(name)
    for requirement in map(Requirement, found[name].requires or []):
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        if wanted:
            for each in requirement.extras or {""}:
                _add(requirement.name, each, found)
