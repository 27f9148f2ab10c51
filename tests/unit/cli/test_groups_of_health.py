"""Every verb of `consents`, `records` and `receipts`, with the JSON that it promises."""

from __future__ import annotations

import json

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine, sample_bundle, verbs_of
from tests.support.shells import Shells

from salus.primitives.roles import Role

pytestmark = pytest.mark.slow

TERMS = json.dumps(
    {"version": 1, "policy": "none", "rules": [{"effect": "permit", "purposes": ["TREAT"]}]}
)


def test_every_verb_of_consents(shell: Shells) -> None:
    patient, clinic = shell(), shell()
    equip(clinic, clinic)
    patient.write("terms.json", TERMS)

    who = (patient.me, clinic.me, "--terms", "terms.json")
    signed = patient("consents", "sign", *who, "--out", "signed.json").data
    document = patient.folder / "signed.json"
    assert document.stat().st_mode & 0o777 == 0o600
    assert clinic("consents", "check", document).data["strength"] == "signed"
    clinic("consents", "register", document)
    assert clinic("consents", "check", document).data["strength"] == "registered"
    assert clinic("consents", "status", patient.me, signed["consent"]).data["active"]
    patient("consents", "revoke", patient.me, signed["consent"])
    assert clinic("consents", "check", document).error[:2] == (6, "ConsentNotInForce")

    other = patient("consents", "sign", *who, "--out", "other.json").data["consent"]
    patient("consents", "sign-revocation", patient.me, other, "--out", "ends.json")
    ends = patient.folder / "ends.json"
    assert ends.stat().st_mode & 0o777 == 0o600
    assert clinic("consents", "check", patient.folder / "other.json").code == 0
    assert clinic("consents", "submit-revocation", ends).data["consent"] == other
    assert clinic("consents", "check", patient.folder / "other.json").code == 6
    again = clinic("consents", "submit-revocation", ends)
    assert again.error[:2] == (3, "ConsentAlreadyRevoked")

    patient("consents", "grant", *who, "--out", "first.json")
    assert clinic("consents", "keep", patient.folder / "first.json").data["consent"]
    patient(*("consents", "change", "first.json", "--terms", "terms.json", "--out", "granted.json"))
    assert clinic("consents", "check", patient.folder / "first.json").code == 6
    *_, over = clinic("consents", "list", "--patient", patient.me).data["consents"]
    assert (over["grantee"], over["state"]) == (clinic.me, "over")
    assert clinic("consents", "list", "--after", over["consent"]).data["consents"] == []
    assert clinic("consents", "list", "--status", "alive").error[:2] == (2, "InputError")
    bundle = clinic.write("bundle.fhir", sample_bundle())
    records = clinic("records", "add", bundle, "--patient", patient.me).data["records"]
    insurer = "0x" + "12" * 20
    parties = ("--patient", patient.me, "--grantee", insurer)
    what_if = ("consents", "explain", "--what-if")
    supposed = clinic(*what_if, patient.folder / "terms.json", *parties).data["supposed"]
    assert len(supposed["changes"]) == len(records)
    assert clinic(*what_if, patient.folder / "terms.json").error[:2] == (2, "InputError")
    assert clinic("consents", "explain", records[0]).data["access"] == []
    insured = (patient.me, insurer, "--terms", "terms.json", "--out", "insured.json")
    asked = patient("consents", "grant", *insured).data["consent"]
    document = patient.folder / "insured.json"
    clinic("consents", "keep", document)
    seen = clinic("consents", "explain", records[0]).data["access"]
    assert {each["consent"] for each in seen} == {asked}
    assert clinic(*what_if, document).data["supposed"]["changes"] == []
    assert clinic("consents", "explain").code == 2
    open_twice = json.loads(TERMS)
    open_twice["rules"][0]["redisclosureDepth"] = 1
    patient.write("twice.json", json.dumps(open_twice))
    may = (patient.me, clinic.me, "--terms", "twice.json", "--out", "may.json")
    top = patient("consents", "grant", *may).data["consent"]
    clinic.write("terms.json", TERMS)
    passed = (patient.folder / "may.json", insurer, "--terms", "terms.json", "--out", "passed.json")
    link = clinic("consents", "pass-on", *passed).data
    assert (link["consent"], link["grantee"]) == (top, insurer)
    checked = patient("consents", "check", clinic.folder / "passed.json").data
    assert (checked["grantee"], len(checked["narrowedTo"])) == (insurer, 1)
    again = (clinic.folder / "passed.json", clinic.me, "--terms", "terms.json", "--out", "no.json")
    assert clinic("consents", "pass-on", *again).error[:2] == (2, "InputError")
    clinic("consents", "revoke", clinic.me, link["link"])
    assert patient("consents", "check", clinic.folder / "passed.json").code == 6
    patient("consents", "revoke-all", patient.me)
    assert clinic("consents", "check", patient.folder / "granted.json").code == 6
    done = (patient.done | clinic.done) - {"records announce", "records add"}
    groups = verbs_of("consents break-glass") | verbs_of("consents actors")
    elsewhere = {"consents import", "consents export"}  # test_fhir_consents
    assert done == verbs_of("consents") - groups - elsewhere


