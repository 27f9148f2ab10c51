"""What all parts of the identity client share: who is in control, direct and signed changes.

Example:
    >>> from salus.identities.acts import IdentityActs
    >>> IdentityActs.contract_name
    'IdentityRegistry'
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from salus.chain.control import require_control
from salus.chain.registry import Acts
from salus.identities.changes import Change
from salus.primitives.address import ZERO_ADDRESS, Address

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer


class IdentityActs(Acts):
    """Control, and changes of delegates and attributes."""

    contract_name = "IdentityRegistry"

    def controller(self, identity: Address) -> Address | None:
        """Tell who controls an identity now.

        Args:
            identity: Whose controller.

        Returns:
            The address in control, the identity's own until it is handed over; None once it is
            deactivated.
        """
        owner: Address = self._contract.call("identityOwner", identity)
        return None if owner == ZERO_ADDRESS else owner

    def require_control(self, identity: Address, *, by: Signer | None = None) -> None:
        """Refuse to act for an identity that somebody else controls, before anything is written.

        Args:
            identity: For whom.
            by: Who is about to act; the client's account unless told.

        Raises:
            SignerNotInControl: It does not control the identity now.
        """
        require_control(self._chain, by or self._payer, identity=identity)

    def apply(
        self, identity: Address, changes: Iterable[Change], *, by: Signer | None = None
    ) -> Transaction:
        """Make several changes of delegates and attributes in one transaction, all or none.

        Args:
            identity: Whose delegates and attributes.
            changes: At least one, in order.
            by: Who controls the identity, when that is not the client's account, which then pays.

        Returns:
            The transaction.

        Raises:
            IdentityNoChanges: There are none.
            NotController: Who acts does not control the identity.
        """
        listed = list(changes)
        return self._change(
            "applyChanges",
            identity,
            [[change.as_tuple() for change in listed]],
            {"changes": [change.as_message() for change in listed]},
            by=by,
        )

    def _change(
        self,
        function: str,
        identity: Address,
        arguments: list[Any],
        message: dict[str, Any],
        *,
        by: Signer | None,
    ) -> Transaction:
        if by is None:
            return self._send(function, identity, *arguments)
        nonce = int(self._contract.call("nonces", identity))
        authorization = self._authorize(
            by,
            function[0].upper() + function[1:],
            {"identity": identity, **message, "nonce": nonce},
        )
        return self._send(f"{function}BySig", identity, *arguments, nonce, authorization)
