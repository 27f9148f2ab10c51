"""Verbs that write a file before they act, behind a node that lies: no file of an act is lost.

The files cannot be made again: a lot's secret, the guardians' opening, a statement's salt.
`test_groups_of_*` run every other verb behind the same liar.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine, new_gtin, sample_bundle
from tests.support.liars import (
    ABOUT_ACTS,
    ABOUT_QUESTIONS,
    ALL,
    CORE,
    SEND,
    Gone,
    Liar,
    Told,
    require_decent,
    written,
)
from tests.support.shells import Shells

from salus.chain import Account
from salus.primitives.roles import Role
from salus.testing import lies

pytestmark = pytest.mark.slow

MAKERS_GLN, PHARMACYS_GLN = "9520001000003", "9520003000001"
WHY = ("--reason", "an impurity", "--statement", "why.json")
TERMS = '{"version":1,"policy":"none","rules":[{"effect":"permit","purposes":["TREAT"]}]}'
Act = tuple[CommandLine, tuple[object, ...]]


class Scene:
    """People, and what they do before the act in question."""

    def __init__(self, shell: Shells) -> None:
        self._shell = shell
        self.maker = shell(Role.REGULATOR, Role.MANUFACTURER)
        self.pharmacy = shell(Role.PHARMACY)
        self.gtin = new_gtin()

    def commission(self) -> Act:
        me = self.maker.me
        self.maker("products", "register", self.gtin, "--holder", me, "--maker", me)
        self.maker.write("serials.txt", "S1\nS2\nS3")
        words = ("lots", "commission", self.gtin, "AB-12", "--expiry", "2028-12-31")
        rest = ("--gln", MAKERS_GLN, "--serials", "serials.txt", "--manifest", "AB-12.json")
        return self.maker, (*words, *rest)

    def ship(self) -> Act:
        maker, words = self.commission()
        maker(*words)
        to = ("--to", self.pharmacy.me, "--to-gln", PHARMACYS_GLN)
        return maker, (
            "shipments",
            "ship",
            "AB-12.json",
            "--gln",
            MAKERS_GLN,
            *to,
            "--out",
            "out.json",
        )

    def recall(self) -> Act:
        maker, words = self.commission()
        maker(*words)
        return maker, ("lots", "recall", self.gtin, "AB-12", *WHY)

    def quarantine(self) -> Act:
        maker, (_, _, *rest) = self.recall()
        return maker, ("lots", "quarantine", *rest)

    def release(self) -> Act:
        maker, words = self.quarantine()
        maker(*words[:-2])
        return maker, ("lots", "release", *words[2:])

    def correct(self) -> Act:
        maker, words = self.recall()
        events = ("--wrong", secrets.token_hex(32), "--right", secrets.token_hex(32))
        return maker, ("lots", "correct", *words[2:], *events)

    def reject(self) -> Act:
        maker, words = self.ship()
        maker(*words)
        return self.pharmacy, ("shipments", "reject", maker.folder / "out.json", *WHY)

    def dispute(self) -> Act:
        pharmacy, words = self.reject()
        return pharmacy, ("shipments", "dispute", *words[2:], "--counted", 1)

    def take_back(self) -> Act:
        pharmacy, words = self.reject()
        pharmacy(*words)
        return self.maker, ("shipments", "take-back", "out.json")

    def write_off(self) -> Act:
        maker, _ = self.take_back()
        return maker, ("shipments", "write-off", "out.json", "--as", "lost")

    def receive(self) -> Act:
        pharmacy, _ = self.reject()
        places = ("--gln", PHARMACYS_GLN, "--from-gln", MAKERS_GLN)
        return pharmacy, ("shipments", "receive", self.maker.folder / "out.json", *places)

    def grant(self) -> Act:
        patient = self._shell()
        patient.write("terms.json", TERMS)
        who = ("consents", "grant", patient.me, self.pharmacy.me)
        return patient, (*who, "--terms", "terms.json", "--out", "consent.json")

    def guard(self) -> Act:
        patient = self._shell()
        who = (Account.create().identity, Account.create().identity)
        rest = ("--threshold", 1, "--out", "guardians.json")
        return patient, ("identities", "guardians", "set", patient.me, *who, *rest)

    def recover(self) -> Act:
        patient, guardian = self._shell(), self._shell()
        new = Account.create().identity
        rest = ("--threshold", 1, "--out", "guardians.json")
        chosen = (guardian.me, Account.create().identity)
        patient("identities", "guardians", "set", patient.me, *chosen, *rest)
        known = ("--guardians", patient.folder / "guardians.json")
        who = ("identities", "recovery")
        until = ("--deadline", int(time.time()) + 30 * 86_400)
        done = guardian(*who, "approve", patient.me, new, *known, *until, "--out", "yes.json")
        assert done.code == 0, done
        return guardian, (*who, "propose", "yes.json", *known)

    def rotate(self) -> Act:
        person = self._shell()
        return person, ("identities", "rotate", person.me, Account.create().address)

    def revoke_all(self) -> Act:
        patient = self._shell()
        return patient, ("consents", "revoke-all", patient.me)

    def append(self) -> Act:
        return self.maker, ("anchors", "append", "audit", secrets.token_hex(32))

    def break_glass(self) -> Act:
        doctor, patient = self._shell(Role.EMERGENCY_CLINICIAN), self._shell()
        doctor.write("why.txt", "brought in without a word")
        rest = ("--reason", "why.txt", "--out", "reason.json")
        return doctor, ("consents", "break-glass", "open", patient.me, *rest)

    def justify(self) -> Act:
        doctor, words = self.break_glass()
        window = doctor(*words).data["window"]
        rest = ("--justification", "why.txt", "--out", "justification.json")
        return doctor, ("consents", "break-glass", "justify", window, *rest)


ACTS = [
    *(Scene.commission, Scene.ship, Scene.recall, Scene.quarantine, Scene.release, Scene.correct),
    *(Scene.reject, Scene.dispute, Scene.grant, Scene.guard, Scene.break_glass, Scene.justify),
]


@pytest.mark.parametrize("act", ACTS)
def test_no_lie_deletes_what_an_act_rests_on(
    shell: Shells, liar: Liar, act: Callable[[Scene], Act]
) -> None:
    person, words = act(Scene(shell))
    (name,) = written(words)
    file = person.folder / name
    for told in ABOUT_ACTS if ALL else CORE:
        with liar.trial(person, words, told) as trial:
            require_decent(trial, words, told, folder=person.folder)
            assert file.exists(), f"{told}: {trial}"
            if trial.result.code:
                assert "is kept" in trial.result.error[2]
    before = file.exists()
    with liar.trial(person, words, CORE[0]):
        kept = file.read_bytes()
        again = person(*words)
        assert file.read_bytes() == kept
        assert again.code == 0 or "is not overwritten" in again.error[2]
    assert not before
    assert person(*words).code == 0


DONE = [
    *ACTS,
    *(Scene.take_back, Scene.write_off, Scene.receive, Scene.recover, Scene.rotate),
    *(Scene.revoke_all, Scene.append),
]


@pytest.mark.parametrize("act", DONE)
def test_an_act_is_told_though_the_node_is_gone_after_its_receipt(
    shell: Shells, liar: Liar, act: Callable[[Scene], Act]
) -> None:
    person, words = act(Scene(shell))
    with liar.trial(person, words, Gone()) as trial:
        assert trial.result.code == 0, trial
        assert trial.result.data["transaction"] == trial.taken[-1]


@pytest.mark.parametrize("act", ACTS[:2])
def test_what_never_left_leaves_no_file_behind(
    shell: Shells, liar: Liar, act: Callable[[Scene], Act]
) -> None:
    person, words = act(Scene(shell))
    (name,) = written(words)
    before_it_leaves = [each for each in ABOUT_QUESTIONS if each.method == "eth_estimateGas"]
    assert before_it_leaves
    for told in before_it_leaves:
        with liar.trial(person, words, told) as trial:
            require_decent(trial, words, told, folder=person.folder)
            assert trial.result.code in (5, 130), f"{told}: {trial}"
            assert not (person.folder / name).exists(), told
            assert person(*words).code == 0


def test_a_commissioning_whose_answer_was_lost_goes_on(shell: Shells, liar: Liar) -> None:
    maker, words = Scene(shell).commission()
    told = Told(SEND, lies.lost_after)
    with liar.trial(maker, words, told) as trial:
        assert trial.taken
        assert maker(*words).data["transaction"] is None
        assert maker("lots", "show", words[2], "AB-12").data["quantity"] == 3


def test_no_lie_destroys_a_record(shell: Shells, liar: Liar) -> None:
    hospital, patient = shell(Role.HOSPITAL), Account.create().identity
    hospital.settings = {
        "SALUS_STATE": str(hospital.folder / "state"),
        "SALUS_STORAGE": (hospital.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    hospital("records", "announce", (hospital.folder / "inbox").as_uri())
    hospital.write("b.json", sample_bundle())
    words = ("records", "add", "b.json", "--patient", patient)
    for told in ABOUT_ACTS if ALL else CORE:
        with liar.trial(hospital, words, told) as trial:
            require_decent(trial, words, told, folder=hospital.folder)
            listed = hospital("records", "list").data
            assert len(listed) == 12, f"{told}: {trial}"
    told = Told(SEND, lies.error_after)
    with liar.trial(hospital, words, told):
        assert "12 of 12" in hospital(*words, json=False).err
        record = hospital("records", "list").data[0]["record"]
        assert hospital("records", "receipt", record, "--out", "r.json").code == 0


def test_the_wait_of_an_act_is_told_from_its_refusal(shell: Shells, liar: Liar) -> None:
    patient, words = Scene(shell).guard()
    with liar.trial(patient, words, Told(SEND, lies.lost_after)) as trial:
        assert trial.result.code == 0
    with liar.trial(patient, words, Told(SEND, lies.lost_before)) as trial:
        assert trial.result.error[:2] == (5, "TransactionUnknown")
    with liar.trial(patient, words, Told(SEND, lies.refused)) as trial:
        assert trial.result.error[:2] == (1, "TransactionRefused")
        assert "policy: not today" in trial.result.error[2]
    assert not patient("identities", "show", patient.me).data["guarded"]
