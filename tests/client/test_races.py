"""A revocation that is carried out while a share is under way: the share gives nothing after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from exchange import Exchange

from salus.chain import Chain, development_account
from salus.errors.consent import ConsentNotInForce
from salus.records.directory import Directory
from salus.vault import Inbox, Vault


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


def letters(exchange: Exchange) -> int:
    inbox, _ = exchange.grantee.records.directory.find(exchange.grantee.account.identity)
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


@pytest.mark.parametrize(("kind", "name"), [(Directory, "find"), (Vault, "share"), (Inbox, "send")])
def test_a_share_under_way_ends_with_an_executed_revocation(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, kind: type, name: str
) -> None:
    exchange.add(b"note")
    consent = exchange.consent()
    records = exchange.custodian.records
    exchange.custodian.consents.register(consent)
    revocation = exchange.custodian.consents.sign_revocation(
        exchange.patient.identity, consent.consent.id, by=exchange.patient
    )

    def executed() -> None:
        exchange.custodian.consents.submit_revocation(revocation)
        records.revoke(consent.consent.id)

    with monkeypatch.context() as patch:
        before(patch, kind, name, executed)
        with pytest.raises(ConsentNotInForce):
            records.share(consent, purpose="TREAT")
    vault = exchange.custodian.vault
    assert vault.keystore.shares(consent="0x" + consent.consent.id.hex()) == []
    came = exchange.grantee.records.collect()
    assert came.manifests == ()


def test_what_was_revoked_here_is_shared_again_under_a_consent_that_stands(
    exchange: Exchange,
) -> None:
    exchange.add(b"note")
    consent = exchange.consent()
    records = exchange.custodian.records
    assert records.share(consent, purpose="TREAT")
    exchange.custodian.vault.revoke("0x" + consent.consent.id.hex())
    assert records.share(consent, purpose="TREAT")


def test_sharing_one_patients_records_opens_no_key_of_another(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a share costs grows with the patient's records, not with the hospital's patients."""
    from salus.chain import Account
    from salus.vault import keyring

    exchange.add(b"note")
    unwrapped: list[str] = []
    unwrap = keyring.unwrap_key

    def counting(key: bytes, wrapped: bytes, *, what: str) -> bytes:
        unwrapped.append(what)
        return unwrap(key, wrapped, what=what)

    monkeypatch.setattr(keyring, "unwrap_key", counting)
    counts = []
    for others in (0, 5):
        for number in range(others):
            exchange.add(b"%d" % number, patient=Account.create())
        unwrapped.clear()
        exchange.custodian.records.share(exchange.consent(), purpose="TREAT")
        counts.append(len(unwrapped))
    assert counts[0] == counts[1] > 0
