"""Emergency keys, kept up to date by who keeps the records."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, replace

import pytest
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.emergencies.access import OfTheCard
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import restore_key
from salus.emergencies.keeping import NewEmergencyKey
from salus.emergencies.notes import emergency_notes
from salus.errors import InputError
from salus.mail.directory import verifier
from salus.mail.letter_kinds import LetterKinds
from salus.primitives.address import checked_address
from salus.records.collecting import collect
from salus.testing import fund, participant
from salus.vault import Vault
from salus.vault.errors import MalformedMessage
from salus.vault.letters.inbox import Inbox
from salus_verify.encoding import canonical
from salus_verify.errors import InvalidValue


@dataclass
class Ward:
    """A patient, who keeps its records, and who holds shares of its emergency key."""

    exchange: Exchange
    custodians: list[Salus]
    inbox: str

    @property
    def hospital(self) -> Salus:
        return self.exchange.custodian

    @property
    def patient(self) -> Account:
        return self.exchange.patient

    def deposit(self, *, replacing: bool = False) -> NewEmergencyKey:
        return self.hospital.emergencies.keeping.deposit(
            self.patient.identity,
            [each.account.identity for each in self.custodians],
            needed=2,
            inbox=self.inbox,
            replacing=replacing,
        )

    def contents(self, made: NewEmergencyKey) -> set[bytes]:
        """What whoever has the shares reads, of what was left for emergencies."""
        words = [
            made.deposits[each.account.identity].open(each.vault.keys) for each in self.custodians
        ]
        keys = restore_key(made.card.document, words)
        reader = Vault(self.exchange.storage, "memory:", keys=keys, chain_id=self.chain.chain_id)
        came = collect(
            Inbox(self.inbox),
            reader,
            verify=verifier(self.chain),
            admission=OfTheCard(made.card),
            letters=LetterKinds(reader),
        )
        assert came.left == ()
        return {reader.open(each).read() for each in came.manifests}

    @property
    def chain(self) -> Chain:
        return self.hospital.chain

    def messages(self) -> list[str]:
        return Inbox(self.inbox).list()


@pytest.fixture(scope="module")
def custodians(chain: Chain) -> list[Salus]:
    payer = development_account(8)
    made = []
    for _ in range(2):
        account = Account.create()
        fund(chain, account.address, payer=payer)
        made.append(participant(chain, account, inbox=True))
    return made


@pytest.fixture
def ward(chain: Chain, custodians: list[Salus]) -> Ward:
    exchange = Exchange.set_up(chain, development_account(8))
    return Ward(exchange, custodians, f"memory://emergency-{secrets.token_hex(8)}")


def test_what_is_new_is_wrapped_once(ward: Ward) -> None:
    ward.exchange.add(b"before")
    made, seal = ward.deposit(), ward.hospital.emergencies.keeping.seal
    assert (seal().keys, seal().keys) == (1, 0)
    ward.exchange.add(b"in the same compartment")
    ward.exchange.add(b"in another one", replace(NOTE, resource_class="Condition"))
    done = seal(ward.patient.identity)
    assert (done.patients, done.keys, done.records) == (1, 1, 2)
    assert seal().records == 0
    read = {b"before", b"in the same compartment", b"in another one"}
    assert ward.contents(made) == read


def test_a_new_generation_after_a_revocation_is_wrapped_too(ward: Ward) -> None:
    ward.exchange.add(b"before")
    records, made = ward.hospital.records, ward.deposit()
    ward.hospital.emergencies.keeping.seal()
    signed = ward.exchange.consent()
    records.share(signed, purpose="TREAT")
    assert records.revoke(signed.consent.id).others == (made.card.consent,)
    ward.exchange.add(b"after")
    assert ward.contents(made) == {b"before"}
    assert ward.hospital.emergencies.keeping.seal().keys == 1
    assert ward.contents(made) == {b"before", b"after"}


def test_what_is_erased_or_re_encrypted_leaves_the_messages(ward: Ward) -> None:
    gone = ward.exchange.add(b"a mistake")
    ward.exchange.add(b"a fact")
    records, made = ward.hospital.records, ward.deposit()
    ward.hospital.emergencies.keeping.seal()
    before = set(ward.messages())
    erased = records.erase(gone.record_id)
    assert (len(erased.told), erased.untold) == (1, ())
    assert len(before - set(ward.messages())) == 1
    assert ward.contents(made) == {b"a fact"}
    assert ward.hospital.emergencies.keeping.seal().removed == 0

    ward.hospital.vault.upkeep.rekey()
    done = ward.hospital.emergencies.keeping.seal()
    assert (done.keys, done.records, done.removed) == (1, 1, 1)
    assert ward.contents(made) == {b"a fact"}


def test_messages_that_were_lost_are_left_again(ward: Ward) -> None:
    ward.exchange.add(b"a fact")
    made, seal = ward.deposit(), ward.hospital.emergencies.keeping.seal
    seal()
    for each in ward.messages():
        Inbox(ward.inbox).delete(each)
    assert (seal().keys, seal().keys) == (1, 0)
    assert ward.contents(made) == {b"a fact"}


def test_a_run_that_was_killed_leaves_nothing_unnoted(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.exchange.add(b"a fact")
    made, seal = ward.deposit(), ward.hospital.emergencies.keeping.seal
    real, left = Inbox.deliver, []

    def dies(self: Inbox, message: bytes) -> str:
        if left:
            raise KeyboardInterrupt
        left.append(message)
        return real(self, message)

    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "deliver", dies)
        with pytest.raises(KeyboardInterrupt):
            seal()
    note = emergency_notes(ward.hospital.vault).find(ward.patient.identity)
    assert note is not None
    assert set(ward.messages()) < note.messages
    assert (seal().records, seal().records) == (1, 0)
    assert ward.contents(made) == {b"a fact"}


def test_who_refuses_break_glass_has_nothing_handed_out(ward: Ward) -> None:
    ward.exchange.add(b"a fact")
    records, made = ward.hospital.records, ward.deposit()
    ward.hospital.emergencies.keeping.seal()
    assert records.revoke_ended().standing == 1
    who = ward.patient.identity
    ward.hospital.emergencies.windows.set_opt_out(who, True, by=ward.patient)
    ended = records.revoke_ended()
    assert [each.reason for each in ended.consents] == ["the patient refuses break-glass"]
    done = ward.hospital.emergencies.keeping.seal()
    assert (done.refused, done.removed, ward.messages()) == ((who,), 2, [])
    with pytest.raises(InputError, match="refuses break-glass"):
        ward.deposit(replacing=True)
    ward.hospital.emergencies.windows.set_opt_out(who, False, by=ward.patient)
    assert ward.hospital.emergencies.keeping.seal().keys == 1
    assert ward.contents(made) == {b"a fact"}


def test_a_replaced_key_opens_nothing_that_follows(ward: Ward) -> None:
    ward.exchange.add(b"before")
    old = ward.deposit()
    ward.hospital.emergencies.keeping.seal()
    with pytest.raises(InputError, match="has an emergency key here"):
        ward.deposit()
    new = ward.deposit(replacing=True)
    ward.exchange.add(b"after")
    ward.hospital.emergencies.keeping.seal()
    assert ward.contents(old) == set()
    assert ward.contents(new) == {b"before", b"after"}
    assert ward.hospital.vault.grants.given().keys() == {new.card.consent}


def test_a_card_names_its_own_patient_and_issuer_only(ward: Ward) -> None:
    card = ward.deposit().card
    assert EmergencyCard.parse(card.to_bytes()) == card
    assert [checked_address(each) for each in card.custodians] == [
        each.account.identity for each in ward.custodians
    ]
    other = ward.exchange.grantee.account.identity
    said = json.loads(card.to_bytes())
    for name in ("patient", "issuer"):
        with pytest.raises(InvalidValue, match="not of this patient and this issuer"):
            replace(card, **{name: other})
        with pytest.raises(MalformedMessage, match="not of this patient and this issuer"):
            EmergencyCard.parse(canonical({**said, name: other.lower()}))


def test_wrapping_for_who_has_no_key_says_how_to_make_one(ward: Ward) -> None:
    ward.exchange.add(b"a fact")
    with pytest.raises(InputError, match=r"keeping\.deposit"):
        ward.hospital.emergencies.keeping.seal(ward.patient.identity)
    assert ward.hospital.emergencies.keeping.seal().patients == 0
