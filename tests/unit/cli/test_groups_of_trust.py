"""Every verb of `identities`, `accreditations` and `anchors`, with the JSON that it promises."""

from __future__ import annotations

import os

from tests.support.command_line import PASSPHRASE, CommandLine, verbs_of
from tests.support.shells import Shells

from salus.chain import Account
from salus.cli.leftovers import in_words
from salus.testing import advance

DAY = 86400


def test_every_verb_of_identities(shell: Shells) -> None:
    cli = shell()
    other = Account.create().identity

    made = cli("identities", "create", "key.json", SALUS_PASSPHRASE=PASSPHRASE).data
    assert made["identity"] == Account.from_keystore(cli.folder / "key.json", PASSPHRASE).identity
    assert (cli.folder / "key.json").stat().st_mode & 0o777 == 0o600
    cli.write("new.txt", "a new one entirely\n")
    cli.hidden.add("a new one entirely")
    change = ("identities", "change-passphrase", "key.json", "--new-from", "new.txt")
    changed = cli(*change, SALUS_PASSPHRASE=PASSPHRASE).data
    assert changed == {"address": made["identity"], "keystore": made["keystore"]}
    opened = Account.from_keystore(cli.folder / "key.json", "a new one entirely")
    assert opened.address == made["identity"]

    cli("identities", "publish", cli.me, "inbox", "https://example.org/inbox")
    shown = cli("identities", "show", cli.me).data["attributes"]
    assert list(shown) == ["did/svc/inbox"]
    (url,) = (bytes.fromhex(each[2:]).decode() for each in shown["did/svc/inbox"])
    assert url in cli("identities", "show", cli.me, json=False).out
    cli("identities", "delegate", cli.me, "consent/revoke", other)
    cli("identities", "undelegate", cli.me, "consent/revoke", other)

    cli("identities", "guardians", "set", cli.me, other, "--threshold", 1, "--out", "g.json")
    assert cli("identities", "show", cli.me).data["guarded"]
    assert cli("identities", "show", cli.me).data["guardiansChangeAt"] is None
    cli("identities", "guardians", "clear", cli.me)
    shown = cli("identities", "show", cli.me).data
    assert (shown["guardiansChangeAt"] > 0, shown["guardedThen"]) == (True, False)
    cli("identities", "guardians", "cancel", cli.me)

    cli("identities", "rotate", cli.me, other)
    assert cli("identities", "show", cli.me).data["controller"] == other
    lost = shell()
    lost("identities", "deactivate", lost.me, "--yes")
    assert lost("identities", "show", lost.me).data["deactivated"]
    others = verbs_of("identities recovery") | verbs_of("identities leftovers")
    assert cli.done | lost.done == verbs_of("identities") - others


def test_every_verb_of_recovery(shell: Shells) -> None:
    patient, aunt, friend = shell(), shell(), shell()
    new_owner = Account.create().identity
    opening = patient.folder / "guardians.json"
    named = (aunt.me, friend.me, Account.create().identity)
    patient(
        *("identities", "guardians", "set", patient.me, *named),
        *("--threshold", 2, "--out", opening),
    )
    approvals = approve(patient, (aunt, friend), new_owner)
    patient("identities", "recovery", "propose", *approvals, "--guardians", opening)
    assert patient("identities", "recovery", "show", patient.me).data["newOwner"] == new_owner
    vetoed = patient("identities", "recovery", "veto", patient.me.lower()).data
    assert vetoed["identity"] == patient.me, "as it is written everywhere"
    assert patient("identities", "recovery", "show", patient.me).data["newOwner"] is None

    for file in approvals:
        file.unlink()
    approvals = approve(patient, (aunt, friend), new_owner)
    ready = aunt("identities", "recovery", "propose", *approvals, "--guardians", opening).data
    assert friend("identities", "recovery", "execute", patient.me).error[1] == "RecoveryNotReady"
    advance(patient.place.chain, ready["readyAt"] - patient.place.chain.now())
    friend("identities", "recovery", "execute", patient.me)
    assert patient("identities", "show", patient.me).data["controller"] == new_owner
    assert patient.done | aunt.done | friend.done >= verbs_of("identities recovery")


