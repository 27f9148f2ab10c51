"""An unconscious patient, a clinician, a hospital, and three custodians in their own processes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from salus import Salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.emergencies.access import OfTheCard
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.custodians import RELEASES_STREAM
from salus.emergencies.emergency_keys import (
    EMERGENCY,
    Deposit,
    SplitEmergencyKey,
    deposit_key,
    restore_key,
)
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.mail.directory import verifier
from salus.mail.letter_kinds import LetterKinds
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus.records.collecting import collect
from salus.terms import ResourceFacts
from salus.testing import advance
from salus.vault import IdentityKeys, Inbox, Vault, load_keys, save_keys
from salus.vault.errors import (
    ForgedSignature,
    KeyChanged,
    ReleaseRefused,
    SharesRefused,
    WrongRecipient,
)
from salus.vault.keys.encrypted_keys import FASTEST

pytestmark = pytest.mark.slow

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
            patient=PATIENT.lower(),
            clinician=self.clinician.account.identity.lower(),
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


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("emergency")
    try:
        node = local_node("anvil")
        with node as running:
            yield prepare(running.url, folder)
    except NodeUnavailable as reason:
        pytest.skip(str(reason))


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
    plan = ring.plan(covers=lambda each: each.patient == PATIENT.lower(), permits=lambda _: False)
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


def test_three_custodian_processes_release_and_the_clinician_reads(scene: Scene) -> None:
    request = scene.request(scene.open_window())
    asked = request.sign(scene.clinician.account).countersign(scene.hospital.account)
    (scene.folder / "request.json").write_bytes(asked.to_bytes())
    for number, deposit in enumerate(scene.made.deposits):
        (scene.folder / f"deposit-{number}.json").write_bytes(deposit.to_bytes())

    running = [
        scene.salus(
            number,
            *("vault", "emergency", "release", "request.json"),
            *("--deposit", f"deposit-{number}.json", "--out", f"share-{number}.json"),
        )
        for number in range(3)
    ]
    said = []
    for process in running:
        out, err = process.communicate(timeout=600)
        assert process.returncode == 0, out + err
        said.append(json.loads(out))

    released = [
        ReleasedShare.parse((scene.folder / f"share-{number}.json").read_bytes())
        for number in range(3)
    ]
    theirs = scene.clinician.vault.keys
    words = [share.open(theirs) for share in released]
    assert not any(word in json.dumps(said) for word in words)
    keys = restore_key(scene.made.document, words[1:])
    reader = Vault(scene.hospital.vault.storage, "memory:", keys=keys, chain_id=31337)
    card = EmergencyCard(
        chain_id=31337,
        patient=PATIENT.lower(),
        issuer=scene.hospital.account.identity.lower(),
        document=scene.made.document,
        inbox=scene.emergency_inbox.url,
        needed=2,
        custodians=(),
    )
    came = collect(
        scene.emergency_inbox,
        reader,
        verify=verifier(scene.chain),
        admission=OfTheCard(card),
        letters=LetterKinds(reader),
    )
    assert came.problems == ()
    manifests = came.manifests
    assert [reader.open(manifest).read() for manifest in manifests] == [CONTENT]
    for number, each in enumerate(said):
        check_entry(scene, number, each["leaf"], request)


def check_entry(scene: Scene, number: int, leaf: str, request: ReleaseRequest) -> None:
    """Each release left an entry on chain, whose text says who got what."""
    entry = (scene.folder / f"share-{number}.json.entry.json").read_bytes()
    assert "0x" + hashlib.sha256(b"salus/release/v1\0" + entry).hexdigest() == leaf
    stated = json.loads(entry)
    assert stated["request"] == "0x" + request.digest.hex()
    assert stated["clinician"] == request.clinician
    custodian = development_account(3 + number).identity
    history = scene.hospital.anchors.history.checkpoints(custodian, RELEASES_STREAM)
    assert history[-1].checkpoint.size >= 1


def test_one_share_is_worth_nothing(scene: Scene) -> None:
    share = scene.made.deposits[0].open(scene.custodian(0).vault.keys)
    with pytest.raises(SharesRefused, match="2 are needed, 1 came"):
        restore_key(scene.made.document, [share])


def test_custodians_refuse_what_no_window_and_no_hospital_covers(scene: Scene) -> None:
    request = scene.request(scene.open_window())
    clinician, hospital = scene.clinician.account, scene.hospital.account
    stranger = development_account(8)
    deposit = scene.made.deposits[0]
    custodian = scene.custodian(0).emergencies.custodians
    size = len(
        scene.hospital.anchors.history.checkpoints(development_account(3).identity, RELEASES_STREAM)
    )

    def changed(**values: object) -> ReleaseRequest:
        from dataclasses import replace

        return replace(request, **values)  # type: ignore[arg-type]

    others_deposit = deposit_key(
        stranger.identity,
        [scene.custodian(number).vault.keys.document for number in range(3)],
        needed=2,
        issuer=hospital.identity,
        chain_id=31337,
        created_at=0,
    ).deposits[0]
    rotated = scene.clinician.vault.keys.rotate(created_at=scene.chain.now())
    both = request.sign(clinician).countersign(hospital)
    cases: list[tuple[Deposit, SignedRequest, type[Exception], str]] = [
        (deposit, request.sign(clinician), ForgedSignature, "countersignature"),
        (deposit, request.sign(stranger).countersign(hospital), ForgedSignature, "request"),
        (deposit, request.sign(clinician).countersign(stranger), ReleaseRefused, "hospital"),
        (deposit, request.sign(clinician).countersign(clinician), ReleaseRefused, "oneself"),
        (others_deposit, both, ReleaseRefused, "another patient"),
    ]
    for wrong, error, reason in (
        (changed(window=bytes(32)), ReleaseRefused, "last one"),
        (changed(patient=stranger.identity.lower()), ReleaseRefused, "another patient"),
        (changed(chain_id=1), ReleaseRefused, "another chain"),
        (changed(document=rotated.document), ReleaseRefused, "the chain names"),
    ):
        asked = wrong.sign(clinician).countersign(hospital)
        cases.append((deposit, asked, error, reason))
    for held, asked, error, reason in cases:
        with pytest.raises(error, match=reason):
            custodian.release(held, asked)
    with pytest.raises(WrongRecipient):
        scene.custodian(1).emergencies.custodians.release(deposit, both)
    after = scene.hospital.anchors.history.checkpoints(
        development_account(3).identity, RELEASES_STREAM
    )
    assert len(after) == size


def test_a_rotated_key_is_announced_and_shown_before_it_is_used(scene: Scene) -> None:
    custodian, owner = scene.custodian(0), development_account(3)
    before = custodian.vault.keys.document
    scene.hospital.vault.contacts.accept(before)
    out, err = (process := scene.salus(0, "vault", "rotate-keys")).communicate(timeout=600)
    assert process.returncode == 0, out + err
    _, document = scene.hospital.mail.directory.find(owner.identity)
    assert json.loads(out)["keyDocument"] == document.id != before.id
    assert document.previous == before.digest
    with pytest.raises(KeyChanged):
        scene.hospital.vault.contacts.require(document)
    # The deposit was sealed to the old key: it still opens.
    assert len(scene.made.deposits[0].open(scene.custodian(0).vault.keys).split()) == 33


def test_after_the_window_custodians_refuse(scene: Scene) -> None:
    asked = scene.request(scene.open_window()).sign(scene.clinician.account)
    advance(scene.chain, 4 * HOUR + 1)
    with pytest.raises(ReleaseRefused, match="not open"):
        scene.custodian(1).emergencies.custodians.release(
            scene.made.deposits[1], asked.countersign(scene.hospital.account)
        )
