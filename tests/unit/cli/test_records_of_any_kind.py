"""``salus records add`` and ``open`` with files that are not FHIR: streamed, private, whole."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path

import pytest
from rich.console import Console
from tests.support.closing import ClosedLater
from tests.support.command_line import PASSPHRASE, CommandLine
from tests.support.shells import Shells

from salus.chain import Account
from salus.cli.progress import byte_bar
from salus.cli.session import Session
from salus.errors import InputError
from salus.primitives.roles import Role
from salus.records.files import open_source
from salus.vault.storage.base import MARKER

pytestmark = pytest.mark.slow
PATIENT = Account.create().identity
STUDY = ("--type", "application/dicom", "--class", "ImagingStudy")
BASIC = '{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"Patient/p"}}'
FINDING = '{"resourceType":"Observation","status":"final","code":{"text":"x"}'
PIXELS = b"\0" * 128 + b"DICM" + bytes(range(256)) * 6000


def equip(person: CommandLine, *, reads: CommandLine | None = None) -> CommandLine:
    person.settings = {
        "SALUS_STATE": str(person.folder / "state"),
        "SALUS_STORAGE": (person.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    if reads is not None:
        person.settings["SALUS_READ_FROM"] = (reads.folder / "blobs").as_uri()
    person("records", "announce", (person.folder / "inbox").as_uri())
    return person


@pytest.fixture
def hospital(shell: Shells) -> CommandLine:
    return equip(shell(Role.HOSPITAL))


def add(person: CommandLine, *words: object, patient: str = PATIENT):  # type: ignore[no-untyped-def]
    return person("records", "add", *words, "--patient", patient)


def blobs(person: CommandLine) -> list[Path]:
    return files_of(person.folder / "blobs")


def files_of(storage: Path) -> list[Path]:
    """What lies in a storage beside its own marker."""
    found = (each for each in storage.rglob("*") if each.is_file())
    return [each for each in found if each.name != MARKER]


# What works --------------------------------------------------------------------------------------


def test_keeps_a_file_and_gives_it_back(hospital: CommandLine) -> None:
    hospital.write("study.dcm", PIXELS)
    added = add(hospital, "study.dcm", *STUDY, "--padding", "padme").data
    (record,) = added["records"]
    (listed,) = hospital("records", "list").data
    assert listed == {
        "record": record,
        "version": 1,
        "bytes": len(PIXELS),
        "type": "application/dicom",
        "class": "ImagingStudy",
        "issuer": hospital.me,
    }
    opened = hospital("records", "open", record, "--out", "out.dcm").data
    out = hospital.folder / "out.dcm"
    assert opened["bytes"] == len(PIXELS)
    assert out.read_bytes() == PIXELS
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_repeated_run_adds_nothing_and_a_new_version_follows(hospital: CommandLine) -> None:
    hospital.write("study.dcm", PIXELS)
    (record,) = add(hospital, "study.dcm", *STUDY).data["records"]
    assert add(hospital, "study.dcm", *STUDY).data["new"] == 0
    assert add(hospital, "study.dcm", *STUDY, "--from", "2026", "--until", "2026").data["new"] == 1

    hospital.write("study.dcm", PIXELS[::-1])
    for new in (1, 0):
        again = add(hospital, "study.dcm", *STUDY, "--record", record).data
        assert (again["records"], again["new"]) == ([record], new)
    versions = [each["version"] for each in hospital("records", "list").data]
    assert sorted(versions) == [1, 1, 2]


def test_one_resource_can_follow_another(hospital: CommandLine) -> None:
    hospital.write("note.json", BASIC)
    (record,) = add(hospital, "note.json").data["records"]
    hospital.write("note.json", BASIC.replace("{", '{"id":"b",', 1))
    assert add(hospital, "note.json", "--record", record).data["records"] == [record]


def test_the_hospital_says_whose_a_file_is_and_whom_an_identity_stands_for(
    hospital: CommandLine,
) -> None:
    anna, bert, silent = (
        hospital.write(f"{name}.json", f"{FINDING}{subject}}}")
        for name, subject in (
            ("anna", ',"subject":{"reference":"Patient/anna"}'),
            ("bert", ',"subject":{"reference":"Patient/bert"}'),
            ("silent", ""),
        )
    )
    assert hospital("records", "patient", PATIENT).data["numbers"] == []
    assert add(hospital, silent).error[:2] == (2, "PatientNotNamed")
    assert add(hospital, silent, "--number", "Patient/anna").data["new"] == 1
    assert hospital("records", "patient", PATIENT).data["numbers"] == ["Patient/anna"]
    assert add(hospital, bert).error[:2] == (2, "AnotherPatient")
    assert add(hospital, anna).data["new"] == 1
    both = ("--number", "Patient/anna", "--number", "Patient/bert")
    said = hospital("records", "patient", PATIENT, *both).data["numbers"]
    assert said == ["Patient/anna", "Patient/bert"]
    assert add(hospital, bert).data["new"] == 1
    assert hospital("records", "patient", PATIENT, *both, "--forget").error[:2] == (2, "InputError")
    assert hospital("records", "patient", PATIENT, "--forget").data["numbers"] == []


def test_takes_a_pipe(hospital: CommandLine) -> None:
    path = hospital.folder / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(PIXELS))
    writer.start()
    (record,) = add(hospital, "pipe", *STUDY).data["records"]
    writer.join()
    hospital("records", "open", record, "--out", "out.dcm")
    assert (hospital.folder / "out.dcm").read_bytes() == PIXELS


def test_who_receives_a_real_study_opens_it_for_what_was_agreed(
    shell: Shells, shared_data: Path
) -> None:
    """Nobody tells the clinic what the file is about: the hospital did, with the key."""
    study = shared_data / "dicom" / "CT_small.dcm"
    patient, hospital, clinic = shell(), shell(Role.HOSPITAL), shell(Role.HOSPITAL)
    for each in (equip(hospital), equip(clinic, reads=hospital)):
        each("records", "announce", (each.folder / "inbox").as_uri())
    labels = ("--sensitivity", "GDIS", "--from", "2004-01-19", "--until", "2004-01-19")
    (record,) = add(hospital, study, *STUDY, *labels, patient=patient.me).data["records"]
    rules = [
        {"effect": "permit", "purposes": ["TREAT", "HRESCH"], "confidentiality": "R"},
        {"effect": "deny", "purposes": ["HRESCH"], "sensitivities": ["GDIS"]},
    ]
    patient.write("terms.json", json.dumps({"version": 1, "policy": "none", "rules": rules}))
    patient(
        *("consents", "grant", patient.me, clinic.me, "--terms", "terms.json"),
        *("--out", "consent.json"),
    )
    consent = patient.folder / "consent.json"
    assert hospital("records", "share", consent, "--purpose", "TREAT").data["shared"] == 1
    clinic("records", "collect", "--consents", "consents")

    words = ("records", "open", record, "--consent", consent, "--issuer", hospital.me)
    clinic(*words, "--purpose", "TREAT", "--out", "out.dcm")
    assert (clinic.folder / "out.dcm").read_bytes() == study.read_bytes()
    unnamed = clinic("records", "open", record, "--consent", consent, "--out", "no.dcm").error
    assert unnamed[2].endswith(f": add --purpose CODE, --issuer {hospital.me}")
    shown = clinic(*words, "--purpose", "HRESCH", "--out", "no.dcm")
    assert shown.error[:2] == (6, "ConsentRefused")
    assert not (clinic.folder / "no.dcm").exists()


# Bad input ---------------------------------------------------------------------------------------

REFUSED = {
    "no such file": (("none.dcm", *STUDY), "InputError", "No such file"),
    "a folder": ((".", *STUDY), "InputError", "Is a directory"),
    "a file that cannot be read": (("/proc/self/mem", *STUDY), "InputError", "cannot read"),
    "nobody says what it is": (("study.dcm",), "InputError", "--type and --class"),
    "nor of a text": (("letter.txt",), "InputError", "letter.txt is not FHIR in JSON: say"),
    "JSON that is broken": (("broken.json",), "MalformedJson", "line 1, column 2"),
    "XML": (("note.xml",), "MalformedJson", "this is XML"),
    "no class": (("study.dcm", *STUDY[:2]), "InputError", "needs --class"),
    "an unknown class": (("study.dcm", "--class", "Xray"), "UnknownCode", "'Xray'"),
    "no media type": (("study.dcm", "--type", "dcm", *STUDY[2:]), "InputError", "media type"),
    "an unknown sensitivity": (
        ("study.dcm", *STUDY, "--sensitivity", "SECRET"),
        "UnknownCode",
        "'SECRET'",
    ),
    "an unknown confidentiality": (
        ("study.dcm", *STUDY, "--confidentiality", "high"),
        "InputError",
        "u, l, m, n, r, v",
    ),
    "no date": (("study.dcm", *STUDY, "--from", "yesterday"), "InputError", "is not a date"),
    "the wrong order": (
        ("study.dcm", *STUDY, "--from", "2026-02", "--until", "2026-01"),
        "InputError",
        "2026-01 is before 2026-02",
    ),
    "no padding": (("study.dcm", *STUDY, "--padding", "zeros"), "InvalidArgument", "none, padme"),
    "broken rules of R4": (("bad.json",), "InvalidResource", "as it came with --no-validate"),
    "a label for FHIR": (("note.json", "--sensitivity", "PSY"), "InputError", "says itself"),
    "a class for FHIR": (
        ("note.json", "--type", "application/fhir+json", "--class", "Basic"),
        "InputError",
        "says itself",
    ),
    "no record id": (("study.dcm", *STUDY, "--record", "7"), "InvalidArgument", "record id"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(hospital: CommandLine, what: str) -> None:
    words, kind, message = REFUSED[what]
    hospital.write("bad.json", BASIC.replace("code", "cod"))
    hospital.write("study.dcm", PIXELS)
    hospital.write("note.json", BASIC)
    hospital.write("letter.txt", "Dear colleague, ...")
    hospital.write("broken.json", "{resourceType: Basic}")
    hospital.write("note.xml", "<Basic xmlns='http://hl7.org/fhir'/>")
    code, found, shown = add(hospital, *words).error
    assert (code, found) == (2, kind)
    assert message in shown
    assert hospital("records", "list").data == []
    assert blobs(hospital) == []


def test_refuses_a_new_version_of_a_record_that_is_not_there(hospital: CommandLine) -> None:
    hospital.write("study.dcm", PIXELS)
    shown = add(hospital, "study.dcm", *STUDY, "--record", "ab" * 16)
    assert shown.error[:2] == (1, "MissingRecord")
    assert blobs(hospital) == []


@pytest.mark.parametrize("change", ["truncate", "append", "rewrite", "truncate unseen"])
def test_notices_a_file_that_changes_while_it_is_read(tmp_path: Path, change: str) -> None:
    path = tmp_path / "study.dcm"
    path.write_bytes(PIXELS)
    with open_source(path) as source:
        assert source.size == len(PIXELS)
        source.read(1000)
        if change.startswith("truncate"):
            before = path.stat().st_mtime_ns
            os.truncate(path, 5000)
            os.utime(path, ns=(1, before if change.endswith("unseen") else 1))
        else:
            with path.open("r+b") as file:
                file.seek(0, os.SEEK_END if change == "append" else os.SEEK_SET)
                file.write(b"more")
            os.utime(path, ns=(1, 1))
        with pytest.raises(InputError, match="changed while it was read: nothing was stored"):
            list(iter(lambda: source.read(100_000), b""))


def test_a_file_that_shrinks_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_later: ClosedLater
) -> None:
    import salus
    from salus.terms import ResourceFacts

    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    storage, state = (tmp_path / "blobs").as_uri(), tmp_path / "state"
    client = closed_later(salus.connect("tester", storage=storage, state=state))
    path = tmp_path / "study.dcm"
    path.write_bytes(PIXELS * 2)
    with open_source(path) as source:
        source.progress = lambda done: os.truncate(path, len(PIXELS))
        with pytest.raises(InputError, match="changed while it was read"):
            client.records.add(
                source, patient=PATIENT, about=ResourceFacts(resource_class="ImagingStudy")
            )
    assert client.vault.manifests() == []
    assert files_of(tmp_path / "blobs") == []


# What goes wrong when opening --------------------------------------------------------------------


def test_a_damaged_blob_leaves_a_file_as_it_was(hospital: CommandLine) -> None:
    hospital.write("study.dcm", PIXELS)
    (record,) = add(hospital, "study.dcm", *STUDY).data["records"]
    (blob,) = blobs(hospital)
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1
    blob.write_bytes(content)
    hospital.write("kept.dcm", b"before")
    before = sorted(hospital.folder.iterdir())
    for out in ("kept.dcm", "new.dcm"):
        shown = hospital("records", "open", record, "--out", out, "--force")
        assert shown.error[:2] == (6, "TamperedBlob")
    assert sorted(hospital.folder.iterdir()) == before
    assert (hospital.folder / "kept.dcm").read_bytes() == b"before"


@pytest.mark.parametrize("out", [".", "/dev/null"])
def test_opens_into_nothing_but_a_file(hospital: CommandLine, out: str) -> None:
    hospital.write("study.dcm", PIXELS)
    (record,) = add(hospital, "study.dcm", *STUDY).data["records"]
    code, kind, message = hospital("records", "open", record, "--out", out).error
    assert (code, kind) == (2, "InputError")
    assert "is not a regular file" in message
    assert not Path("/dev/null").is_file()


# Progress ----------------------------------------------------------------------------------------


def shown_by(*, terminal: bool, as_json: bool) -> str:
    session = Session(as_json=as_json)
    seen = io.StringIO()
    session.words = Console(file=seen, force_terminal=terminal, width=100)
    with byte_bar(session, "storing", total=1000) as told:
        told(500)
        told(1000)
    return seen.getvalue()


def test_shows_progress_to_people_only() -> None:
    assert "storing" in shown_by(terminal=True, as_json=False)
    assert shown_by(terminal=False, as_json=False) == ""
    assert shown_by(terminal=True, as_json=True) == ""
