"""Settings that a hurried user gets wrong: what is said, the exit code, and no secret in it."""

from __future__ import annotations

import json

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine


@pytest.fixture
def person(cli: CommandLine) -> CommandLine:
    cli.hidden.add("hunter2")
    cli.settings = {
        "SALUS_STATE": str(cli.folder / "state"),
        "SALUS_STORAGE": (cli.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    return cli


@pytest.mark.parametrize(
    ("setting", "value", "code", "words"),
    [
        ("SALUS_NETWORK", "mainnet", 2, "give tester, anvil, hardhat"),
        ("SALUS_NETWORK", "http://[broken", 2, "not a URL"),
        ("SALUS_NETWORK", "http://127.0.0.1:9", 5, "start it, or set SALUS_RPC_URL"),
        (
            "SALUS_DEPLOYMENT",
            "nowhere.json",
            5,
            "name the file of its deployment in SALUS_DEPLOYMENT",
        ),
        ("SALUS_ACCOUNT", "keystore:nowhere.json", 4, "name a version 3 file"),
        ("SALUS_PRIVATE_KEY", "0xhunter2", 4, "not 32 bytes"),
        ("SALUS_STORAGE", "/var/lib/blobs", 2, "file:///folder"),
        ("SALUS_STORAGE", "s3://[broken", 2, "s3://bucket/folder"),
        ("SALUS_STORAGE", "ftp://me:hunter2@host/x?token=hunter2", 2, "'ftp://host/x'"),
        ("SALUS_STORAGE", "s3://me:hunter2@bucket", 2, "'s3://bucket'"),
        ("SALUS_READ_FROM", "s3://[broken", 2, "s3://bucket/folder"),
        ("SALUS_KEY_DATABASE", "sqlite://[broken", 2, "sqlite:///file"),
        ("SALUS_KEY_DATABASE", "postgres://me:hunter2@host/x", 2, "'postgres://host/x'"),
        ("SALUS_INBOXES", "ipfs:", 2, "lists the scheme 'ipfs'"),
        ("SALUS_PASSPHRASE", "hunter2", 4, "the passphrase is wrong"),
        ("SALUS_PASSPHRASE", "", 4, "set SALUS_PASSPHRASE"),
        ("SALUS_STATE", "", 2, "--state or SALUS_STATE"),
        ("SALUS_STATE", "/dev/null", 1, "exists and allows access"),
    ],
)
def test_what_is_said_of_a_wrong_setting(
    person: CommandLine, setting: str, value: str, code: int, words: str
) -> None:
    assert person("vault", "check").code == 0
    found = person("vault", "check", **{setting: value})
    assert found.error[0] == code, found.out
    assert words in found.error[2]


@pytest.mark.parametrize(
    ("url", "words"), [("http://[broken", "not a URL"), ("localhost:8545", "begin with http://")]
)
def test_an_address_of_a_node_that_is_none_is_usage(
    person: CommandLine, url: str, words: str
) -> None:
    found = person("vault", "check", SALUS_NETWORK="anvil", SALUS_RPC_URL=url)
    assert found.error[:2] == (2, "ConfigurationInvalid")
    assert found.error[2].startswith("SALUS_RPC_URL")
    assert words in found.error[2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"SALUS_STATE=\xff\xfe", "cannot be read (UnicodeDecodeError)"),
        (b"SALUS_STORAGE=memory://x\nhunter2 (((\n", "line 2"),
        (b'SALUS_PASSPHRASE="hunter2\n', "line 1"),
    ],
)
@pytest.mark.parametrize("verb", ["vault check", "vault remember", "identities create new.json"])
def test_a_dotenv_file_that_cannot_be_read_is_named(
    person: CommandLine, content: bytes, words: str, verb: str
) -> None:
    person.write(".env", content)
    found = person(*verb.split())
    assert found.error[:2] == (2, "ConfigurationInvalid")
    assert found.error[2].startswith(".env ")
    assert words in found.error[2]
    assert found.err == ""
    checks = person("doctor")
    assert checks.code == 1
    assert words in json.loads(checks.out)[-1]["found"]


def test_doctor_names_the_network_of_the_file(person: CommandLine) -> None:
    person.write(".env", "SALUS_NETWORK=http://127.0.0.1:9/v3/hunter2\n")
    network = json.loads(person("doctor", SALUS_NETWORK="").out)[-1]
    assert network["check"] == "network http://127.0.0.1:9/…"
    assert not network["ok"]


OWNED = "\x1b]0;owned\x07\x1b[2J\x9b31m"
"""What gives a terminal another title, empties it and colours what follows."""


def test_nothing_that_others_choose_reaches_the_terminal_s_ears(
    person: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from salus.chain.errors import ChainUnreachable
    from salus.cli.run import run
    from salus.cli.session import Session

    def refuse(*_: object, **__: object) -> None:
        raise ChainUnreachable(url="a node", reason=f"quota{OWNED}\nused up")

    monkeypatch.setattr("salus.connecting.connect.connect", refuse)
    assert run(["identities", "show", person.me]) == 5
    session = Session()
    session.say(f"saw {OWNED}")
    session.emit({"type": OWNED, "all": [{"named": OWNED}]})
    shown = "".join(capsys.readouterr())
    assert "saw" in shown
    assert "named" in shown
    assert "quota" in shown
    assert "used up" in shown
    assert not {"\x1b", "\x07", "\x9b"} & set(shown)


@pytest.mark.parametrize("as_json", [True, False])
def test_that_a_dotenv_file_was_read_is_said_once(person: CommandLine, as_json: bool) -> None:
    file = person.write(".env", "SALUS_NETWORK=http://127.0.0.1:9/hunter2\n")
    found = person("vault", "check", json=as_json, SALUS_NETWORK="")
    assert found.err.count(f"settings from {file}: SALUS_NETWORK\n") == 1
    assert "settings from" not in person("vault", "check", json=as_json).err
