"""Every consent in force between the parties is asked, by who shares and by who opens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import Presented
from salus.consents.errors import ConsentNotInForce, ConsentRefused, NothingToShare
from salus.contracts.signed_acts import NotController
from salus.errors import InputError
from salus.identities.changes import add_delegate
from salus.primitives.roles import Role
from salus.terms import Actor, Effect, ResourceFacts, Rule, Terms
from salus.terms.vocabulary import Policy
from salus.vault.documents.manifest import Manifest

PSYCHIATRY = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))
WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY))


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    made = Exchange.set_up(chain, development_account(8))
    made.add(b"note")
    made.add(b"depression", PSYCHIATRY)
    return made


def registered(exchange: Exchange, terms: Terms, *, at: Salus | None = None, to: str = ""):  # type: ignore[no-untyped-def]
    consents = (at or exchange.custodian).consents
    grantee = to or exchange.grantee.account.identity
    consent = consents.propose(exchange.patient.identity, grantee, terms)
    signed = consents.sign(consent, by=exchange.patient)
    consents.register(signed)
    return signed


def elsewhere(exchange: Exchange, chain: Chain) -> Salus:
    """The patient's own program: neither custodian nor grantee sees what it does."""
    return Salus(chain, account=development_account(7))


def shared(exchange: Exchange, under: Presented) -> int:
    try:
        return len(exchange.custodian.records.share(under, purpose="TREAT"))
    except NothingToShare:
        return 0


def opens(exchange: Exchange, manifest: Manifest, under: Presented) -> bool:
    try:
        exchange.grantee.records.open(manifest, under=under, purpose="TREAT")
    except (ConsentRefused, ConsentNotInForce):
        return False
    return True


def opened(exchange: Exchange, under: Presented, came: tuple[Manifest, ...]) -> int:
    return sum(opens(exchange, each, under) for each in came)


# A deny beside a permit --------------------------------------------------------------------------


