"""Records come in while their consent is in force; what nothing uses blocks nobody, and can go."""

from __future__ import annotations

import os
import secrets

import pytest
from tests.support.exchange import NOTE, TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.chain.node.rpc import Rpc
from salus.consents.documents import Consent, SignedConsent
from salus.records import shown_consent_limits
from salus.records.errors import UnaskedRecord
from salus.records.sharing import PARCEL
from salus.records.shown_consents import Shown
from salus.records.telling import TERMS
from salus.terms import Effect, Rule, Terms
from salus.testing import advance, fund, local_salus, participant
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.parcels import GivenKey, pack
from salus.vault.documents.record_keys import compartment_key_id
from salus.vault.keyring.heard import Heard
from salus_verify.encoding import hex0x

pytestmark = pytest.mark.slow

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY))
FAR = (1 << 53) - 1


class Sender:
    """Somebody with software of its own, who posts to a reader what it likes."""

    def __init__(self, client: Salus, reader: Salus) -> None:
        self.client, self.reader = client, reader
        self._inbox, self._document = client.mail.directory.find(reader.account.identity)

    @classmethod
    def stranger(cls, reader: Salus) -> Sender:
        account = Account.create()
        fund(reader.chain, account.address, payer=development_account(8))
        return cls(participant(reader.chain, account), reader)

    def posts(self, kind: str, body: bytes) -> None:
        self.client.mail.post(self._inbox, kind, body, self._document)

    def shows(self, terms: Terms, *, patient: Account | None = None) -> SignedConsent:
        consents, by = self.client.consents, patient or self.client.account
        consent = consents.propose(by.identity, self.reader.account.identity, terms)
        signed = consents.sign(consent, by=by, deadline=FAR)
        self.posts(TERMS, signed.to_json().encode())
        return signed

    def makes_up(self, patient: Account) -> None:
        """A deny of somebody else's patient, which nobody signed."""
        reader = self.reader.account.identity
        consent = Consent(patient.identity, reader, NOTHING, secrets.token_bytes(32), bytes(32))
        made_up = SignedConsent(consent, FAR, patient.signer, bytes(65))
        self.posts(TERMS, made_up.to_json().encode())

    def leaves_keys(self, number: int, *, under: SignedConsent) -> None:
        made = (os.urandom(32) for _ in range(number))
        keys = (GivenKey("compartment", compartment_key_id(key), key) for key in made)
        for parcel in pack(((key, None) for key in keys), consent=hex0x(under.consent.id)):
            self.posts(PARCEL, parcel.to_bytes())

    def keys_here(self) -> int:
        return len(self.reader.vault.database.compartments.all(self.client.account.identity))


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    made = Exchange.set_up(chain, development_account(8))
    made.add(b"one")
    return made


def collected(reader: Salus) -> tuple[int, int]:
    """How many records came, and how many letters wait."""
    came = reader.records.collect()
    reader.records.discard(came)
    return len(came.manifests), len(came.unasked)


def shared(exchange: Exchange, terms: Terms = WIDE, *, patient: Account | None = None) -> None:
    """By somebody who is new to the reader."""
    who = patient or Account.create()
    exchange.add(b"note", NOTE, patient=who)
    exchange.custodian.records.share(exchange.consent(terms, patient=who), purpose="TREAT")


# While it is in force -----------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False], ids=["keys and pointers", "pointers alone"])
def test_after_a_consent_ended_no_record_comes_in_under_it(exchange: Exchange, whole: bool) -> None:
    hospital, reader, patient = exchange.custodian, exchange.grantee, exchange.patient
    consent = exchange.consent(WIDE)
    hospital.records.share(consent, purpose="TREAT")
    assert collected(reader) == (1, 0)
    reader.consents.revoke(patient.identity, consent.consent.id, by=patient)
    exchange.add(b"two, after the end")
    sender, vault = Sender(hospital, reader), hospital.vault
    (key,) = vault.keyring.compartments.all(patient.identity)
    parcels = list(vault.readers.pointers(key))
    if whole:
        plan = vault.keyring.plan(covers=lambda _: True, permits=lambda _: True)
        parcels += vault.readers.share(plan, sender._document, consent=hex0x(consent.consent.id))
    for each in parcels:
        sender.posts(PARCEL, each.to_bytes())

    came = reader.records.collect()
    assert (came.manifests, len(came.unasked)) == ((), len(parcels))
    assert {type(each) for each in came.problems} == {UnaskedRecord}

    # The patient agrees once more, and what waits comes in beside the rest.
    again = exchange.consent(WIDE)
    hospital.records.share(again, purpose="TREAT")
    came = reader.records.collect()
    assert len({each.record for each in came.manifests}) == 2
    for each in came.manifests:
        assert reader.records.open(each, under=again, purpose="TREAT").startswith((b"one", b"two"))


