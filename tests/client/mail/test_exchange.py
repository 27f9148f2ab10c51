"""Records between two institutions: shared by what terms permit, collected, opened, revoked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.exchange import NOTE, TREATMENT, Exchange

from salus.chain import Account, Chain, development_account
from salus.consents.errors import ConsentNotInForce, ConsentRefused
from salus.errors import InputError
from salus.records.sharing import PARCEL
from salus.records.telling import TERMS
from salus.terms import Action, Effect, Period, ResourceFacts, Rule, Terms
from salus.terms.errors import UnknownCode
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.errors import (
    MissingKey,
    MissingRecord,
)
from salus.vault.letters.inbox import Inbox
from salus.vault.storage.errors import MissingBlob

PSYCHIATRY = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))
DAY = 24 * 3600
OF_2026 = 1_767_225_600


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def inbox_of(exchange: Exchange) -> Inbox:
    directory = exchange.grantee.mail.directory
    return directory.find(exchange.grantee.account.identity)[0]


# Sharing -----------------------------------------------------------------------------------------


def test_shares_a_whole_compartment_and_opens_what_is_in_it(exchange: Exchange) -> None:
    manifests = [exchange.add(b"one"), exchange.add(b"two")]
    signed = exchange.consent()

    shared = exchange.custodian.records.share(signed, purpose="TREAT")
    came = exchange.grantee.records.collect()

    assert {each.digest for each in shared} == {each.digest for each in manifests}
    assert {each.digest for each in came.manifests} == {each.digest for each in manifests}
    assert (came.consents, came.problems, came.refused) == ((signed,), (), ())
    opened = {
        exchange.grantee.records.open(each, under=signed, purpose="TREAT")
        if each.media_type == "application/fhir+json"
        else exchange.grantee.records.open(each, under=signed, purpose="TREAT", facts=NOTE)
        for each in came.manifests
    }
    assert opened == {b"one", b"two"}


def test_withholds_what_the_terms_deny(exchange: Exchange) -> None:
    permitted, withheld = exchange.add(b"note"), exchange.add(b"depression", PSYCHIATRY)
    shared = exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    assert [each.digest for each in shared] == [permitted.digest]
    exchange.grantee.records.collect()
    with pytest.raises(MissingKey):
        exchange.grantee.vault.open(withheld)


def test_gives_single_keys_where_terms_cut_through_a_compartment(exchange: Exchange) -> None:
    january, december = (
        replace(NOTE, when=Period(start=start, end=start + DAY))
        for start in (OF_2026, OF_2026 + 340 * DAY)
    )
    early, late = exchange.add(b"january", january), exchange.add(b"december", december)
    first_half = Period(start=OF_2026, end=OF_2026 + 180 * DAY)
    terms = Terms(
        base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}), data_period=first_half)
    )
    shared = exchange.custodian.records.share(exchange.consent(terms), purpose="TREAT")
    assert [each.digest for each in shared] == [early.digest]
    exchange.grantee.records.collect()
    with pytest.raises(MissingKey):
        exchange.grantee.vault.open(late)


def test_shares_nothing_of_another_patient(exchange: Exchange) -> None:
    neighbour = Account.create()
    theirs = exchange.add(b"theirs", patient=neighbour)
    mine = exchange.add(b"mine")
    shared = exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
    assert [each.digest for each in shared] == [mine.digest]
    exchange.grantee.records.collect()
    with pytest.raises(MissingKey):
        exchange.grantee.vault.open(theirs)


def test_shares_nothing_for_a_purpose_that_is_not_permitted(exchange: Exchange) -> None:
    exchange.add(b"note")
    with pytest.raises(MissingRecord, match=r"for HMARKT, consent 0x.* permits none"):
        exchange.custodian.records.share(exchange.consent(), purpose="HMARKT")
    with pytest.raises(UnknownCode):
        exchange.custodian.records.share(exchange.consent(), purpose="CURIOSITY")
    assert inbox_of(exchange).list() == []


def test_shares_nothing_for_an_action_that_is_not_permitted(exchange: Exchange) -> None:
    exchange.add(b"note")
    terms = Terms(
        base=Rule(
            effect=Effect.PERMIT,
            purposes=frozenset({"TREAT"}),
            actions=frozenset({Action.ACCESS}),
        )
    )
    with pytest.raises(MissingRecord):
        exchange.custodian.records.share(
            exchange.consent(terms), purpose="TREAT", action=Action.CORRECT
        )


def test_shares_nothing_whose_conditions_in_words_must_be_read_first(exchange: Exchange) -> None:
    exchange.add(b"note")
    terms = Terms(base=Rule(effect=Effect.PERMIT, residual=b"\x01" * 32))
    with pytest.raises(MissingRecord):
        exchange.custodian.records.share(exchange.consent(terms), purpose="TREAT")


def test_shares_nothing_under_a_consent_that_ended(exchange: Exchange) -> None:
    exchange.add(b"note")
    signed = exchange.consent()
    exchange.elsewhere.consents.revoke_all(exchange.patient.identity, by=exchange.patient)
    with pytest.raises(ConsentNotInForce):
        exchange.custodian.records.share(signed, purpose="TREAT")
    assert inbox_of(exchange).list() == []


def test_shares_nothing_with_somebody_who_announced_no_inbox(exchange: Exchange) -> None:
    exchange.add(b"note")
    consents = exchange.custodian.consents
    consent = consents.propose(exchange.patient.identity, Account.create().identity, TREATMENT)
    signed = consents.sign(consent, by=exchange.patient)
    with pytest.raises(MissingKey, match="announced none"):
        exchange.custodian.records.share(signed, purpose="TREAT")


def test_shares_under_a_batched_consent(exchange: Exchange) -> None:
    exchange.add(b"note")
    consents, grantee = exchange.custodian.consents, exchange.grantee
    consent = consents.propose(exchange.patient.identity, grantee.account.identity, TREATMENT)
    (batched,) = consents.batches.grant([consent], by=exchange.patient)
    exchange.custodian.records.share(batched, purpose="TREAT")

    came = grantee.records.collect()

    (manifest,) = came.manifests
    assert came.consents == (batched,)
    opened = grantee.records.open(manifest, under=came.consents[0], purpose="TREAT", facts=NOTE)
    assert opened == b"note"


def test_one_record_far_in_the_future_does_not_stop_the_others(exchange: Exchange) -> None:
    """The year 9999 stands for "no end" in many systems; 10000 is beyond Python's calendar."""
    end = 253_402_214_400
    exchange.add(b"end of time", replace(NOTE, when=Period(start=end, end=end + DAY - 1)))
    exchange.add(b"note")
    assert len(exchange.custodian.records.share(exchange.consent(), purpose="TREAT")) == 2


