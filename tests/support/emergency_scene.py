"""A clinician, a hospital, three custodians, and a patient who prepared for an emergency."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from salus import Salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.emergencies.emergency_keys import (
    EMERGENCY,
    SplitEmergencyKey,
    deposit_key,
)
from salus.emergencies.releases import ReleaseRequest
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus.terms import ResourceFacts
from salus.vault import IdentityKeys, Vault, load_keys, save_keys
from salus.vault.keys.encrypted_keys import FASTEST
from salus.vault.letters.inbox import Inbox

SALUS = "from salus.cli import main; raise SystemExit(main())"
HOUR, YEAR = 3600, 365 * 86400
CONTENT = b"allergic to penicillin"
PASSPHRASE = "seven wet otters"
PATIENT = development_account(9).identity


@dataclass
class Scene:
    """Everybody, on one chain, with what was prepared in quieter days."""

    url: str
    deployment: Path
    folder: Path
    hospital: Salus
    clinician: Salus
    made: SplitEmergencyKey
    emergency_inbox: Inbox

    @property
    def chain(self) -> Chain:
        return self.hospital.chain

    def settings(self, number: int) -> dict[str, str]:
        """What a custodian's process is told; development accounts 3, 4 and 5 are theirs."""
        state_folder = self.folder / f"custodian-{number}"
        return {
            "SALUS_NETWORK": self.url,
            "SALUS_DEPLOYMENT": str(self.deployment),
            "SALUS_PRIVATE_KEY": "0x" + bytes(development_account(3 + number)._key.secret()).hex(),
            "SALUS_PASSPHRASE": PASSPHRASE,
            "SALUS_STORAGE": (state_folder / "blobs").as_uri(),
            "SALUS_STATE": str(state_folder),
        }

    def salus(self, number: int, *words: str) -> subprocess.Popen[str]:
        """Run a command as a custodian, in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", SALUS, *words, "--json"],
            env={**os.environ, **self.settings(number)},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def custodian(self, number: int) -> Salus:
        """The same custodian in this process."""
        folder, account = self.folder / f"custodian-{number}", development_account(3 + number)
        keys = load_keys(folder / f"{account.identity.lower()}.keys.json", passphrase=PASSPHRASE)
        vault = Vault((folder / "blobs").as_uri(), "memory:", keys=keys, chain_id=31337)
        return Salus(self.chain, account=account, vault=vault)

    def request(self, window: bytes) -> ReleaseRequest:
        return ReleaseRequest(
            chain_id=31337,
            patient=PATIENT,
            clinician=self.clinician.account.identity,
            window=window,
            key=self.made.document.id,
            document=self.clinician.vault.keys.document,
        )

    def open_window(self) -> bytes:
        clinician = self.clinician.account.identity
        if not self.clinician.emergencies.windows.is_open(PATIENT, clinician):
            self.clinician.emergencies.windows.open(PATIENT, SaltedStatement.of("unconscious"))
        window = self.clinician.emergencies.windows.last(PATIENT, clinician)
        assert window is not None
        return window


def participant(chain: Chain, account: Account, folder: Path) -> Salus:
    keys = IdentityKeys.generate(account.identity, created_at=chain.now())
    vault = Vault((folder / "blobs").as_uri(), "memory:", keys=keys, chain_id=chain.chain_id)
    client = Salus(chain, account=account, vault=vault)
    client.mail.directory.announce(keys.document, (folder / account.identity.lower()).as_uri())
    return client


def prepare(url: str, folder: Path) -> Scene:
    chain = connect(url)
    governor = development_account(0)
    path = folder / "deployment.json"
    deploy(chain, governor, path=path)
    chain = connect(url, deployment=path)
    governance = Salus(chain, account=governor)
    hospital, clinician = (participant(chain, development_account(n), folder) for n in (1, 2))
    for client, role in ((hospital, Role.HOSPITAL), (clinician, Role.EMERGENCY_CLINICIAN)):
        if governance.accreditations.accreditor_since(role, governor.identity) is None:
            governance.accreditations.name_accreditor(role, governor.identity)
        governance.accreditations.accredit(client.account.identity, role, until=chain.now() + YEAR)
    scene = Scene(
        url,
        path,
        folder,
        hospital,
        clinician,
        None,
        Inbox((folder / "emergency").as_uri()),  # type: ignore[arg-type]
    )
    for number in range(3):
        prepare_custodian(chain, development_account(3 + number), folder / f"custodian-{number}")
    documents = [
        hospital.mail.directory.find(development_account(3 + number).identity)[1]
        for number in range(3)
    ]
    scene.made = deposit_key(
        PATIENT,
        documents,
        needed=2,
        issuer=hospital.account.identity,
        chain_id=31337,
        created_at=chain.now(),
    )
    wrap_for_emergencies(scene)
    return scene


def prepare_custodian(chain: Chain, account: Account, folder: Path) -> None:
    keys = IdentityKeys.generate(account.identity, created_at=chain.now())
    path = folder / f"{account.identity.lower()}.keys.json"
    folder.mkdir()
    save_keys(path, keys, passphrase=PASSPHRASE, cost=FASTEST)
    directory = Salus(
        chain, account=account, vault=Vault("memory://none", "memory:", keys=keys, chain_id=31337)
    ).mail.directory
    directory.announce(keys.document, (folder / "inbox").as_uri())


def wrap_for_emergencies(scene: Scene) -> None:
    """In quieter days: a record, and its compartment's key sealed to the emergency key."""
    hospital, document = scene.hospital, scene.made.document
    hospital.records.add(
        CONTENT,
        patient=PATIENT,
        about=ResourceFacts(resource_class="AllergyIntolerance"),
        media_type="text/plain",
    )
    ring = hospital.vault.keyring
    plan = ring.plan(covers=lambda each: each.patient == PATIENT, permits=lambda _: False)
    parcels = hospital.vault.readers.share(plan, document, consent=EMERGENCY + document.id)
    for key in plan.compartments:
        parcels += hospital.vault.readers.pointers(key)
    for parcel in parcels:
        scene.emergency_inbox.send(
            "parcel",
            parcel.to_bytes(),
            author=hospital.account,
            recipient=document,
            chain_id=31337,
            sent_at=hospital.chain.now(),
        )
