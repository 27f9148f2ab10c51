"""Settings: arguments, then the environment, then `.env`; and whose key is taken where."""

import os
import re
import subprocess
import sys
from dataclasses import fields

import pytest

from salus.chain import Account, development_account
from salus.chain.errors import KeystorePassphraseWrong
from salus.config import RawKeyRefused, Settings
from salus.errors import ConfigurationInvalid

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"


class Chain:
    """A chain, as far as settings look at it."""

    def __init__(self, chain_id=1):
        self.chain_id, self.is_local = chain_id, chain_id == 31337


@pytest.fixture
def dotenv(tmp_path):
    path = tmp_path / ".env"
    path.write_text("SALUS_NETWORK=file\nSALUS_STORAGE=file\nSALUS_STATE='a b' # why\n")
    return path


def test_arguments_go_before_the_environment_and_that_before_the_file(dotenv):
    around = {"SALUS_NETWORK": "environment", "SALUS_STORAGE": "environment"}
    settings = Settings.load(dotenv=dotenv, environment=around, network="argument", storage=None)
    assert (settings.network, settings.storage, settings.state) == (
        "argument",
        "environment",
        "a b",
    )


def test_an_empty_variable_is_not_set(dotenv):
    assert Settings.load(dotenv=dotenv, environment={"SALUS_NETWORK": ""}).network == "file"


def test_the_file_never_changes_the_environment(dotenv, monkeypatch):
    monkeypatch.delenv("SALUS_STATE", raising=False)
    Settings.load(dotenv=dotenv)
    assert "SALUS_STATE" not in os.environ


def test_without_anything_nothing_is_set(tmp_path):
    assert Settings.load(dotenv=tmp_path / "none", environment={}) == Settings()


def test_a_setting_that_does_not_exist_is_refused():
    with pytest.raises(ConfigurationInvalid) as caught:
        Settings.load(dotenv=None, environment={}, networks="anvil")
    assert "networks" in str(caught.value)


def test_a_file_that_is_not_text_is_named(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"SALUS_NETWORK=\xff\xfe")
    with pytest.raises(ConfigurationInvalid) as caught:
        Settings.load(dotenv=path, environment={})
    assert ".env" in str(caught.value)


def test_a_file_of_another_is_named(dotenv):
    dotenv.chmod(0)
    Settings.load(environment={})  # imports are done while everything may be read
    root = os.geteuid() == 0
    if root:  # who may read everything
        os.seteuid(65534)
    try:
        with pytest.raises(ConfigurationInvalid, match=r"cannot be read \(PermissionError\)"):
            Settings.load(dotenv=dotenv, environment={})
    finally:
        if root:
            os.seteuid(0)


def test_a_line_that_sets_nothing_is_named_and_not_shown(tmp_path):
    path = tmp_path / ".env"
    path.write_text("export SALUS_NETWORK=anvil\n\n# why\nSALUS_PASSPHRASE 'correct horse'\n")
    with pytest.raises(ConfigurationInvalid, match="at line 4") as caught:
        Settings.load(dotenv=path, environment={})
    assert "horse" not in str(caught.value)


def test_secrets_show_nowhere():
    around = {
        "SALUS_PRIVATE_KEY": KEY,
        "SALUS_PASSPHRASE": "correct horse",
        "SALUS_RPC_URL": "https://user:secret@node",
        "SALUS_STORAGE": "s3://key:secret@bucket",
        "SALUS_KEY_DATABASE": "postgres://user:secret@host",
        "SALUS_INBOXES": "s3://key:secret@bucket",
    }
    shown = repr(Settings.load(dotenv=None, environment=around))
    assert KEY not in shown
    assert "horse" not in shown
    assert "secret" not in shown


def settings(**values):
    around = {f"SALUS_{name.upper()}": value for name, value in values.items()}
    return Settings.load(dotenv=None, environment=around)


def test_a_bare_key_is_for_local_chains():
    given = settings(private_key=KEY)
    assert given.open_account(Chain(31337)) == Account.from_key(KEY)
    with pytest.raises(RawKeyRefused) as caught:
        given.open_account(Chain(1))
    assert caught.value.exit_code == 4
    assert KEY not in str(caught.value)


