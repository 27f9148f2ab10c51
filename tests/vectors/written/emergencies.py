"""An emergency key in shares: deposited, asked for, released; and an identity's own in shares."""

from __future__ import annotations

from tests.vectors.written.release import PASSPHRASE, PATIENT, Release

import salus
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus.testing.participants import accredit
from salus.vault.keys.state_folder import keys_file

CUSTODIANS = ("clinic", "custodian")
ROTATIONS = 3


def write_emergency(release: Release, hospital: salus.Salus, clinic: salus.Salus) -> None:
    """A hospital deposits, a clinician asks for the shares, and two custodians release theirs."""
    custodian, clinician = release.participant("custodian"), release.participant("clinician")
    for each in (custodian, clinician):
        each.mail.announce("memory://inbox")
    accredit(release.governor, clinician.identity, Role.EMERGENCY_CLINICIAN)
    holders = dict(zip(CUSTODIANS, (clinic, custodian), strict=True))
    made = hospital.emergencies.keeping.deposit(
        PATIENT, [each.identity for each in holders.values()], needed=2, inbox="memory://emergency"
    )
    hospital.emergencies.keeping.seal(PATIENT)
    reason = SaltedStatement.of("found unconscious")
    clinician.emergencies.windows.open(PATIENT, reason)
    asked = clinician.emergencies.access.request(made.card)
    vouched = hospital.emergencies.access.countersign(asked)
    write_rotations(release, custodian)  # what was deposited before opens with the earlier key
    release.document("emergency-card.json", made.card.to_bytes())
    release.document("reason.json", reason.to_json())
    release.document("release-request.json", asked.request.to_bytes())
    release.document("signed-release-request.json", vouched.to_bytes())
    for name, holder in holders.items():
        deposit = made.deposits[holder.identity]
        released = holder.emergencies.custodians.release(deposit, vouched)
        release.document(f"deposit-{name}.json", deposit.to_bytes())
        release.document(f"released-share-{name}.json", released.share.to_bytes())
        release.document(f"release-{name}.json", released.entry)


def write_rotations(release: Release, custodian: salus.Salus) -> None:
    """An identity of decades: several keys in its file, and all of them in shares."""
    path = keys_file(release.folder / "custodian", custodian.identity)
    for _ in range(ROTATIONS):
        custodian.mail.rotate_keys(path, passphrase=PASSPHRASE)
    split = custodian.mail.split_keys(needed=2, shares=3)
    release.document("recovery.json", split.document)
    release.document("recovery-shares.txt", "\n".join(split.shares) + "\n")
