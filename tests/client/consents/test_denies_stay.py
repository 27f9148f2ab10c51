"""A deny that was heard is asked for good: no one answer of a node, old or a lie, forgets it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from eth_utils.crypto import keccak
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentRefused
from salus.errors import SalusError
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import advance, fund, local_salus
from salus_verify.encoding import hex0x

DAY = 24 * 3600
REAL = time.time
EPOCH_OF = "0x" + keccak(text="epochOf(address)")[:4].hex()
STATUS_OF = "0x" + keccak(text="consentStatus(address,bytes32)")[:4].hex()
REGISTERED = "".join(f"{each:064x}" for each in (1, 0, 1))
"""Granted at second 1, never revoked, active."""
WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))
PSYCHIATRY = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))


class Scene:
    """A hospital, a patient who keeps psychiatry from a reader, and days that pass."""

    def __init__(self, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chain, self.later = chain, 0
        self.exchange = Exchange.set_up(chain, development_account(8))
        self.hospital, self.patient = self.exchange.custodian, self.exchange.patient
        fund(chain, self.patient.address, payer=development_account(8))
        self.exchange.add(b"note")
        self.exchange.add(b"depression", PSYCHIATRY)
        monkeypatch.setattr(time, "time", lambda: REAL() + self.later)

    def passes(self, seconds: int) -> None:
        self.later += seconds
        advance(self.chain, seconds)

    def signed(
        self, terms: Terms, *, by: Account | None = None, until: int | None = None
    ) -> SignedConsent:
        grantee = self.exchange.grantee.account.identity
        consent = self.hospital.consents.propose(self.patient.identity, grantee, terms)
        until = until or self.chain.now() + 1000 * DAY
        return self.hospital.consents.sign(consent, by=by or self.patient, deadline=until)

    def shared(self, under: SignedConsent) -> int:
        return len(self.hospital.records.share(under, purpose="TREAT"))

    def knows(self, deny: SignedConsent) -> bool:
        return self.hospital.records.consulting.known(deny.consent) is not None

    def looks(self) -> None:
        """What every share and every opening does: ask all that is known between the parties."""
        parties = self.patient.identity, self.exchange.grantee.account.identity
        block = self.chain.block().number
        self.hospital.records.consulting.between(
            *parties, custodian=self.hospital.account.identity, block=block
        )

    @contextmanager
    def answering(self, answer: Callable[[str, tuple[Any, ...]], Any]) -> Iterator[None]:
        """Have the node answer otherwise, where that gives anything but None."""
        ask = self.chain.rpc.attempt

        def attempt(method: str, *params: Any) -> Any:
            told = answer(method, params)
            return ask(method, *params) if told is None else told

        self.chain.rpc.attempt = attempt  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.chain.rpc.attempt = ask  # type: ignore[method-assign]

    @contextmanager
    def behind(self, block: int) -> Iterator[None]:
        """A gateway hands out a node that knows no later block than this one."""
        ask = self.chain.rpc.attempt

        def answer(method: str, params: tuple[Any, ...]) -> Any:
            if method == "eth_blockNumber":
                return hex(block)
            return ask(method, *(hex(block) if each == "latest" else each for each in params))

        with self.answering(answer):
            yield

    @contextmanager
    def lying(self, asked: str = EPOCH_OF, told: str = "66" * 32) -> Iterator[None]:
        """A node that says of every patient that another epoch began, or what it is told to say."""

        def answer(method: str, params: tuple[Any, ...]) -> Any:
            is_it = method == "eth_call" and params[0]["data"].startswith(asked)
            return "0x" + told if is_it else None

        with self.answering(answer):
            yield


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(local_salus().chain, monkeypatch)


def test_a_node_that_is_behind_forgets_no_registered_deny(scene: Scene) -> None:
    scene.hospital.consents.register(scene.signed(WIDE))
    before = scene.chain.block().number
    scene.hospital.consents.revoke_all(scene.patient.identity, by=scene.patient)
    wide, deny = scene.signed(WIDE), scene.signed(NO_PSYCHIATRY)
    for each in (wide, deny):
        scene.hospital.consents.register(each)
    assert scene.shared(wide) == 1
    for _ in range(3):  # however often it is asked, and whatever the clock here says
        scene.passes(2 * DAY)
        with scene.behind(before):
            scene.looks()
    assert scene.shared(wide) == 1
    assert scene.knows(deny)


def test_one_lie_forgets_no_deny(scene: Scene) -> None:
    wide, deny = scene.signed(WIDE), scene.signed(NO_PSYCHIATRY)
    scene.passes(2 * DAY)
    for _ in range(2):  # now and then, with the truth between
        with scene.lying():
            scene.looks()
            scene.looks()
        scene.passes(1)
        assert scene.shared(wide) == 1
        scene.passes(30 * DAY)
    assert scene.shared(wide) == 1
    assert scene.knows(deny)


def test_a_deny_whose_signature_lapsed_counts_once_the_patient_registers_it(scene: Scene) -> None:
    wide, deny = scene.signed(WIDE), scene.signed(NO_PSYCHIATRY, until=scene.chain.now() + 60)
    assert scene.shared(wide) == 1
    for _ in range(3):
        scene.passes(2 * DAY)
        assert scene.shared(wide) == 2
    Salus(scene.chain, account=scene.patient).consents.grant(deny.consent)
    assert scene.shared(wide) == 1


def test_a_deny_counts_again_when_control_comes_back_to_its_signer(scene: Scene) -> None:
    wide, deny = scene.signed(WIDE), scene.signed(NO_PSYCHIATRY)
    other = Account.create()
    fund(scene.chain, other.address, payer=development_account(8))
    Salus(scene.chain, account=scene.patient).identities.control.rotate(
        scene.patient.identity, other.identity
    )
    for _ in range(3):
        scene.passes(2 * DAY)
        assert scene.shared(scene.signed(WIDE, by=other.acting_for(scene.patient.identity))) == 2
    Salus(scene.chain, account=other).identities.control.rotate(
        scene.patient.identity, scene.patient.address
    )
    assert scene.knows(deny)
    assert scene.shared(wide) == 1


@pytest.mark.parametrize("end", ["revoked", "epoch"])
def test_what_is_over_for_good_is_forgotten_after_two_looks_a_day_apart(
    scene: Scene, end: str
) -> None:
    deny = scene.signed(NO_PSYCHIATRY)
    if end == "revoked":
        scene.hospital.consents.revoke(scene.patient.identity, deny.consent.id, by=scene.patient)
    else:
        scene.hospital.consents.revoke_all(scene.patient.identity, by=scene.patient)
    wide = scene.signed(WIDE)
    known = []
    for _ in range(3):
        for _ in range(2):
            assert scene.shared(wide) == 2
        known.append(scene.knows(deny))
        scene.passes(DAY + 1)
    assert known == [True, True, False]


@pytest.mark.parametrize("node", ["behind", "lying"])
def test_a_deny_that_comes_by_post_is_kept_whatever_the_node_says_of_it_then(
    scene: Scene, node: str
) -> None:
    """It is told once, and its letter may be dropped."""
    reader, before = scene.exchange.grantee, scene.chain.block().number
    scene.hospital.consents.revoke_all(scene.patient.identity, by=scene.patient)
    wide = scene.signed(WIDE)
    assert scene.shared(wide) == 2
    came = reader.records.collect()
    assert reader.records.discard(came) == len(came.taken)
    assert scene.hospital.records.heed(scene.signed(NO_PSYCHIATRY))
    with scene.behind(before) if node == "behind" else scene.lying():
        assert reader.records.discard(reader.records.collect(), refused=True) == 1
    scene.passes(1)
    contents = []
    for each in came.manifests:
        with suppress(ConsentRefused):
            contents.append(reader.records.open(each, under=wide, purpose="TREAT"))
    assert contents == [b"note"]


@pytest.mark.parametrize("terms", [WIDE, TREATMENT], ids=["permits", "denies too"])
def test_records_come_in_although_the_first_collection_asked_a_node_that_was_behind(
    scene: Scene, terms: Terms
) -> None:
    reader, before = scene.exchange.grantee, scene.chain.block().number
    scene.hospital.consents.revoke_all(scene.patient.identity, by=scene.patient)
    shared = scene.shared(scene.signed(terms))
    with scene.behind(before):
        came = reader.records.collect()
        assert (came.manifests, reader.records.discard(came)) == ((), 0)
    came = reader.records.collect()
    assert (len(came.manifests), came.unasked) == (shared, ())
    reader.records.discard(came)
    assert reader.records.collect() == type(came)()


def test_a_batched_deny_is_asked_although_the_node_served_no_logs_when_it_came(
    scene: Scene,
) -> None:
    """Its letter is left until it is in force, and its reader asks it from then on."""
    reader, patient = scene.exchange.grantee, Salus(scene.chain, account=scene.patient)
    wide = scene.signed(WIDE)
    assert scene.shared(wide) == 2
    came = reader.records.collect()
    reader.records.discard(came)
    grantee = reader.account.identity
    proposed = patient.consents.propose(scene.patient.identity, grantee, NO_PSYCHIATRY)
    (deny,) = patient.consents.batches.grant([proposed])
    assert scene.hospital.records.heed(deny)

    anchors = scene.chain.contract("AnchorRegistry").address.lower()

    def no_logs(method: str, params: tuple[Any, ...]) -> Any:
        asked = method == "eth_getLogs" and str(params[0].get("address", "")).lower() == anchors
        return [] if asked else None

    scene.passes(1)
    with scene.answering(no_logs):
        late = reader.records.collect()
        assert (late.taken, reader.records.discard(late)) == ((), 0)
    scene.passes(1)
    assert len(reader.records.collect().taken) == 1
    contents = []
    for each in came.manifests:
        with suppress(ConsentRefused):
            contents.append(reader.records.open(each, under=wide, purpose="TREAT"))
    assert contents == [b"note"]


def test_a_consent_that_ended_after_it_was_taken_in_is_discarded(scene: Scene) -> None:
    reader = scene.exchange.grantee
    wide = scene.signed(WIDE)
    scene.shared(wide)
    first = reader.records.collect()
    scene.hospital.consents.revoke(scene.patient.identity, wide.consent.id, by=scene.patient)
    came = reader.records.collect()
    assert set(came.already) | set(came.taken) == set(first.taken)
    assert reader.records.discard(came) == len(first.taken)


def test_a_deny_that_was_handed_over_is_kept_although_a_node_is_behind(scene: Scene) -> None:
    before = scene.chain.block().number
    scene.hospital.consents.revoke_all(scene.patient.identity, by=scene.patient)
    wide, deny = scene.signed(WIDE), scene.signed(NO_PSYCHIATRY)
    scene.hospital.vault.heard.drop(
        deny.consent.patient, deny.consent.grantee, hex0x(deny.consent.id)
    )
    with scene.behind(before):
        assert not scene.hospital.records.heed(deny)
    assert scene.shared(wide) == 1


def test_no_forged_copy_takes_the_place_of_a_signed_consent_on_a_node_s_word(scene: Scene) -> None:
    """Whoever was shown a consent can sign a copy of it wrongly; registered, it would stand."""
    wide, narrow = scene.signed(WIDE), scene.signed(TREATMENT)
    forged = replace(narrow, signature=bytes(65))
    assert scene.shared(wide) == 1
    with scene.lying(STATUS_OF, REGISTERED):
        scene.shared(forged)
    scene.passes(1)
    assert scene.shared(wide) == 1


def test_a_forged_copy_that_cannot_be_registered_takes_no_deny_away(scene: Scene) -> None:
    """Who is denied hands it in to be registered: the contract refuses it, and nothing is lost."""
    wide, deny = scene.signed(WIDE), scene.signed(NO_PSYCHIATRY)
    with pytest.raises(SalusError):
        scene.hospital.consents.register(replace(deny, signature=bytes(65)))
    assert scene.shared(wide) == 1
