"""Lists that no one transaction holds, in parts that do (EIP-7825).

How many items a part has is counted from the items alone, and not from a node's estimates: a list
that is begun anew under its name after a crash has the same parts.

Example:
    >>> list(parts_of([1, 2, 3], gas_of=lambda _: 6_900_000))
    [[1, 2], [3]]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from salus.chain.sending.fees import GAS_MARGIN, TRANSACTION_GAS

T = TypeVar("T")
BASE_GAS = 150_000
"""What a transaction uses beside its items, at most."""


def parts_of(items: Sequence[T], *, gas_of: Callable[[T], int]) -> Iterator[list[T]]:
    """Split a list, in order, where the most gas that its items may use fills a transaction."""
    part: list[T] = []
    used = 0
    most = int(TRANSACTION_GAS / GAS_MARGIN) - BASE_GAS
    for each in items:
        gas = gas_of(each)
        if part and used + gas > most:
            yield part
            part, used = [], 0
        part.append(each)
        used += gas
    if part:
        yield part