def test_a_record_that_came_in_before_the_end_is_not_asked_for_again(exchange: Exchange) -> None:
    hospital, reader, patient = exchange.custodian, exchange.grantee, exchange.patient
    consent = exchange.consent(WIDE)
    hospital.records.share(consent, purpose="TREAT")
    first = reader.records.collect()
    reader.consents.revoke(patient.identity, consent.consent.id, by=patient)
    came = reader.records.collect()
    assert (came.problems, set(came.already)) == ((), set(first.taken))
    # Its key lies in that letter: when the record is erased the letter goes, whoever discards.
    erased = hospital.vault.erase(first.manifests[0].record_id, erased_at=1)
    Sender(hospital, reader).posts("erasure", ErasureNotice.of(erased).to_bytes())
    came = reader.records.collect()
    assert len(came.erased) == 1
    inbox, _ = reader.mail.directory.find(reader.account.identity)
    assert len(inbox.list()) == len(first.taken)


def test_a_consent_whose_signature_lapsed_lets_records_in_once_it_is_registered() -> None:
    """It permits and denies, so it was kept: nobody shows it a second time."""
    exchange = Exchange.set_up(local_salus().chain, development_account(8))
    hospital, reader = exchange.custodian, exchange.grantee
    exchange.add(b"note")
    chain, patient = reader.chain, exchange.patient
    fund(chain, patient.address, payer=development_account(8))
    consent = hospital.consents.propose(patient.identity, reader.account.identity, TREATMENT)
    signed = hospital.consents.sign(consent, by=patient, deadline=chain.now() + 300)
    hospital.records.share(signed, purpose="TREAT")
    advance(chain, 3600)
    assert collected(reader) == (0, 2)
    Salus(chain, account=patient).consents.grant(signed.consent)
    assert collected(reader) == (1, 0)


def test_under_a_consent_that_only_denies_no_key_comes_in(exchange: Exchange) -> None:
    stranger = Sender.stranger(exchange.grantee)
    stranger.leaves_keys(5, under=stranger.shows(NOTHING))
    came = exchange.grantee.records.collect()
    assert len(came.unasked) == 1
    assert stranger.keys_here() == 0


# What nothing uses --------------------------------------------------------------------------------


def test_keys_that_open_nothing_go_with_the_consents_of_their_sender(exchange: Exchange) -> None:
    reader = exchange.grantee
    stranger, came = Sender.stranger(reader), reader.vault.database.received.all
    shown = stranger.shows(WIDE)
    stranger.leaves_keys(300, under=shown)
    collected(reader)
    assert stranger.keys_here() == 300
    assert reader.records.drop_shown(stranger.client.account.identity) == 1
    assert (stranger.keys_here(), came(), reader.vault.database.consents.all()) == (0, [], [])
    stranger.leaves_keys(1, under=shown)
    assert collected(reader) == (0, 1)


def test_keys_that_open_nothing_go_beside_one_that_opens_a_record(exchange: Exchange) -> None:
    reader, hospital = exchange.grantee, Sender(exchange.custodian, exchange.grantee)
    consent = exchange.consent(WIDE)
    exchange.custodian.records.share(consent, purpose="TREAT")
    hospital.leaves_keys(20, under=consent)
    came = reader.records.collect()
    reader.records.discard(came)
    (manifest,) = came.manifests
    assert reader.records.drop_shown(exchange.custodian.account.identity) == 0
    assert hospital.keys_here() == 1
    assert reader.records.open(manifest, under=consent, purpose="TREAT") == b"one"
    exchange.add(b"two")
    exchange.custodian.records.share(consent, purpose="TREAT")
    assert collected(reader) == (2, 0)