def test_every_verb_of_actors(shell: Shells) -> None:
    hospital, clinic = shell(Role.HOSPITAL), shell()
    equip(clinic, clinic)
    who = (clinic.me, "Practitioner/f204", "--for", "30d")
    said = hospital("consents", "actors", "state", *who, "--out", "doctor.json").data
    document = hospital.folder / "doctor.json"
    assert document.stat().st_mode & 0o777 == 0o600
    assert (said["issuer"], said["subject"]) == (hospital.me, clinic.me)
    assert clinic("consents", "actors", "keep", document).data["actor"] == "Practitioner/f204"
    (known,) = clinic("consents", "actors", "list", "--subject", clinic.me).data["statements"]
    assert known["problem"] is None
    assert clinic("consents", "actors", "list", "--actor", "Group/1").data["statements"] == []
    assert clinic("consents", "actors", "withdraw", document).error[1] == "NotController"
    hospital("consents", "actors", "withdraw", document)
    (over,) = clinic("consents", "actors", "list").data["statements"]
    assert "withdrew" in over["problem"]
    again = clinic("consents", "actors", "keep", document).error
    assert again[:2] == (6, "ActorStatementNotCounted")
    odd = hospital("consents", "actors", "state", clinic.me, "Dr House", "--out", "odd.json")
    assert odd.error[:2] == (2, "InputError")
    done = (hospital.done | clinic.done) - {"records announce"}
    assert done == verbs_of("consents actors")


def test_a_hospital_honours_a_signed_revocation_at_sight(shell: Shells) -> None:
    patient, hospital, clinic = shell(), shell(Role.HOSPITAL), shell(Role.HOSPITAL)
    equip(hospital, hospital)
    equip(clinic, hospital)
    hospital("records", "add", hospital.write("b.json", sample_bundle()), "--patient", patient.me)
    patient.write("terms.json", TERMS)
    who = (patient.me, clinic.me, "--terms", "terms.json")
    consent = patient("consents", "grant", *who, "--out", "consent.json").data["consent"]
    given = (patient.folder / "consent.json", "--purpose", "TREAT")
    hospital("records", "share", *given)
    assert hospital("records", "revoke").error[:2] == (2, "InputError")
    clinic("consents", "sign-revocation", patient.me, consent, "--out", "forged.json")
    forged = clinic.folder / "forged.json"
    refused = hospital("records", "revoke", "--signed", forged)
    assert refused.error[:2] == (6, "RevocationNotValid")

    patient("consents", "sign-revocation", patient.me, consent, "--out", "ends.json")
    before = hospital.place.chain.block().number
    done = hospital("records", "revoke", "--signed", patient.folder / "ends.json").data
    assert done["sharedKeysDropped"] > 0
    assert hospital("records", "share", *given).error[:2] == (6, "ConsentNotInForce")
    assert hospital.place.chain.block().number == before