def test_a_bare_key_is_taken_elsewhere_when_told():
    assert settings(private_key=KEY).open_account(Chain(1), allow_raw_key=True) == Account.from_key(
        KEY
    )


def test_a_keystore_goes_before_a_bare_key(tmp_path):
    account, path = Account.create(), tmp_path / "key.json"
    account.to_keystore(path, "correct horse", iterations=2)
    given = settings(private_key=KEY, account=f"keystore:{path}", passphrase="correct horse")
    assert given.open_account(Chain(1)) == account
    with pytest.raises(KeystorePassphraseWrong):
        settings(account=f"keystore:{path}", passphrase="other").open_account(Chain(1))


def test_a_keystore_without_its_passphrase_is_named(tmp_path):
    with pytest.raises(ConfigurationInvalid) as caught:
        settings(account=f"keystore:{tmp_path / 'key.json'}").open_account(Chain(1))
    assert "SALUS_PASSPHRASE" in str(caught.value)


def test_local_chains_have_an_account_and_others_do_not():
    assert settings().open_account(Chain(31337)) == development_account(0)
    assert settings().open_account(Chain(1)) is None


def test_importing_the_chain_layer_loads_no_chain_library():
    program = (
        "import sys, salus.chain, salus.config, salus.errors, salus.contracts.spec;"
        "print({'web3', 'eth_account', 'eth_abi', 'requests', 'eth'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


NOT_SETTINGS = {"SALUS_SOLC"}
"""Read from the environment alone: `salus verify` needs the compiler, and no participant."""


def variables(*texts):
    return {each for text in texts for each in re.findall(r"SALUS_[A-Z_]*[A-Z]", text)}


def test_every_variable_that_is_named_is_a_setting_and_explained(root):
    known = {f"SALUS_{each.name.upper()}" for each in fields(Settings)}
    example, manual = ((root / name).read_text() for name in (".env.example", "docs/cli.md"))
    written = [*(root / "src").rglob("*.py"), *(root / "docs").rglob("*.md"), root / "README.md"]
    named = variables(*(path.read_text() for path in written))
    assert named - NOT_SETTINGS == known
    assert variables(example) == known
    rows = variables(*(row for row in manual.splitlines() if row.startswith("| `SALUS_")))
    assert rows == known | NOT_SETTINGS


@pytest.mark.parametrize("name", ["SALUS_CHAINID", "SALUS_MAXFEE", "SALUS_SOLC", "SALUS_"])
def test_a_mistyped_name_in_a_file_is_refused_by_name(tmp_path, name):
    (tmp_path / ".env").write_text(f"SALUS_NETWORK=anvil\n{name}=sesame\n")
    (tmp_path / ".env").chmod(0o600)
    with pytest.raises(ConfigurationInvalid, match=f"{name}, which is not a setting") as caught:
        Settings.load(dotenv=tmp_path / ".env", environment={})
    assert "sesame" not in str(caught.value)


def test_a_mistyped_name_in_the_environment_is_said(caplog):
    around = {"SALUS_CHAINID": "sesame", "SALUS_SOLC": "/opt/solc", "SALUS_NETWORK": "anvil"}
    assert Settings.load(dotenv=None, environment=around).network == "anvil"
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == [
        "SALUS_CHAINID is not a setting and changes nothing (is SALUS_CHAIN_ID meant?)"
    ]


def test_a_name_that_is_nearly_a_setting_is_said_with_it(tmp_path, caplog):
    Settings.load(dotenv=None, environment={"SALUS_DEPLOYMENTS": "mine.json"})
    assert "changes nothing (is SALUS_DEPLOYMENT meant?)" in caplog.text
    (tmp_path / ".env").write_text("SALUS_DEPLOYMENTS=mine.json\n")
    (tmp_path / ".env").chmod(0o600)
    with pytest.raises(ConfigurationInvalid, match=r"is SALUS_DEPLOYMENT meant\?"):
        Settings.load(dotenv=tmp_path / ".env", environment={})
