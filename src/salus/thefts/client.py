"""After a theft: list what former owners set at an identity, and end what nobody confirms."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from salus.chain.registry_client import RegistryClient
from salus.chain.signing.signers import Signer
from salus.primitives.address import Address, AnyIdentity
from salus.primitives.arguments import typed_arguments
from salus.thefts.clearing import Cleared, Clearing
from salus.thefts.leftovers import History, Leftover, read_history

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.consents.client import Consents
    from salus.identities.client import Identities


class Thefts:
    """What the new owner of an identity does about the former ones.

    Args:
        chain: A connection with its deployment.
        account: Whose identity is meant by default; None to read only.
        identities: Where delegates and attributes are revoked.
        consents: Where consents are ended.
    """

    @typed_arguments
    def __init__(
        self, chain: Chain, account: Account | None, *, identities: Identities, consents: Consents
    ) -> None:
        self._client = RegistryClient(chain, account, "IdentityRegistry")
        self._changes = identities.history
        self._clearing = Clearing(chain, identities, consents)

    def __repr__(self) -> str:
        return f"Thefts({self._client.who})"

    @typed_arguments
    def leftovers(
        self, identity: AnyIdentity | None = None, *, since: int | str = 0
    ) -> tuple[Leftover, ...]:
        """List the delegates and attributes in force: who and what, since when, sent by whom.

        Args:
            identity: Whose; defaults to the account's own.
            since: The first block that counts, that of the theft, say; defaults to all of them; or
                ``recovery``: since the last recovery, or the one that is pending, was proposed.

        Returns:
            Oldest first; those that the present owner set are marked as its own.

        Raises:
            InputError: ``since`` is neither, or the identity was never recovered.
            HistoryUnavailable: The node no longer has all events that tell; there is no list then.
        """
        return self._history(self._client.whose(identity), since).leftovers

    @typed_arguments
    def clear(
        self,
        identity: AnyIdentity | None = None,
        *,
        keep: Set[str] | Sequence[str] = (),
        since: int | str = 0,
        consents: bool = True,
        by: Signer | None = None,
    ) -> Cleared:
        """End all that former owners set and nobody confirms: delegates, consents, attributes.

        Delegates go first: one who may grant could otherwise grant again after the consents ended.
        Attributes go last, large ones each alone: nobody can make one so large that consents stay.
        A run that stopped midway is repeated with the same arguments and does what is left; one
        that was finished does nothing more. What the present owner set is left alone.

        Args:
            identity: Whose; it has changed hands, by recovery or rotation; defaults to the
                account's own.
            keep: Ids of those that are confirmed.
            since: As for :meth:`leftovers`; what is older stays.
            consents: Whether to end all consents too, permanently, those of honest delegates among
                them; they are granted anew afterwards. For identities that no patient uses: False.
            by: Who controls the identity, when that is not the client's account, which then pays.

        Returns:
            What this run did.

        Raises:
            NotHandedOver: Who set them still controls the identity, or a recovery is pending.
            InputError: An id is of nothing that was set since.
            HistoryUnavailable: The node no longer has all events; nothing was done.
            NotController: Who acts does not control the identity.
            HandlersFailed: All of it was done, but a feature failed that was told of the consents;
                what the run did is its ``done``.
        """
        whose = self._client.whose(identity, by)
        history = self._history(whose, since)
        return self._clearing.clear(history, whose, set(keep), consents=consents, by=by)

    def _history(self, identity: Address, since: int | str) -> History:
        return read_history(self._client.chain, self._changes, identity, since=since)
