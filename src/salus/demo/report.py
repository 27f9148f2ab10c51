"""What the demonstration did: steps with their time and gas, and what was proved by whom.

Example:
    >>> report = Report(listener=lambda step: None)
    >>> with report.step("health", "Hospital", "encrypts 3 records") as step:
    ...     step.gas += 38_277
    >>> report.steps[0].gas
    38277
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from salus.errors import SalusError, VerificationError

if TYPE_CHECKING:
    from salus.chain.contract import Transaction


@dataclass(slots=True)
class Step:
    """One thing that somebody did.

    Attributes:
        chapter: ``people``, ``health`` or ``medicine``.
        who: Who did it.
        what: What they did, in a few words.
        gas: Gas paid.
        seconds: How long it took.
        refused: The name of the error, when being refused was the point.
    """

    chapter: str
    who: str
    what: str
    gas: int = 0
    seconds: float = 0.0
    refused: str | None = None

    def paid(self, transaction: Transaction) -> Transaction:
        """Count a transaction's gas."""
        self.gas += transaction.gas_used
        return transaction


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved, who proved it, and on what it rests."""

    what: str
    by: str
    rests_on: str


@dataclass
class Report:
    """The whole demonstration; ``listener`` hears of each step, ``progress`` of each record."""

    listener: Callable[[Step], None]
    progress: Callable[[int], None] = lambda done: None
    steps: list[Step] = field(default_factory=list)
    proofs: list[Proof] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, chapter: str, who: str, what: str) -> Iterator[Step]:
        """Time what happens inside."""
        step = Step(chapter, who, what)
        started = time.perf_counter()
        yield step
        step.seconds = time.perf_counter() - started
        self.steps.append(step)
        self.listener(step)

    def refusal(
        self, chapter: str, who: str, what: str, *, error: type[SalusError], act: Callable[[], Any]
    ) -> None:
        """Do what must be refused; the demonstration fails when it is not."""
        with self.step(chapter, who, what) as step:
            try:
                act()
            except error as refused:
                step.refused = type(refused).__name__
            else:
                raise VerificationError(
                    f"{who} {what}: this must be refused, and was not; do not use this version"
                )

    def prove(self, what: str, *, by: str, rests_on: str) -> None:
        """Note what was proved."""
        self.proofs.append(Proof(what, by, rests_on))
