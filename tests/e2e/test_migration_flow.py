"""The move to a second deployment beside the first, rehearsed as docs/migration.md tells it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.second_deployment import Move, make_move, successor

from salus import Salus
from salus import migration as moving
from salus.chain import Chain, connect, deploy, development_account
from salus.chain.deploying.deploy import KEPT
from salus.chain.deployments.file import CONTRACTS, Deployment
from salus.chain.errors import DeploymentMismatch, NodeUnavailable
from salus.chain.node.local import local_node
from salus.cli import main
from salus.consents.errors import ConsentNotInForce
from salus.contracts.consents.errors import BreakGlassOptedOut
from salus.contracts.drugs.errors import NotRegulator
from salus.contracts.signed_acts import NotController, SignatureInvalid
from salus.demo.medicine import demonstration_gtin
from salus.errors import ConfigurationInvalid, InputError, VerificationError
from salus.identities import set_attribute
from salus.migration.consents import CarriedConsent
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus.terms import Effect, Rule, Terms
from salus.testing.participants import YEAR

TERMS = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
PATIENT = development_account(1)

move = pytest.fixture(scope="module")(make_move)


# Addresses ---------------------------------------------------------------------------------------


def test_the_new_deployment_stands_beside_the_old_and_keeps_identities(move: Move) -> None:
    old = move.old["hospital"].chain.deployment
    new = move.new["hospital"].chain.deployment
    for name in CONTRACTS:
        before, after = old.contract(name), new.contract(name)
        assert (before.address == after.address) == (name in KEPT), name
        assert after.generation == (1 if name in KEPT else 2)
        assert move.old["hospital"].chain.code(before.address)


def test_a_second_run_finds_everything_in_place(tmp_path: Path) -> None:
    chain, path = connect("tester"), tmp_path / "second.json"
    first = successor(chain, path=path).deployment
    assert successor(chain, path=path).deployment == first == Deployment.load(path)
    with pytest.raises(DeploymentMismatch):
        deploy(Chain(chain.rpc, network="tester"), development_account(0), path=path)


def test_what_is_kept_stands_on_nothing_that_is_replaced() -> None:
    chain = connect("tester")
    with pytest.raises(ConfigurationInvalid, match="ConsentRegistry"):
        successor(chain, kept=("IdentityRegistry", "ConsentRegistry"))


def test_the_command_line_deploys_the_second_beside_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for setting in [name for name in os.environ if name.startswith("SALUS_")]:
        monkeypatch.delenv(setting)
    monkeypatch.chdir(tmp_path)
    first, second = str(tmp_path / "first.json"), str(tmp_path / "second.json")
    try:
        with local_node("anvil") as node:
            here = ["deploy", "--network", node.url, "--json"]
            assert main([*here, "--out", first]) == 0
            assert main([*here, "--replaces", first]) == 2
            assert main([*here, "--replaces", first, "--out", first]) == 2
            capsys.readouterr()
            assert main([*here, "--replaces", first, "--out", second]) == 0
    except NodeUnavailable as problem:
        pytest.skip(str(problem))
    done = json.loads(capsys.readouterr().out)["contracts"]
    assert {each["contract"] for each in done if not each["created"]} == set(KEPT)
    assert Deployment.load(Path(second)).contract("AnchorRegistry").generation == 2


# Identities --------------------------------------------------------------------------------------


def test_a_rotated_identity_means_the_same_in_the_new_deployment(move: Move) -> None:
    hospital = move.old["hospital"]
    old_key, new_key = development_account(3), development_account(4)
    hospital.identities.control.rotate(old_key.identity, new_key.identity, by=old_key)
    at_new = move.new["hospital"]
    consent = at_new.consents.propose(old_key.identity, hospital.account.identity, TERMS)
    with pytest.raises(NotController):
        at_new.consents.grant(consent, by=old_key)
    at_new.consents.grant(consent, by=new_key)


def test_where_identities_must_move_too_a_rotation_is_lost_and_made_again() -> None:
    """The one dangerous move: the key that was rotated away controls again, until it signs."""
    chain = connect("tester")
    old, new = (Salus(each, account=development_account(0)) for each in (chain, _all_new(chain)))
    lost, owner = development_account(5), development_account(6)
    old.identities.control.rotate(lost.identity, owner.identity, by=lost)
    assert new.identities.control.owner(lost.identity) == lost.identity

    new.identities.control.rotate(lost.identity, owner.identity, by=lost)
    assert new.identities.control.owner(lost.identity) == owner.identity


def test_where_the_old_key_was_stolen_the_owner_names_a_fresh_identity_in_the_old_place() -> None:
    chain = connect("tester")
    old, new = (Salus(each, account=development_account(0)) for each in (chain, _all_new(chain)))
    stolen, owner = development_account(7), development_account(8)
    old.identities.control.rotate(stolen.identity, owner.identity, by=stolen)
    fresh = new.identities.did(owner.identity)
    moved = [set_attribute("did/svc/Successor", fresh.encode())]
    with pytest.raises(NotController):
        old.identities.changes.apply(stolen.identity, moved, by=stolen)
    old.identities.changes.apply(stolen.identity, moved, by=owner)
    assert old.identities.changes.services(stolen.identity, "Successor") == [fresh]


def _all_new(chain: Chain) -> Chain:
    return successor(chain, kept=())


# Consents ----------------------------------------------------------------------------------------


@pytest.fixture
def carried(move: Move) -> CarriedConsent:
    """A consent that was registered in the old deployment and is granted again."""
    hospital, patient = move.old["hospital"], PATIENT
    before = hospital.consents.propose(patient.identity, move.old.identity("clinic"), TERMS)
    hospital.consents.grant(before, by=patient)
    return moving.carry_consent(hospital, move.new["hospital"], before, by=patient)


def test_a_consent_is_granted_again_with_the_same_grantee_and_terms(
    move: Move, carried: CarriedConsent
) -> None:
    old, new = move.old["clinic"], move.new["clinic"]
    assert moving.check_carried(old, new, carried).consent == carried.after
    assert carried.after.id != carried.before.id
    assert carried.after.salt != carried.before.salt


def test_a_passkey_grants_again_by_the_verifier_that_is_kept(move: Move) -> None:
    hospital, passkey = move.old["hospital"], move.old.patient
    before = hospital.consents.propose(passkey.identity, move.old.identity("clinic"), TERMS)
    signed = hospital.consents.sign(before, by=passkey)
    again = moving.carry_consent(hospital, move.new["hospital"], signed, by=passkey)
    assert again.after.patient == passkey.identity
    moving.check_carried(hospital, move.new["hospital"], again)


def test_the_old_signature_registers_nothing_in_the_new_deployment(move: Move) -> None:
    hospital = move.old["hospital"]
    consent = hospital.consents.propose(PATIENT.identity, move.old.identity("clinic"), TERMS)
    signed = hospital.consents.sign(consent, by=PATIENT)
    with pytest.raises(SignatureInvalid):
        move.new["hospital"].consents.register(signed)


def test_a_revocation_in_either_place_ends_a_carried_consent(
    move: Move, carried: CarriedConsent
) -> None:
    old, new, patient = move.old["clinic"], move.new["clinic"], PATIENT
    again = moving.carry_consent(old, new, carried.before, by=patient)
    new.consents.revoke(PATIENT.identity, again.after.id, by=patient)
    with pytest.raises(ConsentNotInForce, match="revoked it"):
        moving.check_carried(old, new, again)
    moving.check_carried(old, new, carried)
    old.consents.revoke(PATIENT.identity, carried.before.id, by=patient)
    with pytest.raises(ConsentNotInForce, match="old deployment"):
        moving.check_carried(old, new, carried)


def test_revoking_all_in_the_old_place_ends_what_was_carried(
    move: Move, carried: CarriedConsent
) -> None:
    old, new = move.old["clinic"], move.new["clinic"]
    old.consents.revoke_all(PATIENT.identity, by=PATIENT)
    with pytest.raises(ConsentNotInForce, match="all consents in the old"):
        moving.check_carried(old, new, carried)


def test_what_was_revoked_is_never_carried(move: Move, carried: CarriedConsent) -> None:
    old, patient = move.old["hospital"], PATIENT
    old.consents.revoke(PATIENT.identity, carried.before.id, by=patient)
    with pytest.raises(ConsentNotInForce):
        moving.carry_consent(old, move.new["hospital"], carried.before, by=patient)


def test_a_consent_cannot_be_shown_as_another_ones_successor(
    move: Move, carried: CarriedConsent
) -> None:
    other = replace(carried.before, grantee=move.old.identity("hospital"))
    shown = replace(carried, before=other)
    with pytest.raises(ConsentNotInForce, match="other parties"):
        moving.check_carried(move.old["clinic"], move.new["clinic"], shown)


def test_a_refusal_of_break_glass_holds_before_and_after_it_is_carried(move: Move) -> None:
    old, new, patient = move.old["hospital"], move.new["hospital"], development_account(2)
    old.emergencies.windows.set_opt_out(patient.identity, True, by=patient)
    assert moving.refuses_break_glass(old, new, patient.identity)
    assert not new.emergencies.windows.opted_out(patient.identity)

    assert moving.carry_opt_out(old, new, patient.identity, by=patient)
    assert moving.carry_opt_out(old, new, patient.identity, by=patient) is None
    governor = Salus(new.chain, account=development_account(0))
    clinician = new.account.identity
    until = new.chain.now() + YEAR
    governor.accreditations.accredit(clinician, Role.EMERGENCY_CLINICIAN, until=until)
    with pytest.raises(BreakGlassOptedOut):
        new.emergencies.windows.open(patient.identity, SaltedStatement.of("unconscious"))


# Logs --------------------------------------------------------------------------------------------


def leaf(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def test_a_log_goes_on_and_names_where_it_comes_from(move: Move) -> None:
    old, new = move.old["hospital"], move.new["hospital"]
    early = old.anchors.append("audit", [leaf("a"), leaf("b")])
    shown = moving.continue_log(old, new, "audit")
    assert moving.continue_log(old, new, "audit") == shown
    moving.verify_continuation(move.old["clinic"], move.new["clinic"], shown)
    assert (shown.closing.index, shown.opening.index) == (2, 0)

    new.anchors.append("audit", [leaf("c")])
    moving.verify_continuation(move.old["clinic"], move.new["clinic"], shown)
    old.anchors.proofs.verify(old.anchors.proofs.prove("audit", leaf("a")))
    assert early.checkpoint.size == 2


def test_a_log_that_was_written_to_after_its_end_is_told(move: Move) -> None:
    old, new = move.old["hospital"], move.new["hospital"]
    old.anchors.append("records", [leaf("a")])
    shown = moving.continue_log(old, new, "records")
    old.anchors.append("records", [leaf("afterwards")])
    with pytest.raises(VerificationError, match="after it was closed"):
        moving.verify_continuation(old, new, shown)


def test_another_logs_end_is_not_this_ones(move: Move) -> None:
    old, new = move.old["clinic"], move.new["clinic"]
    one = moving.continue_log(old, new, "telemetry")
    for forged in (
        replace(one, issuer=move.old.identity("hospital")),
        replace(one, closing=replace(one.closing, leaf=leaf("other"))),
        replace(one, opening=replace(one.opening, index=1)),
        replace(one, opening=replace(one.opening, leaf=leaf("other"))),
    ):
        with pytest.raises(VerificationError):
            moving.verify_continuation(old, new, forged)


def test_a_log_that_began_with_something_else_continues_nothing(move: Move) -> None:
    old, new = move.old["clinic"], move.new["clinic"]
    old.anchors.append("trial", [leaf("a")])
    new.anchors.append("trial", [leaf("too early")])
    with pytest.raises(InputError, match="something else"):
        moving.continue_log(old, new, "trial")


def test_accreditations_are_given_anew(move: Move) -> None:
    chain = move.old["manufacturer"].chain
    third = Chain(chain.rpc, network=chain.network)
    deploy(
        third,
        development_account(0),
        path=None,
        predecessor=move.new["manufacturer"].chain.deployment,
    )
    assert third.deployment.contract("DrugProvenance").generation == 3
    fresh = Salus(third, account=move.old["regulator"].account)
    maker = move.old.identity("manufacturer")
    with pytest.raises(NotRegulator):
        fresh.drugs.products.register(demonstration_gtin(), holder=maker, makers=[maker])
