"""An institution's key is stolen; another key goes on in its name: nothing of its work is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.exchange import NOTE
from tests.support.lots import Book
from tests.support.robbed import DAY, Robbed, by_recovery, by_rotation, forged_keys

import salus
from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.chain.errors import SignerNotInControl
from salus.consents.errors import ConsentNotInForce
from salus.contracts.signed_acts import NotController
from salus.emergencies.cards import EmergencyCard
from salus.errors import InputError
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus.records.collecting import Collected
from salus.terms import Effect, Rule, Terms
from salus.testing import advance, fund, local_salus, people
from salus.vault.errors import ForgedSignature

Remedy = Callable[[Robbed, Account], None]
REMEDIES = pytest.mark.parametrize("remedy", [by_rotation, by_recovery])


@pytest.fixture(scope="module")
def chain() -> Chain:
    """One of their own: recoveries take days."""
    return local_salus().chain


@pytest.fixture
def robbed(chain: Chain) -> Robbed:
    return Robbed.set_up(chain)


def contents(reader: Salus, came: Collected) -> list[bytes]:
    (consent,) = {each.consent.id: each for each in came.consents}.values()
    open_ = reader.records.open
    return [open_(each, under=consent, purpose="TREAT") for each in came.manifests]


def opened_in_emergency(
    robbed: Robbed, card: EmergencyCard, deposits: dict[Salus, object]
) -> list[bytes]:
    """A clinician asks, the hospital vouches, custodians release, the clinician reads."""
    clinician = robbed.team.emergency_clinician
    patient = robbed.patient.identity
    if not clinician.emergencies.windows.is_open(patient, clinician.identity):
        clinician.emergencies.windows.open(patient, SaltedStatement.of("unconscious"))
    asked = clinician.emergencies.access.request(card)
    asked = robbed.hospital.emergencies.access.countersign(asked)
    released = [
        custodian.emergencies.custodians.release(deposit, asked).share  # type: ignore[arg-type]
        for custodian, deposit in deposits.items()
    ]
    found = clinician.emergencies.access.open(card, released)
    assert (found.wrong, found.problems) == ((), ())
    return sorted(each.read() for each in found.records)


@REMEDIES
def test_from_the_theft_to_normal_work(robbed: Robbed, remedy: Remedy) -> None:
    clinic, late, patient = robbed.team.clinic, robbed.team.pharmacist, robbed.patient
    before, mistake = robbed.add(b"before"), robbed.add(b"a mistake")
    to_clinic, to_late = robbed.consent(clinic), robbed.consent(late)
    for each in (to_clinic, to_late):
        robbed.hospital.records.share(each, purpose="TREAT")
    collected = clinic.records.collect()
    assert sorted(contents(clinic, collected)) == [b"a mistake", b"before"]

    # The theft: an inbox and a key in the hospital's name, until its own key ends that.
    thief = robbed.thief
    thief.mail.directory.announce(forged_keys(robbed).document, "memory://thief")
    assert clinic.mail.directory.find(robbed.who)[0].url == "memory://thief"
    robbed.act_with(remedy)
    hospital = robbed.hospital
    assert hospital.identity == robbed.who != hospital.account.address
    hospital.thefts.clear(robbed.who)
    robbed.announce()

    # The thief goes on trying, and is refused by name before anything is written.
    for attempt in (
        lambda: thief.records.add(b"false", patient=patient.identity, about=NOTE),
        lambda: thief.mail.directory.announce(forged_keys(robbed).document, "memory://thief"),
    ):
        with pytest.raises(SignerNotInControl):
            attempt()
    assert thief.vault.manifests() == []

    # What was signed before is read by whom it reached, and by whom it did not reach yet.
    assert sorted(contents(clinic, collected)) == [b"a mistake", b"before"]
    refused = late.records.collect()
    assert refused.manifests == ()
    assert all(isinstance(each, ForgedSignature) for each in refused.problems)
    assert set(hospital.records.resend().shared) == {
        "0x" + each.consent.id.hex() for each in (to_clinic, to_late)
    }
    assert sorted(contents(late, late.records.collect())) == [b"a mistake", b"before"]

    # And the hospital works: adds, shares, proves, receives, erases, revokes.
    robbed.add(b"after")
    hospital.records.share(to_clinic, purpose="TREAT")
    assert set(contents(clinic, clinic.records.collect())) >= {b"after", b"before"}
    assert hospital.records.receipt(before).issuer == robbed.who
    assert hospital.records.erase(mistake.record_id).report.complete
    assert mistake.record in {each.record for each in clinic.records.collect().erased}
    assert hospital.records.open(before) == b"before"
    assert hospital.records.revoke(to_late.consent.id).shared_keys > 0
    ended = hospital.consents.revocations.sign(patient.identity, to_clinic.consent.id, by=patient)
    assert hospital.records.revoke(ended).shared_keys > 0
    with pytest.raises(ConsentNotInForce):
        hospital.records.share(to_clinic, purpose="TREAT")
    assert hospital.accreditations.holds(robbed.who, Role.HOSPITAL)
    assert hospital.records.check().sound


@REMEDIES
def test_it_receives_under_its_name(robbed: Robbed, remedy: Remedy) -> None:
    clinic = robbed.team.clinic
    added = clinic.records.add(
        b"from the clinic", patient=robbed.patient.identity, about=NOTE
    ).records[0]
    robbed.act_with(remedy)
    hospital = robbed.hospital
    robbed.announce()
    consent = robbed.consent(hospital)
    clinic.records.share(consent, purpose="TREAT")
    came = hospital.records.collect()
    assert contents(hospital, came) == [b"from the clinic"]
    assert came.manifests == (added.manifest,)
    assert hospital.records.discard(came) == len(came.taken)


@REMEDIES
def test_emergency_keys_open_again_once_they_are_wrapped(robbed: Robbed, remedy: Remedy) -> None:
    team = robbed.team
    robbed.add(b"allergic to penicillin")
    holders = [team.clinic, team.pharmacist]
    made = robbed.deposit(robbed.patient.identity, robbed.hospital, holders)
    deposits = {each: made.deposits[each.identity] for each in holders}
    assert robbed.hospital.records.check().sound
    robbed.act_with(remedy)
    records = robbed.hospital.records
    assert opened_in_emergency(robbed, made.card, deposits) == []

    report = records.check()
    assert [each.kind for each in report.findings] == ["unreadable in emergencies"]
    assert "does not control" in report.findings[0].detail
    assert not report.sound
    assert robbed.hospital.emergencies.keeping.seal().keys == 1
    assert robbed.hospital.emergencies.keeping.seal().keys == 0
    assert records.check().sound
    assert opened_in_emergency(robbed, made.card, deposits) == [b"allergic to penicillin"]


@REMEDIES
def test_a_custodian_releases_its_share_under_its_name(robbed: Robbed, remedy: Remedy) -> None:
    team, keeper = robbed.team, robbed.team.payer
    keeper.records.add(b"kept elsewhere", patient=robbed.patient.identity, about=NOTE)
    made = robbed.deposit(robbed.patient.identity, keeper, [robbed.hospital, team.clinic])
    robbed.act_with(remedy)
    deposits = {
        robbed.hospital: made.deposits[robbed.who],
        team.clinic: made.deposits[team.clinic.identity],
    }
    clinician = team.emergency_clinician
    clinician.emergencies.windows.open(robbed.patient.identity, SaltedStatement.of("unconscious"))
    asked = robbed.hospital.emergencies.access.countersign(
        clinician.emergencies.access.request(made.card)
    )
    released = [who.emergencies.custodians.release(each, asked) for who, each in deposits.items()]
    assert json.loads(released[0].entry)["custodian"] == robbed.who.lower()
    assert released[0].inclusion.anchored.issuer == robbed.who
    found = clinician.emergencies.access.open(made.card, [each.share for each in released])
    assert [each.read() for each in found.records] == [b"kept elsewhere"]


def test_what_stays_unreadable_in_emergencies_is_repaired_by_the_check(robbed: Robbed) -> None:
    robbed.add(b"allergic to penicillin")
    holders = [robbed.team.clinic, robbed.team.payer]
    robbed.deposit(robbed.patient.identity, robbed.hospital, holders)
    robbed.act_with(by_rotation)
    report = robbed.hospital.records.check(repair=True)
    assert [each.repaired for each in report.findings] == [True]
    assert robbed.hospital.records.check().findings == ()


def test_the_old_key_writes_nothing_and_destroys_nothing(robbed: Robbed) -> None:
    """The hospital's own machine, still under the key that was rotated away."""
    kept, consent = robbed.add(b"kept"), robbed.consent(robbed.team.clinic)
    old = robbed.hospital
    robbed.act_with(by_rotation)
    blobs = set(old.vault.storage.list("blobs"))
    for act in (
        lambda: old.records.add(b"x", patient=robbed.patient.identity, about=NOTE),
        lambda: old.records.erase(kept.record_id),
        lambda: old.records.share(consent, purpose="TREAT"),
        old.emergencies.keeping.seal,
        old.records.resend,
        lambda: old.anchors.append("audit", [bytes(32)]),
    ):
        with pytest.raises(SignerNotInControl, match=f"does not control {robbed.who}"):
            act()
    assert old.vault.manifests() == [kept]
    assert set(old.vault.storage.list("blobs")) == blobs
    assert not old.anchors.log.holds("audit", bytes(32))
    assert robbed.hospital.records.open(kept) == b"kept"