def test_a_deny_registered_later_shares_less(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    assert shared(exchange, wide) == 2
    registered(exchange, NO_PSYCHIATRY)
    assert shared(exchange, wide) == 1
    registered(exchange, NOTHING)
    assert shared(exchange, wide) == 0


@pytest.mark.parametrize("strength", ["signed", "registered", "batched", "direct"])
def test_a_deny_of_any_strength_withholds(exchange: Exchange, strength: str) -> None:
    wide = registered(exchange, WIDE)
    consents, grantee = exchange.custodian.consents, exchange.grantee.account.identity
    deny = consents.propose(exchange.patient.identity, grantee, NO_PSYCHIATRY)
    if strength == "signed":
        consents.sign(deny, by=exchange.patient)
    elif strength == "registered":
        consents.grant(deny, by=exchange.patient)
    elif strength == "batched":
        consents.batches.grant([deny], by=exchange.patient)
    else:
        custodian = exchange.custodian.account.identity  # as the patient's delegate
        changes = [add_delegate(custodian, "consent/grant", lasting=600)]
        exchange.custodian.identities.changes.apply(
            exchange.patient.identity, changes, by=exchange.patient
        )
        consents.grant(deny)
    assert shared(exchange, wide) == 1


def test_a_deny_known_to_the_custodian_alone_withholds(exchange: Exchange, chain: Chain) -> None:
    wide = registered(exchange, WIDE)
    deny = registered(exchange, NO_PSYCHIATRY, at=elsewhere(exchange, chain))
    assert shared(exchange, wide) == 2  # nobody handed it over
    assert exchange.custodian.records.heed(deny)
    assert shared(exchange, wide) == 1


def test_a_later_deny_stops_opening_what_was_shared(exchange: Exchange, chain: Chain) -> None:
    wide = registered(exchange, WIDE)
    shared(exchange, wide)
    came = exchange.grantee.records.collect().manifests
    assert opened(exchange, wide, came) == 2
    deny = registered(exchange, NO_PSYCHIATRY, at=elsewhere(exchange, chain))

    exchange.custodian.records.heed(deny)  # passes it on to who has keys

    assert deny in exchange.grantee.records.collect().consents
    assert opened(exchange, wide, came) == 1
    assert deny not in exchange.grantee.records.collect().consents[2:]


def test_a_later_deny_that_the_grantee_alone_is_shown_stops_opening(
    exchange: Exchange, chain: Chain
) -> None:
    wide = registered(exchange, WIDE)
    shared(exchange, wide)
    came = exchange.grantee.records.collect().manifests
    deny = registered(exchange, NO_PSYCHIATRY, at=elsewhere(exchange, chain))
    assert exchange.grantee.records.heed(deny)
    assert opened(exchange, wide, came) == 1
    assert shared(exchange, wide) == 2


def test_a_deny_ends_what_was_given_and_its_end_restores_it(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    shared(exchange, wide)
    came = exchange.grantee.records.collect().manifests
    deny = registered(exchange, NO_PSYCHIATRY)

    (ended,) = exchange.custodian.records.revoke_ended().consents

    assert ended.reason == "another consent denies some of what was given under it"
    exchange.grantee.records.collect()
    assert opened(exchange, wide, came) == 1
    assert shared(exchange, wide) == 1
    exchange.custodian.consents.revoke(
        exchange.patient.identity, deny.consent.id, by=exchange.patient
    )
    assert shared(exchange, wide) == 2
    assert opened(exchange, wide, came) == 2


def test_a_deny_by_role_withholds_from_who_has_the_role(exchange: Exchange) -> None:
    from salus.testing import people

    team = people(exchange.custodian.chain, ["payer"])
    payer = team.payer.account.identity
    deny = Terms(base=Rule(effect=Effect.DENY, actors=frozenset({Actor.role(Role.PAYER)})))
    wide = registered(exchange, WIDE, to=payer)
    team.payer.mail.announce("memory://payer-inbox")
    assert shared(exchange, wide) == 2
    # What the custodian itself may not do with payers, and what the patient says to everybody.
    for told in (exchange.custodian.account.identity, exchange.patient.identity):
        said = registered(exchange, deny, to=told)
        assert shared(exchange, wide) == 0
        assert shared(exchange, registered(exchange, WIDE)) == 2  # the clinic is no payer
        exchange.custodian.consents.revoke(
            exchange.patient.identity, said.consent.id, by=exchange.patient
        )
    assert shared(exchange, wide) == 2


def test_what_the_custodian_itself_may_not_read_says_nothing_of_others(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    for terms in (NO_PSYCHIATRY, replace(WIDE, policy=Policy.DENY)):
        registered(exchange, terms, to=exchange.custodian.account.identity)
    assert shared(exchange, wide) == 2


@pytest.mark.parametrize("policy", [None, Policy.DENY])
def test_to_nobody_but_one_is_heard_as_a_deny(exchange: Exchange, policy: Policy | None) -> None:
    only = Rule(effect=Effect.PERMIT, actors=frozenset({Actor.address("0x" + "77" * 20)}))
    terms = (
        Terms(base=only, policy=policy) if policy else Terms(base=NOTHING.base, exceptions=(only,))
    )
    under = registered(exchange, WIDE)
    registered(exchange, terms, to=exchange.custodian.account.identity)
    assert shared(exchange, under) == 0


def test_a_deny_by_a_delegate_withholds(exchange: Exchange) -> None:
    wide, delegate = registered(exchange, WIDE), Account.create()
    changes = [add_delegate(delegate.identity, "consent/grant", lasting=600)]
    exchange.custodian.identities.changes.apply(
        exchange.patient.identity, changes, by=exchange.patient
    )
    consents = exchange.custodian.consents
    grantee = exchange.grantee.account.identity
    consents.grant(consents.propose(exchange.patient.identity, grantee, NO_PSYCHIATRY), by=delegate)
    assert shared(exchange, wide) == 1


def test_a_deny_to_another_reader_withholds_nothing(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    registered(exchange, NOTHING, to=Account.create().identity)
    assert shared(exchange, wide) == 2


def test_another_patient_s_deny_withholds_nothing(exchange: Exchange) -> None:
    wide, stranger = registered(exchange, WIDE), Account.create()
    exchange.custodian.records.heed(exchange.consent(NOTHING, patient=stranger))
    assert shared(exchange, wide) == 2


def test_a_forged_deny_is_not_kept(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    forged = replace(exchange.consent(NOTHING, patient=Account.create()))
    theirs = replace(forged.consent, patient=exchange.patient.identity)
    assert not exchange.custodian.records.heed(replace(forged, consent=theirs))
    assert shared(exchange, wide) == 2


def test_a_second_permit_opens_nothing_that_the_first_does_not(exchange: Exchange) -> None:
    research = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"HRESCH"})))
    registered(exchange, research)
    wide = registered(exchange, WIDE)
    assert shared(exchange, wide) == 2
    exchange.grantee.records.collect()
    manifest = exchange.custodian.vault.manifests()[0]
    with pytest.raises(ConsentRefused):
        exchange.grantee.records.open(manifest, under=wide, purpose="HRESCH", facts=NOTE)


def test_a_consent_kept_while_keys_are_sealed_stops_the_share(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide, records = registered(exchange, WIDE), exchange.custodian.records
    find = exchange.custodian.mail.directory.find

    def meanwhile(who: str):  # type: ignore[no-untyped-def]
        monkeypatch.setattr(exchange.custodian.mail.directory, "find", find)
        registered(exchange, NO_PSYCHIATRY)
        return find(who)

    monkeypatch.setattr(exchange.custodian.mail.directory, "find", meanwhile)
    with pytest.raises(ConsentNotInForce, match="Share again"):
        records.share(wide, purpose="TREAT")
    assert shared(exchange, wide) == 1


# Another consent in the place of one -------------------------------------------------------------

NOTES = Terms(base=replace(WIDE.base, classes=frozenset({"DocumentReference"})))


def test_a_change_takes_the_old_one_s_place(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    shared(exchange, wide)
    came = exchange.grantee.records.collect().manifests

    narrow = exchange.custodian.consents.change(wide, NOTES, by=exchange.patient)

    with pytest.raises(ConsentNotInForce, match="revoked"):
        exchange.custodian.records.share(wide, purpose="TREAT")
    assert opened(exchange, wide, came) == 0
    assert not exchange.custodian.vault.grants.given()
    assert shared(exchange, narrow) == 1
    exchange.grantee.records.collect()
    assert opened(exchange, narrow, came) == 1
    exchange.add(b"new depression", PSYCHIATRY)
    assert shared(exchange, narrow) == 1


def test_the_end_of_the_new_one_brings_the_old_one_not_back(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    shared(exchange, wide)
    came = exchange.grantee.records.collect().manifests
    consents = exchange.custodian.consents
    narrow = consents.change(wide, NOTES, by=exchange.patient)
    shared(exchange, narrow)
    exchange.grantee.records.collect()

    consents.revoke(exchange.patient.identity, narrow.consent.id, by=exchange.patient)

    for each in (wide, narrow):
        assert opened(exchange, each, came) == 0
        with pytest.raises(ConsentNotInForce):
            exchange.custodian.records.share(each, purpose="TREAT")


def test_what_was_only_signed_can_be_changed(exchange: Exchange) -> None:
    wide = exchange.consent(WIDE)
    narrow = exchange.custodian.consents.change(wide, NOTES, by=exchange.patient)
    assert shared(exchange, narrow) == 1
    with pytest.raises(ConsentNotInForce):
        exchange.custodian.records.share(wide, purpose="TREAT")


def test_a_change_that_the_registry_refuses_ends_nothing(exchange: Exchange) -> None:
    wide = registered(exchange, WIDE)
    with pytest.raises(NotController):
        exchange.custodian.consents.change(wide, NOTES, by=Account.create())
    other = exchange.consent(NOTES, patient=Account.create())
    with pytest.raises(InputError, match="same patient"):
        exchange.custodian.consents.replace(wide, other, by=exchange.patient)
    assert shared(exchange, wide) == 2


def test_a_change_that_was_cut_short_goes_on(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide, consents = registered(exchange, WIDE), exchange.custodian.consents
    consent = consents.propose(exchange.patient.identity, wide.consent.grantee, NOTES)
    narrow = consents.sign(consent, by=exchange.patient)

    def dies(signed: object, *, keep: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(consents, "register", dies)
    with pytest.raises(KeyboardInterrupt):
        consents.replace(wide, narrow, by=exchange.patient)
    monkeypatch.undo()

    assert consents.replace(wide, narrow, by=exchange.patient) is not None
    assert consents.replace(wide, narrow, by=exchange.patient) is None
    assert shared(exchange, narrow) == 1