def test_every_verb_of_break_glass(shell: Shells) -> None:
    patient, doctor = shell(), shell(Role.EMERGENCY_CLINICIAN)
    doctor.write("why.txt", "brought in without consciousness")
    doctor.hidden.add("without consciousness")

    opened = doctor(
        *("consents", "break-glass", "open", patient.me),
        *("--reason", "why.txt", "--out", "reason.json"),
    ).data
    assert (doctor.folder / "reason.json").stat().st_mode & 0o777 == 0o600
    assert patient("consents", "break-glass", "show", patient.me, doctor.me).data["open"]
    justified = doctor(
        *("consents", "break-glass", "justify", opened["window"]),
        *("--justification", "why.txt", "--out", "justification.json"),
    ).data
    assert not justified["late"]

    patient("consents", "break-glass", "opt-out", patient.me)
    doctor.write("again.txt", "brought in without consciousness")
    refused = doctor(
        *("consents", "break-glass", "open", patient.me),
        *("--reason", "again.txt", "--out", "again.json"),
    )
    assert refused.error[:2] == (3, "BreakGlassOptedOut")
    assert not (doctor.folder / "again.json").exists()
    patient("consents", "break-glass", "opt-in", patient.me)
    assert patient.done | doctor.done == verbs_of("consents break-glass")


