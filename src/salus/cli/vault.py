"""``salus vault``: look after encrypted records and the keys to them.

Example:
    $ salus vault check --deep --repair --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import read_file, write_private
from salus.cli.session import Session, command
from salus.errors import InputError, MissingKey, StorageError

if TYPE_CHECKING:
    from salus.vault import IdentityKeys

group = typer.Typer(help="The vault itself: records and keys looked after.", no_args_is_help=True)


@command(group, "check")
def check(
    session: Session,
    deep: Annotated[bool, typer.Option("--deep", help="Read and hash every blob.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
) -> None:
    """Check that every record has its key and its blob."""
    from salus.errors import VerificationError

    report = session.salus.vault.check(deep=deep, repair=repair)
    findings: list[dict[str, Any]] = [
        {
            "kind": each.kind,
            "subject": each.subject,
            "detail": each.detail,
            "repaired": each.repaired,
        }
        for each in report.findings
    ]
    session.say(f"{report.versions} record versions checked")
    session.emit({"versions": report.versions, "sound": report.sound, "findings": findings})
    if not report.sound:
        left = sum(not each.repaired for each in report.findings)
        raise VerificationError(f"{left} findings are left to mend: each says what helps")


@command(group, "gc")
def gc(
    session: Session,
    older_than: Annotated[
        str, typer.Option(help="Leave what is younger alone: a number and s, m, h, d or y.")
    ] = "1d",
) -> None:
    """Remove blobs of this vault that nothing points to."""
    age = arguments.duration(older_than)
    done = session.salus.vault.collect(older_than=float(age))
    session.emit({"blobs": list(done.blobs), "unfinished": done.parts})


@command(group, "rekey")
def rekey(
    session: Session,
    patient: Annotated[
        str | None, typer.Option(help="Only the records of this identity; all unless told.")
    ] = None,
) -> None:
    """Re-encrypt records under new keys, delete the old blobs, and anchor the new versions.

    Interrupted, the same command goes on where it stopped.
    """
    from rich.progress import Progress

    salus = session.salus
    who = None if patient is None else arguments.address(patient)
    with Progress(console=session.words, transient=True) as bar:
        task = bar.add_task("re-encrypting", total=None)
        done = salus.vault.rekey(
            author=salus.account,
            created_at=salus.chain.now(),
            patient=who,
            progress=lambda ready, total: bar.update(task, completed=ready, total=total),
        )
    anchored = salus.records.anchor_pending()
    session.emit(
        {
            "versions": len(done.added),
            "checkpoint": None if anchored is None else anchored.checkpoint.id,
            "shareAgain": list(done.consents),
            "unreached": [f"{blob} in {place}: {why}" for place, blob, why in done.unreached],
            "failed": [f"{record}: {why}" for record, why in done.failed],
        }
    )
    if not done.complete:
        raise StorageError("not everything was re-encrypted: `salus vault check` says what helps")


@command(group, "rotate-keys")
def rotate_keys(session: Session) -> None:
    """Start a new encryption key, keep the old ones for what is under way, and announce it.

    Interrupted, the same command announces the key that was made.
    """
    from salus.records.directory import find_key

    salus = session.salus
    keys, path = salus.vault.keys, _keys_file(session)
    announced = find_key(salus.identities, salus.account.identity)
    if announced is None:
        raise MissingKey(f"the inbox of {keys.identity}: `salus records announce` it first")
    if announced == keys.document.digest:
        keys = keys.rotate(created_at=salus.chain.now())
        _save(path, keys)
    inbox, _ = salus.records.directory.find(salus.account.identity)
    transaction = salus.records.directory.announce(keys.document, inbox.url)
    session.emit(
        {
            "keyDocument": keys.document.id,
            "keys": len(keys.keys),
            "transaction": transaction.hash,
        }
    )


@command(group, "trust")
def trust(
    session: Session,
    identity: Annotated[str, typer.Argument(help="Whose key changed.")],
    fingerprint: Annotated[
        str | None, typer.Option(help="What its owner told you; asked for unless given.")
    ] = None,
) -> None:
    """Accept somebody's changed key, after comparing it with its owner."""
    from salus.errors import KeyChanged
    from salus.vault import fingerprint as written

    salus = session.salus
    _, document = salus.records.directory.find(arguments.address(identity))
    shown = written(document.digest)
    known = salus.vault.contacts.known(document.identity)
    session.say(f"was: {'never met' if known is None else written(known)}")
    session.say(f"is:  {shown}")
    if fingerprint is None:
        typer.confirm("Did its owner tell you this one over another channel?", abort=True, err=True)
    elif "".join(fingerprint.split()).lower() != "".join(shown.split()):
        raise KeyChanged(document.identity, known=fingerprint, shown=shown)
    salus.vault.contacts.accept(document)
    session.emit({"identity": document.identity, "fingerprint": shown})


