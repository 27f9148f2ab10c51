"""What an act asks of the node grows with what is asked for, counted in questions."""

from __future__ import annotations

from typing import Any

import pytest
from exchange import NOTE, Exchange

from salus.accreditations import Accreditations
from salus.chain import Chain, development_account
from salus.models import Role
from salus.records.access import compartment_of, kept_of
from salus.records.resuming import Kept
from salus.vault import Keyring


def test_roles_are_looked_up_once_a_block_however_many_records_are_opened(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    for number in range(3):
        exchange.add(b"note %d" % number)
    consent = exchange.consent()
    exchange.custodian.records.share(consent, purpose="TREAT")
    manifests = exchange.grantee.records.collect().manifests
    asked: list[Role] = []
    holds = Accreditations.holds

    def counting(self: Accreditations, subject: Any, role: Role, **at: Any) -> bool:
        asked.append(role)
        return holds(self, subject, role, **at)

    monkeypatch.setattr(Accreditations, "holds", counting)
    opened = [
        exchange.grantee.records.open(each, under=consent, purpose="TREAT") for each in manifests
    ]
    assert sorted(opened) == [b"note 0", b"note 1", b"note 2"]
    assert len(asked) == 2 * len(Role)


def test_roles_of_another_block_are_asked_anew(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    accreditations, who = exchange.custodian.accreditations, exchange.grantee.account.identity
    at = chain.block().number
    assert accreditations.roles(who, block=at) == frozenset()
    assert accreditations.roles(who) == accreditations.roles(who, block=at - 1) == frozenset()


def test_going_on_decrypts_each_kept_record_once(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of one size and time, in the worst order: what is new is compared with all of them."""
    exchange = Exchange.set_up(chain, development_account(8))
    count = 6
    for number in range(count):
        exchange.add(b"note %d" % number)
    told: list[bytes] = []
    entry = Keyring.entry

    def counting(self: Keyring, record: bytes, version: int) -> Any:
        told.append(record)
        return entry(self, record, version)

    monkeypatch.setattr(Keyring, "entry", counting)
    kept = Kept(exchange.custodian.vault)
    found = [
        kept.take(
            b"note %d" % number,
            "application/octet-stream",
            compartment_of(exchange.patient.identity, NOTE),
            facts=kept_of(NOTE),
        )
        for number in reversed(range(2 * count - 2))
    ]
    assert sum(each is not None for each in found) == count
    assert len(told) == count
