"""Keyrings of the system that are really there: two processes, one passphrase between them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyrings.alt.file import PlaintextKeyring

from salus.chain import development_account
from salus.errors import CredentialError
from salus.primitives.errors import StorageUnavailable
from salus.vault import IdentityKeys, find_passphrase, remember_passphrase, save_keys
from salus.vault.keys import passphrase_sources
from salus.vault.keys.encrypted_keys import FASTEST
from salus.vault.keys.passphrase_sources import CHOICE, forget_passphrase

pytestmark = pytest.mark.slow

PASSPHRASE = "seven wet otters"
SALUS = "from salus.cli import main; raise SystemExit(main())"
DESKTOP = """
mkdir -m 700 run
printf login | gnome-keyring-daemon --unlock --components=secrets --control-directory="$PWD/run" >&2
exec "$@"
"""
OWNER = "0x" + "ab" * 20


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A home of its own, with a vault whose keys need a passphrase, and nobody's settings."""
    owner = development_account(0).identity
    (tmp_path / "state").mkdir()
    keys = IdentityKeys.generate(owner, created_at=0)
    path = tmp_path / "state" / f"{owner.lower()}.keys.json"
    save_keys(path, keys, passphrase=PASSPHRASE, cost=FASTEST)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SALUS_", "DBUS_", "XDG_"))}
    kept.pop(CHOICE, None)
    return kept | {
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "SALUS_STATE": str(tmp_path / "state"),
        "SALUS_STORAGE": (tmp_path / "blobs").as_uri(),
        "SALUS_NETWORK": "tester",
    }


def salus(*words: str) -> list[str]:
    return [sys.executable, "-c", SALUS, *words, "--json"]


def run(command: list[str], where: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=600,
        env=where,
        cwd=where["HOME"],
        stdin=subprocess.DEVNULL,
    )


def test_a_file_carries_the_passphrase_to_the_next_process(surroundings: dict[str, str]) -> None:
    surroundings[CHOICE] = "keyrings.alt.file.PlaintextKeyring"
    told = run(salus("vault", "remember"), surroundings | {"SALUS_PASSPHRASE": PASSPHRASE})
    assert json.loads(told.stdout)["remembered"], told.stdout + told.stderr
    assert json.loads(run(salus("vault", "check"), surroundings).stdout)["sound"]
    assert json.loads(run(salus("vault", "forget"), surroundings).stdout)["forgotten"]
    assert run(salus("vault", "check"), surroundings).returncode == 4


def test_the_desktop_s_keyring_carries_it_too(surroundings: dict[str, str]) -> None:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install dbus gnome-keyring")
    # both processes in one desktop session: what the daemon holds ends with it
    script = (
        f'SALUS_PASSPHRASE="{PASSPHRASE}" "$@" vault remember --json && "$@" vault check --json'
    )
    python = [sys.executable, "-c", SALUS]
    desktop = ["dbus-run-session", "--", "bash", "-c", DESKTOP, "desktop"]
    done = run([*desktop, "bash", "-c", script, "both", *python], surroundings)
    assert done.returncode == 0, done.stdout + done.stderr
    remembered, checked = (json.loads(line) for line in done.stdout.splitlines())
    assert remembered["remembered"]
    assert checked["sound"]


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ("keyring.backends.fail.Keyring", "NoKeyringError from keyring.backends.fail.Keyring"),
        ("no.such.Keyring", "ModuleNotFoundError from no.such.Keyring"),
        ("keyring.backends.SecretService.Keyring", "RuntimeError"),
        ("keyring.backends.null.Keyring", "kept nothing"),
    ],
)
def test_a_keyring_that_keeps_nothing_is_named(
    surroundings: dict[str, str], choice: str, reason: str
) -> None:
    surroundings |= {CHOICE: choice, "SALUS_PASSPHRASE": PASSPHRASE}
    told = run(salus("vault", "remember"), surroundings)
    assert told.returncode == 1, told.stdout + told.stderr
    error = json.loads(told.stdout)["error"]
    assert error["type"] == "StorageUnavailable"
    assert reason in error["message"]
    assert PASSPHRASE not in told.stdout + told.stderr


class Broken(KeyringBackend):
    """A plug-in with a fault of its own, which quotes what it was given."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError(f"no answer about {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ValueError(f"cannot keep {password}")


class Chain(ChainerBackend):
    """What `keyring` makes of several keyrings."""

    backends = ()


def use(backend: KeyringBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CHOICE, raising=False)
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)


def test_what_a_plug_in_raises_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Broken(), monkeypatch)
    with pytest.raises(StorageUnavailable, match="ValueError") as caught:
        remember_passphrase(OWNER, PASSPHRASE)
    assert PASSPHRASE not in str(caught.value)
    with pytest.raises(CredentialError, match=r"SALUS_PASSPHRASE.*OSError"):
        find_passphrase(OWNER, environment={}, ask=None)
    assert find_passphrase(OWNER, environment={}, ask=lambda _: "told") == "told"
    with pytest.raises(StorageUnavailable, match="OSError"):
        forget_passphrase(OWNER)


class Asking(KeyringBackend):
    """One that waits for a password which it asks for on a screen that nobody sees."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.unlocked = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.unlocked.wait()
        return "told too late"

    def set_password(self, service: str, username: str, password: str) -> None:
        self.unlocked.wait()


def test_a_keyring_that_does_not_answer_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asking = Asking()
    use(asking, monkeypatch)
    monkeypatch.setattr(passphrase_sources, "_WAIT", 0.1)
    with pytest.raises(CredentialError, match=r"set SALUS_PASSPHRASE.*no answer in 0\.1 s"):
        find_passphrase(OWNER, environment={}, ask=None)
    assert find_passphrase(OWNER, environment={}, ask=lambda _: "told") == "told"
    for act in (lambda: remember_passphrase(OWNER, PASSPHRASE), lambda: forget_passphrase(OWNER)):
        with pytest.raises(StorageUnavailable, match="no answer") as caught:
            act()
        assert PASSPHRASE not in str(caught.value)
    asking.unlocked.set()


@pytest.mark.parametrize("backend", [PlaintextKeyring, NoKeyring, NullKeyring])
def test_what_nobody_chose_and_nobody_recommends_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: type[KeyringBackend]
) -> None:
    unsafe = backend()
    monkeypatch.setattr(PlaintextKeyring, "file_path", str(tmp_path / "clear.cfg"))
    for each in (unsafe, Chain()):
        use(each, monkeypatch)
        monkeypatch.setattr(keyring.backend, "get_all_keyring", lambda: [unsafe, Chain()])
        with pytest.raises(StorageUnavailable, match=CHOICE):
            remember_passphrase(OWNER, PASSPHRASE)
    assert list(tmp_path.iterdir()) == []


def test_of_several_keyrings_the_best_is_used_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    use(Chain(), monkeypatch)
    monkeypatch.setattr(
        keyring.backend, "get_all_keyring", lambda: [PlaintextKeyring(), Broken(), Chain()]
    )
    with pytest.raises(StorageUnavailable, match="ValueError"):
        remember_passphrase(OWNER, PASSPHRASE)