@command(group, "split-keys")
def split_keys(
    session: Session,
    out: Annotated[Path, typer.Option(help="Folder for the document and the shares.")],
    needed: Annotated[int, typer.Option(help="How many shares give the keys back.")] = 2,
    shares: Annotated[int, typer.Option(help="How many shares there are, at most 16.")] = 3,
) -> None:
    """Write recovery shares of the identity keys, one file for each guardian (SLIP-39)."""
    from salus.vault import split_keys as split

    recovery = split(session.salus.vault.keys, needed=needed, shares=shares)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = [out / f"share-{number}.txt" for number in range(1, shares + 1)]
    write_private(out / "recovery.json", recovery.document)
    for file, words in zip(files, recovery.shares, strict=True):
        write_private(file, words + "\n")
    session.say("Give each guardian one share, and keep none beside your keys.")
    session.emit({"document": str(out / "recovery.json"), "shares": [str(each) for each in files]})


@command(group, "recover")
def recover(
    session: Session,
    document: Annotated[Path, typer.Argument(help="recovery.json.")],
    share: Annotated[list[Path], typer.Option(help="A share's file; once for each share.")],
) -> None:
    """Get the identity keys back from shares, into the state folder, under the passphrase."""
    from salus.vault import recover_keys

    words = [read_file(each).decode("ascii", errors="replace") for each in share]
    keys = recover_keys(read_file(document), words)
    path = _state(session) / f"{keys.identity}.keys.json"
    if path.exists():
        raise InputError(f"{path} exists: move it away first, nothing was written")
    _save(path, keys)
    session.emit({"identity": keys.identity, "keys": len(keys.keys), "file": str(path)})


@command(group, "remember")
def remember(session: Session) -> None:
    """Keep the passphrase (from SALUS_PASSPHRASE, or asked for) in the system's keyring."""
    from getpass import getpass

    from salus.vault import find_passphrase, load_keys, remember_passphrase

    path = _only_keys_file(session)
    owner = path.name.removesuffix(".keys.json")
    passphrase = find_passphrase(owner, ask=None if session.as_json else getpass)
    load_keys(path, passphrase=passphrase)  # what does not open the file is not kept
    remember_passphrase(owner, passphrase)
    session.emit({"identity": owner, "remembered": True})


def _save(path: Path, keys: IdentityKeys) -> None:
    from salus.vault import find_passphrase, save_keys

    save_keys(path, keys, passphrase=find_passphrase(keys.identity, ask=None))


def _state(session: Session) -> Path:
    from salus.config import Settings

    state = session.state or Settings.load().state
    if state is None:
        raise InputError("keys are kept in a folder: give --state or set SALUS_STATE")
    return Path(state)


def _keys_file(session: Session) -> Path:
    return _state(session) / f"{session.salus.vault.identity}.keys.json"


def _only_keys_file(session: Session) -> Path:
    found = sorted(_state(session).glob("0x*.keys.json"))
    if len(found) != 1:
        raise InputError(f"{_state(session)} holds {len(found)} keystore files: there must be one")
    return found[0]


@command(group, "release")
def release(
    session: Session,
    request: Annotated[Path, typer.Argument(help="The request, signed and countersigned.")],
    deposit: Annotated[Path, typer.Option(help="This custodian's deposit.")],
    out: Annotated[Path, typer.Option(help="For the sealed share; readable by you only.")],
) -> None:
    """As a custodian, release a share of an emergency key for a window that is open on chain."""
    from salus.custodians import Custodian
    from salus.vault.custody import Deposit
    from salus.vault.releases import SignedRequest

    asked = SignedRequest.parse(read_file(request))
    done = Custodian(session.salus).release(Deposit.parse(read_file(deposit)), asked)
    write_private(out.with_name(out.name + ".entry.json"), done.entry)
    write_private(out, done.share.to_bytes())
    session.emit(
        {
            "share": str(out),
            "entry": str(out.with_name(out.name + ".entry.json")),
            "leaf": done.inclusion.leaf,
            "checkpoint": done.inclusion.anchored.checkpoint.id,
        }
    )