def test_to_drop_one_sender_takes_nothing_from_another_that_showed_the_same_consent(
    exchange: Exchange,
) -> None:
    reader = exchange.grantee
    consent, other = exchange.consent(WIDE), Sender.stranger(reader)
    other.posts(TERMS, consent.to_json().encode())
    other.leaves_keys(2, under=consent)
    collected(reader)
    exchange.custodian.records.share(consent, purpose="TREAT")
    assert collected(reader) == (1, 0)
    reader.records.drop_shown(other.client.account.identity)
    assert other.keys_here() == 0
    exchange.add(b"two")
    exchange.custodian.records.share(consent, purpose="TREAT")
    assert collected(reader) == (2, 0)


def test_notes_of_consents_that_are_kept_no_more_do_not_pile_up(exchange: Exchange) -> None:
    """A stranger shows one permit after another; of each pair only the newest are kept."""
    vault, patient = exchange.grantee.vault, Account.create().identity
    shown, sender = Shown(vault), "0x" + "ab" * 20
    for number in range(1500):
        salt = number.to_bytes(32, "big")
        consent = Consent(patient, exchange.grantee.account.identity, WIDE, salt, bytes(32))
        vault.heard.keep(patient, consent.grantee, Heard(hex0x(consent.id), b"{}", closes=False))
        shown.add(sender, consent)
        vault.heard.drop(patient, consent.grantee, hex0x(consent.id))
    assert len(shown.of(sender)) <= 256


# Room ---------------------------------------------------------------------------------------------


def test_more_new_patients_than_a_share_holds_come_in_and_nobody_drops_anything(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_consent_limits, "SHOWN", 3)
    for _ in range(9):
        shared(exchange)
    came = [collected(exchange.grantee) for _ in range(3)]
    assert (sum(records for records, _ in came), came[-1][1]) == (9, 0)


def test_denies_that_were_passed_on_for_what_is_here_fill_no_share(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_consent_limits, "SHOWN", 2)
    hospital = Sender(exchange.custodian, exchange.grantee)
    for _ in range(4):
        patient = Account.create()
        shared(exchange, patient=patient)
        hospital.shows(NOTHING, patient=patient)
        assert collected(exchange.grantee) == (1, 0)


def test_denies_that_a_stranger_made_up_are_bounded(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_consent_limits, "SHOWN", 2)
    reader = exchange.grantee
    exchange.custodian.records.share(exchange.consent(WIDE), purpose="TREAT")
    assert collected(reader) == (1, 0)
    stranger = Sender.stranger(reader)
    for _ in range(6):
        stranger.makes_up(exchange.patient)
    collected(reader)
    assert reader.vault.heard.count_shown_by(stranger.client.account.identity) == 2
    shared(exchange)
    assert collected(reader)[0] == 1


def test_a_full_share_costs_a_collection_the_same_however_much_is_in_it(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, asked = exchange.grantee, [0]
    stranger, attempt = Sender.stranger(reader), Rpc.attempt

    def counted(rpc: Rpc, method: str, *params: object) -> object:
        asked[0] += 1
        return attempt(rpc, method, *params)

    monkeypatch.setattr(Rpc, "attempt", counted)
    costs = []
    for full in (
        shown_consent_limits.LOOKS,
        2 * shown_consent_limits.LOOKS,
        3 * shown_consent_limits.LOOKS,
    ):
        monkeypatch.setattr(shown_consent_limits, "SHOWN", full)
        while reader.vault.heard.count_shown_by(stranger.client.account.identity) < full:
            stranger.shows(WIDE, patient=Account.create())
            collected(reader)
        stranger.shows(WIDE, patient=Account.create())
        advance(reader.chain, 12)
        asked[0] = 0
        came = reader.records.collect()
        costs.append(asked[0])
        assert reader.records.discard(came, refused=True) == 1
    assert max(costs) <= costs[0] + 2


def test_what_is_over_for_good_makes_room(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    from salus.records import consulting

    monkeypatch.setattr(shown_consent_limits, "SHOWN", 3)
    monkeypatch.setattr(consulting, "APART", -3600)  # both looks may come at once
    reader = exchange.grantee
    sender, patient = Sender(exchange.custodian, reader), Account.create()
    for _ in range(3):
        sender.shows(WIDE, patient=patient)
    collected(reader)
    reader.consents.revoke_all(patient.identity, by=patient)
    shared(exchange)
    reader.records.collect()
    reader.records.collect()
    assert collected(reader) == (1, 0)
