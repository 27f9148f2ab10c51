"""The main job by commands alone, as people type them: what they read, and where it goes."""

from __future__ import annotations

import json

from tests.support.command_line import PASSPHRASE, CommandLine, Result, new_gtin, sample_bundle
from tests.support.shells import Shells

from salus.primitives.roles import Role

TERMS = {
    "version": 1,
    "policy": "none",
    "rules": [
        {"effect": "permit", "purposes": ["TREAT"]},
        {"effect": "deny", "sensitivities": ["PSY"]},
    ],
}


def equip(person: CommandLine, storage: CommandLine) -> None:
    person.settings = {
        "SALUS_STATE": str(person.folder / "state"),
        "SALUS_STORAGE": (person.folder / "blobs").as_uri(),
        "SALUS_READ_FROM": (storage.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    assert read(person, "records", "announce", (person.folder / "inbox").as_uri()).err == ""


def read(person: CommandLine, *words: object, code: int = 0) -> Result:
    """Run a command for somebody who reads, not for a program."""
    shown = person(*words, json=False)
    assert shown.code == code, shown.out + shown.err
    assert not shown.out.startswith(("{", "["))
    return shown


def test_a_record_from_hospital_to_clinic_and_back(shell: Shells) -> None:
    patient, verifier = shell(), shell()
    hospital, clinic = shell(Role.HOSPITAL), shell(Role.HOSPITAL)
    equip(hospital, hospital)
    equip(clinic, hospital)
    hospital.write("bundle.json", sample_bundle())
    patient.write("terms.json", json.dumps(TERMS))

    stored = read(hospital, "records", "add", "bundle.json", "--patient", patient.me)
    assert stored.err == ""
    again = read(hospital, "records", "add", "bundle.json", "--patient", patient.me)
    assert "12 of 12 records were kept already" in again.err

    who = (patient.me, clinic.me, "--terms", "terms.json")
    read(patient, "consents", "grant", *who, "--out", "consent.json")
    consent = patient.folder / "consent.json"
    assert "treatment" in read(clinic, "consents", "check", consent).out.lower()
    assert "11" in read(hospital, "records", "share", consent, "--purpose", "TREAT").out

    read(clinic, "records", "collect", "--consents", "consents")
    (held,) = (clinic.folder / "consents").iterdir()
    record = clinic("records", "collect", "--consents", "consents").data["records"][0]
    under = ("--issuer", hospital.me, "--consent", held)
    opening = ("records", "open", record, "--out", "opened.json", "--force", *under)
    read(clinic, *opening, "--purpose", "TREAT")
    refused = read(clinic, *opening, "--purpose", "HMARKT", code=6)
    assert refused.err.startswith("ConsentRefused: ")
    assert (clinic.folder / "opened.json").read_bytes() in sample_bundle()

    read(hospital, "records", "receipt", record, "--out", "receipt.json")
    receipt = hospital.folder / "receipt.json"
    shown = read(verifier, "receipts", "verify", receipt, code=6)
    assert shown.err.startswith("ReceiptUnproven: ")
    assert "document, block hash, chain id missing" in shown.err
    held = ("--document", clinic.folder / "opened.json", "--online")
    assert "the node that was asked" in read(verifier, "receipts", "verify", receipt, *held).out
    altered = verifier.write("altered.json", sample_bundle())
    unproved = read(verifier, "receipts", "verify", receipt, "--document", altered, code=6)
    assert unproved.err.startswith("ReceiptMismatch: ")

    read(patient, "consents", "revoke-all", patient.me)
    late = read(clinic, *opening, "--purpose", "TREAT", code=6)
    assert late.err.startswith("ConsentNotInForce: ")


def test_a_lot_from_maker_to_recall(shell: Shells) -> None:
    maker, pharmacy = shell(Role.REGULATOR, Role.MANUFACTURER), shell(Role.PHARMACY)
    gtin, makers, pharmacys = new_gtin(), "9520001000003", "9520003000001"
    maker.write("serials.txt", "S1\nS2\nS3\n")

    read(maker, "products", "register", gtin, "--holder", maker.me, "--maker", maker.me)
    made = read(
        *(maker, "lots", "commission", gtin, "AB-12", "--expiry", "2028-12-31", "--gln", makers),
        *("--serials", "serials.txt", "--manifest", "lot.json"),
    )
    assert "committing to every serial" in made.err
    read(
        *(maker, "shipments", "ship", "lot.json", "--to", pharmacy.me, "--gln", makers),
        *("--to-gln", pharmacys, "--out", "sent.json"),
    )
    sent = maker.folder / "sent.json"
    read(pharmacy, "shipments", "receive", sent, "--gln", pharmacys, "--from-gln", makers)

    pack = f"(01){gtin}(17)281231(10)AB-12(21)S1"
    assert "genuine" in read(pharmacy, "packs", "scan", pack, "--from", sent).out
    read(pharmacy, "packs", "dispense", pack, "--from", sent)
    twice = read(pharmacy, "packs", "dispense", pack, "--from", sent, code=3)
    assert twice.err.startswith("PackDecommissionedAlready: ")
    counterfeit = read(pharmacy, "packs", "scan", pack + "9", "--from", sent, code=6)
    assert counterfeit.err.startswith("NotInConsignment: ")

    read(maker, "lots", "recall", gtin, "AB-12", "--reason", "impurity found")
    other = f"(01){gtin}(17)281231(10)AB-12(21)S2"
    stopped = read(pharmacy, "packs", "scan", other, "--from", sent, code=6)
    assert "recalled" in stopped.out
    refused = read(pharmacy, "packs", "dispense", other, "--from", sent, code=3)
    assert refused.err.startswith("LotIsRecalled: ")
