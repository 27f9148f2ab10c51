"""A letter vouches for a record; the manifest in it is evidence only where it is signed."""

from __future__ import annotations

import dataclasses
import sys

import pytest
from tests.support.exchange import Exchange

from salus.chain import Account, Chain, development_account
from salus.mail.directory import verifier
from salus.records.sharing import PARCEL
from salus.vault.documents.manifest import SignedManifest
from salus.vault.documents.parcels import Parcel
from salus.vault.documents.statements import Signed


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(0))


def spoil(body: bytes) -> bytes:
    """The same parcel, its manifests signed with nothing."""
    parcel = Parcel.parse(body)
    pointers = []
    for each in parcel.pointers:
        signed = SignedManifest.parse_unverified(each.manifest)
        bad = dataclasses.replace(signed.signed, signature=bytes(65))
        manifest = SignedManifest(signed.manifest, bad).to_bytes()
        pointers.append(dataclasses.replace(each, manifest=manifest))
    return Parcel(parcel.wraps, tuple(pointers)).to_bytes()


def share(
    exchange: Exchange, consent: object, monkeypatch: pytest.MonkeyPatch, *, spoilt: bool
) -> None:
    records, mail = exchange.custodian.records, exchange.custodian.mail
    post = type(mail).post

    def posted(self, inbox, kind, body, document):  # type: ignore[no-untyped-def]
        return post(self, inbox, kind, spoil(body) if kind == PARCEL else body, document)

    with monkeypatch.context() as patch:
        if spoilt:
            patch.setattr(type(mail), "post", posted)
        records.share(consent, purpose="TREAT")  # type: ignore[arg-type]


def kinds(exchange: Exchange) -> list[str]:
    return [each.kind for each in exchange.grantee.records.check().findings]


def test_a_signature_that_stands_takes_the_place_of_garbage(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.add(b"note")
    consent = exchange.consent()
    share(exchange, consent, monkeypatch, spoilt=True)
    grantee = exchange.grantee
    (manifest,) = grantee.records.collect().manifests
    assert grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"
    assert kinds(exchange) == ["unsigned record"]

    share(exchange, consent, monkeypatch, spoilt=False)
    grantee.records.collect()
    (kept,) = grantee.vault.received()
    kept.check(verifier(grantee.chain))
    assert kinds(exchange) == []
    assert grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"


def test_garbage_takes_the_place_of_no_signature_that_stands(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.add(b"note")
    consent = exchange.consent()
    share(exchange, consent, monkeypatch, spoilt=False)
    share(exchange, consent, monkeypatch, spoilt=True)
    exchange.grantee.records.collect()
    (kept,) = exchange.grantee.vault.received()
    kept.check(verifier(exchange.grantee.chain))
    assert kinds(exchange) == []


def test_a_throwaway_key_of_the_issuer_proves_nothing(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its letters come from the right key; what it signs for others to see, from another."""
    throwaway = Account.create()

    def resigned(body: bytes) -> bytes:
        parcel = Parcel.parse(body)
        pointers = []
        for each in parcel.pointers:
            signed = SignedManifest.parse_unverified(each.manifest)
            typed = signed.manifest.statement.typed_data()
            by = Signed(throwaway.signer, throwaway.sign_typed_data(typed))
            manifest = SignedManifest(signed.manifest, by).to_bytes()
            pointers.append(dataclasses.replace(each, manifest=manifest))
        return Parcel(parcel.wraps, tuple(pointers)).to_bytes()

    exchange.add(b"note")
    consent = exchange.consent()
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[__name__], "spoil", resigned)
        share(exchange, consent, monkeypatch, spoilt=True)
    (manifest,) = exchange.grantee.records.collect().manifests
    report = exchange.grantee.records.check()
    assert [each.kind for each in report.findings] == ["unsigned record"]
    assert "once had, its identity" in report.findings[0].detail
    assert exchange.grantee.records.open(manifest, under=consent, purpose="TREAT") == b"note"


def test_a_key_that_was_rotated_away_proves_as_before(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.add(b"note")
    share(exchange, exchange.consent(), monkeypatch, spoilt=False)
    exchange.grantee.records.collect()
    custodian = exchange.custodian
    custodian.identities.control.rotate(custodian.identity, Account.create().address)
    assert kinds(exchange) == []
