"""Whoever can write or read the key database's file, and has no key: nothing is undone or told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.consents.errors import ConsentNotInForce
from salus.testing import fund
from salus.vault import IdentityKeys, Vault
from salus.vault.errors import TornKeyDatabase


class Kept:
    """A custodian whose key database is a file, opened anew for each act."""

    def __init__(self, exchange: Exchange, folder: Path, closed_later: ClosedLater) -> None:
        self._closed_later = closed_later
        self.exchange, self.chain, self.folder = exchange, exchange.custodian.chain, folder
        self.account = Account.create()
        fund(self.chain, self.account.address, payer=development_account(8))
        self.keys = IdentityKeys.generate(self.account.identity, created_at=self.chain.now())
        self.client = self.open()

    @property
    def file(self) -> Path:
        return self.folder / "keys.db"

    def open(self) -> Salus:
        url = f"sqlite://{self.file}"
        storage = self.exchange.storage
        vault = Vault(storage, url, keys=self.keys, chain_id=self.chain.chain_id)
        logs = LogStore.open(f"sqlite://{self.folder}/logs.db", chain_id=self.chain.chain_id)
        self._closed_later(vault)
        self._closed_later(logs)
        return Salus(self.chain, account=self.account, vault=vault, logs=logs)

    def attack(self, *statements: str) -> Salus:
        self.client.vault.close()
        with closing(sqlite3.connect(self.file)) as database, database:
            for each in statements:
                database.execute(each)
        self.client = self.open()
        return self.client


@pytest.fixture
def kept(chain: Chain, tmp_path: Path, closed_later: ClosedLater) -> Kept:
    return Kept(Exchange.set_up(chain, development_account(0)), tmp_path, closed_later)


def test_a_revocation_that_was_moved_away_shares_nothing_again(kept: Kept) -> None:
    client, patient = kept.client, kept.exchange.patient
    client.records.add(b"note", patient=patient.identity, about=NOTE)
    consent = kept.exchange.consent()
    client.records.share(consent, purpose="TREAT")
    client.records.revoke(
        client.consents.revocations.sign(patient.identity, consent.consent.id, by=patient)
    )
    client = kept.attack("UPDATE meta SET name = 'x' || name")
    with pytest.raises(TornKeyDatabase):
        client.records.share(consent, purpose="TREAT")
    with pytest.raises(TornKeyDatabase):
        client.vault.contacts.known(kept.exchange.grantee.identity)


def test_an_invented_row_is_dropped_and_revoking_goes_on(kept: Kept) -> None:
    client, patient = kept.client, kept.exchange.patient
    client.records.add(b"note", patient=patient.identity, about=NOTE)
    consent = kept.exchange.consent()
    client.records.share(consent, purpose="TREAT")
    client = kept.attack("INSERT INTO given VALUES (x'00', 'x', x'00', x'00')")
    client.compare()
    assert [(each.kind, each.repaired) for each in client.records.check(repair=True).findings] == [
        ("altered row", True)
    ]
    client.records.revoke_ended()
    signed = client.consents.revocations.sign(patient.identity, consent.consent.id, by=patient)
    assert client.records.revoke(signed).shared_keys
    with pytest.raises(ConsentNotInForce):
        client.records.share(consent, purpose="TREAT")


def test_a_stolen_file_names_no_patient(kept: Kept) -> None:
    client, patient = kept.client, kept.exchange.patient
    subject = b'"subject":{"reference":"Patient/7"}'
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},' + subject + b"}"
    first = client.records.add(b"note", patient=patient.identity, about=NOTE).records[0].manifest
    client.records.add_bundle(body, patient=patient.identity)
    consent = kept.exchange.consent()
    client.records.share(consent, purpose="TREAT")
    client.records.heed(consent)
    client.records.erase(first.record_id)
    client.records.revoke(
        client.consents.revocations.sign(patient.identity, consent.consent.id, by=patient)
    )
    raw, who = kept.file.read_bytes(), patient.identity
    assert kept.exchange.grantee.identity.lower().encode() not in raw.lower()
    assert who.encode() not in raw.lower()
    assert bytes.fromhex(who[2:]) not in raw
    assert b"Patient/7" not in raw
