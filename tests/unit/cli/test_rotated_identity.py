"""At the command line: another key acts for an identity, and recovery shares that went stale."""

from __future__ import annotations

from tests.support.command_line import PASSPHRASE, CommandLine, sample_bundle, verbs_of
from tests.support.shells import Shells
from tests.unit.cli.test_groups_of_vault import equip, keys_file

from salus.primitives.roles import Role


def successor(person: CommandLine, new: CommandLine) -> CommandLine:
    """The same machine, under a key that the identity was handed to."""
    person("identities", "rotate", person.me, new.me)
    new.settings = {**person.settings, "SALUS_IDENTITY": person.me}
    new.folder = person.folder
    return new


def test_a_new_key_goes_on_in_the_name_of_the_identity(shell: Shells) -> None:
    hospital, new = equip(shell(Role.HOSPITAL)), shell()
    bundle = hospital.write("bundle.json", sample_bundle())
    added = hospital("records", "add", bundle, "--patient", new.me).data["records"]
    hospital = successor(hospital, new)
    inbox = (hospital.folder / "inbox").as_uri()

    assert (
        hospital("records", "announce", inbox).data["identity"]
        == hospital.settings["SALUS_IDENTITY"]
    )
    assert hospital("records", "open", added[0], "--out", "opened.json").code == 0
    again = hospital.write("note.txt", "allergic to penicillin")
    kind = ("--class", "AllergyIntolerance", "--type", "text/plain")
    assert hospital("records", "add", again, "--patient", hospital.me, *kind).data["new"] == 1
    assert hospital("records", "erase", added[1], "--yes").data["complete"]
    assert hospital("records", "resend").data["untold"] == []
    assert hospital("vault", "rekey").data["failed"] == []
    assert hospital("vault", "rotate-keys").data["keys"] == 2
    assert hospital("vault", "check").data["sound"]
    assert verbs_of("records") >= {"records resend"}


def test_an_identity_that_the_account_does_not_control_is_refused_by_name(shell: Shells) -> None:
    cli, other = shell(), shell()
    state = cli.folder / "state"
    settings = {
        "SALUS_STATE": str(state),
        "SALUS_STORAGE": (cli.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    inbox = (cli.folder / "inbox").as_uri()
    for words in (
        ("records", "announce", inbox, "--identity", other.me),
        ("records", "anchor", "--identity", other.me),
        ("anchors", "append", "audit", "0x" + "07" * 32, "--identity", other.me),
        ("vault", "check", "--identity", other.me),
    ):
        code, kind, message = cli(*words, **settings).error
        assert (code, kind) == (4, "SignerNotInControl"), words
        assert f"does not control {other.me}" in message
    assert cli("vault", "check", "--identity", "0x12", **settings).error[0] == 2
    assert sorted(each.name for each in cli.folder.rglob("*.keys.json")) == []
    assert not (cli.folder / "inbox").exists()


def test_a_new_key_in_an_old_folder_makes_no_second_participant(shell: Shells) -> None:
    hospital, new = equip(shell()), shell()
    hospital("identities", "rotate", hospital.me, new.me)
    new.settings = dict(hospital.settings)
    code, _, message = new("vault", "check").error
    assert code == 2
    assert f"holds the keys of {hospital.me}" in message
    assert "SALUS_IDENTITY" in message
    assert new("vault", "check", "--identity", hospital.me).data["sound"]
    # The old key is refused by name, and makes nothing either.
    old = hospital("records", "announce", (hospital.folder / "inbox").as_uri())
    assert old.error[:2] == (4, "SignerNotInControl")


def test_recovery_shares_that_went_stale_are_told(shell: Shells) -> None:
    hospital = equip(shell())
    made = hospital("vault", "split-keys", "--out", "first").data
    assert hospital("vault", "rotate-keys").data["recoverySharesStale"] is True
    shown = hospital("vault", "check")
    assert shown.code == 6
    assert "stale recovery shares" in shown.out
    hospital("vault", "split-keys", "--out", "second")
    assert hospital("vault", "check").data["sound"]

    # What the first shares bring back lacks the key that the chain names: that is told too.
    hospital.hidden |= {(hospital.folder / each).read_text().strip() for each in made["shares"]}
    keys_file(hospital).rename(hospital.folder / "lost")
    words = [word for each in made["shares"][:2] for word in ("--share", each)]
    hospital("vault", "recover", made["document"], *words)
    stale = hospital("vault", "check")
    assert stale.code == 6
    assert "missing identity key" in stale.out
