"""Consents that ended while nobody told their custodian."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.support.closing import ClosedLater
from tests.support.exchange import NOTE, Exchange
from tests.support.sharing import share_record

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.chain.errors import ChainUnreachable
from salus.consents.checks import ConsentChecks
from salus.records.expiring import Ended
from salus.terms import Effect, Period, ResourceFacts, Rule, Terms
from salus.testing import advance
from salus.vault import Vault
from salus_verify.encoding import hex0x

HOUR, YEAR = 3600, 365 * 24 * 3600
CONDITION = ResourceFacts(resource_class="Condition")


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def for_treatment(*, until: int, exceptions: tuple[Rule, ...] = ()) -> Terms:
    rule = Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}), validity=Period(end=until))
    return Terms(base=rule, exceptions=exceptions)


def opens_what_is_new(exchange: Exchange, consent: bytes, facts: ResourceFacts = NOTE) -> bool:
    """Whether the keys given under a consent open a record that is added now."""
    new = exchange.add(b"a year after", facts)
    return (new.record, 1) in exchange.custodian.vault.keyring.opened_by(hex0x(consent))


def reasons(ended: Ended) -> list[tuple[str, str]]:
    return [(each.consent, each.reason) for each in ended.consents]


def test_a_consent_whose_terms_are_past_opens_nothing_new(exchange: Exchange, chain: Chain) -> None:
    exchange.add(b"while it stood")
    signed = exchange.consent(for_treatment(until=chain.now() + HOUR))
    exchange.custodian.consents.register(signed)
    records, consent = exchange.custodian.records, signed.consent.id
    records.share(signed, purpose="TREAT")
    assert records.revoke_ended() == Ended((), 1, (), ())
    assert opens_what_is_new(exchange, consent)

    advance(chain, HOUR + 1)
    told = records.revoke_ended(dry_run=True)
    assert reasons(told) == [
        (hex0x(consent), "its terms no longer permit all that was given under it")
    ]
    assert told.consents[0].revocation is None
    assert opens_what_is_new(exchange, consent), "only told"

    done = records.revoke_ended()
    assert done.consents[0].revocation is not None
    assert done.consents[0].revocation.shared_keys == 1
    assert len(done.consents[0].revocation.rotated) == 1
    assert not opens_what_is_new(exchange, consent)
    assert records.revoke_ended() == Ended((), 0, (), ())
    assert exchange.custodian.vault.grants.find(hex0x(consent)) is None


def test_what_the_patient_ended_on_chain_ends_here(exchange: Exchange, chain: Chain) -> None:
    exchange.add(b"note")
    records, consents = exchange.custodian.records, exchange.elsewhere.consents
    one, all_others = exchange.consent(), exchange.consent()
    for each in (one, all_others):
        records.share(each, purpose="TREAT")
    consents.revoke(exchange.patient.identity, one.consent.id, by=exchange.patient)
    done = records.revoke_ended()
    assert [each.consent for each in done.consents] == [hex0x(one.consent.id)]
    assert "the patient revoked it at" in done.consents[0].reason
    assert (done.standing, done.share_again) == (1, (hex0x(all_others.consent.id),))

    consents.revoke_all(exchange.patient.identity, by=exchange.patient)
    done = records.revoke_ended()
    assert reasons(done) == [
        (hex0x(all_others.consent.id), "the patient revoked all consents of its epoch")
    ]
    assert done.share_again == ()


def test_a_signature_that_lapsed_unregistered_ends_and_may_be_shared_again(
    exchange: Exchange, chain: Chain
) -> None:
    exchange.add(b"note")
    records = exchange.custodian.records
    lapsing, registered = exchange.consent(), exchange.consent()
    exchange.custodian.consents.register(registered)
    for each in (lapsing, registered):
        records.share(each, purpose="TREAT")
    advance(chain, HOUR + 1)
    done = records.revoke_ended()
    assert [each.consent for each in done.consents] == [hex0x(lapsing.consent.id)]
    assert "lapsed" in done.consents[0].reason
    assert done.share_again == (hex0x(registered.consent.id),)


def test_terms_that_end_in_part_are_shared_again_in_part(exchange: Exchange, chain: Chain) -> None:
    exchange.add(b"note")
    exchange.add(b"condition", CONDITION)
    base = Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"}))
    soon = Period(start=chain.now() + HOUR)
    denied = Rule(effect=Effect.DENY, classes=frozenset({"Condition"}), validity=soon)
    signed = exchange.consent(Terms(base=base, exceptions=(denied,)))
    exchange.custodian.consents.register(signed)
    records, consent = exchange.custodian.records, signed.consent.id
    assert len(records.share(signed, purpose="TREAT")) == 2
    advance(chain, HOUR + 1)
    assert len(records.revoke_ended().consents) == 1
    assert len(records.share(signed, purpose="TREAT")) == 1
    assert records.revoke_ended() == Ended((), 1, (), ())
    assert not opens_what_is_new(exchange, consent, CONDITION)


def test_every_use_counts_and_single_records_are_judged_too(
    exchange: Exchange, chain: Chain
) -> None:
    start = chain.now() - 10
    dated = ResourceFacts(resource_class="Condition", when=Period(start=start, end=start + 1))
    exchange.add(b"dated", dated)
    data = Period(start=start - HOUR, end=start + HOUR)
    both = frozenset({"TREAT", "HRESCH"})
    treating = Rule(effect=Effect.PERMIT, purposes=both, data_period=data)
    no_research = Rule(
        effect=Effect.DENY,
        purposes=frozenset({"HRESCH"}),
        validity=Period(start=chain.now() + HOUR),
    )
    signed = exchange.consent(Terms(base=treating, exceptions=(no_research,)))
    exchange.custodian.consents.register(signed)
    records = exchange.custodian.records
    records.share(signed, purpose="HRESCH")
    plan = exchange.custodian.vault.database.given.all()
    assert not any(each.whole for each in plan)
    records.share(signed, purpose="TREAT")
    advance(chain, HOUR + 1)
    assert records.revoke_ended() == Ended((), 1, (), ()), "it may still treat"

    # While it stands, its deny overrides any other consent.
    exchange.elsewhere.consents.revoke(
        exchange.patient.identity, signed.consent.id, by=exchange.patient
    )
    assert len(records.revoke_ended().consents) == 1
    only_research = exchange.consent(Terms(base=treating))
    records.share(only_research, purpose="HRESCH")
    advance(chain, 2 * HOUR)
    assert len(records.revoke_ended().consents) == 1


def test_what_was_given_past_the_client_is_judged_by_the_chain_alone(exchange: Exchange) -> None:
    manifest = exchange.add(b"note")
    vault, records = exchange.custodian.vault, exchange.custodian.records
    consent = bytes(31) + b"\1"
    document = exchange.grantee.vault.keys.document
    share_record(vault, manifest.record_id, document, consent=hex0x(consent))
    share_record(vault, manifest.record_id, document, consent="by word of mouth")
    assert records.revoke_ended().unjudged == (hex0x(consent), "by word of mouth")
    exchange.elsewhere.consents.revoke(exchange.patient.identity, consent, by=exchange.patient)
    done = records.revoke_ended()
    assert [each.consent for each in done.consents] == [hex0x(consent)]
    assert done.unjudged == ("by word of mouth",)


def test_a_sweep_that_was_cut_short_goes_on(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.add(b"note")
    records, vault = exchange.custodian.records, exchange.custodian.vault
    for _ in range(3):
        records.share(exchange.consent(), purpose="TREAT")
    advance(chain, HOUR + 1)
    real, done = vault.readers.revoke, []

    def dies(consent: str) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(consent)
        return real(consent)

    with monkeypatch.context() as patch:
        patch.setattr(vault.readers, "revoke", dies)
        with pytest.raises(KeyboardInterrupt):
            records.revoke_ended()
    assert len(records.revoke_ended().consents) == 2
    assert vault.grants.given() == {}


def test_a_key_database_from_before_a_revocation_is_healed(
    exchange: Exchange, chain: Chain, tmp_path: Path, closed_later: ClosedLater
) -> None:
    keys, file = exchange.custodian.vault.keys, tmp_path / "keys.db"
    logs = LogStore.open("memory:", chain_id=chain.chain_id)

    def opened() -> Salus:
        vault = Vault(exchange.storage, f"sqlite://{file}", keys=keys, chain_id=chain.chain_id)
        closed_later(vault)
        return Salus(chain, account=exchange.custodian.account, vault=vault, logs=logs)

    exchange = replace(exchange, custodian=opened())
    exchange.add(b"note")
    signed = exchange.consent()
    exchange.custodian.records.share(signed, purpose="TREAT")
    backup = file.read_bytes()
    exchange.elsewhere.consents.revoke(
        exchange.patient.identity, signed.consent.id, by=exchange.patient
    )
    exchange.custodian.records.revoke(signed.consent.id)
    exchange.custodian.vault.close()
    file.write_bytes(backup)

    again = replace(exchange, custodian=opened())
    assert again.custodian.vault.upkeep.check().sound, "nothing offline can see it"
    assert opens_what_is_new(again, signed.consent.id)
    assert len(again.custodian.records.revoke_ended().consents) == 1
    assert not opens_what_is_new(again, signed.consent.id)


def test_one_that_cannot_be_judged_keeps_no_other_from_ending(
    exchange: Exchange, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patient's account may be a contract that makes the node fail when it is asked."""
    records, terms = exchange.custodian.records, for_treatment(until=chain.now() + HOUR)
    people = exchange.patient, Account.create()
    over, odd = (exchange.consent(terms, patient=each) for each in people)
    for patient, each in zip(people, (over, odd), strict=True):
        exchange.add(b"while it stood", patient=patient)
        exchange.custodian.consents.register(each)
        records.share(each, purpose="TREAT")
    advance(chain, HOUR + 1)
    real, asked = (
        ConsentChecks.require,
        ChainUnreachable(url="a node", reason="execution timed out"),
    )

    def require(self: ConsentChecks, presented: Any, **options: Any) -> Any:
        if presented.consent.id == odd.consent.id:
            raise asked
        return real(self, presented, **options)

    monkeypatch.setattr(ConsentChecks, "require", require)
    done = records.revoke_ended()
    assert [each for each, _ in reasons(done)] == [hex0x(over.consent.id)]
    assert done.failed == ((hex0x(odd.consent.id), asked),)
    assert done.consents[0].revocation is not None
    with pytest.raises(ChainUnreachable):  # and where none can be judged, that is said
        records.revoke_ended()
    monkeypatch.undo()
    assert len(records.revoke_ended().consents) == 1