def equip(person: CommandLine, storage: CommandLine) -> None:
    """Give somebody a vault, and let it read what the other stores."""
    person.settings = {
        "SALUS_STATE": str(person.folder / "state"),
        "SALUS_STORAGE": (person.folder / "blobs").as_uri(),
        "SALUS_READ_FROM": (storage.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    person("records", "announce", (person.folder / "inbox").as_uri())


def test_every_verb_of_records_and_receipts(shell: Shells) -> None:
    patient, hospital, clinic = shell(), shell(Role.HOSPITAL), shell(Role.HOSPITAL)
    equip(hospital, hospital)
    equip(clinic, hospital)
    bundle = hospital.write("bundle.json", sample_bundle())

    added = hospital("records", "add", bundle, "--patient", patient.me).data
    assert (len(added["records"]), added["new"]) == (12, 12)
    again = hospital("records", "add", bundle, "--patient", patient.me).data
    assert (again["records"], again["new"]) == (added["records"], 0)
    said = hospital("records", "patient", clinic.me, "--number", "Patient/1").data
    assert said == {"identity": clinic.me, "numbers": ["Patient/1"]}
    assert hospital("records", "anchor").data["checkpoint"] is None
    listed = hospital("records", "list").data
    assert {each["record"] for each in listed} == set(added["records"])
    assert hospital("records", "revoke-ended").data["standing"] == 0

    patient.write("terms.json", TERMS)
    who = (patient.me, clinic.me, "--terms", "terms.json")
    consent = patient("consents", "grant", *who, "--out", "consent.json").data["consent"]
    document = patient.folder / "consent.json"
    assert hospital("records", "share", document, "--purpose", "TREAT").data["shared"] == 12

    for _ in range(2):  # what is shared twice comes in two letters, and is one record
        hospital("records", "share", document, "--purpose", "TREAT")
    words = clinic("records", "collect", "--consents", "consents", json=False)
    news = " ".join(words.err.split())
    assert f"consents that are new: {consent}" in news
    assert all(each in news.partition("records that are new: ")[2] for each in added["records"])
    came = clinic("records", "collect", "--consents", "consents", "--discard").data
    assert sorted(came["records"]) == sorted(added["records"])
    assert (came["new"], came["ended"]) == ({"records": [], "consents": []}, [])
    shown = clinic("records", "list").data
    assert {each["record"] for each in shown} == set(added["records"])
    assert {each["issuer"] for each in shown} == {hospital.me}
    letters = came["letters"]
    assert letters["taken"] == letters["discarded"] > 2
    assert f"12 records came in, of {letters['taken']} letters" in words.err
    assert clinic("records", "collect", "--consents", "consents").data["records"] == []
    record = added["records"][6]
    code, _, advice = clinic("records", "open", record, "--out", "opened.json").error
    assert (code, f"--issuer {hospital.me}" in advice) == (2, True)
    advice = clinic("records", "open", record, "--out", "o", "--issuer", hospital.me).error[2]
    assert "--consent and --purpose" in advice
    kept = clinic.folder / "consents" / f"{consent[2:]}.json"
    asked = ("--consent", kept, "--purpose", "HRESCH", "--issuer", hospital.me)
    code, kind, advice = clinic("records", "open", record, "--out", "o", *asked).error
    assert (code, kind) == (6, "ConsentRefused")
    assert "Asked was access of" in advice
    assert "for healthcare research by" in advice
    assert "The consent says: Permits any use of any record for treatment." in advice
    advice = hospital("records", "share", document, "--purpose", "HRESCH").error[2]
    assert "The consent says: Permits any use of any record for treatment." in advice
    assert "kept here (" in advice
    clinic(
        *("records", "open", record, "--out", "opened.json", "--purpose", "TREAT"),
        *("--consent", clinic.folder / "consents" / f"{consent[2:]}.json"),
        *("--issuer", hospital.me),
    )
    hospital("records", "open", record, "--out", "own.json")
    assert (clinic.folder / "opened.json").read_bytes() in bundle.read_bytes()
    assert (hospital.folder / "own.json").stat().st_mode & 0o777 == 0o600

    plain = hospital.folder / "plain.json"  # what is classified is shown, so that it is said why
    plain.write_text('{"resourceType": "Basic", "code": {"text": "something"}}')
    assert hospital("records", "classify", plain).data["resources"]
    assert hospital("records", "relabel", "--dry-run").data["relabelled"] == []

    hospital("records", "receipt", record, "--out", "receipt.json")
    receipt = hospital.folder / "receipt.json"
    verified = clinic("receipts", "verify", receipt, "--document", "opened.json", "--online").data
    assert verified["proved"]
    assert verified["documentChecked"]
    clinic("receipts", "page", receipt, "--out", "page.html")
    assert (clinic.folder / "page.html").stat().st_mode & 0o777 == 0o600
    again = clinic("receipts", "page", receipt, "--out", "page.html").error
    assert again[:2] == (2, "InputError")

    hospital("records", "revoke", consent)
    erased = hospital("records", "erase", record, "--yes", "--out", "erased.json").data
    assert erased["complete"]
    assert erased["told"] == [clinic.me]
    shown = clinic("receipts", "verify-erasure", hospital.folder / "erased.json", "--online").data
    assert (shown["record"], shown["proved"], shown["complete"]) == (record, True, True)
    came = clinic("records", "collect", "--consents", "consents").data
    assert (came["erased"], came["ended"]) == ([record], [])
    patient("consents", "revoke", patient.me, consent)
    ended = clinic("records", "collect", "--consents", "consents")
    assert [each["consent"] for each in ended.data["ended"]] == [consent]
    assert "revoked" in ended.data["ended"][0]["reason"]
    words = clinic("records", "collect", "--consents", "consents", json=False).err
    assert f"no longer in force: consent {consent}" in " ".join(words.split())
    (clinic.folder / "consents" / "unreadable.json").mkdir()
    told = clinic("records", "collect", "--consents", "consents")
    assert (told.code, json.loads(told.out)["ended"]) == (1, None), "the rest is told all the same"
    assert (
        "unreadable.json" in clinic("records", "collect", "--consents", "consents", json=False).err
    )
    (clinic.folder / "consents" / "unreadable.json").rmdir()
    assert clinic("records", "collect", "--consents", "consents").code == 0
    assert hospital("records", "open", record, "--out", "gone.json").error[1] == "RecordErased"
    assert hospital("records", "resend").data["untold"] == []
    doubtful = clinic("records", "unproven", "--issuer", hospital.me).data
    assert {each["record"] for each in doubtful} == {*added["records"]} - {record}
    assert {each["broughtBy"] for each in doubtful} == {hospital.me.lower()}
    gone = doubtful[0]["record"]
    assert clinic("records", "drop", gone).data == {"record": gone, "dropped": True}
    assert clinic("records", "drop", gone).error[1] == "MissingRecord"
    assert len(clinic("records", "unproven").data) == len(doubtful) - 1
    done = hospital.done | clinic.done
    assert done >= verbs_of("records") | verbs_of("receipts")
