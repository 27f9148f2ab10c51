"""After a theft: see what former owners set at an identity, and end what nobody confirms.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.identities.leftovers(me.account.identity)
    ()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.chain.contract import Transaction
from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import (
    InsufficientFunds,
    TransactionPending,
    TransactionRefused,
    TransactionTooLarge,
    TransactionUnknown,
)
from salus.consents.client import Consents
from salus.contracts.consents import AllConsentsRevoked
from salus.contracts.identities import DIDDelegateChanged
from salus.contracts.reverts import OutOfGas, RevertedWithoutReason
from salus.errors import InputError, SalusError
from salus.identities.acts import IdentityActs
from salus.identities.changes import name32
from salus.thefts.errors import NotHandedOver
from salus.thefts.leftovers import History, Kind, Leftover, position, read_history
from salus.primitives.address import Address
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.signing.signers import Signer

GRANT_DELEGATE = name32("consent/grant")
"""`ConsentRegistry`'s type of delegates who may grant."""
CHANGES, VALUES = 50, 8192
"""The most revocations, and bytes of values, in one transaction: far below any block's gas limit.
A single larger value goes alone."""
TOO_LARGE = (
    ChainUnreachable,
    InsufficientFunds,
    OutOfGas,
    RevertedWithoutReason,
    TransactionRefused,
    TransactionTooLarge,
)
"""What nodes answer to a transaction that no block can hold: they have no common word for it. A
contract writes a value from memory for less than it costs to send that value again."""
UNKNOWN = (TransactionUnknown, TransactionPending)
"""What may be mined all the same. The first is a :class:`ChainUnreachable` too, and asked first."""


@dataclass(frozen=True, slots=True)
@typed
class Cleared:
    """What one run ended; the runs before it are not in it.

    Attributes:
        removed: Delegates and attributes, oldest first.
        consents_ended: Whether this run ended all consents.
        transactions: In order: revocations of delegates, that of all consents, of attributes.
        unremoved: Attributes of large values that no transaction of this run could revoke, and why.
        unknown: Those of which the node did not tell what became of their transaction, and its
            hash: it may be mined. Run it again, and what is left is ended.
    """

    removed: tuple[Leftover, ...]
    consents_ended: bool
    transactions: tuple[Transaction, ...]
    unremoved: tuple[tuple[Leftover, SalusError], ...] = ()
    unknown: tuple[tuple[Leftover, SalusError], ...] = ()


