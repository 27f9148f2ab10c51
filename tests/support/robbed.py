"""An institution whose key was stolen, and the new key that acts for it afterwards."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.exchange import NOTE, TREATMENT

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.contracts.identities.guardian_set import GuardianSet
from salus.emergencies.keeping import NewEmergencyKey
from salus.testing import advance, fund, participant, people
from salus.testing.participants import People
from salus.vault import IdentityKeys
from salus.vault.storage.memory import MemoryStorage

DAY = 24 * 3600
ROLES = ("hospital", "clinic", "pharmacist", "emergency_clinician", "payer")


@dataclass
class Robbed:
    """A hospital at work, before and after.

    The clinic has what was shared with it; the pharmacist is a second reader whose letters still
    lie in its inbox; the payer keeps records of its own, of which the hospital holds a share.
    """

    team: People
    hospital: Salus
    patient: Account
    guardians: list[Account]
    opening: GuardianSet

    @classmethod
    def set_up(cls, chain: Chain) -> Robbed:
        team = people(chain, ROLES, storage=MemoryStorage(secrets.token_hex(4)))
        for name in ("pharmacist", "payer", "emergency_clinician"):
            inbox = f"memory://inbox-{secrets.token_hex(4)}"
            team[name].mail.announce(inbox)
        guardians = [Account.create() for _ in range(3)]
        opening = GuardianSet.of([each.identity for each in guardians], threshold=2)
        team.hospital.identities.guardians.set(team.hospital.identity, opening)
        return cls(team, team.hospital, Account.create(), guardians, opening)

    @property
    def who(self) -> str:
        return self.team.hospital.account.address

    @property
    def chain(self) -> Chain:
        return self.hospital.chain

    @property
    def thief(self) -> Salus:
        """Whoever else has the hospital's first key, and nothing but that."""
        return participant(self.chain, self.team.hospital.account)

    def consent(self, reader: Salus) -> SignedConsent:
        consents = self.hospital.consents
        proposed = consents.propose(self.patient.identity, reader.identity, TREATMENT)
        until = self.chain.now() + 400 * DAY
        return consents.sign(proposed, by=self.patient, deadline=until)

    def add(self, data: bytes):  # type: ignore[no-untyped-def]
        added = self.hospital.records.add(data, patient=self.patient.identity, about=NOTE)
        return added.records[0].manifest

    def deposit(self, patient: str, keeper: Salus, holders: list[Salus]) -> NewEmergencyKey:
        made = keeper.emergencies.keeping.deposit(
            patient,
            [each.identity for each in holders],
            needed=2,
            inbox=f"memory://emergency-{secrets.token_hex(4)}",
        )
        keeper.emergencies.keeping.seal()
        return made

    def act_with(self, remedy: Callable[[Robbed, Account], None]) -> None:
        """The remedy, and then the hospital's own machine under the new key."""
        account, old = Account.create(), self.hospital
        fund(self.chain, account.address, payer=development_account(8))
        remedy(self, account)
        self.hospital = Salus(
            self.chain, account=account, vault=old.vault, logs=old._logs, identity=self.who
        )

    def announce(self) -> None:
        vault = self.hospital.vault
        inbox = f"memory://inbox-{secrets.token_hex(4)}"
        self.hospital.mail.directory.announce(vault.keys.document, inbox)


def by_rotation(robbed: Robbed, account: Account) -> None:
    robbed.hospital.identities.control.rotate(robbed.who, account.address)


def by_recovery(robbed: Robbed, account: Account) -> None:
    """The thief rotated first; guardians give the identity to the new key."""
    thief = Account.create()
    robbed.hospital.identities.control.rotate(robbed.who, thief.address)
    identities, deadline = robbed.team.clinic.identities, robbed.chain.now() + 3600
    shown = (robbed.who, account.address, robbed.opening)
    approvals = [
        identities.recovery.approve(
            *shown, guardian=each.identity, by=each, deadline=deadline, unanimous=True
        )
        for each in robbed.guardians
    ]
    identities.recovery.propose(approvals, robbed.opening)
    advance(robbed.chain, 7 * DAY)
    identities.recovery.execute(robbed.who)


def forged_keys(robbed: Robbed) -> IdentityKeys:
    """Encryption keys that the thief made in the hospital's name."""
    return IdentityKeys.generate(robbed.who, created_at=robbed.chain.now())
