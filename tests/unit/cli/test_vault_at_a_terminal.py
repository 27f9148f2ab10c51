"""`salus vault` with a person at the terminal: what is asked, and what is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.command_line import PASSPHRASE, CommandLine
from tests.support.shells import Shells
from tests.support.terminals import at_terminal

from salus.vault import load_keys

pytestmark = pytest.mark.slow


def equip(person: CommandLine) -> CommandLine:
    """Give somebody a vault, an inbox, and a keyring in a file."""
    person.settings = {
        "SALUS_STATE": str(person.folder / "state"),
        "SALUS_STORAGE": (person.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "XDG_DATA_HOME": str(person.folder / "data"),
    }
    person("records", "announce", (person.folder / "inbox").as_uri())
    return person


@pytest.mark.parametrize(
    ("answer", "code", "words"), [("y", 0, "fingerprint"), ("n", 2, "nothing was done")]
)
def test_a_changed_key_is_shown_and_asked_about(
    shell: Shells, answer: str, code: int, words: str
) -> None:
    ours, theirs = equip(shell()), equip(shell())
    done, shown = at_terminal(ours, "vault", "trust", theirs.me, answers={"[y/N]": answer})
    assert done == code, shown
    assert shown.index("was: never met") < shown.index("is:  ") < shown.index("[y/N]")
    assert words in shown[shown.index("[y/N]") :]


def test_a_passphrase_is_typed_unseen(shell: Shells) -> None:
    person = equip(shell())
    del person.settings["SALUS_PASSPHRASE"]
    done, shown = at_terminal(person, "vault", "remember", answers={"Passphrase": PASSPHRASE})
    assert done == 0, shown
    assert PASSPHRASE not in shown
    assert at_terminal(person, "vault", "check", answers={})[0] == 0


def test_a_new_passphrase_is_typed_twice(shell: Shells) -> None:
    person = equip(shell())
    made = person("vault", "split-keys", "--out", "guardians").data
    (path,) = Path(person.settings["SALUS_STATE"]).glob("*.keys.json")
    path.unlink()
    del person.settings["SALUS_PASSPHRASE"]
    person.hidden.add("a new one entirely")
    shares = [word for file in made["shares"][:2] for word in ("--share", file)]
    typed = {"Passphrase": "a new one entirely", "Repeat": "a new one entirely"}
    done, shown = at_terminal(person, "vault", "recover", made["document"], *shares, answers=typed)
    assert done == 0, shown
    assert load_keys(path, passphrase="a new one entirely")
