"""A deny that was handed to a custodian reaches whoever ever had a key, whatever came between."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.consents.errors import ConsentRefused
from salus.primitives.errors import StorageUnavailable
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import advance, fund, local_salus
from salus.vault.documents.manifest import Manifest

HOUR, DAY = 3600, 24 * 3600
WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))
PSYCHIATRY = ResourceFacts(resource_class="DocumentReference", sensitivities=frozenset({"PSY"}))


class Scene:
    """A reader who took in a note under a wide permit."""

    def __init__(self) -> None:
        self.chain: Chain = local_salus().chain
        self.exchange = Exchange.set_up(self.chain, development_account(0))
        self.hospital, self.reader = self.exchange.custodian, self.exchange.grantee
        self.note = self.exchange.add(b"note")
        self.exchange.add(b"depression", PSYCHIATRY)
        self.wide = self.signed(WIDE)
        self.hospital.records.share(self.wide, purpose="TREAT")
        self.collects()

    def signed(self, terms: Terms, *, to: Salus | None = None) -> SignedConsent:
        grantee, patient = (to or self.reader).identity, self.exchange.patient
        consent = self.hospital.consents.propose(patient.identity, grantee, terms)
        return self.signs(self.exchange.patient, consent, DAY * 1000)

    def signs(self, patient: Account, consent, seconds: int) -> SignedConsent:  # type: ignore[no-untyped-def]
        until = self.chain.now() + seconds
        return self.hospital.consents.sign(consent, by=patient, deadline=until)

    def collects(self, at: Salus | None = None) -> int:
        """How many consents came."""
        reader = at or self.reader
        came = reader.records.collect()
        reader.records.discard(came, refused=True)
        return len(came.consents)

    def opens(self, manifest: Manifest | None = None) -> bool:
        try:
            self.reader.records.open(manifest or self.note, under=self.wide, purpose="TREAT")
        except ConsentRefused:
            return False
        return True

    def rotated(self) -> Salus:
        """The hospital, under a new key."""
        account, who = Account.create(), self.hospital.identity
        fund(self.chain, account.address, payer=development_account(0))
        self.hospital.identities.control.rotate(who, account.address)
        return Salus(
            self.chain,
            account=account,
            vault=self.hospital.vault,
            logs=self.hospital._logs,
            identity=who,
        )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_deny_that_ended_all_grants_is_told_again_after_a_rotation(scene: Scene) -> None:
    """Its letter ended with the old key, and no grant stands that would send it along."""
    assert scene.hospital.records.heed(scene.signed(NOTHING))
    assert len(scene.hospital.records.revoke_ended().consents) == 1
    hospital = scene.rotated()
    assert scene.collects() == 0, "refused, and thrown away"
    resent = hospital.records.resend()
    assert (resent.shared, resent.told, resent.untold) == ((), (scene.reader.identity,), ())
    assert scene.collects() == 1
    assert not scene.opens()
    hospital.records.revoke_ended()
    assert scene.collects() == 0, "once is enough"


def test_who_lost_its_wraps_and_holds_the_keys_is_told_of_the_next_deny(scene: Scene) -> None:
    records = scene.hospital.records
    records.heed(scene.signed(NO_PSYCHIATRY))
    assert len(records.revoke_ended().consents) == 1
    assert scene.collects() == 1
    assert scene.opens(), "that one denies another record"
    assert records.heed(scene.signed(NOTHING))
    assert scene.collects() == 1
    assert not scene.opens()


def test_who_had_the_key_of_a_version_that_was_relabelled_since_is_told(scene: Scene) -> None:
    """What was given then is noted at the record alone."""
    records, patient = scene.hospital.records, scene.exchange.patient
    records.add(
        b"the note, and now we know what it is",
        patient=patient.identity,
        record=scene.note.record_id,
        about=PSYCHIATRY,
    )
    records.revoke_ended()
    records.heed(scene.signed(NOTHING))
    assert scene.collects() == 1
    assert not scene.opens()


def test_a_deny_that_is_signed_anew_is_passed_on_anew(scene: Scene) -> None:
    """Who was told of the first document knows one that lapsed."""
    patient, reader = scene.exchange.patient, scene.reader.identity
    deny = scene.hospital.consents.propose(patient.identity, reader, NOTHING)
    assert scene.hospital.records.heed(scene.signs(patient, deny, 300))
    assert scene.collects() == 1
    assert not scene.opens()
    advance(scene.chain, HOUR)
    assert scene.opens()
    again = scene.signs(patient, deny, 1000 * DAY)
    assert scene.hospital.records.heed(again)
    assert scene.collects() == 1
    assert not scene.opens()
    assert scene.hospital.records.heed(again)
    assert scene.collects() == 0, "once is enough"


def test_a_reader_out_of_reach_is_told_by_the_next_look(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    deny = scene.signed(NOTHING)

    def unplugged(_: str) -> None:
        raise StorageUnavailable("memory://inbox", "unplugged")

    with monkeypatch.context() as patched:
        patched.setattr(scene.hospital.mail.directory, "find", unplugged)
        with pytest.raises(StorageUnavailable):
            scene.hospital.records.heed(deny)
        assert len(scene.hospital.records.revoke_ended().consents) == 1
    assert scene.opens()
    assert scene.hospital.records.revoke_ended().consents == ()
    assert scene.collects() == 1
    assert not scene.opens()


def test_who_never_had_a_key_learns_nothing_of_a_patient(scene: Scene) -> None:
    other = Exchange.set_up(scene.chain, development_account(0)).grantee
    assert scene.hospital.records.heed(scene.signed(NOTHING, to=other))
    scene.hospital.records.revoke_ended()
    assert scene.hospital.records.resend().told == ()
    assert scene.collects(other) == 0
