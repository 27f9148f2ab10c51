"""Values that hold secrets stay in this process: pickles end in caches, queues and logs.

Example:
    >>> import pickle
    >>> @never_pickled
    ... class Key:
    ...     pass
    >>> pickle.dumps(Key())
    Traceback (most recent call last):
    TypeError: Key holds secrets and is not pickled: open it where it is needed
"""

from __future__ import annotations

from typing import Any, TypeVar

_Class = TypeVar("_Class", bound=type)


def never_pickled(cls: _Class) -> _Class:
    """Refuse to pickle or copy a class's instances; the outermost decorator of a dataclass."""

    def refuse(self: object) -> str | tuple[Any, ...]:
        name = cls.__name__
        raise TypeError(f"{name} holds secrets and is not pickled: open it where it is needed")

    cls.__reduce__ = refuse  # type: ignore[assignment]
    return cls
