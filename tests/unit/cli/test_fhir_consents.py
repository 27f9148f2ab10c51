"""`salus consents import` and `export`: FHIR Consents in and out, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine
from tests.support.shells import Shells

from salus.primitives.roles import Role

HL7 = "http://terminology.hl7.org/CodeSystem"
POLICY = "http://example.org/policy"


def consent(**changes: Any) -> str:
    document = {
        "resourceType": "Consent",
        "status": "proposed",
        "scope": {"coding": [{"system": f"{HL7}/consentscope", "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/1"},
        "policy": [{"uri": POLICY}],
        "policyRule": {"coding": [{"system": f"{HL7}/v3-ActCode", "code": "OPTIN"}]},
        "provision": {"type": "permit"},
        **changes,
    }
    return json.dumps(document, indent=1)


def equip(shell: CommandLine) -> None:
    shell.settings = {
        "SALUS_STORAGE": f"file://{shell.folder / 'blobs'}",
        "SALUS_STATE": str(shell.folder / "state"),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }


def test_every_verb_of_fhir_consents(shell: Shells) -> None:
    patient, hospital = shell(), shell(Role.HOSPITAL)
    equip(patient)
    equip(hospital)
    fhir = hospital.write("fhir.json", consent())
    to = ("--grantee", hospital.me, "--policy", POLICY)

    proposed = ("consents", "import", fhir, *to, "--terms", "terms.json")
    assert "--patient" in hospital(*proposed).error[2]
    said = hospital(*proposed, "--patient", patient.me).data
    assert (said["consent"], said["patient"], said["unfit"]) == (None, patient.me, [])
    terms = hospital.folder / "terms.json"

    who = (patient.me, hospital.me, "--terms", terms)
    signed = patient("consents", "sign", *who, "--out", "consent.json").data["consent"]
    document = patient.folder / "consent.json"
    kept = ("consents", "import", fhir, "--policy", POLICY, "--signed", document)
    assert hospital(*kept).data["consent"] == signed
    written = hospital("consents", "export", signed, "--out", "back.json").data
    assert (written["status"], written["imported"]) == ("active", True)
    back = (hospital.folder / "back.json").read_text()
    assert back == consent(status="active")

    patient("consents", "revoke", patient.me, signed)
    assert hospital("consents", "export", signed, "--out", "over.json").data["status"] == "inactive"
    assert (hospital.folder / "over.json").read_text() == consent(status="inactive")
    done = hospital.done | patient.done
    assert done >= {"consents import", "consents export"}


def test_a_patient_imports_and_signs_at_once(cli: CommandLine) -> None:
    equip(cli)
    fhir = cli.write("fhir.json", consent(category=[{"coding": [{"code": "x"}]}]))
    words = ("consents", "import", fhir, "--patient", cli.me, "--grantee", "0x" + "12" * 20)
    refused = cli(*words, "--policy", POLICY, "--out", "mine.json").error
    assert refused[:2] == (2, "ConsentNotUsable")
    assert "Consent.category[0]: may limit" in refused[2]
    assert "--residual takes it" in refused[2]
    assert not (cli.folder / "mine.json").exists()
    assert cli("consents", "list").data["consents"] == []

    signed = cli(*words, "--policy", POLICY, "--residual", "--out", "mine.json").data
    assert signed["unfit"] == ["Consent.category[0]"]
    document = cli.folder / "mine.json"
    assert document.stat().st_mode & 0o777 == 0o600
    assert cli("consents", "check", document).data["strength"] == "signed"
    (listed,) = cli("consents", "list").data["consents"]
    assert listed["consent"] == signed["consent"]


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ("<Consent/>", "MalformedJson", "this is XML"),
        (consent(subject={}), "NotR4", "Consent.subject belongs to FHIR R5"),
        (
            consent(policyRule="http://example.org"),
            "NotR4",
            "Consent.policyRule belongs to FHIR ST",
        ),
        (consent(policy=[{"uri": "urn:x"}]), "ConsentNotUsable", "Consent.policy[0]: nobody here"),
        (
            consent(provision={"type": "permit", "period": {"start": "2027", "end": "2026"}}),
            "ConsentNotUsable",
            "Consent.provision.period.end: is before its start",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    cli: CommandLine, content: str, kind: str, words: str
) -> None:
    equip(cli)
    fhir = cli.write("fhir.json", content)
    to = ("--patient", cli.me, "--grantee", "0x" + "12" * 20, "--policy", POLICY)
    refused = cli("consents", "import", fhir, *to, "--out", "mine.json").error
    assert refused[:2] == (2, kind)
    assert words in refused[2]
    assert not (cli.folder / "mine.json").exists()
    assert cli("consents", "list").data["consents"] == []


def test_a_file_of_fifty_megabytes_is_not_read_whole(cli: CommandLine) -> None:
    large = cli.folder / "large.json"
    with large.open("wb") as file:
        file.truncate(50 << 20)
    to = ("--patient", cli.me, "--grantee", "0x" + "12" * 20)
    refused = cli("consents", "import", large, *to, "--terms", "terms.json").error
    assert refused[:2] == (2, "ConsentNotUsable")
    assert "Consent: has more than 8388608 bytes" in refused[2]


def test_what_becomes_of_it_is_said_once(cli: CommandLine) -> None:
    fhir = cli.write("fhir.json", consent())
    for words in ((), ("--out", "a.json", "--terms", "b.json"), ("--out", "a.json")):
        assert cli("consents", "import", fhir, *words, json=False).code == 2
    equip(cli)
    unknown = cli("consents", "export", "0x" + "00" * 32, "--out", "a.json").error
    assert unknown[:2] == (2, "ConsentNotKept")
    assert "salus consents keep" in unknown[2]


def test_a_chain_that_is_not_reached_is_said_and_nothing_written(cli: CommandLine) -> None:
    equip(cli)
    fhir = cli.write("fhir.json", consent())
    to = ("--patient", cli.me, "--grantee", "0x" + "12" * 20, "--policy", POLICY)
    known = cli("consents", "import", fhir, *to, "--out", "mine.json").data["consent"]
    away = cli("consents", "export", known, "--out", "a.json", SALUS_NETWORK="http://127.0.0.1:9")
    assert away.code == 5
    assert not (cli.folder / "a.json").exists()