def test_a_vault_is_opened_in_its_owner_s_name_alone(robbed: Robbed) -> None:
    vault, other = robbed.hospital.vault, Account.create()
    with pytest.raises(InputError, match=r"the vault is 0x.*'s, and the account acts for"):
        Salus(robbed.chain, account=other, vault=vault, identity=robbed.team.clinic.identity)
    assert Salus(robbed.chain, account=other, vault=vault).identity == robbed.who


def test_every_part_acts_in_the_name_of_the_identity(robbed: Robbed, chain: Chain) -> None:
    """Accreditors, emergency clinicians, guardians, patients: who rotated goes on as before."""
    governor, payer = Salus(chain, account=development_account(0)), development_account(8)
    board, clinician = robbed.team.payer, robbed.team.emergency_clinician
    governor.accreditations.name_accreditor(Role.PAYER, board.identity)
    advance(chain, 30 * DAY)
    new = Account.create()
    fund(chain, new.address, payer=payer)
    for each in (board, clinician):
        each.identities.control.rotate(each.identity, new.address)
    boards, clinicians = (
        Salus(chain, account=new, identity=each.identity) for each in (board, clinician)
    )
    subject = Account.create().address
    boards.accreditations.accredit(subject, Role.PAYER, until=chain.now() + 3600)
    found = governor.accreditations.get(subject, Role.PAYER)
    assert found is not None
    assert found.accreditor == board.identity
    patient = robbed.patient.identity
    clinicians.emergencies.windows.open(patient, SaltedStatement.of("unconscious"))
    assert governor.emergencies.windows.is_open(patient, clinician.identity)
    leaf = b"\x07" * 32
    anchored = boards.anchors.append("audit", [leaf])
    assert anchored.issuer == board.identity
    boards.anchors.proofs.verify(boards.anchors.proofs.prove("audit", leaf))


