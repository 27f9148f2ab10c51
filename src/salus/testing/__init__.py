"""Fixtures and fakes for the test-suites of applications that use Salus. No plugin, no network.

``local_salus`` is a chain in this process with every contract; ``people`` are named participants,
funded and accredited; ``FakeNode`` is a node that runs nothing and answers as it is told;
``FullStorage`` and ``Unreliable`` stand for what fails in the world, and
``LyingNode`` for whoever is between a client and its node.

Example:
    >>> from salus.testing import local_salus, people
    >>> salus = local_salus()
    >>> ward = people(salus.chain, ["hospital", "stranger"])
    >>> ward.hospital.account.identity == ward.stranger.account.identity
    False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.testing.clock import advance
    from salus.testing.fakes import FakeNode, fake_chain
    from salus.testing.faults import FullStorage, Unreliable
    from salus.testing.lying_node import LyingNode
    from salus.testing.participants import fund, local_salus, participant, people

__all__ = [
    "FakeNode",
    "FullStorage",
    "LyingNode",
    "Unreliable",
    "advance",
    "fake_chain",
    "fund",
    "local_salus",
    "participant",
    "people",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "clock": "advance",
        "fakes": "FakeNode fake_chain",
        "faults": "FullStorage Unreliable",
        "lying_node": "LyingNode",
        "participants": "fund local_salus participant people",
    },
)