def test_every_verb_of_leftovers(shell: Shells) -> None:
    patient, friend, owner = shell(), shell(), shell()
    accomplice, carer, guardian = (Account.create().identity for _ in range(3))
    leftovers = ("identities", "leftovers")
    opening = patient.folder / "guardians.json"
    patient(
        *("identities", "guardians", "set", patient.me, friend.me, guardian),
        *("--threshold", 1, "--out", opening),
    )
    patient("identities", "delegate", patient.me, "consent/grant", carer)
    stolen = patient("identities", "delegate", patient.me, "consent/grant", accomplice).data
    patient("identities", "publish", patient.me, "inbox", "https://thief.example/[red]inbox")
    early = patient(*leftovers, "clear", patient.me, "--yes").error
    assert early[:2] == (2, "NotHandedOver")

    advance(patient.place.chain, 60)
    approvals = approve(patient, (friend,), owner.me)
    ready = friend("identities", "recovery", "propose", *approvals, "--guardians", opening).data
    advance(patient.place.chain, ready["readyAt"] - patient.place.chain.now())
    friend("identities", "recovery", "execute", patient.me)

    mine, *theirs = owner(*leftovers, "show", patient.me).data
    assert (mine["delegate"], mine["sender"], mine["own"]) == (carer, patient.me, False)
    assert theirs[0]["transaction"] == stolen["transaction"]
    assert [each["kind"] for each in theirs] == ["delegate", "attribute"]
    table = owner(*leftovers, "show", patient.me, json=False).out
    assert "https://thief.example/[red]inbox" in table
    assert accomplice in table
    assert owner(*leftovers, "show", patient.me, "--since", "recovery").data == []
    assert "nothing" in owner(*leftovers, "show", owner.me, json=False).out
    assert owner(*leftovers, "show", patient.me, "--since", "-1").error[:2] == (2, "InputError")

    clear = (*leftovers, "clear", patient.me, "--keep", mine["id"])
    assert "nothing was done" in owner(*clear).error[2]
    assert owner(*clear, "--keep", "typo", "--yes").error[:2] == (2, "InputError")
    assert patient(*clear, "--yes").error[:2] == (3, "NotController")
    cleared = owner(*clear, "--keep-consents", "--yes").data
    assert cleared["removed"] == [each["id"] for each in theirs]
    assert (cleared["consentsEnded"], cleared["unremoved"]) == (False, [])
    ended = owner(*clear, "--yes").data
    assert (ended["consentsEnded"], len(ended["transactions"])) == (True, 1)
    again = owner(*clear, "--yes").data
    assert (again["removed"], again["transactions"]) == ([], [])
    assert [each["delegate"] for each in owner(*leftovers, "show", patient.me).data] == [carer]
    assert owner.done == verbs_of("identities leftovers")


def test_a_guardian_of_the_guarded_key_is_taken_only_when_told(shell: Shells) -> None:
    patient, spare = shell(), shell()
    spare("identities", "rotate", spare.me, patient.me)
    chosen = ("identities", "guardians", "set", patient.me, spare.me, Account.create().identity)
    rest = ("--threshold", 1, "--out", "g.json")
    assert patient(*chosen, *rest).error[:2] == (2, "GuardianRefused")
    assert not (patient.folder / "g.json").exists()
    patient(*chosen, *rest, "--shared-keys")
    assert patient("identities", "show", patient.me).data["guarded"]


def approve(patient: CommandLine, guardians: tuple[CommandLine, ...], new_owner: str) -> list:
    deadline = patient.place.chain.now() + 30 * DAY
    opening = patient.folder / "guardians.json"
    for each in guardians:
        each(
            *("identities", "recovery", "approve", patient.me, new_owner),
            *("--guardians", opening, "--deadline", deadline, "--out", "approval.json"),
        )
    return [each.folder / "approval.json" for each in guardians]


def test_every_verb_of_accreditations(shell: Shells, governor: CommandLine) -> None:
    board, doctor = shell(), shell()
    governor("accreditations", "name", "clinician", board.me)
    board("accreditations", "give", doctor.me, "clinician", "--for", "30d")
    (row,) = doctor("accreditations", "show", doctor.me).data
    assert (row["role"], row["holds"], row["accreditor"]) == ("clinician", True, board.me)
    board("accreditations", "revoke", doctor.me, "clinician")
    assert doctor("accreditations", "show", doctor.me).data == []
    governor("accreditations", "remove", "clinician", board.me)
    done = governor.done | board.done | doctor.done
    assert done == verbs_of("accreditations")


def test_every_verb_of_anchors(cli: CommandLine) -> None:
    cli.settings = {
        "SALUS_STATE": str(cli.folder / "state"),
        "SALUS_STORAGE": (cli.folder / "blobs").as_uri(),
        "SALUS_PASSPHRASE": PASSPHRASE,
    }
    leaves = [os.urandom(32).hex() for _ in range(3)]
    cli("anchors", "append", "audit", *leaves[:2])
    last = cli("anchors", "append", "audit", leaves[2]).data
    history = cli("anchors", "history", cli.me, "audit").data
    assert [each["size"] for each in history] == [2, 3]
    checked = cli("anchors", "check", cli.me, "audit").data
    assert (checked["number"], checked["size"], checked["disownedLeaves"]) == (1, 3, 0)
    proof = cli("anchors", "prove", "audit", leaves[1]).data
    assert (proof["index"], proof["root"]) == (1, last["root"])
    (cli.folder / "state" / "logs.sqlite").unlink()
    (rebuilt,) = cli("anchors", "rebuild").data
    assert (rebuilt["stream"], rebuilt["anchored"], rebuilt["missing"]) == ("audit", 3, 0)
    assert cli.done == verbs_of("anchors")


def test_of_a_value_that_a_thief_made_long_only_its_beginning_is_shown() -> None:
    assert in_words(b"memory://inbox") == "memory://inbox"
    shown = in_words(b"a" * 2**20)
    assert shown.startswith("1048576 bytes, 0x6161")
    assert len(shown) < 500
