"""A part of a facade, made when it is first used, and once, whichever threads ask.

Example:
    >>> from threading import RLock
    >>> class Shop:
    ...     _making = RLock()
    ...
    ...     @once
    ...     def shelf(self) -> list[str]:
    ...         return []
    >>> shop = Shop()
    >>> shop.shelf is shop.shelf
    True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 - it reads as property does
    """A property whose value is made once, under its owner's ``_making``, an RLock.

    ``functools.cached_property`` makes two where two threads ask (since Python 3.12).
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self._name, self.__doc__ = make, make.__name__, make.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> once[T]: ...

    @overload
    def __get__(self, owner: Any, kind: type[Any]) -> T: ...

    def __get__(self, owner: Any, kind: type[Any]) -> Any:
        if owner is None:
            return self
        with owner._making:  # part of one another, so the same thread may come again
            if self._name not in vars(owner):
                vars(owner)[self._name] = self._make(owner)
        return vars(owner)[self._name]
