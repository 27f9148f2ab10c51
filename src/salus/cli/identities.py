"""``salus identities``: who controls an identity.

Example:
    $ salus identities show 0x… --network anvil
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments, guardians, leftovers, recovery
from salus.cli.passphrases import NewFrom, new_passphrase
from salus.cli.session import Session, command, in_words
from salus.errors import InputError
from salus_verify.encoding import hex0x

group = typer.Typer(help="Who controls an identity.", no_args_is_help=True)
group.add_typer(guardians.group, name="guardians")
group.add_typer(recovery.group, name="recovery")
group.add_typer(leftovers.group, name="leftovers")
Identity = Annotated[str, typer.Argument(help="The identity's address.")]


@command(group, "create")
def create(
    session: Session,
    keystore: Annotated[
        Path, typer.Argument(help="A new file; SALUS_ACCOUNT=keystore:FILE names it later.")
    ],
) -> None:
    """Make an account with a fresh key, in an encrypted keystore. Needs no chain."""
    from salus.chain.signing.signers import Account

    if keystore.exists():
        raise InputError(f"{keystore} exists: a keystore is never overwritten, name another file")
    if not keystore.parent.is_dir():
        raise InputError(f"{keystore.parent} is not a folder: make it first, or name another")
    account = Account.create()
    passphrase = session.settings.passphrase or session.ask_passphrase("Passphrase", new=True)
    account.to_keystore(keystore, passphrase)
    session.emit({"identity": account.identity, "keystore": keystore})


@command(group, "change-passphrase")
def change_passphrase(
    session: Session,
    keystore: Annotated[Path, typer.Argument(help="The account's keystore.")],
    new_from: NewFrom = None,
) -> None:
    """Encrypt an account's keystore under another passphrase. Needs no chain."""
    from salus.chain.signing import keystore_files

    before = session.settings.passphrase or session.ask_passphrase("Its passphrase now")
    keystore_files.read(keystore, before)  # nobody types a new one twice for nothing
    new = new_passphrase(session, f"New passphrase of {keystore}", new_from)
    address = keystore_files.change_keystore_passphrase(keystore, passphrase=before, new=new)
    session.say(
        "Copies of the keystore keep the old passphrase: back it up now, and destroy older ones."
        " Where SALUS_PASSPHRASE holds it, set that anew; the key file of a vault keeps its own"
        " until `salus vault change-passphrase`."
    )
    session.emit({"address": address, "keystore": keystore})


@command(group, "show")
def show(session: Session, identity: Identity) -> None:
    """Show an identity: its DID, controller, services, and the changes that wait."""
    who = arguments.address(identity)
    identities = session.salus.identities
    recovery = identities.recovery.pending(who)
    coming = identities.guardians.scheduled(who)
    found = identities.changes.attributes(who)
    data = {
        "identity": who,
        "did": identities.did(who),
        "controller": identities.control.owner(who),
        "deactivated": identities.control.is_deactivated(who),
        "guarded": identities.guardians.commitment(who) is not None,
        "guardiansChangeAt": coming and coming.effective_at,
        "guardedThen": coming and coming.commitment is not None,
        "recoveryReadyAt": recovery.ready_at or None,
        "attributes": {name: [hex0x(each) for each in found[name]] for name in found},
    }
    words = {name: [leftovers.in_words(each) for each in found[name]] for name in found}
    session.emit(data, in_words({**data, "attributes": words}))


@command(group, "rotate")
def rotate(
    session: Session, identity: Identity, new_owner: Annotated[str, typer.Argument()]
) -> None:
    """Hand an identity to a new owner."""
    transaction = session.salus.identities.control.rotate(
        arguments.address(identity), arguments.address(new_owner)
    )
    session.emit(
        {
            "identity": arguments.address(identity),
            "owner": arguments.address(new_owner),
            "transaction": transaction.hash,
        }
    )


@command(group, "deactivate")
def deactivate(
    session: Session,
    identity: Identity,
    yes: Annotated[bool, typer.Option("--yes", help="I know that this is permanent.")] = False,
) -> None:
    """Permanently end an identity."""
    if not yes:
        session.confirm("Nobody will ever control this identity again. Go on?")
    transaction = session.salus.identities.control.deactivate(arguments.address(identity))
    session.emit(
        {
            "identity": arguments.address(identity),
            "deactivated": True,
            "transaction": transaction.hash,
        }
    )


@command(group, "delegate")
def delegate(
    session: Session,
    identity: Identity,
    kind: Annotated[str, typer.Argument(help="Such as consent/grant or consent/revoke.")],
    to: Annotated[str, typer.Argument(help="Who may act.")],
    lasting: Annotated[str, typer.Option("--for", help="How long, as in 90d.")] = "365d",
) -> None:
    """Let somebody act for an identity."""
    from salus.identities.changes import add_delegate

    change = add_delegate(arguments.address(to), kind, lasting=arguments.duration(lasting))
    transaction = session.salus.identities.changes.apply(arguments.address(identity), [change])
    session.emit(
        {
            "identity": arguments.address(identity),
            "delegate": arguments.address(to),
            "kind": kind,
            "transaction": transaction.hash,
        }
    )


@command(group, "undelegate")
def undelegate(
    session: Session,
    identity: Identity,
    kind: Annotated[str, typer.Argument()],
    to: Annotated[str, typer.Argument()],
) -> None:
    """End what somebody may do for an identity."""
    from salus.identities.changes import revoke_delegate

    change = revoke_delegate(arguments.address(to), kind)
    transaction = session.salus.identities.changes.apply(arguments.address(identity), [change])
    session.emit(
        {
            "identity": arguments.address(identity),
            "undelegated": arguments.address(to),
            "kind": kind,
            "transaction": transaction.hash,
        }
    )


@command(group, "publish")
def publish(
    session: Session,
    identity: Identity,
    service: Annotated[str, typer.Argument(help="Such as inbox.")],
    url: Annotated[str, typer.Argument(help="Where it is; public permanently.")],
    lasting: Annotated[str, typer.Option("--for", help="How long, as in 365d.")] = "365d",
) -> None:
    """Add a service to an identity: a `did/svc` entry."""
    from salus.identities.changes import set_attribute

    change = set_attribute(f"did/svc/{service}", url.encode(), lasting=arguments.duration(lasting))
    transaction = session.salus.identities.changes.apply(arguments.address(identity), [change])
    session.emit(
        {
            "identity": arguments.address(identity),
            "service": service,
            "url": url,
            "transaction": transaction.hash,
        }
    )