def test_a_maker_goes_on_with_its_lots(chain: Chain) -> None:
    team = people(chain, ["manufacturer", "regulator", "distributor"])
    book, maker = Book.commission(team), team.manufacturer
    new = Account.create()
    fund(chain, new.address, payer=development_account(8))
    maker.identities.control.rotate(maker.identity, new.address)
    with pytest.raises(NotController):
        maker.drugs.safety.quarantine(book.gtin, book.lot)
    maker = Salus(chain, account=new, identity=maker.identity)
    assert maker.drugs.lots.held(book.gtin, book.lot) == 12
    assert maker.drugs.lots.held(book.gtin, book.lot, partner=maker.account.address) == 0
    maker.drugs.safety.quarantine(book.gtin, book.lot)
    maker.drugs.safety.release(book.gtin, book.lot)
    assert maker.drugs.lots.by_maker(book.gtin, book.lot).keys() == {maker.identity}


def test_connecting_asks_for_control_before_it_makes_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    other = development_account(3).identity
    options = {"storage": (tmp_path / "blobs").as_uri(), "state": tmp_path / "state"}
    with pytest.raises(SignerNotInControl, match=f"does not control {other}"):
        salus.connect("tester", identity=other, **options)  # type: ignore[arg-type]
    monkeypatch.setenv("SALUS_IDENTITY", other)
    with pytest.raises(SignerNotInControl):
        salus.connect("tester", **options)  # type: ignore[arg-type]
    assert list(tmp_path.rglob("*.keys.json")) == []
    with pytest.raises(InputError, match="not an address"):
        salus.connect("tester", identity="hospital", **options)  # type: ignore[arg-type]
    own = development_account(0).identity
    with salus.connect("tester", identity=own, **options) as client:  # type: ignore[arg-type]
        assert client.identity == own


def test_a_deny_that_was_passed_on_and_not_read_is_passed_on_again(robbed: Robbed) -> None:
    """Its letter ended with the old key; the reader's software must ask it all the same."""
    late, patient = robbed.team.pharmacist, robbed.patient
    robbed.add(b"a note")
    permit = robbed.consent(late)
    robbed.hospital.records.share(permit, purpose="TREAT")
    nothing = Terms(base=Rule(effect=Effect.DENY))
    deny = robbed.hospital.consents.propose(patient.identity, late.identity, nothing)
    until = robbed.chain.now() + 400 * DAY
    signed = robbed.hospital.consents.sign(deny, by=patient, deadline=until)
    assert robbed.hospital.records.heed(signed)
    robbed.act_with(by_rotation)
    assert late.records.collect().consents == ()
    robbed.hospital.records.resend()
    assert deny.id in {each.consent.id for each in late.records.collect().consents}
