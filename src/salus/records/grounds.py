"""On what, beside consents, keys are given: a feature registers how it says that one has ended.

Example:
    >>> grounds = Grounds()
    >>> grounds.register("trial/", lambda patients: "the trial is over")
    >>> grounds.find("trial/7")(()), grounds.find("0x01")
    ('the trial is over', None)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeAlias

from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument

if TYPE_CHECKING:
    from salus.primitives.address import Address

EndOfGround: TypeAlias = "Callable[[Collection[Address]], str]"
"""Why keys to these patients' records are given no more on a ground; empty while they are."""


class Grounds:
    """Names that stand in the place of a consent's id, by how they begin."""

    def __init__(self) -> None:
        self._ended: dict[str, EndOfGround] = {}

    @typed_arguments
    def register(self, prefix: str, ended: EndOfGround) -> None:
        """Have a feature judge the grounds whose names begin so.

        What it raises leaves its ground unjudged, and keeps nothing else from ending.

        Args:
            prefix: How the names begin, ``trial/``.
            ended: Called with patients' identities; returns why nothing more is given, or "".

        Raises:
            InvalidArgument: The prefix begins as a registered one or a consent's id does.
        """
        taken = ("0x", *self._ended)
        if not prefix or any(each.startswith(prefix) or prefix.startswith(each) for each in taken):
            raise InvalidArgument("prefix", "new, and not as another or a consent's id begins")
        self._ended[prefix] = ended

    @typed_arguments
    def find(self, name: str) -> EndOfGround | None:
        """Find what judges a ground.

        Args:
            name: What keys were given on.

        Returns:
            What was registered; None for consents.
        """
        found = (each for prefix, each in self._ended.items() if name.startswith(prefix))
        return next(found, None)
