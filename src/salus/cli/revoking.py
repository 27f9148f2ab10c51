"""The verbs of ``salus records`` for consents that are over.

Example:
    $ salus records revoke-ended --dry-run --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import read_file
from salus.cli.session import Session, command
from salus.errors import InputError, VerificationError


def register(group: typer.Typer) -> None:
    """Add these verbs to the group of records."""
    command(group, "revoke")(revoke)
    command(group, "revoke-ended")(revoke_ended)


def revoke(
    session: Session,
    consent_id: Annotated[str | None, typer.Argument(help="32 bytes of hex.")] = None,
    signed: Annotated[
        Path | None, typer.Option(help="What the patient signed, instead of an id; checked first.")
    ] = None,
) -> None:
    """Honour a revocation: drop the keys of that consent, make new ones for what follows.

    On chain the consent stands until `salus consents revoke` ends it; until then it can be shared
    again.
    """
    from salus.consents.revocations import SignedRevocation

    if (consent_id is None) == (signed is None):
        raise InputError(
            "what is to be revoked? Name either the consent's id, or the signed revocation with"
            " --signed: one of them"
        )
    document = None if signed is None else SignedRevocation.from_json(read_file(signed))
    consent = document.consent_id if document else arguments.digest(consent_id or "")
    done = session.keeper.records.revoke(document or consent)
    session.emit(
        {
            "consent": consent,
            "sharedKeysDropped": done.shared_keys,
            "rotated": len(done.rotated),
            **_left_to_do(session, done.others),
        }
    )


def revoke_ended(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell; 6 if any ended.")] = False,
) -> None:
    """Revoke here every consent that has ended on chain, by its terms or with its signature.

    For every day: nobody tells a custodian that a consent is over.
    """
    done = session.keeper.records.revoke_ended(dry_run=dry_run)
    ended = [
        {
            "consent": each.consent,
            "reason": each.reason,
            "sharedKeysDropped": each.revocation.shared_keys if each.revocation else 0,
            "rotated": len(each.revocation.rotated) if each.revocation else 0,
        }
        for each in done.consents
    ]
    if done.unjudged:
        session.say(
            f"{len(done.unjudged)} were given past `salus records share`: only a revocation on"
            " chain ends them here; end the others with `salus records revoke`"
        )
    session.emit(
        {
            "ended": ended,
            "standing": done.standing,
            "unjudged": list(done.unjudged),
            "failed": [{"consent": each, "reason": str(why)} for each, why in done.failed],
            **_left_to_do(session, done.share_again),
        }
    )
    if dry_run and ended:
        session.fail(
            VerificationError(
                f"{len(ended)} consents have ended and their keys are still shared:"
                " run it without --dry-run"
            )
        )
    if done.failed:
        session.fail(done.failed[0][1])


def _left_to_do(session: Session, others: Iterable[str]) -> dict[str, Any]:
    """Who else held a key that was rotated: they miss what is new until they are given the next."""
    from salus.emergencies.emergency_keys import EMERGENCY

    consents = [each for each in others if not each.startswith(EMERGENCY)]
    emergencies = [each for each in others if each.startswith(EMERGENCY)]
    if consents:
        session.say(
            f"{len(consents)} other consents had a key that was rotated: once something new is"
            " added, `salus records share` each again, or their readers will miss it"
        )
    if emergencies:
        session.say(
            "so had emergency keys: `salus vault emergency seal` after something new is added"
        )
    return {"shareAgain": consents, "emergencies": emergencies}
