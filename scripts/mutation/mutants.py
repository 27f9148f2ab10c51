"""Make mutants of the contracts: one small fault each, by the standard operators.

Faults are placed by the compiler's syntax tree, not by searching text, so that each is one
operator, one literal, one guard. What is left out: interfaces, mocks, and the passkey verifier,
which has no line of ours.

Example:
    >>> from mutation.mutants import Mutant
    >>> Mutant("a.sol", "unary", "f", 1, 0, 2, "++", "--", "").apply(b"++i")
    b'--i'
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass
from itertools import zip_longest

from compile import CONTRACTS, gather_sources
from compiler import ROOT, compile_standard
from mutation.operators import Names, Node, edits, walk

LEFT_OUT = ("contracts/mocks/", "contracts/periphery/")
_INTERFACE = re.compile(r"/I[A-Z]\w*\.sol$")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: bytes `start` to `end` of `file` become `after`."""

    file: str
    operator: str
    function: str
    line: int
    start: int
    end: int
    before: str
    after: str
    source: str

    @property
    def id(self) -> str:
        """Twelve hex digits; another when the file changes in any byte."""
        fields = (self.source, self.file, self.operator, self.start, self.end, self.after)
        return hashlib.sha256(repr(fields).encode()).hexdigest()[:12]

    def apply(self, source: bytes) -> bytes:
        """Put the fault in.

        Args:
            source: The file's bytes.

        Returns:
            The bytes with the fault.
        """
        return source[: self.start] + self.after.encode() + source[self.end :]


def generate() -> list[Mutant]:
    """Make every mutant of every contract.

    Returns:
        Mutants in the order of their files and places.

    Raises:
        CompilerMissing: There is no compiler on this machine.
    """
    units = sorted(file.relative_to(ROOT).as_posix() for file in CONTRACTS.rglob("*.sol"))
    ours = [unit for unit in units if not unit.startswith(LEFT_OUT) and not _INTERFACE.search(unit)]
    return mutants_of(gather_sources(ours), ours)


def mutants_of(sources: dict[str, str], units: list[str]) -> list[Mutant]:
    """Make every mutant of some files.

    Args:
        sources: Text by unit, everything that they import included.
        units: Which of them.

    Returns:
        Mutants in the order of the units and of places.

    Raises:
        CompilerMissing: There is no compiler on this machine.
    """
    output = compile_standard(
        {
            "language": "Solidity",
            "settings": {"evmVersion": "prague", "outputSelection": {"*": {"": ["ast"]}}},
            "sources": {unit: {"content": text} for unit, text in sources.items()},
        }
    )
    trees = {unit: output["sources"][unit]["ast"] for unit in sources}
    names = Names(trees)
    return [
        mutant
        for unit in units
        for mutant in _mutants_in(unit, sources[unit].encode(), trees[unit], names)
    ]


def sample(mutants: list[Mutant], seed: int) -> list[Mutant]:
    """Order mutants so that any beginning of the list is spread over files and operators.

    Args:
        mutants: All of them.
        seed: Of the choice within each file and operator.

    Returns:
        All of them: one of each (file, operator), then a second of each, and so on.
    """
    strata: dict[tuple[str, str], list[Mutant]] = {}
    for mutant in mutants:
        strata.setdefault((mutant.file, mutant.operator), []).append(mutant)
    chooser = random.Random(seed)  # noqa: S311 -- a sample, not a secret
    for _, stratum in sorted(strata.items()):
        stratum.sort(key=lambda each: each.id)
        chooser.shuffle(stratum)
    rounds = zip_longest(*(stratum for _, stratum in sorted(strata.items())))
    return [mutant for each in rounds for mutant in each if mutant is not None]


def _mutants_in(unit: str, source: bytes, tree: Node, names: Names) -> list[Mutant]:
    digest = hashlib.sha256(source).hexdigest()
    found: dict[tuple[int, int, str], Mutant] = {}
    for node, function in walk(tree):
        for operator, start, end, after in edits(node, source, names):
            before = source[start:end].decode()
            line = source.count(b"\n", 0, start) + 1
            mutant = Mutant(unit, operator, function, line, start, end, before, after, digest)
            if before != after:
                found.setdefault((start, end, after), mutant)
    return sorted(found.values(), key=lambda each: (each.start, each.end, each.after))
