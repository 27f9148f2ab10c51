"""A custodian's audit entry: kept before it is anchored, one for each request, whatever dies."""

from __future__ import annotations

import hashlib

import pytest
from tests.support.robbed import Robbed

from salus.anchors.client import Anchors
from salus.chain import Chain
from salus.emergencies.custodians import RELEASES_STREAM
from salus.emergencies.emergency_keys import Deposit
from salus.emergencies.releases import SignedRequest
from salus.primitives.statement import SaltedStatement
from salus.testing import local_salus


@pytest.fixture(scope="module")
def chain() -> Chain:
    return local_salus().chain


@pytest.fixture
def robbed(chain: Chain) -> Robbed:
    return Robbed.set_up(chain)


@pytest.fixture
def asked(robbed: Robbed) -> tuple[SignedRequest, Deposit]:
    """A request that the clinic's software grants, and the clinic's deposit."""
    team = robbed.team
    robbed.add(b"allergic to penicillin")
    made = robbed.deposit(robbed.patient.identity, robbed.hospital, [team.clinic, team.payer])
    reason = SaltedStatement.of("unconscious")
    team.emergency_clinician.emergencies.windows.open(robbed.patient.identity, reason)
    request = team.emergency_clinician.emergencies.access.request(made.card)
    return robbed.hospital.emergencies.access.countersign(request), made.deposits[
        team.clinic.identity
    ]


def leaf_of(entry: bytes) -> bytes:
    return hashlib.sha256(b"salus/release/v1\0" + entry).digest()


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_entry_outlives_the_process_that_anchored_it(
    robbed: Robbed,
    asked: tuple[SignedRequest, Deposit],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    """Killed around the anchoring, before anybody was given anything."""
    clinic, (request, deposit) = robbed.team.clinic, asked
    real = Anchors.ensure

    def dies(self: Anchors, *words: object, **options: object) -> object:
        if when == "after":
            real(self, *words, **options)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Anchors, "ensure", dies)
        with pytest.raises(KeyboardInterrupt):
            clinic.emergencies.custodians.release(deposit, request)
    (entry,) = clinic.emergencies.custodians.entries()
    assert clinic.anchors.log.holds(RELEASES_STREAM, leaf_of(entry)) is (when == "after")

    released = clinic.emergencies.custodians.release(deposit, request)
    assert released.entry == entry
    assert released.inclusion.leaf == leaf_of(entry)
    assert released.inclusion.anchored.checkpoint.size == 1
    clinic.anchors.proofs.verify(released.inclusion)


def test_a_request_that_is_granted_twice_has_one_entry(
    robbed: Robbed, asked: tuple[SignedRequest, Deposit]
) -> None:
    clinic, (request, deposit) = robbed.team.clinic, asked
    first, second = (clinic.emergencies.custodians.release(deposit, request) for _ in range(2))
    assert first.entry == second.entry
    assert clinic.emergencies.custodians.entries() == (first.entry,)
