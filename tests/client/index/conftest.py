"""Chains of their own for indexes: what is read there is counted, and blocks are taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.receivers import SECRET, Receiver

from salus import Salus
from salus.chain import Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.consents.timelines import Timelines
from salus.contracts.event import Event
from salus.contracts.specs import SPECS
from salus.index import Index
from salus.index.webhook_deliveries import Deliveries
from salus.index.webhooks import Webhook

PATIENT = development_account(3)
Told = dict[str, list[tuple[int, int, Event]]]


@pytest.fixture
def chain() -> Iterator[Chain]:
    """An anvil with our contracts and nothing more."""
    try:
        with local_node("anvil") as node:
            connected = connect(node.url)
            governor = development_account(0)
            whom = {"governance": governor.address, "initial_delay": 0, "naming_delay": 0}
            deploy(connected, governor, path=None, **whom)  # type: ignore[arg-type]
            yield connected
            connected.close()
    except NodeUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def revoke(chain: Chain) -> Callable[[str], int]:
    """Revoke a patient's consent by its name; return the block."""
    consents = chain.contract("ConsentRegistry")

    def act(name: str) -> int:
        consent = name.encode().ljust(32, b"\0")
        sent = consents.send("revokeConsent", PATIENT.identity, consent, account=PATIENT)
        return sent.block_number

    return act


@pytest.fixture
def anchor(chain: Chain) -> Callable[[str], int]:
    """Append a leaf to a patient's stream; return the block."""
    app = Salus(chain, account=development_account(4))
    return lambda name: app.anchors.append("audit", [name.encode().ljust(32)]).block_number


@pytest.fixture
def set_attribute(chain: Chain) -> Callable[[str], int]:
    """Set an attribute of an identity; return the block."""
    registry, owner = chain.contract("IdentityRegistry"), development_account(5)

    def act(name: str) -> int:
        values = (owner.identity, name.encode().ljust(32, b"\0"), b"value", 1000)
        return registry.send("setAttribute", *values, account=owner).block_number

    return act


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def index(chain: Chain, file: Path) -> Iterator[Index]:
    with Index.open(file, chain) as opened:
        yield opened


@pytest.fixture
def sent(index: Index, receiver: Receiver, clock: Clock) -> Iterator[Deliveries]:
    hook = Webhook(receiver.url, SECRET)
    made = Deliveries(index._file, hook, shown=index._hashes, clock=clock, sleep=clock.sleep)
    yield made
    made.close()


def read(chain: Chain, file: Path | str) -> list[int]:
    """Read a chain into a file; how many events each step added, or took back."""
    with Index.open(file, chain) as index:
        return [notice.events for notice in index.read()]


def told_by_node(chain: Chain) -> Told:
    """Every event of every contract, as the node tells them."""
    return {
        f"{spec.name}.{name}": [_placed(each) for each in chain.contract(spec.name).events(event)]
        for spec in SPECS
        for name, event in spec.events().items()
    }


def told_by_index(chain: Chain, file: Path | str) -> Told:
    """The same of an index, with the node's help where it needs some."""
    with Index.open(file, chain, make=False) as index:
        before, chain.listing.source = chain.listing.source, index.source(chain)
        try:
            return {
                f"{spec.name}.{name}": [
                    _placed(each) for each in chain.contract(spec.name).listed(event)
                ]
                for spec in SPECS
                for name, event in spec.events().items()
            }
        finally:
            chain.listing.source = before


def _placed(event: Event) -> tuple[int, int, Event]:
    return event.block_number, event.log_index, event


def answers(chain: Chain, file: Path | str | None = None) -> dict[str, object]:
    """What histories say, with an index of this file or without one."""
    app = Salus(chain, account=development_account(4))
    patient, issuer, owner = PATIENT.identity, app.identity, development_account(5).identity
    before = chain.listing.source
    index = None if file is None else Index.open(file, chain, make=False)
    if index is not None:
        chain.listing.source = index.source(chain)
    try:
        newest = app.anchors.history.checkpoints(issuer, "audit")
        found = [
            app.anchors.history.find(issuer, each.stream, each.checkpoint.id) for each in newest
        ]
        timelines = Timelines(chain, app.anchors, chain.block().number)
        epoch = app.consents.checks.epoch(patient)
        return {
            "changes": list(app.identities.history.walk(owner)),
            "handovers": app.identities.history.handovers(owner),
            "checkpoints": newest,
            "line": app.anchors.history.line(issuer, "audit"),
            "found": found,
            "epoch": timelines.epoch_began(patient, epoch),
            "leftovers": app.thefts.leftovers(owner, since=1),
        }
    finally:
        chain.listing.source = before
        if index is not None:
            index.close()
