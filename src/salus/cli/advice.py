"""What messages advise, in the words of the command line: rooms name Python calls and arguments.

Example:
    >>> in_commands("wait, then `records.resend()`, or say whose with `number=`")
    'wait, then `salus records resend`, or say whose with --number'
"""

from __future__ import annotations

import re

COMMANDS = {
    "anchors.rebuild()": "salus anchors rebuild",
    "anchors.rebuild(disown=True)": "salus anchors rebuild --disown",
    "anchors.rebuild(undone=True)": "salus anchors rebuild --undone",
    "consents.actors.keep()": "salus consents actors keep",
    "consents.grant()": "salus consents grant",
    "consents.register()": "salus consents register",
    "consents.revocations.sign()": "salus consents sign-revocation",
    "consents.revocations.submit()": "salus consents submit-revocation",
    "consents.revoke()": "salus consents revoke",
    "consents.sign()": "salus consents sign",
    "emergencies.keeping.deposit()": "salus vault emergency deposit",
    "emergencies.keeping.seal()": "salus vault emergency seal",
    "emergencies.windows.open()": "salus consents break-glass open",
    "mail.announce()": "salus records announce",
    "mail.announce(replacing=True)": "salus records announce --yes",
    "mail.split_keys()": "salus vault split-keys",
    "mail.trust()": "salus vault trust",
    "me.compare()": "salus vault compare",
    "me.outbox": "salus outbox list",
    "me.outbox.check()": "salus outbox check",
    "me.outbox.put_aside()": "salus outbox check --put-aside",
    "me.safes.open()": "salus safe propose",
    "records.add_bundle()": "salus records add",
    "records.anchor_pending()": "salus records anchor",
    "records.check()": "salus vault check",
    "records.check(accept_rows=True)": "salus vault check --accept-rows",
    "records.check(repair=True)": "salus vault check --repair",
    "records.collect_unused()": "salus vault gc",
    "records.erase()": "salus records erase --out",
    "records.heed()": "salus consents keep",
    "records.open()": "salus records open",
    "records.patients.say()": "salus records patient",
    "records.received.drop()": "salus records drop",
    "records.received.unproven()": "salus records unproven",
    "records.resend()": "salus records resend",
    "records.revoke_ended()": "salus records revoke-ended",
    "records.share()": "salus records share",
    "salus.chain.deploy()": "salus deploy",
    "salus.index.Index.forget_webhook()": "salus index forget-webhook",
    "salus.index.Index.open()": "salus index run",
    "salus.vault.recover_keys()": "salus vault recover",
    "salus.vault.retire_keys()": "salus vault retire-keys",
    "salus.vault.remember_passphrase()": "salus vault remember",
    "thefts.clear()": "salus identities leftovers clear",
    "thefts.leftovers()": "salus identities leftovers",
    "vault.upkeep.rekey()": "salus vault rekey",
}
"""Calls of a client, of `salus` itself, or of `me`, and the commands that do the same."""

OPTIONS = {
    "about=": "--class",
    "disowned=True": "--disowned",
    "expiry=": "--expiry",
    "facts=": "facts (in Python)",
    "governance=": "--governance",
    "initial_delay=": "--delay",
    "issuer=": "--issuer",
    "maker=": "--maker",
    "max_fee=": "--max-fee",
    "media_type=": "--type",
    "number=": "--number",
    "overwrite=True": "--force",
    "patient=": "--patient",
    "policies=": "--policy",
    "purpose=": "--purpose",
    "recompile=False": "--no-recompile",
    "residual=True": "--residual",
    "since=": "--from",
    "solc=": "--solc",
    "unanimous=True": "--unanimous",
    "under=": "--consent",
    "unknown_actors=True": "--unknown-actors",
    "validate=False": "--no-validate",
    "unread=True": "--unread",
    "whole=": "--whole",
    "whole=True": "--whole",
    "when=": "--from and --until",
}
"""Arguments, and the options that say the same."""

PYTHON_ONLY = frozenset({"mail.letters.renew()", "records.drop_shown()"})
"""What no command does."""

_QUOTED = re.compile("`([^`]+)`")


def in_commands(text: str) -> str:
    """Put commands and options in the place of the calls and arguments that a message names."""
    return _QUOTED.sub(_said, text)


def _said(found: re.Match[str]) -> str:
    call = found[1]
    return f"`{COMMANDS[call]}`" if call in COMMANDS else OPTIONS.get(call, found[0])
