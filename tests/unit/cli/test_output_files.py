"""Where output goes: files alone, none replaced unasked, links stay links, looked at first."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine, sample_bundle, tree

from salus.cli.files import require_new, write_new, write_private
from salus.errors import InputError, StorageError
from salus.primitives.files import replace_file
from salus.terms import Effect, Rule, Terms, to_json

LONG = "n" * 250 + ".json"
"""As long as a name may be."""


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """What must not be replaced, each under a name."""
    found = {each: tmp_path / each for each in ("pipe", "folder", "link to nothing", "loop")}
    os.mkfifo(found["pipe"])
    found["folder"].mkdir()
    found["link to nothing"].symlink_to(tmp_path / "nothing")
    found["loop"].symlink_to(found["loop"])
    found["link to a pipe"] = tmp_path / "link to a pipe"
    found["link to a pipe"].symlink_to(found["pipe"])
    found["device"] = Path("/dev/null")
    return found


KINDS = ("pipe", "folder", "link to nothing", "loop", "link to a pipe", "device")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("force", [None, False, True])
def test_what_is_no_file_is_refused_and_left_alone(
    places: dict[str, Path], kind: str, force: bool | None
) -> None:
    path = places[kind]
    before = os.lstat(path)
    with pytest.raises(InputError, match="not a regular file"):
        write_new(path, b"new", force=force)
    assert stat.S_IFMT(os.lstat(path).st_mode) == stat.S_IFMT(before.st_mode)
    assert os.lstat(path).st_ino == before.st_ino


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_stays_a_device_even_for_root(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("no devices may be made here")
    with pytest.raises(InputError):
        write_new(device, b"new", force=True)
    assert stat.S_ISCHR(os.lstat(device).st_mode)


def test_a_file_is_replaced_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(InputError, match=r"name another file$"):
        write_new(path, b"new")
    with pytest.raises(InputError, match="or give --force"):
        write_new(path, b"new", force=False)
    assert path.read_bytes() == b"old"
    write_new(path, b"new", force=True)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a"]


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with pytest.raises(InputError):
        write_new(link, b"new", force=False)
    write_new(link, b"new", force=True)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_who_is_quicker_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, calls = tmp_path / "a", []

    def late(*given: object, **named: object) -> None:
        calls.append(given)
        require_new(*given, **named)  # type: ignore[arg-type]
        if len(calls) == 1:
            path.write_bytes(b"theirs")

    monkeypatch.setattr("salus.cli.files.require_new", late)
    with pytest.raises(InputError, match="exists"):
        write_new(path, b"ours")
    assert path.read_bytes() == b"theirs"
    assert os.listdir(tmp_path) == ["a"]


def test_the_longest_name_is_written_and_a_longer_one_refused_at_once(tmp_path: Path) -> None:
    write_new(tmp_path / LONG, b"new")
    write_private(tmp_path / LONG, b"newer")
    replace_file(tmp_path / LONG, b"newest")
    assert (tmp_path / LONG).read_bytes() == b"newest"
    with pytest.raises(StorageError, match="too long"):
        require_new(tmp_path / (LONG + "n"))


@pytest.fixture
def person(cli: CommandLine) -> CommandLine:
    cli.settings = {
        "SALUS_STATE": str(cli.folder / "state"),
        "SALUS_STORAGE": (cli.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    return cli


def test_records_and_receipts_replace_a_file_only_when_told(person: CommandLine) -> None:
    bundle = person.write("bundle.json", sample_bundle())
    person("records", "add", bundle, "--patient", person.me)
    record = person("records", "list").data[0]["record"]
    for verb in ("open", "receipt"):
        out = person.write(f"{verb}.json", "mine")
        shown = person("records", verb, record, "--out", out)
        assert shown.error[:2] == (2, "InputError")
        assert out.read_text() == "mine"
        assert person("records", verb, record, "--out", out, "--force").code == 0
        assert out.read_text() != "mine"
        assert person("records", verb, record, "--out", LONG).code == 0
        (person.folder / LONG).unlink()
    page = person.write("page.html", "mine")
    printed = ("receipts", "page", "receipt.json", "--out", page)
    assert person(*printed).error[:2] == (2, "InputError")
    assert person(*printed, "--force").code == 0


def test_nothing_is_done_for_a_file_that_cannot_be(person: CommandLine) -> None:
    """The whole act comes after the look at its file, for every kind of verb that writes one."""
    os.mkfifo(person.folder / "pipe")
    terms = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
    person.write("terms.json", json.dumps(to_json(terms)))
    who = (person.me, "0x" + "12" * 20, "--terms", "terms.json")
    person.write("fhir.json", "{}")
    named = ("--patient", person.me, "--grantee", "0x" + "12" * 20)
    sent = person.place.chain.rpc.request("eth_getTransactionCount", person.me, "latest")
    person("consents", "sign", *who, "--out", "old.json")
    signed = known(person)
    for words in (
        ("consents", "sign", *who, "--out"),
        ("consents", "grant", *who, "--out"),
        ("consents", "change", "old.json", "--terms", "terms.json", "--out"),
        ("consents", "sign-revocation", person.me, "00" * 32, "--out"),
        ("consents", "import", "fhir.json", *named, "--out"),
        ("consents", "export", "00" * 32, "--out"),
        ("records", "open", "00" * 16, "--out"),
        ("records", "receipt", "00" * 16, "--out"),
        ("records", "erase", "00" * 16, "--yes", "--out"),
        ("verify", "--no-recompile", "--out"),
        ("deploy", "--out"),
    ):
        shown = person(*words, "pipe").error
        assert shown[0] == 2, (words, shown)
    assert person.place.chain.rpc.request("eth_getTransactionCount", person.me, "latest") == sent
    assert stat.S_ISFIFO(os.lstat(person.folder / "pipe").st_mode)
    assert known(person) == signed == 1


def known(person: CommandLine) -> int:
    """Consents that are kept and asked: of what was refused there is none."""
    with closing(sqlite3.connect(person.folder / "state" / "keys.sqlite")) as store:
        return int(store.execute("SELECT count(*) FROM heard").fetchone()[0])


def test_every_verb_with_an_output_file_is_known_here() -> None:
    """A verb that begins to write files must look at them first: add it to the tests, then here."""
    writes = {
        verb for verb, command in tree().items() if {"--out", "--manifest"} & options(command)
    }
    assert writes >= {"records open", "records receipt", "consents grant", "lots commission"}
    forced = {verb for verb, command in tree().items() if "--force" in options(command)}
    assert forced == {"records open", "records receipt", "receipts page", "safe propose", "verify"}


def options(command: object) -> set[str]:
    return {name for each in command.params for name in each.opts}  # type: ignore[attr-defined]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_result_that_cannot_be_printed_is_told_on_the_other_stream(
    options: tuple[str, ...],
) -> None:
    """The act is done by then: what it gave must not be lost with the terminal's disk."""
    act = ("identities", "show", "0x" + "11" * 20, "--network", "tester", *options)
    program = "from salus.cli import main; raise SystemExit(main())"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, *act],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "what was asked is done" in done.stderr
    assert "controller" in done.stderr
