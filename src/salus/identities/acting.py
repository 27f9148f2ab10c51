"""Changes of an identity: the account's own, or signed by who controls it and paid by the account.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.changes.apply(me.identity, [])
    Traceback (most recent call last):
    salus.contracts.identities.errors.IdentityNoChanges: no changes of 0x... were given: give ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salus.primitives.address import Address

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.chain.signing.signers import Signer


class Acting:
    """Sends a controller's acts, direct or signed."""

    def __init__(self, client: RegistryClient) -> None:
        self._client = client

    def act(
        self,
        function: str,
        identity: Address,
        arguments: list[Any],
        message: dict[str, Any],
        *,
        by: Signer | None,
    ) -> Transaction:
        """Call a function, or its signed twin where ``by`` controls the identity."""
        if by is None:
            return self._client.send(function, identity, *arguments)
        nonce = int(self._client.contract.call("nonces", identity))
        authorization = self._client.authorize(
            by,
            function[0].upper() + function[1:],
            {"identity": identity, **message, "nonce": nonce},
        )
        return self._client.send(f"{function}BySig", identity, *arguments, nonce, authorization)
