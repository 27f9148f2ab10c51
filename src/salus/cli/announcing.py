"""Before a key is announced: is there another one, which this state folder lacks?

Example:
    >>> from salus.cli.session import Session
    >>> require_own_key(Session(network="tester"))  # nowhere to look: the verb itself refuses
"""

from __future__ import annotations

from pathlib import Path

from salus.cli.session import Session
from salus.errors import CredentialError


def require_own_key(session: Session) -> None:
    """Refuse where the chain names a key that is not in this state folder, before one is made.

    Raises:
        CredentialError: Whoever announced it would no longer open what others seal.
    """
    from salus import Salus
    from salus.connecting import keys_file, payer
    from salus.mail.directory import find_key

    settings = session.settings
    if not (settings.storage and settings.state):
        return
    chain = settings.connect()
    me = payer(chain, settings)
    with Salus(chain, account=me) as reader:
        named = find_key(reader.identities, me.identity)
    if named is None:
        return
    if keys_file(Path(settings.state), me.identity).exists():
        kept = {each.document.digest for each in session.keeper.vault.keys.keys}
        if named in kept:
            return
    raise CredentialError(
        f"the chain names a key of {me.identity} that {settings.state} does not hold: nothing was"
        " announced. Name the state folder that holds it; for a new key there, `salus vault"
        " rotate-keys`; if it was lost, `salus vault recover`. --yes announces another key all the"
        " same: what was sealed to the old one stays closed here"
    )
