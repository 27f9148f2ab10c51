"""Ending what former owners set at an identity and nobody confirms, in an order that holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salus.chain.contract import Transaction
from salus.chain.errors import ChainUnreachable
from salus.chain.sending.errors import (
    InsufficientFunds,
    TransactionPending,
    TransactionRefused,
    TransactionTooLarge,
    TransactionUnknown,
)
from salus.consents.errors import HandlersFailed
from salus.contracts.consents.events import AllConsentsRevoked
from salus.contracts.identities.events import DIDDelegateChanged
from salus.contracts.reverts import OutOfGas, RevertedWithoutReason
from salus.errors import InputError, SalusError
from salus.identities.changes import name32
from salus.primitives.address import Address
from salus.primitives.times import utc
from salus.primitives.values import typed
from salus.thefts.errors import NotHandedOver
from salus.thefts.leftovers import History, Kind, Leftover

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Signer
    from salus.consents.client import Consents
    from salus.identities.client import Identities

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


class Clearing:
    """Revokes delegates, ends consents, revokes attributes: see `Thefts.clear`."""

    def __init__(self, chain: Chain, identities: Identities, consents: Consents) -> None:
        self._chain, self._identities, self._consents = chain, identities, consents

    def clear(
        self,
        history: History,
        identity: Address,
        keep: set[str],
        *,
        consents: bool,
        by: Signer | None,
    ) -> Cleared:
        """End what is not kept, where the identity changed hands."""
        self._require_handed_over(identity, history)
        _require_known(keep, history)
        unconfirmed = [each for each in history.leftovers if not each.own and each.id not in keep]
        delegates = [each for each in unconfirmed if each.kind is Kind.DELEGATE]
        attributes = [each for each in unconfirmed if each.kind is Kind.ATTRIBUTE]
        large = [each for each in attributes if len(each.value) > VALUES]
        done = self._revoke(identity, delegates, by)
        ends = consents and self._must_end_consents(identity, history, delegates, keep)
        failed_here: HandlersFailed | None = None
        if ends:
            failed_here = self._end_consents(identity, by, done)
        done += self._revoke(identity, [each for each in attributes if each not in large], by)
        tried = [(each, self._try(identity, each, by)) for each in large]
        done += [came for _, came in tried if isinstance(came, Transaction)]
        failed = [(each, came) for each, came in tried if isinstance(came, SalusError)]
        stays = {each.id for each, _ in failed}
        cleared = Cleared(
            removed=tuple(each for each in unconfirmed if each.id not in stays),
            consents_ended=ends,
            transactions=tuple(done),
            unremoved=tuple(each for each in failed if not isinstance(each[1], UNKNOWN)),
            unknown=tuple(each for each in failed if isinstance(each[1], UNKNOWN)),
        )
        if failed_here is not None:
            raise HandlersFailed(failed_here.problems, done=cleared)
        return cleared

    def _end_consents(
        self, identity: Address, by: Signer | None, done: list[Transaction]
    ) -> HandlersFailed | None:
        """What fails here of it keeps no attribute of a thief in force."""
        try:
            done.append(self._consents.revoke_all(identity, by=by))
        except HandlersFailed as failed:
            if isinstance(failed.done, Transaction):
                done.append(failed.done)
            return failed
        return None

    def _revoke(
        self, identity: Address, leftovers: Sequence[Leftover], by: Signer | None
    ) -> list[Transaction]:
        apply = self._identities.changes.apply
        return [
            apply(identity, [each.revoked() for each in some], by=by)
            for some in _batches(leftovers)
        ]

    def _try(
        self, identity: Address, large: Leftover, by: Signer | None
    ) -> Transaction | SalusError:
        """Revoke what may be too large for any transaction."""
        try:
            return self._identities.changes.apply(identity, [large.revoked()], by=by)
        except (*UNKNOWN, *TOO_LARGE) as error:
            return error

    def _require_handed_over(self, identity: Address, history: History) -> None:
        ready_at = self._identities.recovery.pending(identity).ready_at
        if ready_at:
            reason = f"a recovery is pending until {utc(ready_at)}: execute it, or veto it, before"
            raise NotHandedOver(identity=identity, reason=reason)
        if history.handed_over is None:
            reason = (
                "it never changed hands, and whoever has its key sets them again: rotate the key,"
                " or let the guardians recover the identity, before"
            )
            raise NotHandedOver(identity=identity, reason=reason)

    def _must_end_consents(
        self, identity: Address, history: History, delegates: Sequence[Leftover], keep: set[str]
    ) -> bool:
        return any(each.name == GRANT_DELEGATE for each in delegates) or not self._consents_ended(
            identity, history, keep
        )

    def _consents_ended(self, identity: Address, history: History, kept: set[str]) -> bool:
        """Whether all ended since the change of hands, and since nobody else could grant more."""
        assert history.handed_over is not None  # noqa: S101 - required before
        registry = self._chain.contract("ConsentRegistry")
        first = history.handed_over.block_number
        wanted: dict[str, Any] = {"from_block": first, "patient": identity}
        ended = registry.named(AllConsentsRevoked, **wanted)
        if not ended or ended[-1].epoch != registry.call("epochOf", identity):
            ended = registry.events(AllConsentsRevoked, **wanted)
        if not ended:
            return False
        last, now = ended[-1], self._chain.now()
        at = self._chain.block(last.block_number).timestamp
        if last.place < history.handed_over.place:
            return False
        for name, event in _granters(history, kept):
            latest = history.latest[name]
            revoked = latest.valid_to == 0
            if revoked and latest.place > last.place:
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


def _require_known(keep: set[str], history: History) -> None:
    """A mistyped confirmation must not end what it was meant to keep."""
    unknown = sorted(keep - set(history.latest))
    if unknown:
        raise InputError(f"{unknown[0]} names nothing that was set since: list the leftovers again")


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
