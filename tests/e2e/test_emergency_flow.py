"""An unconscious patient, a clinician, a hospital, and three custodians in their own processes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from tests.support.emergency_scene import (
    CONTENT,
    HOUR,
    PATIENT,
    Scene,
    prepare,
)

from salus.chain import development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.emergencies.access import OfTheCard
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.custodians import RELEASES_STREAM
from salus.emergencies.emergency_keys import (
    Deposit,
    deposit_key,
    restore_key,
)
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.mail.directory import verifier
from salus.mail.letter_kinds import LetterKinds
from salus.primitives.address import lower_case
from salus.records.collecting import collect
from salus.testing import advance
from salus.vault import Vault
from salus.vault.errors import (
    ForgedSignature,
    KeyChanged,
    ReleaseRefused,
    SharesRefused,
    WrongRecipient,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("emergency")
    try:
        node = local_node("anvil")
        with node as running:
            yield prepare(running.url, folder)
    except NodeUnavailable as reason:
        pytest.skip(str(reason))


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
        patient=PATIENT,
        issuer=scene.hospital.account.identity,
        document=scene.made.document,
        inbox=scene.emergency_inbox.url,
        needed=2,
        custodians=tuple(development_account(3 + number).identity for number in range(3)),
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
    assert stated["clinician"] == lower_case(request.clinician)
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
        (changed(patient=stranger.identity), ReleaseRefused, "another patient"),
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
