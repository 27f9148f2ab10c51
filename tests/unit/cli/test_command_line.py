"""What holds for every command: exit codes, one JSON document, words apart, files, speed."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.command_line import PASSPHRASE, SNAPSHOT, CommandLine, sample_bundle, tree
from tests.support.shells import Shells

from salus.chain import Account
from salus.cli.app import COMMANDS, GROUPS, program
from salus.cli.session import Session
from salus.primitives.roles import Role

NOBODY = "0x" + "12" * 20


def test_every_verb_has_a_shape() -> None:
    assert set(json.loads(SNAPSHOT.read_text())) == set(tree())


@pytest.mark.parametrize("verb", sorted(tree()))
def test_every_verb_takes_json_and_explains_itself(verb: str) -> None:
    command = tree()[verb]
    assert "--json" in {name for each in command.params for name in each.opts}
    assert command.help
    assert all(getattr(each, "help", "x") != "" for each in command.params)


def test_0_is_ok_with_data_on_stdout_and_words_on_stderr(governor: CommandLine) -> None:
    done = governor("deploy", json=False)
    assert done.code == 0
    assert "IdentityRegistry" in done.out
    assert "nothing was changed" in done.err
    assert "nothing was changed" not in done.out


def test_json_leaves_no_words_anywhere(governor: CommandLine) -> None:
    done = governor("deploy")
    assert {each["created"] for each in done.data["contracts"]} == {False}
    assert done.err == ""


def test_1_is_a_failure(cli: CommandLine) -> None:
    given = {
        "SALUS_STORAGE": cli.folder.as_uri() + "/blobs",
        "SALUS_STATE": str(cli.folder / "state"),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    cli("records", "announce", cli.folder.as_uri() + "/inbox", **given)
    shown = cli("records", "open", "00" * 16, "--out", "x.json", **given)
    assert shown.error[:2] == (1, "MissingRecord")


def test_2_is_a_malformed_command_line(cli: CommandLine) -> None:
    assert cli("shipments", "ship").error[:2] == (2, "UsageError")
    assert cli("lots", "fly", json=False).code == 2
    assert cli("identities", "show", "0x12").error[:2] == (2, "InputError")


def test_3_is_a_revert(cli: CommandLine) -> None:
    code, kind, message = cli("identities", "rotate", NOBODY, cli.me).error
    assert (code, kind) == (3, "NotController")
    assert NOBODY.lower() in message.lower()


def test_4_is_a_key_or_signature(cli: CommandLine) -> None:
    Account.create().to_keystore(cli.folder / "k.json", PASSPHRASE, iterations=2)
    wrong = cli(
        *("identities", "show", cli.me), SALUS_ACCOUNT="keystore:k.json", SALUS_PASSPHRASE="a guess"
    )
    assert wrong.error[:2] == (4, "KeystorePassphraseWrong")


def test_5_is_an_unreachable_chain(cli: CommandLine) -> None:
    dead = cli("identities", "show", cli.me, "--network", "http://127.0.0.1:9")
    assert dead.error[:2] == (5, "ChainUnreachable")


def test_6_is_something_that_does_not_match(cli: CommandLine) -> None:
    code = "(01)09506000134352(17)281231(10)NONE(21)S1"
    scanned = cli("packs", "scan", code)
    assert scanned.code == 6
    assert json.loads(scanned.out)["verdict"] == "unknown lot"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "--storage or SALUS_STORAGE"),
        ({"SALUS_STORAGE": "memory://blobs"}, "--state or SALUS_STATE"),
    ],
)
def test_no_record_is_stored_whose_key_would_be_lost(
    cli: CommandLine, given: dict[str, str], words: str
) -> None:
    cli.write("bundle.json", sample_bundle())
    code, kind, message = cli("records", "add", "bundle.json", "--patient", NOBODY, **given).error
    assert (code, kind) == (2, "InputError")
    assert words in message


@pytest.mark.parametrize("network", ["http://[::1", "http://node:port", "ftp://node", "mainnet"])
def test_a_network_that_is_none_is_usage(cli: CommandLine, network: str) -> None:
    shown = cli("identities", "show", NOBODY, SALUS_NETWORK=network)
    assert shown.error[:2] == (2, "ConfigurationInvalid")
    assert cli("doctor", SALUS_NETWORK=network).code == 1


def test_a_url_with_credentials_is_never_shown(cli: CommandLine) -> None:
    cli.hidden |= {"opensesame", "projectkey"}
    url = "http://user:opensesame@127.0.0.1:9/v3/projectkey"
    assert cli("doctor", SALUS_NETWORK=url).code == 1
    assert cli("identities", "show", NOBODY, SALUS_NETWORK=url).code == 5


def test_people_read_errors_as_one_line(cli: CommandLine) -> None:
    shown = cli("identities", "rotate", NOBODY, cli.me, json=False)
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert shown.err.startswith("NotController: ")


def test_nothing_is_folded_where_nobody_looks(cli: CommandLine) -> None:
    wide = cli("identities", "publish", cli.me, "inbox", "https://example.org/" + "a" * 90)
    assert wide.code == 0
    shown = cli("identities", "show", cli.me, json=False)
    assert "https://example.org/" + "a" * 90 in shown.out


def test_a_note_on_an_error_is_shown(cli: CommandLine) -> None:
    patient = Account.create().identity
    bundle = cli.write("bundle.json", sample_bundle())
    given = {
        "SALUS_STATE": str(cli.folder / "state"),
        "SALUS_STORAGE": (cli.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    cli.place.chain.rpc.request("anvil_setBalance", cli.me, "0x0")
    code, kind, message = cli("records", "add", bundle, "--patient", patient, **given).error
    assert (code, kind) == (1, "InsufficientFunds")
    assert "12 records are stored, and must not be added again: once nothing is wrong" in message
    assert "any more, `salus records anchor` anchors them" in message
    cli.place.chain.rpc.request("anvil_setBalance", cli.me, hex(10**18))
    assert cli("records", "anchor", **given).data["size"] == 12


@pytest.mark.parametrize(
    "words", [("identities", "deactivate", NOBODY), ("records", "erase", "00" * 16)]
)
def test_what_is_for_ever_needs_a_yes(cli: CommandLine, words: tuple[str, ...]) -> None:
    code, kind, message = cli(*words).error
    assert (code, kind) == (2, "InputError")
    assert "nothing was done" in message


def test_a_keystore_needs_a_passphrase_and_is_never_overwritten(cli: CommandLine) -> None:
    assert cli("identities", "create", "key.json").error[:2] == (4, "CredentialError")
    assert not (cli.folder / "key.json").exists()
    cli.write("key.json", "mine")
    kept = cli("identities", "create", "key.json", SALUS_PASSPHRASE=PASSPHRASE)
    assert kept.error[:2] == (2, "InputError")
    assert (cli.folder / "key.json").read_text() == "mine"


def test_a_file_is_written_whole_or_not_at_all(shell: Shells) -> None:
    maker = shell(Role.REGULATOR, Role.MANUFACTURER)
    lost = maker.folder / "no" / "such" / "folder" / "terms.json"
    maker.write("terms.json", '{"version":1,"policy":"none","rules":[{"effect":"permit"}]}')
    who = (maker.me, NOBODY, "--terms", "terms.json", "--out", lost)
    code, kind, message = maker("consents", "grant", *who).error
    assert (code, kind) == (1, "StorageError")
    assert "cannot write" in message
    assert sorted(each.name for each in maker.folder.iterdir()) == ["terms.json"]


def test_a_refused_act_leaves_no_file(shell: Shells) -> None:
    other = shell()
    other.write("terms.json", '{"version":1,"policy":"none","rules":[{"effect":"permit"}]}')
    who = (NOBODY, other.me, "--terms", "terms.json", "--out", "consent.json")
    assert other("consents", "grant", *who).error[:2] == (3, "NotController")
    assert not (other.folder / "consent.json").exists()


def test_a_deployment_goes_where_the_setting_says(cli: CommandLine) -> None:
    path = cli.folder / "new" / "deployment.json"
    assert cli("deploy", SALUS_DEPLOYMENT=str(path)).data["file"] == str(path)
    assert path.exists()


def test_verify_and_doctor_answer_in_json(cli: CommandLine) -> None:
    assert cli("doctor").data
    found = cli("verify", "--no-recompile").data
    assert found["ok"]


def test_verify_and_doctor_name_the_contracts_that_a_file_lacks(cli: CommandLine) -> None:
    known = json.loads(cli.place.deployment.read_text())
    for lacks in (["AnchorRegistry"], sorted(known["contracts"])):
        rest = {k: v for k, v in known["contracts"].items() if k not in lacks}
        file = cli.write("part.json", json.dumps(known | {"contracts": rest}))
        refused = cli("verify", "--no-recompile", SALUS_DEPLOYMENT=str(file))
        assert refused.error[:2] == (5, "DeploymentMissing")
        seen = cli("doctor", SALUS_DEPLOYMENT=str(file))
        assert seen.code == 1
        network = json.loads(seen.out)[-1]
        assert not network["ok"]
        for name in lacks:
            assert name in refused.error[2]
            assert name in network["found"]


def test_verify_speaks_of_compiling_only_where_there_is_a_compiler(cli: CommandLine) -> None:
    refused = cli("verify", "--solc", "/nonexistent/solc", json=False)
    assert refused.code == 2
    assert "compiling" not in refused.err


def run_salus(*words: str) -> tuple[str, float]:
    """Run the program in a process of its own; give stderr and seconds of processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    program = (
        "import sys; from salus.cli import main; main(sys.argv[1:]);"
        "print(*sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=alone,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr, resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


HEAVY = {"web3", "eth_account", "eth_tester", "cryptography", "obstore", "biip", "py_ecc"}
"""What takes tenths of a second to import."""


def run_within(most: float, *words: str) -> str:
    """The least of three runs counts: what else a machine does costs a program up to twice."""
    spent = list[float]()
    for _ in range(3):
        modules, seconds = run_salus(*words)
        spent.append(seconds)
        if seconds < most:
            return modules
    raise AssertionError(f"{words} takes {spent} seconds of processor time")


QUICK = {("--help",): 0.6, ("lots", "--help"): 1.0, ("records", "add", "--help"): 1.1}
"""Seconds of processor time: 0.21, 0.30 and 0.34 on two cores at load 9, twice that at load 20."""


@pytest.mark.parametrize("words", QUICK)
def test_help_is_quick_and_loads_no_chain(words: tuple[str, ...]) -> None:
    modules = run_within(QUICK[words], *words)
    loaded = set(modules.split())
    assert not loaded & {*HEAVY, "requests", "eth_utils", "Crypto", "sqlite3", "salus.client"}
    nouns = {f"salus.cli.{name}" for name in (*GROUPS, *COMMANDS)}
    assert loaded & nouns <= {f"salus.cli.{words[0]}"}


def test_a_verb_loads_what_it_uses_alone() -> None:
    nowhere = ("--network", "http://127.0.0.1:9")
    # 0.48 s on two cores at load 9, 0.82 s at load 20.
    modules = run_within(1.2, "identities", "show", "0x" + "11" * 20, *nowhere)
    loaded = set(modules.split())
    assert "requests" in loaded, "it did ask a node"
    others = {"drugs", "fhir", "gs1", "epcis", "records", "supply", "emergencies", "vault.vault"}
    assert not loaded & {*HEAVY, *(f"salus.{room}" for room in others)}


def test_the_page_of_help_says_what_the_modules_say() -> None:
    whole = program()
    assert set(program("").commands) == set(whole.commands) == {*COMMANDS, *GROUPS}
    for name, words in (COMMANDS | GROUPS).items():
        assert first_line(whole.commands[name]) == words


def test_one_noun_is_read_in_whole() -> None:
    whole = program().commands["lots"].commands
    assert set(program("lots").commands["lots"].commands) == set(whole)


def test_the_manual_lists_every_verb(root: Path) -> None:
    manual = (root / "docs/cli.md").read_text()
    rows = [f"| `salus {verb}` | {first_line(tree()[verb])} |" for verb in tree()]
    missing = [row for row in rows if row not in manual]
    assert not missing, "docs/cli.md lacks:\n" + "\n".join(missing)
    listed = [line for line in manual.splitlines() if line.startswith("| `salus ")]
    gone = sorted(set(listed) - set(rows))
    assert not gone, "docs/cli.md lists what there is not:\n" + "\n".join(gone)


def first_line(command: Any) -> str:
    return (command.help or "").strip().split("\n\n")[0].replace("\n", " ")


def test_settings_of_the_machine_do_not_reach_these_tests(cli: CommandLine) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_NETWORK", "http://127.0.0.1:9")
        assert cli("doctor").code == 0
        assert os.environ["SALUS_NETWORK"] == "http://127.0.0.1:9"


def test_people_see_words_and_counts_and_programs_see_everything(
    capsys: pytest.CaptureFixture[str],
) -> None:
    findings = [{"kind": "missing", "record": f"id{n}"} for n in range(20)]
    ids = [f"id{n}" for n in range(475)]
    data = {"records": ids, "sent": None, "created": True, "few": ["a"], "findings": findings}
    Session().emit(data)
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[:4] == [["records", "475"], ["sent", "none"], ["created", "yes"], ["few", "a"]]
    assert rows[4] == ["findings", "kind:", "missing,", "record:", "id0"]
    assert rows[-1][-1] == "id19"
    Session(as_json=True).emit(data)
    assert json.loads(capsys.readouterr().out) == data
