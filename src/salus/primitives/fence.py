"""The seam to what features register: whatever their code raises becomes an error of ours.

One handler with a bug must stop neither the letters of others nor a revocation.

Example:
    >>> fenced("the handler of recalls", lambda: {}["lot"])
    Traceback (most recent call last):
        ...
    salus.primitives.fence.FeatureFailed: the handler of recalls failed (KeyError): mend it, and...
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from salus.errors import InputError, SalusError

_Done = TypeVar("_Done")


class FeatureFailed(InputError):
    """What a feature registered raised an error; all else went on."""

    def __init__(
        self, what: str, reason: str, *, remedy: str = "mend it, and run this again"
    ) -> None:
        self.what, self.reason = what, reason
        super().__init__(f"{what} failed ({reason}): {remedy}")


def fenced(what: str, act: Callable[[], _Done]) -> _Done:
    """Run code of a feature; an error that is not ours is named by its class, as its text may tell.

    Raises:
        FeatureFailed: It raised an error that is not ours; ours it raises as they are.
    """
    try:
        return act()
    except SalusError:
        raise
    except Exception as problem:
        raise FeatureFailed(what, type(problem).__name__) from problem
