"""One's own key on chain: others seal to what it names last, so nothing else is announced unawares.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-own-keys")
    >>> require_held(clinic.identities, clinic.identity, holds=clinic.vault.keys.holds) is None
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from salus.chain.contract import Transaction
from salus.contracts.identities.events import DIDAttributeChanged, DIDOwnerChanged
from salus.errors import CredentialError
from salus.identities.changes import name32
from salus.identities.client import Identities
from salus.mail.directory import find_key
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.vault.errors import MissingKey
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KEY_ATTRIBUTE
from salus.vault.letters.inbox import SERVICE
from salus_verify.encoding import hex0x


@dataclass(frozen=True, slots=True)
@typed
class RotatedKeys:
    """A new encryption key, announced.

    Attributes:
        keys: All of them, the new one first.
        transaction: What names the new one on chain.
        shares_stale: Whether recovery shares were split before: they do not bring it back.
    """

    keys: IdentityKeys = field(repr=False)
    transaction: Transaction
    shares_stale: bool


def require_held(
    identities: Identities, identity: Address, *, holds: Callable[[str], bool]
) -> bytes | None:
    """Refuse to announce a key while the chain names one that is not held here.

    Returns:
        The digest of the key document that the chain names; None where it names none.

    Raises:
        CredentialError: What others seal to that one stayed closed here.
    """
    named = find_key(identities, identity)
    if named is not None and not holds(hex0x(named)):
        raise CredentialError(
            f"the chain names a key of {identity} that is not held here: nothing was announced,"
            " and no key was made. Use the state folder that holds it; if it was lost,"
            " `salus.vault.recover_keys()`. If you never made it, somebody had your account:"
            " rotate the account, then `thefts.clear()`. `mail.announce(replacing=True)` with the"
            " URL of an inbox of your own announces your key all the same: what was sealed to the"
            " other one stays closed here"
        )
    return named


def own_inbox(identities: Identities, identity: Address) -> str:
    """Find the inbox that an identity announced since it last changed hands.

    Raises:
        MissingKey: None was announced yet.
        CredentialError: A former owner's account announced it; a thief's, perhaps.
        HistoryUnavailable: The node no longer has all events that tell.
    """
    attributes = identities.changes.attributes(identity)
    urls = attributes.get(f"did/svc/{SERVICE}")
    if not urls or KEY_ATTRIBUTE not in attributes:
        raise MissingKey(f"the inbox of {identity} on chain", remedy="`mail.announce()` it first")
    for event in _since_handover(identities, identity):
        if event.name == name32(f"did/svc/{SERVICE}") and event.value == urls[-1]:
            return urls[-1].decode(errors="replace")
    raise CredentialError(
        f"the inbox of {identity} that the chain names was announced by a former account of it, or"
        " by a thief: nothing was announced, and no key was made. `mail.announce()` with the URL"
        " of an inbox of your own first; `thefts.leftovers()` lists what else was left"
    )


def _since_handover(identities: Identities, identity: Address) -> Iterator[DIDAttributeChanged]:
    for events in identities.history.walk(identity):
        for event in events:  # newest first
            if isinstance(event, DIDOwnerChanged):
                return
            if isinstance(event, DIDAttributeChanged):
                yield event
