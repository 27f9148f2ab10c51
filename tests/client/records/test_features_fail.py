"""What a feature registered may fail: erasures, ends and checks of all others go on."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest
from tests.support.exchange import NOTE, Exchange

from salus.chain import Account, Chain, development_account
from salus.primitives.address import Address
from salus.primitives.fence import FeatureFailed, fenced
from salus.vault.errors import RecordErased
from salus.vault.upkeep.checking import Finding
from salus_verify.erasure_receipt import Erasure


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def test_an_error_of_a_feature_is_named_by_its_class_alone() -> None:
    with pytest.raises(FeatureFailed) as failed:
        fenced("the handler", lambda: {}["Mr Smith"])
    assert "KeyError" in str(failed.value)
    assert "Smith" not in str(failed.value)


def test_a_ground_that_cannot_be_judged_keeps_no_consent_from_ending(exchange: Exchange) -> None:
    custodian, reader = exchange.custodian, exchange.grantee
    exchange.add(b"a note")
    consent, other = exchange.consent(), Account.create()
    custodian.consents.register(consent)
    custodian.records.share(consent, purpose="TREAT")
    exchange.add(b"in a trial", NOTE, patient=other)

    def judge(patients: Collection[Address]) -> str:
        raise KeyError

    custodian.records.grounds.register("trial/", judge)
    plan = custodian.vault.keyring.plan(
        covers=lambda _: True, permits=lambda _: True, patient=other.identity
    )
    _, document = custodian.mail.directory.find(reader.account.identity)
    custodian.vault.readers.share(plan, document, consent="trial/7")
    elsewhere = exchange.elsewhere.consents
    elsewhere.revoke(exchange.patient.identity, consent.consent.id, by=exchange.patient)
    ended = custodian.records.revoke_ended()
    assert [each.consent for each in ended.consents] == ["0x" + consent.consent.id.hex()]
    assert [(name, type(why)) for name, why in ended.failed] == [("trial/7", FeatureFailed)]


def test_a_teller_that_fails_is_told_and_readers_have_their_letters(exchange: Exchange) -> None:
    custodian, reader = exchange.custodian, exchange.grantee
    added = exchange.add(b"a note")
    custodian.records.share(exchange.consent(), purpose="TREAT")
    reader.records.collect()

    def tell(who: Address, report: Erasure) -> bool:
        raise RuntimeError

    custodian.records.erasing.register(tell)
    erased = custodian.records.erase(added.record_id)
    assert erased.receipt is not None
    assert [(who, type(why)) for who, why in erased.untold] == [
        (reader.account.identity, FeatureFailed)
    ]
    reader.records.collect()
    with pytest.raises(RecordErased):
        reader.vault.open(added)


def test_a_check_that_fails_is_told_beside_what_was_found(exchange: Exchange) -> None:
    records = exchange.custodian.records

    def check(repair: bool) -> Iterator[Finding]:
        yield Finding("unreadable", "0xcd", "gone")
        raise KeyError

    records.checking.register("trials", check)
    assert [each.kind for each in records.check().findings] == ["unreadable", "unchecked"]
