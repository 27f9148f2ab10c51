"""Consents through the client against a shadow model: what ended never holds again.

The contract's own machine (tests/contracts/consent) knows nothing of signatures that count without
registration, of their deadlines, or of what the client tells a custodian. This one does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from tests.support.budget import BUDGET, cast

from salus.chain import Account
from salus.consents.checks import Strength
from salus.consents.documents import Consent, SignedConsent
from salus.consents.errors import ConsentNotInForce
from salus.contracts.consents.errors import (
    ConsentAlreadyGranted,
    ConsentAlreadyRevoked,
    ConsentEpochMoved,
)
from salus.contracts.signed_acts import NotController, SignatureExpired
from salus.errors import SalusError
from salus.terms import Effect, Rule, Terms
from salus.testing import advance

GRANTEE = "0x" + "51" * 20
TREATMENT = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
HOUR = 3600


@dataclass
class Shadow:
    """What should be true of one consent."""

    epoch: int
    granted: bool = False
    revoked: bool = False
    ended: bool = False


@dataclass
class Model:
    """What should be true of one patient."""

    key: Account
    epoch: int = 0
    consents: dict[bytes, Shadow] = field(default_factory=dict)


class ConsentMachine(RuleBasedStateMachine):
    """One patient who signs, a custodian who submits, and time."""

    proposed = Bundle("proposed")
    signed = Bundle("signed")

    @initialize()
    def meet(self) -> None:
        _, team = cast()
        self.custodian = team.hospital
        self.model = Model(Account.create())
        self.patient = self.model.key.identity

    @rule(target=proposed)
    def propose(self) -> Consent:
        consent = self.custodian.consents.propose(self.patient, GRANTEE, TREATMENT)
        self.model.consents[consent.id] = Shadow(self.model.epoch)
        return consent

    @rule(target=signed, consent=proposed, hours=st.integers(0, 48))
    def sign(self, consent: Consent, hours: int) -> tuple[SignedConsent, Account]:
        until = self.custodian.chain.now() + hours * HOUR + 60
        by = self.model.key
        return self.custodian.consents.sign(consent, by=by, deadline=until), by

    @rule(document=signed)
    def register(self, document: tuple[SignedConsent, Account]) -> None:
        expected = self._refusal_to_register(*document)
        refused = self._refused(lambda: self.custodian.consents.register(document[0]))
        assert refused is expected
        if expected is None:
            self.model.consents[document[0].consent.id].granted = True

    @rule(consent=proposed)
    def revoke(self, consent: Consent) -> None:
        shadow = self.model.consents[consent.id]
        expected = ConsentAlreadyRevoked if shadow.revoked else None
        act = self.custodian.consents.revoke
        refused = self._refused(lambda: act(self.patient, consent.id, by=self.model.key))
        assert refused is expected
        shadow.revoked = True

    @rule()
    def revoke_all(self) -> None:
        before = self.custodian.consents.checks.epoch(self.patient)
        self.custodian.consents.revoke_all(self.patient, by=self.model.key)
        assert self.custodian.consents.checks.epoch(self.patient) != before
        self.model.epoch += 1

    @rule()
    def rotate(self) -> None:
        newer = Account.create()
        self.custodian.identities.control.rotate(self.patient, newer.identity, by=self.model.key)
        self.model.key = newer

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        advance(self.custodian.chain, hours * HOUR)

    @rule(document=signed)
    def check(self, document: tuple[SignedConsent, Account]) -> None:
        signed, by = document
        shadow = self.model.consents[signed.consent.id]
        lapsed = self.custodian.chain.now() > signed.deadline or by is not self.model.key
        expected = self._strength(shadow, lapsed=lapsed)
        try:
            standing = self.custodian.consents.checks.require(signed)
        except ConsentNotInForce:
            assert expected is None
        else:
            assert standing.strength is expected

    @invariant()
    def what_is_registered_follows_the_model(self) -> None:
        for consent_id, shadow in self.model.consents.items():
            active = self._strength(shadow, lapsed=True) is Strength.REGISTERED
            status = self.custodian.consents.checks.status(self.patient, consent_id)
            assert status.active is active
            assert bool(status.revoked_at) is shadow.revoked
            assert not (active and shadow.ended), "what ended came back"
            shadow.ended = shadow.ended or (shadow.granted and not active)

    def _strength(self, shadow: Shadow, *, lapsed: bool) -> Strength | None:
        if shadow.revoked or shadow.epoch != self.model.epoch:
            return None
        if shadow.granted:
            return Strength.REGISTERED
        return None if lapsed else Strength.SIGNED

    def _refusal_to_register(self, signed: SignedConsent, by: Account) -> type[SalusError] | None:
        """The first rule that it breaks, in the contract's order."""
        shadow = self.model.consents[signed.consent.id]
        broken = {
            SignatureExpired: self.custodian.chain.now() > signed.deadline,
            NotController: by is not self.model.key,
            ConsentEpochMoved: shadow.epoch != self.model.epoch,
            ConsentAlreadyRevoked: shadow.revoked,
            ConsentAlreadyGranted: shadow.granted,
        }
        return next((error for error, holds in broken.items() if holds), None)

    @staticmethod
    def _refused(act: object) -> type[SalusError] | None:
        assert callable(act)
        try:
            act()
        except SalusError as error:
            return type(error)
        return None


ConsentMachine.TestCase.settings = BUDGET
TestConsentMachine = ConsentMachine.TestCase
