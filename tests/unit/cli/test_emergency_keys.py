"""`vault emergency`: an emergency key's whole life, with custodians in folders of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine, sample_bundle, verbs_of
from tests.support.shells import Shells
from tests.unit.cli.test_groups_of_vault import equip, keys_file

from salus.emergencies.releases import ReleasedShare
from salus.primitives.roles import Role
from salus.testing import advance
from salus.vault import load_keys

PASSPHRASE = "three cormorants on a wet jetty"
NOTE = ("--class", "AllergyIntolerance", "--type", "text/plain")


@dataclass
class Scene:
    """A patient, who keeps its records, who holds shares, and who may have to help."""

    patient: CommandLine
    hospital: CommandLine
    clinician: CommandLine
    custodians: list[CommandLine]
    inbox: Path
    card: Path = Path()
    deposits: list[Path] = field(default_factory=list)

    def prepare(self, *words: str) -> dict[str, object]:
        """In quieter days."""
        out = f"emergency-{len(words)}"
        holders = [word for each in self.custodians for word in ("--custodian", each.me)]
        made = self.hospital(
            *("vault", "emergency", "deposit", "--patient", self.patient.me, *holders),
            *("--inbox", self.inbox.as_uri(), "--out", out, *words),
        ).data
        self.card = self.hospital.folder / made["card"]
        self.deposits = [self.hospital.folder / each["file"] for each in made["deposits"]]
        return dict(made)

    def open_window(self) -> None:
        self.clinician.write("why.txt", "brought in without consciousness")
        self.clinician(
            *("consents", "break-glass", "open", self.patient.me, "--reason", "why.txt"),
            *("--out", "reason.json"),
        )

    def ask(self) -> Path:
        self.clinician("vault", "emergency", "request", self.card, "--out", "request.json")
        asked = self.clinician.folder / "request.json"
        self.hospital("vault", "emergency", "countersign", asked, "--out", "asked.json")
        return self.hospital.folder / "asked.json"

    def release(self, number: int, asked: Path) -> Path:
        custodian = self.custodians[number]
        words = ("vault", "emergency", "release", asked, "--deposit", self.deposits[number])
        custodian(*words, "--out", "share.json")
        return custodian.folder / "share.json"

    def restore(self, shares: list[Path], out: str) -> dict[str, object]:
        words = [word for each in shares for word in ("--share", each)]
        done = self.clinician("vault", "emergency", "restore", self.card, *words, "--out", out)
        return dict(done.data)

    def add(self, content: str) -> str:
        file = self.hospital.write("note.txt", content)
        added = self.hospital("records", "add", file, "--patient", self.patient.me, *NOTE)
        return str(added.data["records"][0])

    def seal(self) -> dict[str, int]:
        return dict(self.hospital("vault", "emergency", "seal").data)


@pytest.fixture
def scene(shell: Shells, tmp_path: Path) -> Scene:
    patient, hospital = shell(), equip(shell(Role.HOSPITAL))
    clinician = equip(shell(Role.EMERGENCY_CLINICIAN))
    clinician.settings["SALUS_READ_FROM"] = hospital.settings["SALUS_STORAGE"]
    custodians = [equip(shell()) for _ in range(3)]
    return Scene(patient, hospital, clinician, custodians, tmp_path / "emergencies")


def test_from_deposit_to_records_and_a_new_key(scene: Scene) -> None:
    bundle = scene.hospital.write("bundle.json", sample_bundle())
    scene.hospital("records", "add", bundle, "--patient", scene.patient.me)
    made = scene.prepare()
    assert made["records"] == 12
    assert scene.seal()["records"] == 0
    late = scene.add("allergic to penicillin")
    assert (scene.seal()["keys"], scene.seal()["records"]) == (1, 0)

    words = ("vault", "emergency", "request", scene.card, "--out", "early.json")
    assert "break-glass open" in scene.clinician(*words).error[2]
    scene.open_window()
    asked = scene.ask()
    assert asked.stat().st_mode & 0o777 == 0o600
    shares = [scene.release(number, asked) for number in range(3)]
    hidden = [ReleasedShare.parse(each.read_bytes()) for each in shares]
    keys = load_keys(keys_file(scene.clinician), passphrase=PASSPHRASE)
    scene.clinician.hidden |= {each.open(keys) for each in hidden}

    found = scene.restore(shares[:2], "records")
    assert len(found["records"]) == 13  # type: ignore[arg-type]
    assert (scene.clinician.folder / "records" / late).read_text() == "allergic to penicillin"
    assert (found["wrong"], found["problems"], found["refused"]) == ([], [], [])
    lied = json.loads(shares[0].read_bytes()) | {
        "sealed": json.loads(shares[1].read_bytes())["sealed"]
    }
    liar = scene.clinician.write(
        "lie.json", json.dumps(lied, separators=(",", ":"), sort_keys=True)
    )
    found = scene.restore([liar, *shares[1:]], "again")
    assert found["wrong"] == [scene.custodians[0].me]
    words = [word for each in (liar, *shares[1:]) for word in ("--share", each)]
    told = scene.clinician(
        *("vault", "emergency", "restore", scene.card, *words, "--out", "third"), json=False
    )
    assert f"in the name of {scene.custodians[0].me}" in " ".join(told.err.split())

    assert (
        "has an emergency key"
        in scene.hospital(
            *("vault", "emergency", "deposit", "--patient", scene.patient.me, "--out", "x"),
            *("--custodian", scene.custodians[0].me, "--custodian", scene.custodians[1].me),
            *("--inbox", scene.inbox.as_uri()),
        ).error[2]
    )
    replaced = scene.prepare("--replace")
    assert replaced["key"] != made["key"]
    old = scene.clinician(
        *("vault", "emergency", "restore", scene.hospital.folder / "emergency-0" / "card.json"),
        *(word for each in shares for word in ("--share", each)),
        *("--out", "nothing"),
    )
    assert old.code == 6
    assert json.loads(old.out)["records"] == []
    done = {
        verb for each in (scene.hospital, scene.clinician, *scene.custodians) for verb in each.done
    }
    assert done >= verbs_of("vault emergency")


def test_after_a_revocation_new_generations_are_wrapped_again(scene: Scene) -> None:
    scene.add("before")
    scene.prepare()
    # A reader's consent ends: what follows goes under keys that the emergency key lacks as well.
    document = scene.hospital.write(
        "terms.json",
        json.dumps(
            {"version": 1, "policy": "none", "rules": [{"effect": "permit", "purposes": ["TREAT"]}]}
        ),
    )
    scene.patient.write("terms.json", document.read_text())
    who = (scene.patient.me, scene.custodians[0].me, "--terms", "terms.json", "--out", "c.json")
    consent = scene.patient("consents", "grant", *who).data["consent"]
    given = (scene.patient.folder / "c.json", "--purpose", "TREAT")
    scene.hospital("records", "share", *given)
    revoked = scene.hospital("records", "revoke", consent).data
    assert revoked["shareAgain"] == []
    assert len(revoked["emergencies"]) == 1
    told = scene.hospital("records", "revoke-ended").data
    assert (told["standing"], told["unjudged"]) == (1, [])
    after = scene.add("after")
    assert (scene.seal()["keys"], scene.seal()["keys"]) == (1, 0)

    scene.open_window()
    asked = scene.ask()
    scene.restore([scene.release(number, asked) for number in (0, 2)], "records")
    assert (scene.clinician.folder / "records" / after).read_text() == "after"


def test_nobody_countersigns_for_oneself_nor_late_nor_unaccredited(scene: Scene) -> None:
    scene.add("a fact")
    scene.prepare()
    scene.open_window()
    scene.clinician("vault", "emergency", "request", scene.card, "--out", "request.json")
    asked = scene.clinician.folder / "request.json"
    words = ("vault", "emergency", "countersign", asked, "--out", "asked.json")
    assert "oneself" in scene.clinician(*words).error[2]
    assert "not an accredited hospital" in scene.custodians[0](*words).error[2]
    forged = asked.read_bytes().replace(b'"signature":"0x', b'"signature":"0x00', 1)
    changed = scene.hospital.write("forged.json", forged)
    code, _, _ = scene.hospital("vault", "emergency", "countersign", changed, "--out", "y").error
    assert code in (2, 4)
    advance(scene.hospital.place.chain, 4 * 3600 + 1)
    assert "not open" in scene.hospital(*words).error[2]
