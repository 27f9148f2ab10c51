"""Consents that strangers show are judged each on its own, and kept only where they concern us."""

from __future__ import annotations

import dataclasses
import secrets
from typing import Any

import pytest
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.chain.node.answers import RpcFailure
from salus.consents.documents import Consent, SignedConsent
from salus.consents.errors import ConsentRefused
from salus.errors import ChainError
from salus.records import shown_consent_limits
from salus.records.errors import ForeignConsent, TooManyConsents
from salus.records.telling import TERMS
from salus.terms import Effect, Rule, Terms
from salus.testing import fund, participant
from salus.vault.keyring import heard

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY))


class Stranger:
    """Who leaves letters in a reader's inbox, as anybody can."""

    def __init__(self, exchange: Exchange, *, client: Salus | None = None) -> None:
        chain, account = exchange.grantee.chain, Account.create()
        if client is None:
            fund(chain, account.address, payer=development_account(8))
            client = participant(chain, account, storage=exchange.storage, inbox=True)
        self.client, self.reader = client, exchange.grantee.account.identity
        self._to = client.mail.directory.find(self.reader)

    def shows(self, signed: SignedConsent) -> None:
        inbox, document = self._to
        self.client.mail.post(inbox, TERMS, signed.to_json().encode(), document)

    def consent(self, patient: Account, grantee: str, terms: Terms = WIDE) -> SignedConsent:
        """Signed past the client, which keeps none of it."""
        consents, until = self.client.consents, self.client.chain.now() + 10**6
        consent = Consent(patient.identity, grantee, terms, secrets.token_bytes(32), bytes(32))
        message = {"consent": consent.as_message(), "deadline": until}
        typed = consents._registry.typed("GrantConsent", message)
        return SignedConsent(consent, until, patient.signer, patient.sign_typed_data(typed))


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    made = Exchange.set_up(chain, development_account(8))
    made.add(b"note")
    return made


@pytest.fixture
def stranger(exchange: Exchange) -> Stranger:
    return Stranger(exchange)


def kept(client: Salus) -> int:
    return len(client.vault.database.consents.all())


def notes(client: Salus) -> int:
    return len(client.vault.database.notes.named("notebook/"))


def test_consents_of_unknown_patients_for_other_readers_are_not_kept(
    exchange: Exchange, stranger: Stranger
) -> None:
    reader = exchange.grantee
    before = notes(reader)
    for _ in range(5):
        stranger.shows(stranger.consent(Account.create(), Account.create().identity))
    came = reader.records.collect()
    assert {type(each) for each in came.problems} == {ForeignConsent}
    assert (came.consents, len(came.refused)) == ((), 5)
    assert (kept(reader), notes(reader)) == (0, before)
    reader.records.discard(came, refused=True)
    assert reader.records.collect().problems == ()


def test_a_flood_of_consents_stops_no_collection(
    exchange: Exchange, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard, "MOST", 4)
    monkeypatch.setattr(shown_consent_limits, "SHOWN", 10)
    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    reader = exchange.grantee
    for _ in range(4):  # of patients of its own making, as many of each as it likes
        patient = Account.create()
        for _ in range(4):
            stranger.shows(stranger.consent(patient, reader.account.identity, NOTHING))

    came = reader.records.collect()

    assert len(came.manifests) == 1
    assert {type(each) for each in came.problems} == {TooManyConsents}
    assert (len(came.unasked), kept(reader)) == (6, 11)
    reader.records.discard(came, refused=True)
    assert reader.records.drop_shown(stranger.client.account.identity) == 10
    assert kept(reader) == 1
    assert reader.records.collect().problems == ()


def test_a_deny_for_records_that_are_here_is_taken_from_a_sender_over_its_share(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_consent_limits, "SHOWN", 2)
    wide = exchange.consent(WIDE)
    exchange.custodian.records.share(wide, purpose="TREAT")
    reader = exchange.grantee
    (manifest,) = reader.records.collect().manifests
    custodian = Stranger(exchange, client=exchange.custodian)
    more = [custodian.consent(exchange.patient, reader.account.identity) for _ in range(3)]
    deny = custodian.consent(exchange.patient, reader.account.identity, NOTHING)
    for each in more:
        custodian.shows(each)
    came = reader.records.collect()
    made_up = custodian.consent(exchange.patient, reader.account.identity, NOTHING)
    custodian.shows(dataclasses.replace(made_up, signature=bytes(65)))
    custodian.shows(deny)
    reader.records.collect()

    assert reader.records.consulting.known(made_up.consent) is None
    assert [type(each) for each in came.problems] == [TooManyConsents]
    assert reader.records.consulting.known(deny.consent) is not None
    assert reader.records.drop_shown(exchange.custodian.account.identity) == 2
    assert reader.records.consulting.known(deny.consent) is not None
    with pytest.raises(ConsentRefused, match="denies"):
        reader.records.open(manifest, under=wide, purpose="TREAT")


def test_a_consent_that_makes_the_node_fail_stops_no_collection(
    exchange: Exchange, stranger: Stranger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its signer is a contract that runs for as long as nodes let it."""
    from salus.chain.signing.verifying import signer_identity

    exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    reader, hostile = exchange.grantee, bytes.fromhex("be" * 20)
    signer = hostile + b"k" * 32
    patient, until = signer_identity(signer), reader.chain.now() + 10**6
    salt = secrets.token_bytes(32)
    consent = Consent(patient, reader.account.identity, WIDE, salt, bytes(32))
    stranger.shows(SignedConsent(consent, until, signer, b"s" * 64))
    real = reader.chain.rpc.attempt

    def attempt(method: str, *asked: Any) -> Any:
        if method == "eth_call" and asked[0]["to"].lower() == "0x" + hostile.hex():
            return RpcFailure("execution aborted (timeout = 5s)")
        return real(method, *asked)

    monkeypatch.setattr(reader.chain.rpc, "attempt", attempt)

    for _ in range(2):
        came = reader.records.collect()
        assert len(came.manifests) == 1
        assert [isinstance(each, ChainError) for each in came.problems] == [True]
        assert len(came.consents) == 1
    assert reader.records.discard(came) == len(came.taken)


def test_consents_under_which_records_came_fill_no_sender_s_share(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hospital goes on for years, and consents that lapsed are kept for what they deny."""
    monkeypatch.setattr(shown_consent_limits, "SHOWN", 3)
    reader = exchange.grantee
    for number in range(6):
        exchange.patient = Account.create()
        exchange.add(b"note %d" % number)
        exchange.custodian.records.share(exchange.consent(TREATMENT), purpose="TREAT")
        came = reader.records.collect()
        assert (len(came.manifests), came.problems) == (1, ())
        reader.records.discard(came)


def test_a_deny_that_comes_before_its_patient_is_known_counts_when_records_come(
    chain: Chain,
) -> None:
    made = Exchange.set_up(chain, development_account(8))
    reader, patient = made.grantee, made.patient
    deny = Stranger(made)
    deny.shows(deny.consent(patient, patient.identity, NOTHING))
    came = reader.records.collect()
    assert came.problems == ()
    reader.records.discard(came, refused=True)
    note, consent = made.add(b"note"), made.consent()
    made.custodian.records.share(consent, purpose="TREAT")
    reader.records.collect()
    with pytest.raises(ConsentRefused):
        reader.records.open(note, under=consent, purpose="TREAT")