# Opening -----------------------------------------------------------------------------------------


@pytest.fixture
def shared(exchange: Exchange):  # type: ignore[no-untyped-def]
    """A consent, the record given under it, and the exchange."""
    condition = b'{"resourceType":"Condition","subject":{"reference":"Patient/p"}}'
    exchange.custodian.records.add_bundle(condition, patient=exchange.patient.identity)
    signed = exchange.consent()
    exchange.custodian.records.share(signed, purpose="TREAT")
    (manifest,) = exchange.grantee.records.collect().manifests
    return exchange, signed, manifest


def test_opens_for_the_purpose_it_was_given_for(shared) -> None:  # type: ignore[no-untyped-def]
    exchange, signed, manifest = shared
    opened = exchange.grantee.records.open(manifest, under=signed, purpose="TREAT")
    assert opened == b'{"resourceType":"Condition","subject":{"reference":"Patient/p"}}'
    with pytest.raises(ConsentRefused):
        exchange.grantee.records.open(manifest, under=signed, purpose="HMARKT")
    with pytest.raises(InputError, match="`under=` and `purpose=`"):
        exchange.grantee.records.open(manifest)


def test_opens_nothing_after_the_revocation(shared) -> None:  # type: ignore[no-untyped-def]
    exchange, signed, manifest = shared
    exchange.elsewhere.consents.revoke(
        exchange.patient.identity, signed.consent.id, by=exchange.patient
    )
    with pytest.raises(ConsentNotInForce, match="revoked it"):
        exchange.grantee.records.open(manifest, under=signed, purpose="TREAT")


def test_opens_nothing_under_a_consent_that_names_somebody_else(shared) -> None:  # type: ignore[no-untyped-def]
    exchange, _, manifest = shared
    consents = exchange.custodian.consents
    other = consents.propose(exchange.patient.identity, Account.create().identity, TREATMENT)
    signed = consents.sign(other, by=exchange.patient)
    with pytest.raises(ConsentNotInForce, match="another grantee"):
        exchange.grantee.records.open(manifest, under=signed, purpose="TREAT")


