"""Who controls an identity: rotate, delegate, publish keys and services, guard and recover.

Every address is an identity from the start. A write is made directly by the client's own account,
or, with ``by=signer``, signed by whoever controls the identity and submitted by the client's
account, which pays.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.did(me.identity).startswith("did:ethr:0x")
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.registry_client import RegistryClient
from salus.identities.acting import Acting
from salus.identities.change_history import ChangeHistory
from salus.identities.changes import Changes
from salus.identities.control import Control
from salus.identities.guardians import Guardians
from salus.identities.recovery import Recoveries
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account


class Identities:
    """The client's side of `IdentityRegistry`.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write; None to read only.

    Attributes:
        control: Who controls an identity, and handing it over.
        changes: Delegates and attributes.
        guardians: Who may recover an identity.
        recovery: Giving an identity a new owner.
        history: What was ever set.
    """

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None) -> None:
        self._chain = chain
        self._client = client = RegistryClient(chain, account, "IdentityRegistry")
        acting = Acting(client)
        self.history = ChangeHistory(client.contract)
        self.control = Control(client, acting)
        self.changes = Changes(client, acting, self.history)
        self.guardians = Guardians(client, acting, self.control)
        self.recovery = Recoveries(client, acting)

    def __repr__(self) -> str:
        return f"Identities({self._client.who})"

    @typed_arguments
    def did(self, identity: AnyIdentity) -> str:
        """Return an identity's DID, by the did:ethr method.

        Args:
            identity: Whose.

        Returns:
            ``did:ethr:<chain id in hex>:<address>``.
        """
        identity = identity_of(identity)
        return f"did:ethr:{hex(self._chain.chain_id)}:{identity}"