class Clearing(IdentityActs):
    """What the new owner of an identity does about the former ones."""

    def leftovers(self, identity: Address, *, since: int | str = 0) -> tuple[Leftover, ...]:
        """List the delegates and attributes in force: who and what, since when, sent by whom.

        Args:
            identity: Whose.
            since: The first block that counts, that of the theft, say; all of them unless told; or
                ``recovery``: since the last recovery, or the one that is pending, was proposed.

        Returns:
            Oldest first; those that the present owner set are marked as its own.

        Raises:
            InputError: ``since`` is neither, or the identity was never recovered.
            HistoryUnavailable: The node no longer has all events that tell; there is no list then.
        """
        return read_history(self._chain, self._contract, identity, since=since).leftovers

    def clear_leftovers(
        self,
        identity: Address,
        *,
        keep: Iterable[str] = (),
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
            identity: Whose; it has changed hands, by recovery or rotation.
            keep: Ids of those that are confirmed.
            since: As for :meth:`leftovers`; what is older stays.
            consents: Whether to end all consents too, for ever, those of honest delegates among
                them; they are granted anew afterwards. For identities that no patient uses: False.
            by: Who controls the identity, when that is not the client's account, which then pays.

        Returns:
            What this run did.

        Raises:
            NotHandedOver: Who set them still controls the identity, or a recovery is pending.
            InputError: An id is of nothing that was set since.
            HistoryUnavailable: The node no longer has all events; nothing was done.
            NotController: Who acts does not control the identity.
        """
        history = read_history(self._chain, self._contract, identity, since=since)
        self._require_handed_over(identity, history)
        kept = _known(keep, history)
        unconfirmed = [each for each in history.leftovers if not each.own and each.id not in kept]
        delegates = [each for each in unconfirmed if each.kind is Kind.DELEGATE]
        done = [self._revoke(identity, some, by) for some in _batches(delegates)]
        open_ = consents and (
            any(each.name == GRANT_DELEGATE for each in delegates)
            or not self._consents_ended(identity, history, kept)
        )
        if open_:
            registry = Consents(self._chain, self._account, None)  # type: ignore[arg-type]
            done.append(registry.revoke_all(identity, by=by))
        attributes = [each for each in unconfirmed if each.kind is Kind.ATTRIBUTE]
        small = [each for each in attributes if len(each.value) <= VALUES]
        done += [self._revoke(identity, some, by) for some in _batches(small)]
        unremoved: list[tuple[Leftover, SalusError]] = []
        unknown: list[tuple[Leftover, SalusError]] = []
        for large in (each for each in attributes if len(each.value) > VALUES):
            try:
                done.append(self._revoke(identity, [large], by))
            except UNKNOWN as error:
                unknown.append((large, error))
            except TOO_LARGE as error:
                unremoved.append((large, error))
        stays = {large.id for large, _ in (*unremoved, *unknown)}
        removed = tuple(each for each in unconfirmed if each.id not in stays)
        return Cleared(removed, open_, tuple(done), tuple(unremoved), tuple(unknown))

    def _revoke(
        self, identity: Address, some: Sequence[Leftover], by: Signer | None
    ) -> Transaction:
        return self.apply(identity, [each.revoked() for each in some], by=by)

    def _require_handed_over(self, identity: Address, history: History) -> None:
        ready_at = int(self._contract.call("recoveryOf", identity).ready_at)
        if ready_at:
            reason = f"a recovery is pending until {ready_at}: execute it, or veto it, before"
            raise NotHandedOver(identity=identity, reason=reason)
        if history.handed_over is None:
            reason = (
                "it never changed hands, and whoever has its key sets them again: rotate the key,"
                " or let the guardians recover the identity, before"
            )
            raise NotHandedOver(identity=identity, reason=reason)

    def _consents_ended(self, identity: Address, history: History, kept: set[str]) -> bool:
        """Whether all ended since the change of hands, and since nobody else could grant more."""
        assert history.handed_over is not None  # noqa: S101 - required before
        registry = self._chain.contract("ConsentRegistry")
        first = history.handed_over.block_number
        ended = registry.events(AllConsentsRevoked, from_block=first, patient=identity)
        if not ended:
            return False
        last, now = ended[-1], self._chain.now()
        at = self._chain.block(last.block_number).timestamp
        if position(last) < position(history.handed_over):
            return False
        for name, event in _granters(history, kept):
            latest = history.latest[name]
            revoked = latest.valid_to == 0
            if revoked and position(latest) > position(last):
                return False
            # Who was confirmed by setting it anew grants for the present owner.
            if not revoked and event is latest and at < event.valid_to <= now:
                return False
        return True


def _granters(history: History, kept: set[str]) -> Iterator[tuple[str, DIDDelegateChanged]]:
    """Delegates who could grant when the identity changed hands, and are not confirmed."""
    for name, event in history.inherited.items():
        if (
            isinstance(event, DIDDelegateChanged)
            and event.delegate_type == GRANT_DELEGATE
            and name not in kept
        ):
            yield name, event


def _known(keep: Iterable[str], history: History) -> set[str]:
    """A mistyped confirmation must not end what it was meant to keep."""
    kept = set(keep)
    unknown = sorted(kept - set(history.latest))
    if unknown:
        raise InputError(f"{unknown[0]} names nothing that was set since: list the leftovers again")
    return kept


def _batches(leftovers: Sequence[Leftover]) -> Iterator[list[Leftover]]:
    batch: list[Leftover] = []
    size = 0
    for each in leftovers:
        if batch and (len(batch) == CHANGES or size + len(each.value) > VALUES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each.value)
    if batch:
        yield batch
