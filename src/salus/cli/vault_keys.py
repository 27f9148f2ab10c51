"""The verbs of ``salus vault`` that look after keys: one's own, and those of others.

Example:
    $ salus vault split-keys --out guardians --needed 2 --shares 3 --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.files import make_empty, read_file, write_new
from salus.cli.passphrases import NewFrom, new_passphrase
from salus.cli.session import Session, command
from salus.errors import InputError
from salus_verify.json_reader import wide_encoding

if TYPE_CHECKING:
    from salus.vault.keys.key_shares import SplitKeys


def register(group: typer.Typer) -> None:
    """Add these verbs to the group of the vault."""
    for name, verb in (
        ("rotate-keys", rotate_keys),
        ("retire-keys", retire_keys),
        ("trust", trust),
        ("split-keys", split_keys),
        ("recover", recover),
        ("change-passphrase", change_passphrase),
        ("backup", backup),
        ("remember", remember),
        ("forget", forget),
    ):
        command(group, name)(verb)


def rotate_keys(session: Session) -> None:
    """Start a new encryption key, keep the old ones for what is under way, and announce it.

    Interrupted, the same command announces the key that was made.
    """
    from salus.connecting.identity_keys import passphrase_of
    from salus.vault.keys.state_folder import keys_file

    salus = session.keeper
    owner = salus.vault.identity
    made = salus.mail.rotate_keys(
        keys_file(_state(session), owner), passphrase=passphrase_of(owner, session.settings)
    )
    if made.shares_stale:
        session.say(
            "Recovery shares were split before this key was made and do not bring it back:"
            " `salus vault split-keys` again, and give each guardian the new one."
        )
    session.emit(
        {
            "keyDocument": made.keys.document.id,
            "keys": len(made.keys.keys),
            "recoverySharesStale": made.shares_stale,
            "transaction": made.transaction.hash,
        }
    )


def retire_keys(
    session: Session,
    before: Annotated[
        str, typer.Option(help="Destroy keys that were replaced before this day (UTC).")
    ],
) -> None:
    """Destroy old encryption keys, without a chain: what is sealed to them stays closed.

    `salus records collect` first: letters that lie in the inbox may be sealed to them.
    """
    from salus.vault.keys import key_file
    from salus.vault.keys.state_folder import owner_of

    path = _keys_on_disk(session)
    passphrase = _passphrase(session, owner_of(path))
    when = arguments.day(before)
    left, gone = key_file.retire_keys(path, passphrase=passphrase, before=when)
    if gone:
        session.say(
            "Backups of the key file and recovery shares made before still hold what was destroyed:"
            " back up and `salus vault split-keys` anew, and destroy the older ones."
        )
    session.emit({"identity": left.identity, "keys": len(left.keys), "retired": gone})


def trust(
    session: Session,
    identity: Annotated[str, typer.Argument(help="Whose key changed.")],
    fingerprint: Annotated[
        str | None, typer.Option(help="What its owner told you; asked for unless given.")
    ] = None,
) -> None:
    """Accept somebody's changed key, after comparing it with its owner."""
    from salus.vault.letters.contacts import fingerprint as written

    who = arguments.address(identity)
    told = None if fingerprint is None else arguments.digest("".join(fingerprint.split()))
    salus = session.keeper
    _, document = salus.mail.directory.find(who)
    known, shown = salus.vault.contacts.known(document.identity), written(document.digest)
    session.say(f"was: {'never met' if known is None else written(known)}")
    session.say(f"is:  {shown}")
    if told is None:
        _ask_about(session)
    document = salus.mail.trust(who, fingerprint=document.digest if told is None else told)
    session.emit({"identity": document.identity, "fingerprint": shown})


def split_keys(
    session: Session,
    out: Annotated[Path, typer.Option(help="Folder for the document and the shares.")],
    needed: Annotated[int, typer.Option(help="How many shares give the keys back.")] = 2,
    shares: Annotated[int, typer.Option(help="How many shares there are, at most 16.")] = 3,
) -> None:
    """Write recovery shares of the identity keys, one file for each guardian (SLIP-39)."""
    document = out / "recovery.json"
    files = [out / f"share-{number}.txt" for number in range(1, shares + 1)]

    def keep(recovery: SplitKeys) -> None:
        # Shares open only the document that they were made with: one set never covers another.
        make_empty(out)
        write_new(document, recovery.document)
        for file, words in zip(files, recovery.shares, strict=True):
            write_new(file, words + "\n")

    session.keeper.mail.split_keys(needed=needed, shares=shares, keep=keep)
    session.say(
        "Give each guardian one share, and keep none beside your keys. Shares bring back the"
        " identity's keys, and no record: back up the key database (keys.sqlite) as well."
    )
    session.emit({"document": str(document), "shares": [str(each) for each in files]})


