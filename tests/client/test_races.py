"""A revocation that is carried out while a share is under way: the share gives nothing after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.exchange import NOTE, TREATMENT, Exchange

from salus import Salus
from salus.chain import Chain, development_account
from salus.consents.errors import ConsentNotInForce, NothingToShare
from salus.mail.directory import Directory
from salus.terms import Effect, Period, Rule, Terms
from salus.testing import advance
from salus.vault.letters.inbox import Inbox
from salus.vault.sharing.readers import Readers


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def letters(exchange: Exchange) -> int:
    inbox, _ = exchange.grantee.mail.directory.find(exchange.grantee.account.identity)
    return len(inbox.list())


def before(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, act: Callable[[], Any]) -> None:
    """Let something happen once, just before a step of a share."""
    step, done = getattr(kind, name), []

    def stepping(*arguments: Any, **named: Any) -> Any:
        if not done:
            done.append(True)
            act()
        return step(*arguments, **named)

    monkeypatch.setattr(kind, name, stepping)


@pytest.mark.parametrize(
    ("kind", "name"), [(Directory, "find"), (Readers, "share"), (Inbox, "send")]
)
def test_a_share_under_way_ends_with_an_executed_revocation(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, kind: type, name: str
) -> None:
    exchange.add(b"note")
    consent = exchange.consent()
    records = exchange.custodian.records
    exchange.custodian.consents.register(consent)
    revocation = exchange.custodian.consents.revocations.sign(
        exchange.patient.identity, consent.consent.id, by=exchange.patient
    )

    def executed() -> None:
        exchange.custodian.consents.revocations.submit(revocation)
        records.revoke(consent.consent.id)

    with monkeypatch.context() as patch:
        before(patch, kind, name, executed)
        with pytest.raises(ConsentNotInForce):
            records.share(consent, purpose="TREAT")
    vault = exchange.custodian.vault
    assert vault.database.given.all(consent="0x" + consent.consent.id.hex()) == []
    came = exchange.grantee.records.collect()
    assert came.manifests == ()


def test_what_was_revoked_here_is_shared_again_under_a_consent_that_stands(
    exchange: Exchange,
) -> None:
    exchange.add(b"note")
    consent = exchange.consent()
    records = exchange.custodian.records
    assert records.share(consent, purpose="TREAT")
    exchange.custodian.vault.readers.revoke("0x" + consent.consent.id.hex())
    assert records.share(consent, purpose="TREAT")


def test_sharing_one_patients_records_opens_no_key_of_another(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a share costs grows with the patient's records, not with the hospital's patients."""
    from salus.chain import Account
    from salus.vault.database.seals import RowSeals

    exchange.add(b"note")
    opened: list[str] = []
    real = RowSeals.open

    def counting(self: RowSeals, table: str, stored: tuple[object, ...]) -> object:
        if table == "records":
            opened.append(table)
        return real(self, table, stored)

    monkeypatch.setattr(RowSeals, "open", counting)
    counts = []
    for others in (0, 5):
        for number in range(others):
            exchange.add(b"%d" % number, patient=Account.create())
        opened.clear()
        exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
        counts.append(len(opened))
    assert counts[0] == counts[1] > 0


# A label that comes while keys are on their way --------------------------------------------------

SOON = Period(start=1_767_312_000, end=1_767_398_400)
HALF = Terms(
    base=Rule(
        effect=Effect.PERMIT,
        purposes=frozenset({"TREAT"}),
        data_period=Period(start=SOON.start - 86_400, end=SOON.end),
    ),
    exceptions=(Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})),),
)
"""Cuts through compartments: single records are given."""


@pytest.mark.parametrize("terms", [HALF, TREATMENT], ids=["single records", "compartments"])
@pytest.mark.parametrize(
    ("kind", "name"), [(Directory, "find"), (Readers, "share"), (Inbox, "send")]
)
def test_a_share_under_way_gives_nothing_that_is_labelled_meanwhile(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, kind: type, name: str, terms: Terms
) -> None:
    facts = replace(NOTE, when=SOON)
    first = exchange.add(b"what is it", facts)
    consent, records = exchange.consent(terms), exchange.custodian.records

    def labelled() -> None:
        records.add(
            b"now we know",
            patient=exchange.patient.identity,
            record=first.record_id,
            about=replace(facts, sensitivities=frozenset({"PSY"})),
        )

    with monkeypatch.context() as patch:
        before(patch, kind, name, labelled)
        with pytest.raises(ConsentNotInForce, match="labelled anew"):
            records.share(consent, purpose="TREAT")
    assert exchange.grantee.records.collect().manifests == ()
    exchange.add(b"another", facts)
    assert len(records.share(consent, purpose="TREAT")) == 1, "it goes on with what is permitted"


def test_a_deny_that_is_signed_anew_while_keys_are_sealed_stops_the_share(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same consent as one that lapsed, in another document."""
    exchange.add(b"note")
    chain, patient = exchange.custodian.chain, exchange.patient
    consents = Salus(chain, account=development_account(7)).consents  # the patient's own program
    wide, records = exchange.consent(), exchange.custodian.records
    nothing = Terms(base=Rule(effect=Effect.DENY))
    deny = consents.propose(patient.identity, exchange.grantee.identity, nothing)
    assert records.heed(consents.sign(deny, by=patient, deadline=chain.now() + 60))
    advance(chain, 120)
    again = consents.sign(deny, by=patient, deadline=chain.now() + 3600)
    with monkeypatch.context() as patch:
        before(patch, Directory, "find", lambda: records.heed(again))
        with pytest.raises(ConsentNotInForce, match="another consent"):
            records.share(wide, purpose="TREAT")
    with pytest.raises(NothingToShare):
        records.share(wide, purpose="TREAT")
