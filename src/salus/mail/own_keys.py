"""One's own key on chain: others seal to what it names last, so nothing else is announced unawares.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-own-keys")
    >>> require_held(clinic.identities, clinic.identity, held=())
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from salus.chain.contract import Transaction
from salus.errors import CredentialError
from salus.identities.client import Identities
from salus.mail.directory import find_key
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.vault.keys.identity_keys import IdentityKeys


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


def require_held(identities: Identities, identity: Address, *, held: Collection[bytes]) -> None:
    """Refuse to announce a key while the chain names one that is not held here.

    Args:
        held: Digests of the key documents that are.

    Raises:
        CredentialError: What others seal to that one stayed closed here.
    """
    named = find_key(identities, identity)
    if named is not None and named not in held:
        raise CredentialError(
            f"the chain names a key of {identity} that is not held here: nothing was announced. Use"
            " the state folder that holds it; for a new key there, `salus vault rotate-keys`; if"
            " it was lost, `salus vault recover`. --yes (in Python replacing=True) announces"
            " another key all the same: what was sealed to the old one stays closed here"
        )
