"""A consent that ends through this client ends here too, whatever a feature raises when told."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from tests.support.exchange import TREATMENT, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import Consent, Presented, SignedConsent
from salus.consents.errors import ConsentNotInForce, HandlersFailed
from salus.consents.searching import StoredConsent
from salus.contracts.consents.errors import ConsentAlreadyRevoked
from salus.primitives.errors import InvalidArgument
from salus.primitives.fence import FeatureFailed
from salus.testing import fund
from salus.vault.database.errors import TransactionOpen
from salus_verify.encoding import hex0x

PAYER = development_account(8)


class Failing:
    """A feature of an application, with a bug."""

    def __init__(self) -> None:
        self.told: list[bytes | None] = []

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        pass

    def ended(self, patient: str, consent_id: bytes | None) -> None:
        self.told.append(consent_id)
        raise KeyError(patient)

    def known(self) -> Iterable[StoredConsent]:
        return ()

    def closing(self, patient: str, parties: Iterable[str], *, block: int) -> Iterable[Consent]:
        return ()


class Deaf(Failing):
    """One that fails already when it hears of a consent."""

    def heard(self, consent: Presented, *, made_here: bool) -> None:
        raise KeyError


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, PAYER)


def shared(exchange: Exchange) -> SignedConsent:
    exchange.add(b"a note")
    consent = exchange.consent()
    exchange.custodian.records.share(consent, purpose="TREAT")
    return consent


def given(client: Salus, consent: SignedConsent) -> int:
    return len(client.vault.database.given.all(consent=hex0x(consent.consent.id)))


def revoke(client: Salus, consent: SignedConsent, patient: Account) -> object:
    return client.consents.revoke(patient.identity, consent.consent.id, by=patient)


def revoke_all(client: Salus, consent: SignedConsent, patient: Account) -> object:
    return client.consents.revoke_all(patient.identity, by=patient)


def submit(client: Salus, consent: SignedConsent, patient: Account) -> object:
    revocations = client.consents.revocations
    return revocations.submit(revocations.sign(patient.identity, consent.consent.id, by=patient))


def change(client: Salus, consent: SignedConsent, patient: Account) -> object:
    return client.consents.change(consent, TREATMENT, by=patient)


Way = Callable[[Salus, SignedConsent, Account], object]
ways = pytest.mark.parametrize("end", [revoke, revoke_all, submit, change])


@ways
def test_each_way_to_end_a_consent_ends_sharing_and_starts_new_keys(
    exchange: Exchange, end: Way
) -> None:
    consent, custodian = shared(exchange), exchange.custodian
    (key,) = custodian.vault.keyring.compartments.all(exchange.patient.identity.lower())
    end(custodian, consent, exchange.patient)
    assert given(custodian, consent) == 0
    (retired,) = custodian.vault.keyring.compartments.named([key.key_id])
    assert not retired.current


@ways
def test_a_feature_that_fails_half_does_no_end_of_a_consent(exchange: Exchange, end: Way) -> None:
    consent, custodian = shared(exchange), exchange.custodian
    failing, later = Failing(), Failing()
    custodian.consents.handled_by(failing)
    custodian.consents.handled_by(later)
    with pytest.raises(HandlersFailed, match="revoke_ended") as failed:
        end(custodian, consent, exchange.patient)
    assert [type(each) for each in failed.value.problems] == [FeatureFailed, FeatureFailed]
    assert failing.told == later.told
    assert len(failing.told) == 1
    assert given(custodian, consent) == 0
    with pytest.raises(ConsentNotInForce):
        custodian.consents.checks.require(consent)
    assert failed.value.done is not None
    if end is change:
        assert isinstance(failed.value.done, SignedConsent)
        assert custodian.consents.checks.require(failed.value.done)


def test_a_feature_that_fails_to_hear_of_the_new_terms_lets_the_old_ones_stand(
    exchange: Exchange,
) -> None:
    consent, custodian = shared(exchange), exchange.custodian
    custodian.consents.handled_by(Deaf())
    with pytest.raises(FeatureFailed):
        change(custodian, consent, exchange.patient)
    assert custodian.consents.checks.require(consent)
    assert given(custodian, consent)


def test_what_ended_on_chain_before_ends_here_when_it_is_revoked_again(exchange: Exchange) -> None:
    consent, custodian = shared(exchange), exchange.custodian
    for again in (revoke, submit):
        custodian.records.share(consent := exchange.consent(), purpose="TREAT")
        revoke(exchange.elsewhere, consent, exchange.patient)
        assert given(custodian, consent)
        with pytest.raises(ConsentAlreadyRevoked):
            again(custodian, consent, exchange.patient)
        assert given(custodian, consent) == 0


def test_who_revokes_an_id_in_a_slot_of_its_own_ends_nobody_else_s_sharing(
    exchange: Exchange,
) -> None:
    consent, custodian, stranger = shared(exchange), exchange.custodian, Account.create()
    revoke(custodian, consent, stranger)
    submit(custodian, exchange.consent(patient=stranger), stranger)
    revoke_all(custodian, consent, stranger)
    assert given(custodian, consent)
    assert custodian.consents.checks.require(consent)


def test_records_revoke_tells_features_of_what_it_ended_on_chain(exchange: Exchange) -> None:
    consent, custodian, failing = shared(exchange), exchange.custodian, Failing()
    custodian.consents.handled_by(failing)
    with pytest.raises(HandlersFailed) as failed:
        custodian.records.revoke(consent, by=exchange.patient)
    assert failing.told == [consent.consent.id]
    assert getattr(failed.value.done, "shared_keys", 0) == 1
    assert given(custodian, consent) == 0


def test_a_transaction_that_could_undo_it_is_told(exchange: Exchange) -> None:
    consent, custodian = shared(exchange), exchange.custodian
    with custodian.vault.database.transaction(), pytest.raises(HandlersFailed) as failed:
        revoke(custodian, consent, exchange.patient)
    assert [type(each) for each in failed.value.problems] == [TransactionOpen]
    assert [each.consent for each in custodian.records.revoke_ended().consents]


@pytest.mark.parametrize("size", [0, 31, 33])
def test_of_an_id_of_another_length_nobody_is_told(exchange: Exchange, size: int) -> None:
    shared(exchange)
    custodian, told = exchange.custodian, Failing()
    custodian.consents.handled_by(told)
    with pytest.raises(InvalidArgument, match="32 bytes"):
        custodian.consents.ending.tell(exchange.patient.identity, bytes(size))
    assert told.told == []


def test_a_theft_is_cleared_to_the_end_though_a_feature_fails(chain: Chain) -> None:
    old, new = Account.create(), Account.create()
    for each in (old, new):
        fund(chain, each.address, payer=PAYER)
    owner = Salus(chain, account=old)
    owner.identities.control.rotate(old.identity, new.address)
    cleared = Salus(chain, account=new, identity=old.identity)
    cleared.consents.handled_by(Failing())
    with pytest.raises(HandlersFailed) as failed:
        cleared.thefts.clear()
    assert getattr(failed.value.done, "consents_ended", False)
    assert not cleared.thefts.clear().consents_ended
