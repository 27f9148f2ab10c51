"""`records revoke` and `revoke-ended`: what is left to do is said, and mistakes are named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine, sample_bundle
from tests.support.shells import Shells
from tests.unit.cli.test_groups_of_health import TERMS, equip

from salus.primitives.roles import Role
from salus.testing import advance

HOUR = 3600


@dataclass
class Ward:
    """A hospital that shared a patient's records under two consents."""

    patient: CommandLine
    hospital: CommandLine
    consents: list[str]
    documents: list[Path]


@pytest.fixture
def ward(shell: Shells) -> Ward:
    patient, hospital, clinic = shell(), shell(Role.HOSPITAL), shell(Role.HOSPITAL)
    equip(hospital, hospital)
    equip(clinic, hospital)
    hospital("records", "add", hospital.write("b.json", sample_bundle()), "--patient", patient.me)
    patient.write("terms.json", TERMS)
    consents, documents = [], []
    for number in range(2):
        who = (patient.me, clinic.me, "--terms", "terms.json", "--out", f"{number}.json")
        consents.append(patient("consents", "grant", *who).data["consent"])
        documents.append(patient.folder / f"{number}.json")
        hospital("records", "share", documents[-1], "--purpose", "TREAT")
    return Ward(patient, hospital, consents, documents)


def test_a_revocation_names_whom_to_share_with_again(ward: Ward) -> None:
    first, second = ward.consents
    done = ward.hospital("records", "revoke", first)
    assert done.data["sharedKeysDropped"] > 0
    assert done.data["shareAgain"] == [second]
    again = ward.hospital("records", "revoke", first).data
    assert (again["sharedKeysDropped"], again["shareAgain"]) == (0, [])
    told = ward.hospital("records", "revoke", second, json=False)
    assert "shareAgain" in told.out


def test_words_say_what_is_left_to_do(ward: Ward) -> None:
    told = ward.hospital("records", "revoke", ward.consents[0], json=False)
    assert "1 other consents had a key that was rotated" in told.err
    assert ward.consents[1] in told.out


def test_a_mistyped_id_is_an_error_and_a_foreign_one_is_not(ward: Ward) -> None:
    mistyped = ward.consents[0][:-1] + ("0" if ward.consents[0][-1] != "0" else "1")
    assert ward.hospital("records", "revoke", mistyped).error[:2] == (2, "UnknownConsent")
    assert ward.hospital("records", "revoke-ended").data["standing"] == 2

    ward.patient("consents", "revoke", ward.patient.me, "0x" + "ab" * 32)
    elsewhere = ward.hospital("records", "revoke", "0x" + "ab" * 32).data
    assert elsewhere["sharedKeysDropped"] == 0, "given by somebody else: the chain knows it"


def test_what_ended_on_chain_is_told_and_then_revoked(ward: Ward) -> None:
    ward.patient("consents", "revoke", ward.patient.me, ward.consents[0])
    told = ward.hospital("records", "revoke-ended", "--dry-run")
    assert told.code == 6
    (ended,) = json.loads(told.out)["ended"]
    assert (ended["consent"], ended["sharedKeysDropped"]) == (ward.consents[0], 0)
    assert "the patient revoked it" in ended["reason"]
    assert (
        "without --dry-run" in ward.hospital("records", "revoke-ended", "--dry-run", json=False).err
    )

    done = ward.hospital("records", "revoke-ended").data
    assert done["ended"][0]["sharedKeysDropped"] > 0
    assert (done["standing"], done["shareAgain"]) == (1, [ward.consents[1]])
    quiet = ward.hospital("records", "revoke-ended").data
    assert (quiet["ended"], quiet["standing"], quiet["unjudged"]) == ([], 1, [])


def test_a_registered_consent_outlives_its_signature(ward: Ward) -> None:
    advance(ward.hospital.place.chain, HOUR + 1)
    assert ward.hospital("records", "revoke-ended").data["standing"] == 2


def test_a_deny_that_is_kept_withholds_and_ends_what_was_given(ward: Ward) -> None:
    none = {"version": 1, "policy": "none", "rules": [{"effect": "deny"}]}
    ward.patient.write("none.json", json.dumps(none))
    clinic = json.loads(ward.documents[0].read_text())["grantee"]
    who = (ward.patient.me, clinic, "--terms", "none.json", "--out", "none.consent.json")
    ward.patient("consents", "grant", *who)

    kept = ward.hospital("consents", "keep", ward.patient.folder / "none.consent.json")

    assert kept.data["kept"]
    again = ward.hospital("records", "share", ward.documents[0], "--purpose", "TREAT")
    assert again.error[1] == "NothingToShare"
    assert len(ward.hospital("records", "revoke-ended").data["ended"]) == 2


def test_a_changed_consent_takes_the_old_one_s_place(ward: Ward) -> None:
    ward.patient.write("less.json", TERMS)
    done = ward.patient(
        *("consents", "change", ward.documents[0], "--terms", "less.json", "--out", "new.json")
    ).data
    assert done["ended"] == ward.consents[0]
    old = ward.hospital("records", "share", ward.documents[0], "--purpose", "TREAT")
    assert old.error[1] == "ConsentNotInForce"
    new = ward.patient.folder / "new.json"
    assert ward.hospital("records", "share", new, "--purpose", "TREAT").code == 0
    lapsed = ward.hospital("consents", "keep", ward.documents[0])
    assert lapsed.error[:2] == (6, "ConsentNotInForce")
