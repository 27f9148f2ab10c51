"""Whose an identity is stays known for as long as a record lies under it, and no longer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.contracts.anchors.errors import HeadMoved
from salus.errors import SalusError
from salus.fhir.errors import AnotherPatient
from salus.fhir.patient import Patients
from salus.primitives.errors import StorageFull
from salus.testing import fund
from salus.vault import IdentityKeys, Vault
from salus.vault.storage.memory import MemoryStorage

ANNA = [Patients(frozenset({"Patient/anna"}))]


def about(patient: str, **more: str) -> bytes:
    content = {"resourceType": "Condition", "subject": {"reference": patient}, **more}
    return json.dumps(content).encode()


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def lets_in(client: Salus, patient: Account, reference: str) -> bool:
    try:
        client.records.add_bundle(about(reference), patient=patient.identity)
    except AnotherPatient:
        return False
    return True


@pytest.mark.parametrize("end", [KeyboardInterrupt(), HeadMoved(head=bytes(32)), SystemExit()])
def test_what_ends_the_anchoring_forgets_not_whose_the_kept_records_are(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    hospital, patient = exchange.custodian, exchange.patient

    def ends(*args: object, **more: object) -> None:
        raise end

    monkeypatch.setattr(hospital.anchors, "extend", ends)
    with pytest.raises(type(end)):
        hospital.records.add_bundle(about("Patient/anna"), patient=patient.identity)
    monkeypatch.undo()

    assert hospital.records.anchor_pending() is not None
    assert len(hospital.vault.manifests()) == 1
    assert not lets_in(hospital, patient, "Patient/bert")
    assert lets_in(hospital, patient, "Patient/anna")


def test_a_silent_node_before_anything_is_kept_refuses_nobody_later(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital, patient = exchange.custodian, exchange.patient

    def silent() -> int:
        raise ChainUnreachable(url="http://node", reason="connection refused")

    monkeypatch.setattr(hospital.chain, "now", silent)
    with pytest.raises(ChainUnreachable):
        lets_in(hospital, patient, "Patient/bert")
    monkeypatch.undo()

    assert hospital.vault.manifests() == []
    assert hospital.records.patients.of(patient.identity) == frozenset()
    assert lets_in(hospital, patient, "Patient/anna")


@dataclass
class Programs:
    """Two programs of one hospital over the same key database."""

    one: Salus
    other: Salus
    patient: Account


@pytest.fixture
def programs(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Programs:
    account, storage = Account.create(), MemoryStorage("blobs")
    fund(chain, account.address, payer=development_account(8))
    keys = IdentityKeys.generate(account.identity, created_at=chain.now())
    store = f"sqlite://{tmp_path}/keys.sqlite"
    vaults = [Vault(storage, store, keys=keys, chain_id=chain.chain_id) for _ in range(2)]
    one, other = (Salus(chain, account=account, vault=closed_later(each)) for each in vaults)
    return Programs(one, other, Account.create())


def fails(client: Salus, patient: Account, meanwhile: Callable[[], None] = lambda: None) -> None:
    """An addition that is first to say whose the identity is, and is taken back."""
    with client.records.patients.admitting(patient.identity, ANNA) as hold:
        hold()
        meanwhile()
        raise StorageFull("disk")


def test_an_addition_that_failed_forgets_not_what_another_program_kept(programs: Programs) -> None:
    one, other, patient = programs.one, programs.other, programs.patient
    let_in = []
    with pytest.raises(StorageFull):
        fails(
            one, patient, meanwhile=lambda: let_in.append(lets_in(other, patient, "Patient/anna"))
        )
    assert let_in == [True]
    assert not lets_in(one, patient, "Patient/bert")
    assert not lets_in(other, patient, "Patient/bert")


def test_what_one_program_let_go_of_another_notes_with_its_record(programs: Programs) -> None:
    """It began while the first still said whose the identity is, and keeps its record after."""
    one, other, patient = programs.one, programs.other, programs.patient
    with other.records.patients.admitting(patient.identity, ANNA) as hold:
        with pytest.raises(StorageFull):
            fails(one, patient)
        assert one.records.patients.of(patient.identity) == frozenset()
        hold()
    assert one.records.patients.of(patient.identity) == {"Patient/anna"}


def test_of_two_patients_at_once_only_the_first_is_let_in(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, patient = programs.one, programs.other, programs.patient
    now = one.chain.now
    meanwhile: list[bool] = []

    def slow() -> int:  # both have looked, and neither has kept anything
        monkeypatch.undo()
        meanwhile.append(lets_in(other, patient, "Patient/bert"))
        return now()

    monkeypatch.setattr(one.chain, "now", slow)
    assert not lets_in(one, patient, "Patient/anna")
    assert meanwhile == [True]
    assert one.records.patients.of(patient.identity) == {"Patient/bert"}
    assert len(one.vault.manifests()) == len(other.vault.manifests()) == 1


def test_an_addition_that_is_taken_back_keeps_what_the_hospital_said(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    hospital, patient = exchange.custodian, exchange.patient
    hospital.records.patients.say(patient.identity, ["Patient/anna"])

    def ends(*args: object, **more: object) -> None:
        raise StorageFull("disk")

    monkeypatch.setattr(hospital.vault, "add_together", ends)
    with pytest.raises(SalusError):
        lets_in(hospital, patient, "Patient/anna")
    assert hospital.records.patients.of(patient.identity) == {"Patient/anna"}