def recover(
    session: Session,
    document: Annotated[Path, typer.Argument(help="recovery.json.")],
    share: Annotated[list[Path], typer.Option(help="A share's file; once for each share.")],
) -> None:
    """Get the identity keys back from shares, into the state folder, under the passphrase."""
    from salus.vault.keys.key_file import create_keys
    from salus.vault.keys.key_shares import recover as recombine
    from salus.vault.keys.state_folder import keys_file

    state = _state(session)
    words = [_share_in(each) for each in share]
    found = recombine(read_file(document), words)
    keys, path = found.keys, keys_file(state, found.keys.identity)
    create_keys(path, keys, passphrase=_passphrase(session, keys.identity, new=True))
    wrong = [str(share[number - 1]) for number in found.wrong]
    if wrong:
        session.say(f"Wrong, and not needed: {', '.join(wrong)}. Ask who brought them.")
    session.emit(
        {"identity": keys.identity, "keys": len(keys.keys), "file": str(path), "wrong": wrong}
    )


def _share_in(path: Path) -> str:
    """A share, in whatever encoding an editor saved it: one that is damaged stops no other."""
    content = read_file(path)
    return content.decode(wide_encoding(content) or "utf-8", errors="replace")


def change_passphrase(
    session: Session,
    new_from: NewFrom = None,
) -> None:
    """Encrypt the key file under another passphrase, without a chain; a keyring follows."""
    from salus.vault.keys import key_file
    from salus.vault.keys.encrypted_keys import load_keys
    from salus.vault.keys.state_folder import owner_of

    path = _keys_on_disk(session)
    owner = owner_of(path)
    before = _passphrase(session, owner)
    load_keys(path, passphrase=before)  # nobody types a new one twice for nothing
    question = f"New passphrase of the keys of {owner}"
    new = new_passphrase(session, question, new_from)
    remembered = key_file.change_passphrase(path, passphrase=before, new=new)
    session.say(
        "Backups of the key file keep the old passphrase: back it up now, and destroy older copies."
        " Where SALUS_PASSPHRASE holds it, set that anew; an account's keystore keeps its own until"
        " `salus identities change-passphrase`."
    )
    session.emit({"identity": owner, "file": str(path), "remembered": remembered})


def backup(
    session: Session, to: Annotated[Path, typer.Argument(help="A new folder for the copies.")]
) -> None:
    """Copy key database, logs and key file while others work with them; needs no chain."""
    from salus.connecting.backing_up import back_up
    from salus.vault.keys.state_folder import owner_of

    owner = owner_of(_keys_on_disk(session))
    made = back_up(session.settings, to, passphrase=_passphrase(session, owner))
    session.say(
        "Copies of blobs and the account's keystore belong to it; the passphrase is that of today."
        " Rehearse with a copy of this copy: `salus vault check --state COPY`, with a node. It has"
        " the keys of what is erased later: delete it as fast as you promise to erase."
    )
    session.emit({"identity": made.identity, "files": [str(each) for each in made.files]})


def remember(session: Session) -> None:
    """Keep the passphrase (from SALUS_PASSPHRASE, or asked for) in the system's keyring."""
    from salus.vault.keys.encrypted_keys import load_keys
    from salus.vault.keys.passphrase_sources import remember_passphrase
    from salus.vault.keys.state_folder import owner_of

    path = _keys_on_disk(session)
    owner = owner_of(path)
    passphrase = _passphrase(session, owner)
    load_keys(path, passphrase=passphrase)  # what does not open the file is not kept
    remember_passphrase(owner, passphrase)
    session.emit({"identity": owner, "remembered": True})


def forget(session: Session) -> None:
    """Take the passphrase out of the system's keyring again."""
    from salus.vault.keys.passphrase_sources import forget_passphrase
    from salus.vault.keys.state_folder import owner_of

    owner = owner_of(_keys_on_disk(session))
    session.emit({"identity": owner, "forgotten": forget_passphrase(owner)})


def _ask_about(session: Session) -> None:
    otherwise = "--fingerprint gives what its owner told you, and goes on without asking"
    if session.as_json:  # nothing was shown that a person could compare
        raise InputError(f"not confirmed: nothing was done; {otherwise}")
    session.confirm("Did its owner tell you this one over another channel?", otherwise=otherwise)


def _passphrase(session: Session, owner: str, *, new: bool = False) -> str:
    """As configured, or asked for: what a keyring holds may be the one that no longer opens."""
    question = f"Passphrase of the keys of {owner}"
    return session.settings.passphrase or session.ask_passphrase(question, new=new)


def _state(session: Session) -> Path:
    if session.settings.state is None:
        raise InputError("keys are kept in a folder: name it with --state or SALUS_STATE")
    return Path(session.settings.state)


def _keys_on_disk(session: Session) -> Path:
    from salus.vault.keys.state_folder import keys_file

    state, identity = _state(session), session.settings.identity
    if identity is not None:
        found = [keys_file(state, arguments.address(identity))]
    else:
        found = sorted(state.glob("0x*.keys.json"))
    if len(found) > 1:
        raise InputError(f"{state} holds the keys of {len(found)} identities: name --identity")
    if not found or not found[0].exists():
        raise InputError(f"{state} holds no such keys: `salus records announce` makes them")
    return found[0]
