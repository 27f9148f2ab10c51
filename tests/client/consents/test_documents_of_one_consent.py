"""Several documents of one consent: the one that counts for the longest time is kept everywhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import BatchedConsent, Consent, SignedConsent, read_consent
from salus.consents.errors import ConsentRefused
from salus.consents.folder import ConsentFolder
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import advance, fund, local_salus
from salus_verify.encoding import hex0x

SOON, LATER = 100, 10**6
WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))
BOTH = replace(WIDE, exceptions=(NO_PSYCHIATRY.base,))
PSYCHIATRY = ResourceFacts(resource_class="Condition", sensitivities=frozenset({"PSY"}))


class Scene:
    """A hospital and a reader, and a patient with a program of its own."""

    def __init__(self) -> None:
        self.chain: Chain = local_salus().chain
        self.exchange = Exchange.set_up(self.chain, development_account(0))
        self.hospital, self.reader = self.exchange.custodian, self.exchange.grantee
        self.patient = self.exchange.patient
        fund(self.chain, self.patient.address, payer=development_account(0))
        self.app = Salus(self.chain, account=self.patient)
        self.note = self.exchange.add(b"note", NOTE)
        self.exchange.add(b"depression", PSYCHIATRY)

    def proposed(self, terms: Terms) -> Consent:
        return self.app.consents.propose(self.patient.identity, self.reader.identity, terms)

    def signed(self, consent: Consent, *, seconds: int, by: Account | None = None) -> SignedConsent:
        until = self.chain.now() + seconds
        return self.app.consents.sign(consent, by=by or self.patient, deadline=until)

    def anchored(self, consent: Consent) -> BatchedConsent:
        (batched,) = self.app.consents.batches.grant([consent])
        return batched

    def shared(self, under: SignedConsent | BatchedConsent) -> int:
        return len(self.hospital.records.share(under, purpose="TREAT"))

    def collect(self) -> None:
        self.reader.records.discard(self.reader.records.collect())

    def kept(self, consent: Consent, *, at: Salus) -> SignedConsent | BatchedConsent:
        heard = at.records.consulting.known(consent)
        assert heard is not None
        return read_consent(heard.document)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def longer(scene: Scene, consent: Consent, kind: str) -> SignedConsent | BatchedConsent:
    if kind == "anchored":
        return scene.anchored(consent)
    return scene.signed(consent, seconds=LATER)


@pytest.mark.parametrize("kind", ["anchored", "later"])
@pytest.mark.parametrize("first", ["short", "long"])
def test_a_deny_withholds_until_its_last_document_ends(scene: Scene, kind: str, first: str) -> None:
    """At the hospital, and at the reader to whom it passes on what lasts longer."""
    wide = scene.signed(scene.proposed(WIDE), seconds=LATER)
    assert scene.shared(wide) == 2
    came = scene.reader.records.collect()
    scene.reader.records.discard(came)
    deny = scene.proposed(NO_PSYCHIATRY)
    short, long = scene.signed(deny, seconds=SOON), longer(scene, deny, kind)
    for each in (short, long) if first == "short" else (long, short):
        assert scene.hospital.records.heed(each)
        scene.collect()
    assert scene.shared(wide) == 1
    advance(scene.chain, 2 * SOON)
    assert scene.shared(wide) == 1
    opened = []
    for each in came.manifests:
        try:
            opened.append(scene.reader.records.open(each, under=wide, purpose="TREAT"))
        except ConsentRefused:
            continue
    assert opened == [b"note"]


def test_to_share_under_a_document_that_lapses_replaces_none_that_lasts(scene: Scene) -> None:
    both = scene.proposed(BOTH)
    short, long = scene.signed(both, seconds=SOON), scene.anchored(both)
    wide = scene.signed(scene.proposed(WIDE), seconds=LATER)
    assert scene.hospital.records.heed(long)
    assert scene.shared(short) == 1
    advance(scene.chain, 2 * SOON)
    assert scene.shared(wide) == 1
    ended = scene.hospital.records.revoke_ended()
    assert hex0x(both.id) not in {each.consent for each in ended.consents}, "it stands, anchored"


def test_a_document_signed_here_for_a_short_time_replaces_none_that_lasts(scene: Scene) -> None:
    deny = scene.proposed(NO_PSYCHIATRY)
    long = scene.anchored(deny)
    assert scene.hospital.records.heed(long)
    until = scene.chain.now() + SOON
    scene.hospital.consents.sign(deny, by=scene.patient, deadline=until)
    assert scene.kept(deny, at=scene.hospital) == long


def test_no_forged_copy_that_claims_to_last_longer_is_kept(scene: Scene) -> None:
    """Of a registered consent any copy counts, so that none takes the other's place."""
    deny = scene.proposed(NO_PSYCHIATRY)
    true = scene.signed(deny, seconds=SOON)
    for state in ("signed", "registered"):
        assert scene.hospital.records.heed(true)
        forged = replace(true, deadline=true.deadline + LATER)
        assert scene.hospital.records.heed(forged) is (state == "registered")
        assert scene.kept(deny, at=scene.hospital) == true
        if state == "signed":
            scene.hospital.consents.register(true)


def test_the_reader_s_file_holds_the_document_that_lasts(scene: Scene, tmp_path: Path) -> None:
    permit = scene.proposed(WIDE)
    folder = ConsentFolder(tmp_path, scene.reader.consents.checks)
    short = scene.signed(permit, seconds=SOON)

    def collect() -> None:
        came = scene.reader.records.collect()
        for each in came.consents:
            folder.keep(each)
        scene.reader.records.discard(came)

    assert scene.shared(short) == 2
    collect()
    long = scene.anchored(permit)
    assert scene.shared(long) == 2
    collect()
    path = folder.keep(replace(short, deadline=short.deadline + LATER))
    advance(scene.chain, 2 * SOON)
    kept = read_consent(path.read_bytes())
    assert kept == long
    assert scene.reader.records.open(scene.note, under=kept, purpose="TREAT") == b"note"
