"""Bad input and bad luck: a clear error with its exit code, and nothing half done.

Each row: what is wrong, how it ends (exit code, class), and words that its message must hold.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine, sample_bundle
from tests.support.shells import Shells

from salus.chain import Account
from salus.primitives.roles import Role
from salus.vault.storage.base import MARKER

pytestmark = pytest.mark.slow
PATIENT = Account.create().identity
OBSERVATION = (
    '{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"x"},'
    '"subject":{"reference":"Patient/p1"}}'
)


@pytest.fixture
def hospital(shell: Shells) -> CommandLine:
    """A hospital with a vault of its own."""
    return with_vault(shell(Role.HOSPITAL))


def with_vault(person: CommandLine) -> CommandLine:
    person.settings = {
        "SALUS_STATE": str(person.folder / "state"),
        "SALUS_STORAGE": (person.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    person("records", "announce", (person.folder / "inbox").as_uri())
    return person


def add(person: CommandLine, name: str = "bundle.json", **settings: str) -> tuple[int, str, str]:
    return person("records", "add", name, "--patient", PATIENT, **settings).error


def records(person: CommandLine) -> list[str]:
    return [each["record"] for each in person("records", "list").data]


def blobs(person: CommandLine) -> list[Path]:
    found = (person.folder / "blobs").rglob("*")
    return [each for each in found if each.is_file() and each.name != MARKER]


# What a hospital is given ------------------------------------------------------------------------

MALFORMED = {
    "malformed JSON": (OBSERVATION[:-1], "MalformedJson", "not valid JSON at line 1"),
    "a resource that is not FHIR": ('{"name": "x"}', "NotFhir", "not a FHIR resource"),
    "a resource of no known type": (
        OBSERVATION.replace("Observation", "Spaceship"),
        "NotFhir",
        "Spaceship",
    ),
    "duplicate keys": (
        OBSERVATION.replace('"status":"final"', '"status":"final","status":"amended"'),
        "DuplicateKey",
        "stands twice in one object",
    ),
    "nothing at all": ("", "InputError", "is not FHIR in JSON"),
    "an empty bundle": (
        '{"resourceType":"Bundle","type":"collection"}',
        "InputError",
        "no resource",
    ),
    "another version of FHIR": ('{"resourceType":"Permission"}', "NotR4", "convert it first"),
    "nested a million deep": ("[" * 1_000_000, "MalformedJson", "nest"),
    "bytes that are not text": (b"\xff\xfe{}", "InputError", "is not FHIR in JSON"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_refuses_a_bundle(hospital: CommandLine, what: str) -> None:
    content, kind, words = MALFORMED[what]
    hospital.write("bundle.json", content)
    code, found, message = add(hospital)
    assert code == 2
    assert found == kind, message
    assert words in message
    assert not blobs(hospital)
    assert records(hospital) == []


def test_refuses_a_file_that_is_not_there(hospital: CommandLine) -> None:
    assert add(hospital, "nowhere.json")[0] == 2


def test_refuses_the_whole_bundle_for_one_bad_resource(hospital: CommandLine) -> None:
    bundle = json.loads(sample_bundle())
    del bundle["entry"][-1]["resource"]["resourceType"]
    hospital.write("bundle.json", json.dumps(bundle))
    assert add(hospital)[:2] == (2, "NotFhir")
    assert not blobs(hospital)
    assert records(hospital) == []


def test_refuses_what_breaks_the_rules_of_r4_unless_it_is_to_be_kept_as_it_came(
    hospital: CommandLine,
) -> None:
    hospital.write("bundle.json", OBSERVATION.replace('"status":"final",', ""))
    words = ("records", "add", "bundle.json", "--patient", PATIENT)
    code, kind, message = hospital(*words).error
    assert (code, kind) == (2, "InvalidResource")
    assert "status" in message
    assert hospital(*words, "--no-validate").data["new"] == 1


# What its storage does ---------------------------------------------------------------------------


@pytest.fixture
def kept(hospital: CommandLine) -> CommandLine:
    """A hospital that keeps our bundle."""
    hospital.write("bundle.json", sample_bundle())
    assert hospital("records", "add", "bundle.json", "--patient", PATIENT).code == 0
    return hospital


BLOBS: dict[str, tuple[Callable[[bytes, bytes], bytes | None], int, set[str]]] = {
    "truncated": (lambda blob, other: blob[:-1], 6, {"TruncatedBlob"}),
    "longer": (lambda blob, other: blob + b"\0", 6, {"AppendedBlob"}),
    "changed": (lambda blob, other: blob[:-1] + bytes([blob[-1] ^ 1]), 6, {"TamperedBlob"}),
    "swapped": (
        lambda blob, other: other,
        6,
        {"TamperedBlob", "TruncatedBlob", "AppendedBlob"},
    ),
    "missing": (lambda blob, other: None, 1, {"MissingBlob"}),
}


@pytest.mark.parametrize("what", BLOBS)
def test_refuses_a_blob(kept: CommandLine, what: str) -> None:
    harm, code, kinds = BLOBS[what]
    before = {each: each.read_bytes() for each in blobs(kept)}
    contents = list(before.values())
    for blob, other in zip(before, contents[1:] + contents[:1], strict=True):
        harmed = harm(before[blob], other)
        blob.unlink()
        if harmed is not None:
            blob.write_bytes(harmed)
    for record in records(kept)[:3]:
        shown = kept("records", "open", record, "--out", "opened.json").error
        assert shown[0] == code
        assert shown[1] in kinds
        assert not (kept.folder / "opened.json").exists()
    for blob, content in before.items():
        blob.write_bytes(content)
    assert kept("records", "open", records(kept)[0], "--out", "opened.json").code == 0


def test_refuses_a_wrong_passphrase(kept: CommandLine) -> None:
    record = records(kept)[0]
    shown = kept("records", "open", record, "--out", "x.json", SALUS_PASSPHRASE="a guess").error
    assert shown[:2] == (4, "WrongPassphrase")
    assert not (kept.folder / "x.json").exists()


def test_refuses_the_keys_of_somebody_else(kept: CommandLine, shell: Shells) -> None:
    """Who has the files of a hospital, and an account of its own, opens nothing."""
    thief = shell()
    thief.settings = {**kept.settings, "SALUS_PASSPHRASE": "my own"}
    act = ("records", "open", records(kept)[0], "--out", "x.json")
    assert thief(*act).error[0] == 4
    assert thief(*act, "--identity", kept.me).error[0] == 4
    assert not (thief.folder / "x.json").exists()


# Where it is connected ---------------------------------------------------------------------------


def test_refuses_a_dead_node(kept: CommandLine) -> None:
    before = len(records(kept))
    kept.write("bundle.json", OBSERVATION)
    code, kind, message = add(kept, SALUS_NETWORK="http://127.0.0.1:9")
    assert (code, kind) == (5, "ChainUnreachable")
    assert "start it, or set SALUS_RPC_URL" in message
    assert len(records(kept)) == before


def test_refuses_a_wrong_chain_id(cli: CommandLine, tmp_path: Path) -> None:
    from salus.chain.node.local import local_node

    with local_node("anvil", arguments=("--chain-id", "1337")) as other:
        shown = cli(
            *("identities", "show", cli.me), SALUS_NETWORK="anvil", SALUS_RPC_URL=other.url
        ).error
    assert shown[:2] == (5, "WrongChain")
    assert "serves chain 1337, but chain 31337 was expected" in shown[2]


def test_refuses_a_deployment_file_of_another_chain(cli: CommandLine) -> None:
    deployment = json.loads(cli.place.deployment.read_text())
    path = cli.write("other.json", json.dumps(deployment | {"chainId": 1}))
    shown = cli("identities", "show", cli.me, SALUS_DEPLOYMENT=str(path)).error
    assert shown[:2] == (5, "DeploymentOfAnotherChain")
    shown = cli("deploy", SALUS_DEPLOYMENT=str(path)).error
    assert shown[:2] == (5, "DeploymentOfAnotherChain")
    assert json.loads(path.read_text())["chainId"] == 1


def test_refuses_a_deployment_file_that_is_none(cli: CommandLine) -> None:
    path = cli.write("broken.json", "{")
    shown = cli("identities", "show", cli.me, SALUS_DEPLOYMENT=str(path)).error
    assert shown[:2] == (5, "DeploymentMalformed")
    shown = cli("identities", "show", cli.me, SALUS_DEPLOYMENT=str(cli.folder / "none.json")).error
    assert shown[:2] == (5, "DeploymentMissing")
    assert "in SALUS_DEPLOYMENT; where there is none, `salus deploy`" in shown[2]


# Bad luck ----------------------------------------------------------------------------------------


def start_adding(person: CommandLine, **options: object) -> subprocess.Popen[bytes]:
    """`salus records add` in a process of its own, which can be killed or kept small."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SALUS_")}
    settings = {
        "SALUS_NETWORK": person.place.url,
        "SALUS_DEPLOYMENT": str(person.place.deployment),
        "SALUS_PRIVATE_KEY": person.key,
        **person.settings,
    }
    return subprocess.Popen(
        [
            *(sys.executable, "-c", "import sys; from salus.cli import main; sys.exit(main())"),
            *("records", "add", "bundle.json", "--patient", PATIENT, "--json"),
        ],
        cwd=person.folder,
        env=inherited | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


@pytest.mark.parametrize("stored", [1, 20, 45])
def test_a_killed_addition_goes_on_where_it_stopped(hospital: CommandLine, stored: int) -> None:
    bundle = sample_bundle(copies=4)
    hospital.write("bundle.json", bundle)
    process = start_adding(hospital)
    deadline = time.monotonic() + 300
    while len(blobs(hospital)) < stored and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()  # closes its pipes, too

    again = hospital("records", "add", "bundle.json", "--patient", PATIENT).data
    resources = [each["resource"] for each in json.loads(bundle)["entry"]]
    assert len(set(again["records"])) == len(resources)
    assert sorted(records(hospital)) == sorted(again["records"])
    assert anchored_leaves(hospital) == len(resources)
    for record, content in list(zip(again["records"], resources, strict=True))[::22]:
        hospital("records", "open", record, "--out", "opened.json", "--force")
        assert json.loads((hospital.folder / "opened.json").read_bytes()) == content
    final = hospital("records", "add", "bundle.json", "--patient", PATIENT).data
    assert (final["new"], final["records"]) == (0, again["records"])


def anchored_leaves(person: CommandLine) -> int:
    return person("anchors", "history", person.me, "records").data[-1]["size"]


BINARY = json.dumps(
    {"resourceType": "Binary", "contentType": "image/png", "data": "A" * 4_000_000}
).encode()


@pytest.mark.parametrize(
    "content", [BINARY, sample_bundle(copies=12)], ids=["blob", "key database"]
)
def test_a_full_disk_keeps_nothing(hospital: CommandLine, content: bytes) -> None:
    """No file may grow beyond a limit, as on a full disk: that of a blob, or the key database."""
    hospital.write("bundle.json", content)
    hospital("records", "list")
    size = max(each.stat().st_size for each in (hospital.folder / "state").iterdir())
    limit = (size + 60_000, size + 60_000)
    process = start_adding(
        hospital, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    )
    out, err = process.communicate(timeout=300)
    assert b"Traceback" not in err
    error = json.loads(out)["error"]
    assert error["exitCode"] == 1
    assert error["type"] in ("StorageFull", "KeyDatabaseUnavailable")
    assert records(hospital) == []
    assert not blobs(hospital)
    again = hospital("records", "add", "bundle.json", "--patient", PATIENT).data
    assert again["new"] == len(again["records"]) == len(records(hospital))
