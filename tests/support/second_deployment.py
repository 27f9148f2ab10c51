"""A second deployment beside the first, and everybody's clients of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from salus import Salus
from salus.chain import Chain, connect, deploy, development_account
from salus.chain.deploying.deploy import KEPT
from salus.demo.people import TITLES, gather
from salus.demo.report import Report
from salus.primitives.roles import Role
from salus.testing.participants import ROLES, People, accredit


@dataclass(frozen=True, slots=True)
class Move:
    """Everybody's clients of the old deployment and of the new one."""

    old: People
    new: dict[str, Salus]


def successor(chain: Chain, *, kept: tuple[str, ...] = KEPT, path: Path | None = None) -> Chain:
    """A connection to the same node, with a deployment that replaces the chain's."""
    beside = Chain(chain.rpc, network=chain.network)
    payer = development_account(0)
    deploy(beside, payer, path=path, predecessor=chain.deployment, kept=kept)
    return beside


def accredit_all(people: People, new: Chain) -> None:
    """What accreditors must do: nothing is carried for them."""
    governor = Salus(new, account=development_account(0))
    governor.accreditations.name_accreditor(Role.EMERGENCY_CLINICIAN, governor.account.identity)
    for name in TITLES:
        accredit(governor, people.identity(name), ROLES[name])


def make_move() -> Iterator[Move]:
    """Two deployments on one chain in process, and everybody's clients of both."""
    chain = connect("tester")
    people = gather(chain, development_account(0), Report(lambda *_: None))
    new = successor(chain)
    accredit_all(people, new)
    clients = {name: Salus(new, account=people[name].account) for name in TITLES}
    yield Move(people, clients)
    chain.close()
