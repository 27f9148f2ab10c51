"""Acts whose key is in a signing service: a refusal leaves nothing, what it signed goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.support.killed import ACCOUNT
from tests.support.signing_services import Service, signing_service
from tests.support.waiting import BOTH

import salus
from salus import Salus
from salus.chain import development_account
from salus.chain.node.development import development_key
from salus.chain.signing.errors import SignerUnreachable
from salus.outbox import State

back_ends = BOTH
ME = development_account(ACCOUNT)
NAME = b"signed elsewhere".ljust(32, b"\0")


@pytest.fixture
def service() -> Iterator[Service]:
    with signing_service(development_key(ACCOUNT)) as running:
        yield running


@pytest.fixture(params=["web3signer", "rpc", "clef"])
def hospital(request: pytest.FixtureRequest, state: object, service: Service) -> Iterator[Salus]:
    """A client whose acts are written down, and whose key is in the service."""
    name = f"{request.param}+{service.url}#{ME.address}"
    with salus.connect("anvil", state=str(state), account=name) as client:
        yield client


def write(client: Salus, value: bytes) -> str:
    registry = client.chain.contract("IdentityRegistry")
    return registry.send("setAttribute", ME.identity, NAME, value, 60, account=client.account).hash


def end(*_: object) -> None:
    """The process ends here."""
    raise KeyboardInterrupt


def test_a_refusal_leaves_nothing_behind_and_no_gap(hospital: Salus, service: Service) -> None:
    service.status = 503
    with pytest.raises(SignerUnreachable):
        write(hospital, b"refused")
    assert list(hospital.outbox) == []
    service.status = 200
    assert write(hospital, b"refused")
    assert list(hospital.outbox) == []


def test_of_many_all_are_signed_or_none_leaves(hospital: Salus, service: Service) -> None:
    registry = hospital.chain.contract("IdentityRegistry")
    calls = [
        registry.prepare("setAttribute", ME.identity, NAME, b"many %d" % place, 60)
        for place in range(6)
    ]
    before, service.signs = hospital.chain.sender.posted, 4
    with pytest.raises(SignerUnreachable):
        hospital.chain.send_many(calls, account=hospital.account)
    assert hospital.chain.sender.posted == before
    assert list(hospital.outbox) == []
    service.signs = None
    assert len(hospital.chain.send_many(calls, account=hospital.account)) == 6


def test_what_was_signed_before_the_end_is_sent_without_asking_again(
    hospital: Salus, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ended:
        ended.setattr(hospital.chain.sender._posting, "post", end)
        with pytest.raises(KeyboardInterrupt):
            write(hospital, b"left")
    (left,) = hospital.outbox
    assert left.state is not State.FAILED
    service.status, asked = 503, len(service.seen)
    assert write(hospital, b"left") == left.transactions[0]
    assert len(service.seen) == asked
    assert list(hospital.outbox) == []
