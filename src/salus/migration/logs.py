"""Logs that go on in another deployment: the last leaf of one and the first of the other name them.

Example:
    >>> here, there = Place(1, "0x" + "11" * 20), Place(1, "0x" + "22" * 20)
    >>> len(closing_leaf("0x" + "33" * 20, b"s" * 32, before=here, after=there))
    32
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salus.anchors.streams import Inclusion
from salus.errors import InputError, VerificationError
from salus.primitives.address import Address, AnyIdentity, identity_of, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus_verify.encoding import canonical
from salus_verify.log import stream_id

if TYPE_CHECKING:
    from salus.chain.signing.signers import Signer
    from salus.client import Salus


@dataclass(frozen=True, slots=True)
@typed
class Place:
    """An anchor registry: EIP-155 chain id and address."""

    chain_id: int
    registry: Address

    @classmethod
    @typed_arguments
    def of(cls, client: Salus) -> Place:
        """Return the registry that a client anchors in.

        Args:
            client: Connected to the deployment that is meant.

        Returns:
            The place.
        """
        return cls(client.chain.chain_id, client.chain.contract("AnchorRegistry").address)

    def as_json(self) -> dict[str, Any]:
        """The place as documents hold it."""
        return {"chainId": self.chain_id, "registry": lower_case(self.registry)}


@dataclass(frozen=True, slots=True)
@typed
class Continuation:
    """Proof that one log goes on as another: its last leaf names the other, whose first names it.

    Attributes:
        issuer: Whose log it is, in both places.
        label: Its label, in both places. It may be closed in a later number; it goes on in the
            first.
        before: Where it was closed.
        after: Where it goes on.
        closing: Its last leaf, in its last checkpoint.
        opening: The first leaf of the new one.
    """

    issuer: Address
    label: str
    before: Place
    after: Place
    closing: Inclusion
    opening: Inclusion

    @property
    def stream(self) -> bytes:
        """Id of the number that was closed, 32 bytes."""
        return stream_id(self.label, self.closing.anchored.number)


@typed_arguments
def closing_leaf(issuer: Address, stream: bytes, *, before: Place, after: Place) -> bytes:
    """Make the last leaf of a log that goes on elsewhere.

    Args:
        issuer: Whose log.
        stream: Its id, 32 bytes.
        before: Where it is closed.
        after: Where it goes on.

    Returns:
        32 bytes: SHA-256 of ``salus/log-closed/v1``, a zero byte, and the facts as RFC 8785 JSON.
    """
    return _leaf("salus/log-closed/v1", _facts(issuer, stream, before, after))


@typed_arguments
def opening_leaf(
    issuer: Address, stream: bytes, *, before: Place, after: Place, head: bytes, size: int
) -> bytes:
    """Make the first leaf of a log that goes on from another.

    Args:
        issuer: Whose log.
        stream: Its id, 32 bytes.
        before: Where it was closed.
        after: Where it goes on.
        head: Id of its last checkpoint there, 32 bytes.
        size: Leaves under that checkpoint.

    Returns:
        32 bytes, made like :func:`closing_leaf` under ``salus/log-continued/v1``.
    """
    facts = _facts(issuer, stream, before, after)
    return _leaf("salus/log-continued/v1", {**facts, "head": head.hex(), "size": size})


@typed_arguments
def continue_log(
    old: Salus,
    new: Salus,
    stream: str,
    *,
    issuer: AnyIdentity | None = None,
    by: Signer | None = None,
) -> Continuation:
    """Close a log in one place and go on in another. Both keep their leaves in stores of their own.

    Args:
        old: The client of the old deployment; whatever its store has not anchored goes along.
        new: The same participant's client of the new one.
        stream: The log's label.
        issuer: Whose log; defaults to the account's own identity.
        by: Who controls the issuer, when that is not the clients' account.

    Returns:
        The proof, to be shown with whatever spans both logs.

    Raises:
        InputError: The new log has begun with something else.
        SalusError: As for :meth:`Anchors.append`; to be run again, it goes on where it stopped.
    """
    who = identity_of(issuer or by or old.account)
    before, after = Place.of(old), Place.of(new)
    old.anchors.extend(stream, issuer=who, by=by)
    name = stream_id(stream, old.anchors.log.number(stream, issuer=who))
    last = closing_leaf(who, name, before=before, after=after)
    closing = _anchored(old, stream, last, who, by)
    head = closing.anchored.checkpoint
    first = opening_leaf(who, name, before=before, after=after, head=head.id, size=head.size)
    if any(new.anchors.history.head_id(who, stream)) and not new.anchors.log.holds(
        stream, first, issuer=who
    ):
        raise InputError(f"stream {stream!r} has begun in {after.registry} with something else")
    opening = _anchored(new, stream, first, who, by)
    return Continuation(who, stream, before, after, closing, opening)


@typed_arguments
def verify_continuation(old: Salus, new: Salus, shown: Continuation) -> None:
    """Check that a log goes on as another, by what both registries hold.

    Args:
        old: Any client of the old deployment.
        new: Any client of the new one.
        shown: What somebody showed; nothing in it is believed.

    Raises:
        VerificationError: It does not, or the old log was written to after it was closed.
    """
    before, after = Place.of(old), Place.of(new)
    closed, head = shown.closing, shown.closing.anchored.checkpoint
    first = opening_leaf(
        shown.issuer, shown.stream, before=before, after=after, head=head.id, size=head.size
    )
    last = closing_leaf(shown.issuer, shown.stream, before=before, after=after)
    _require(closed.leaf == last, "the closing leaf names another log, or another place")
    _require(shown.opening.leaf == first, "the first leaf of the new log names another head")
    _require(shown.opening.index == 0, "the new log begins with something else")
    _require(closed.index == head.size - 1, "the old log has leaves after the one that closes it")
    for client, proof, name in (
        (old, closed, shown.stream),
        (new, shown.opening, stream_id(shown.label)),
    ):
        belongs = (proof.anchored.issuer, proof.anchored.stream) == (shown.issuer, name)
        _require(belongs, "a proof is of another log")
        client.anchors.proofs.verify(proof)
    on_chain = old.anchors.history.head_id(shown.issuer, shown.label)
    _require(on_chain == head.id, "the old log was written to after it was closed")


def _anchored(
    client: Salus, stream: str, leaf: bytes, issuer: Address, by: Signer | None
) -> Inclusion:
    """Put a leaf at the end of a log, unless it is there."""
    client.anchors.ensure(stream, [leaf], issuer=issuer, by=by)
    return client.anchors.proofs.prove(stream, leaf, issuer=issuer)


def _facts(issuer: Address, stream: bytes, before: Place, after: Place) -> dict[str, Any]:
    return {
        "issuer": lower_case(issuer),
        "stream": stream.hex(),
        "before": before.as_json(),
        "after": after.as_json(),
    }


def _leaf(form: str, facts: dict[str, Any]) -> bytes:
    return hashlib.sha256(form.encode() + b"\0" + canonical(facts)).digest()


def _require(holds: bool, why_not: str) -> None:
    if not holds:
        raise VerificationError(f"{why_not}: ask the issuer which log is meant to go on where")