def test_opens_nothing_under_a_consent_it_was_not_given_under(shared) -> None:  # type: ignore[no-untyped-def]
    """A grantee with consents of two patients opens each one's records under that one's alone."""
    exchange, signed, manifest = shared
    neighbour = exchange.consent(patient=Account.create())
    with pytest.raises(ConsentNotInForce, match="not given under it"):
        exchange.grantee.records.open(manifest, under=neighbour, purpose="TREAT")

    exchange.elsewhere.consents.revoke(
        exchange.patient.identity, signed.consent.id, by=exchange.patient
    )
    again = exchange.consent()
    with pytest.raises(ConsentNotInForce, match="not given under it"):
        exchange.grantee.records.open(manifest, under=again, purpose="TREAT")
    exchange.custodian.records.share(again, purpose="TREAT")
    exchange.grantee.records.collect()
    assert exchange.grantee.records.open(manifest, under=again, purpose="TREAT")


def test_opens_nothing_that_a_third_party_passed_on(shared) -> None:  # type: ignore[no-untyped-def]
    """The grantee's own grantee holds a key, and no consent of the patient that names it."""
    exchange, _, manifest = shared
    third = Exchange.set_up(exchange.custodian.chain, development_account(8)).grantee
    inbox, document = third.mail.directory.find(third.account.identity)
    grantee = exchange.grantee
    key = grantee.vault.keyring.record_key(manifest.issuer, manifest.record, 1)
    consents = exchange.custodian.consents
    consent = consents.propose(exchange.patient.identity, third.account.identity, TREATMENT)
    signed = consents.sign(consent, by=exchange.patient)
    receipt = exchange.custodian.records.receipt(manifest).to_json()
    _pass_on(grantee, manifest, key, receipt, (document, inbox), "0x" + consent.id.hex())
    assert third.records.collect().manifests == ()
    _send(grantee, TERMS, signed.to_json().encode(), document, inbox)

    (came,) = third.records.collect().manifests
    with pytest.raises(ConsentNotInForce, match="not given under it"):
        third.records.open(came, under=signed, purpose="TREAT")


def _pass_on(grantee, manifest, key, receipt, to, consent) -> None:  # type: ignore[no-untyped-def]
    given = GivenKey("record", key.key_id, key.secret)
    held = grantee.vault.where_it_lies(manifest)
    parcel = Parcel((given,), (Pointer(held.to_document(), receipt=receipt),), consent)
    _send(grantee, PARCEL, parcel.to_bytes(), *to)


def _send(grantee, kind, body, document, inbox) -> None:  # type: ignore[no-untyped-def]
    inbox.send(
        kind,
        body,
        author=grantee.account,
        recipient=document,
        chain_id=grantee.chain.chain_id,
        sent_at=grantee.chain.now(),
    )


def test_a_missing_blob_is_named(shared) -> None:  # type: ignore[no-untyped-def]
    exchange, signed, manifest = shared
    del exchange.storage.blobs[manifest.blob.name]
    with pytest.raises(MissingBlob):
        exchange.grantee.records.open(manifest, under=signed, purpose="TREAT")


# After a revocation ------------------------------------------------------------------------------


def test_what_follows_a_revocation_goes_under_new_keys(shared) -> None:  # type: ignore[no-untyped-def]
    exchange, signed, _ = shared
    custodian, grantee = exchange.custodian, exchange.grantee
    exchange.elsewhere.consents.revoke(
        exchange.patient.identity, signed.consent.id, by=exchange.patient
    )
    done = custodian.records.revoke(signed.consent.id)
    assert (done.shared_keys, len(done.rotated)) == (1, 1)
    assert custodian.records.revoke(signed.consent.id).shared_keys == 0

    (first,) = custodian.vault.manifests()
    newer = custodian.records.add(
        b'{"resourceType":"Condition","id":"b","subject":{"reference":"Patient/p"}}',
        patient=exchange.patient.identity,
        media_type="application/fhir+json",
        record=first.record_id,
    ).records[0]

    old_key = done.rotated[0]
    under_old = {each.record for each in custodian.vault.keyring.entries.all(old_key.key_id)}
    entries = [each for each in custodian.vault.keyring.entries.all() if each.version == 2]
    assert under_old == {first.record}
    assert [each.record for each in entries] == [newer.manifest.record]
    assert custodian.vault.keyring.opened_by("0x" + signed.consent.id.hex()) == set()
    with pytest.raises(MissingKey):
        grantee.vault.open(newer.manifest)
