"""What an act asks of the node grows with what is asked for, counted in questions."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from tests.support.exchange import NOTE, Exchange

from salus.chain import Chain, development_account
from salus.chain.contract import Contract
from salus.consents.errors import ConsentNotInForce
from salus.primitives.roles import Role
from salus.records.facts import compartment_of, span_of
from salus.records.resuming import RecordsByContent
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.documents.manifest import Manifest
from salus.vault.keyring.entries import Entries
from salus.vault.versions.contents import HEAD

ANY_KIND = "application/octet-stream"


def test_roles_are_looked_up_once_a_block_however_many_records_are_opened(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    for number in range(3):
        exchange.add(b"note %d" % number)
    consent = exchange.consent()
    exchange.custodian.records.share(consent, purpose="TREAT")
    manifests = exchange.grantee.records.collect().manifests
    asked: list[int] = []
    call_each = Contract.call_each

    def counting(self: Contract, function: str, arguments: Any, **at: Any) -> list[Any]:
        asked.extend(role for _, role in arguments)
        return call_each(self, function, arguments, **at)

    monkeypatch.setattr(Contract, "call_each", counting)
    opened = [
        exchange.grantee.records.open(each, under=consent, purpose="TREAT") for each in manifests
    ]
    assert sorted(opened) == [b"note 0", b"note 1", b"note 2"]
    assert len(asked) == 2 * len(Role)


def test_opening_a_received_record_asks_the_node_three_times(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which block is the latest, and its time; all that was decided at it is known by then."""
    exchange = Exchange.set_up(chain, development_account(8))
    for number in range(5):
        exchange.add(b"note %d" % number)
    consent = exchange.consent()
    exchange.custodian.records.share(consent, purpose="TREAT")
    first, *others = exchange.grantee.records.collect().manifests
    exchange.grantee.records.open(first, under=consent, purpose="TREAT")
    asked: list[object] = []
    _count(monkeypatch, asked, chain.rpc, "request")
    for each in others:
        exchange.grantee.records.open(each, under=consent, purpose="TREAT")
    assert len(asked) == 3 * len(others)


def test_a_revocation_in_the_next_block_closes_what_was_open_in_the_last(chain: Chain) -> None:
    exchange = Exchange.set_up(chain, development_account(8))
    exchange.add(b"note")
    consent = exchange.consent()
    exchange.custodian.records.share(consent, purpose="TREAT")
    (manifest,) = exchange.grantee.records.collect().manifests
    assert exchange.grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"
    consents = exchange.custodian.consents
    consents.revoke(exchange.patient.identity, consent.consent.id, by=exchange.patient)
    with pytest.raises(ConsentNotInForce, match="revoked"):
        exchange.grantee.records.open(manifest, under=consent, purpose="TREAT")


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
    entry = Entries.find

    def counting(self: Entries, record: bytes, version: int) -> Any:
        told.append(record)
        return entry(self, record, version)

    monkeypatch.setattr(Entries, "find", counting)
    kept = RecordsByContent(exchange.custodian.vault)
    found = [
        kept.take(
            b"note %d" % number,
            "application/octet-stream",
            compartment_of(exchange.patient.identity, NOTE),
            when=span_of(NOTE),
        )
        for number in reversed(range(2 * count - 2))
    ]
    assert sum(each is not None for each in found) == count
    assert len(told) == count


def test_going_on_decrypts_nothing_of_what_is_kept_but_not_looked_for(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither another content of the same size and type, nor any manifest of the list."""
    exchange = Exchange.set_up(chain, development_account(8))
    vault = exchange.custodian.vault
    for number in range(8):
        exchange.add(b"note %d" % number)
    read: list[object] = []
    _count(monkeypatch, read, StoreCipher, "unseal")
    _count(monkeypatch, read, Manifest, "parse")
    kept = RecordsByContent(vault)
    where = compartment_of(exchange.patient.identity, NOTE)
    for number in range(100, 120):
        content = b"note %d" % number
        assert kept.take(content, ANY_KIND, where, when=span_of(NOTE)) is None
    assert read == []
    assert kept.take(b"note 3", ANY_KIND, where, when=span_of(NOTE)) is not None
    assert 0 < len(read) <= 12


def test_adding_one_file_reads_no_list_of_what_is_kept(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `salus records add` does, whatever lies there."""
    exchange = Exchange.set_up(chain, development_account(8))
    counts = []
    for number in (2, 8):
        while len(exchange.custodian.vault.manifests()) < number:
            exchange.add(os.urandom(12))
        read: list[object] = []
        with monkeypatch.context() as patch:
            _count(patch, read, StoreCipher, "unseal")
            _count(patch, read, Manifest, "parse")
            exchange.custodian.records.add(
                os.urandom(12), patient=exchange.patient.identity, about=NOTE, resume=True
            )
        counts.append(len(read))
    assert counts[0] == counts[1]


def test_files_of_one_length_and_beginning_are_told_apart(chain: Chain) -> None:
    """Beyond its first MiB a content is compared whole, and the file stands where it stood."""
    exchange = Exchange.set_up(chain, development_account(8))
    whole = bytes(HEAD + 1000)
    other = whole[:-1] + b"x"
    kept_as = exchange.add(whole)
    kept = RecordsByContent(exchange.custodian.vault)
    where, file = compartment_of(exchange.patient.identity, NOTE), io.BytesIO(b"skip" + whole)
    file.seek(4)
    assert kept.take(other, ANY_KIND, where, when=span_of(NOTE)) is None
    found = kept.take(file, ANY_KIND, where, when=span_of(NOTE))
    assert found is not None
    assert found.manifest == kept_as
    assert file.tell() == 4
    assert kept.take(whole, ANY_KIND, where, when=span_of(NOTE)) is None


def _count(patch: pytest.MonkeyPatch, seen: list[object], owner: object, name: str) -> None:
    """Note each call of a method, and make it; the owner is a class, or one shared object."""
    really = getattr(owner, name)

    def counting(*given: Any, **named: Any) -> Any:
        seen.append((owner, name))
        return really(*given, **named)

    patch.setattr(owner, name, counting)
