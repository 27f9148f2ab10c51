"""A facade's verb is its part's: one definition, seen by help, type checkers and the reference.

A method bound in ``__init__`` is found by no ``dir(Class)``, ``help``, editor or docstring test.

Example:
    >>> class Shelf:
    ...     def add(self, book: str, *, twice: bool = False) -> int:
    ...         '''Put a book there.'''
    ...         return 2 if twice else 1
    >>> class Library:
    ...     add = verb("shelf", Shelf.add)
    ...
    ...     def __init__(self) -> None:
    ...         self.shelf = Shelf()
    >>> Library.add.__doc__, Library().add("Ulysses", twice=True)
    ('Put a book there.', 2)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def verb(part: str, method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Make a method of a part also one of the facade that holds it as the attribute ``part``."""

    @wraps(method)
    def forwarded(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return method(getattr(self, part), *args, **kwargs)

    return forwarded
