"""The command line of the vault: what a person sees, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from tests.support.closing import ClosedLater
from tests.unit.conftest import make_person

from salus.cli.run import run
from salus.vault import Compartment, IdentityKeys, Vault, load_keys
from salus.vault.keys.passphrase_sources import CHOICE


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SALUS_PASSPHRASE", "seven wet otters")
    monkeypatch.setenv("SALUS_STORAGE", (tmp_path / "blobs").as_uri())
    monkeypatch.setenv("SALUS_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("SALUS_NETWORK", raising=False)
    monkeypatch.delenv(CHOICE, raising=False)
    monkeypatch.setattr(keyring.core, "_keyring_backend", NoKeyring())
    return tmp_path / "state"


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def opened(state: Path, closed_later: ClosedLater) -> Callable[[], Vault]:
    """Open the same vault from Python, with the chain of the embedded network."""
    from salus.vault import load_keys

    def again() -> Vault:
        (path,) = state.glob("*.keys.json")
        keys: IdentityKeys = load_keys(path, passphrase="seven wet otters")
        blobs, url = (state.parent / "blobs").as_uri(), f"sqlite://{state}/keys.sqlite"
        return closed_later(Vault(blobs, url, keys=keys, chain_id=131277322940537))

    return again


def add(vault: Vault) -> None:
    person = make_person(1)

    class Author:
        identity, signer = vault.identity, bytes.fromhex(vault.identity[2:])
        sign_typed_data = person.sign_typed_data

    vault.add(
        b"48 mmol/mol",
        compartment=Compartment(patient=vault.identity, resource_class="Observation"),
        media_type="text/plain",
        created_at=1,
    )


def test_checks_collects_and_re_encrypts(
    state: Path, capsys: pytest.CaptureFixture[str], opened: Callable[[], Vault]
) -> None:
    assert said(capsys, "vault", "check") == {"versions": 0, "sound": True, "findings": []}
    vault = opened()
    add(vault)

    assert said(capsys, "vault", "rekey")["versions"] == 1
    assert said(capsys, "vault", "gc", "--older-than", "0s") == {"blobs": [], "unfinished": 0}
    assert said(capsys, "vault", "check", "--deep")["versions"] == 1
    for blob in vault.storage.list("blobs"):
        vault.storage.delete(blob)
    broken = said(capsys, "vault", "check", "--repair", code=6)
    assert broken["findings"][0]["kind"] == "missing blob"


def test_a_malformed_age_ends_with_exit_code_2(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "vault", "gc", "--older-than", "soon", code=2)["error"]["exitCode"] == 2


def test_keys_come_back_from_shares(
    state: Path, capsys: pytest.CaptureFixture[str], opened: Callable[[], Vault]
) -> None:
    folder = state.parent / "shares"
    made = said(capsys, "vault", "split-keys", "--out", str(folder), "--needed", "2")
    before = opened().keys
    (path,) = state.glob("*.keys.json")
    shares = [argument for file in made["shares"][:2] for argument in ("--share", file)]
    command = ("vault", "recover", made["document"], *shares)

    assert "exists" in said(capsys, *command, code=2)["error"]["message"]
    path.unlink()
    too_few = said(capsys, *command[:-2], code=4)["error"]["message"]
    assert "2 are needed, 1 came" in too_few
    (state.parent / "lie.txt").write_text("academic acid")
    lied = said(capsys, *command, "--share", str(state.parent / "lie.txt"))
    assert (lied["identity"], lied["wrong"]) == (before.identity, [str(state.parent / "lie.txt")])
    assert opened().keys == before
    assert Path(made["shares"][0]).stat().st_mode & 0o077 == 0


def test_a_changed_passphrase_opens_the_keys(
    state: Path, capsys: pytest.CaptureFixture[str], opened: Callable[[], Vault]
) -> None:
    said(capsys, "vault", "check")  # makes them
    kept, new = opened().keys, "eight dry otters"
    (path,) = state.glob("*.keys.json")
    assert "--new-from" in said(capsys, "vault", "change-passphrase", code=4)["error"]["message"]
    (state.parent / "new.txt").write_text(f"{new}\r\nnot this\n", newline="")
    told = said(capsys, "vault", "change-passphrase", "--new-from", str(state.parent / "new.txt"))
    assert told == {"identity": kept.identity, "file": str(path), "remembered": False}
    assert load_keys(path, passphrase=new) == kept
    assert said(capsys, "vault", "check", code=4)["error"]["type"] == "WrongPassphrase"


def test_rotating_needs_an_announced_key(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "announce" in said(capsys, "vault", "rotate-keys", code=4)["error"]["message"]
