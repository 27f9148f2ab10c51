r"""An identity's delegates and attributes, as ERC-1056 names them: those in force, and changes.

Example:
    >>> import salus
    >>> from salus.identities import set_attribute
    >>> me = salus.connect("tester")
    >>> inbox = set_attribute("did/svc/inbox", b"s3://inbox")
    >>> transaction = me.identities.changes.apply(me.identity, [inbox])
    >>> me.identities.changes.services(me.identity, "inbox")
    ['s3://inbox']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from salus.chain.signing.signers import Signer
from salus.contracts.identities.events import DIDAttributeChanged
from salus.errors import InputError
from salus.primitives.address import ZERO_ADDRESS, Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Duration, seconds_of
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.identities.acting import Acting
    from salus.identities.change_history import ChangeHistory

YEAR = 365 * 24 * 3600
"""Seconds; how long attributes and delegations last by default."""

_ADD_DELEGATE, _REVOKE_DELEGATE, _SET_ATTRIBUTE, _REVOKE_ATTRIBUTE = range(4)


@dataclass(frozen=True, slots=True)
@typed
class Change:
    """One change of a delegate or an attribute, as `applyChanges` takes it.

    Attributes:
        kind: The contract's `ChangeKind`.
        name: Delegate type or attribute name, 32 bytes.
        delegate: The delegate; the zero address for attributes.
        value: The attribute's value; empty for delegates.
        validity: Seconds from the block that takes it; zero for revocations.
    """

    kind: int
    name: bytes
    delegate: Address
    value: bytes
    validity: int

    def as_tuple(self) -> tuple[int, bytes, Address, bytes, int]:
        """The struct as the contract takes it."""
        return (self.kind, self.name, self.delegate, self.value, self.validity)

    def as_message(self) -> dict[str, Any]:
        """The struct as EIP-712 signs it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "delegate": self.delegate,
            "value": self.value,
            "validity": self.validity,
        }


class Changes:
    """Delegates and attributes of identities."""

    def __init__(self, client: RegistryClient, acting: Acting, history: ChangeHistory) -> None:
        self._client, self._acting, self._history = client, acting, history

    @typed_arguments
    def is_delegate(self, identity: AnyIdentity, kind: str, delegate: Address) -> bool:
        """Return whether somebody may act for an identity now.

        Args:
            identity: For whom.
            kind: As what: the delegate type, such as ``consent/grant``.
            delegate: Who.

        Returns:
            True until its time ends, it is revoked, or the identity is deactivated.

        Raises:
            InputError: The type is empty or over 32 bytes.
        """
        identity = identity_of(identity)
        return bool(self._client.contract.call("validDelegate", identity, name32(kind), delegate))

    @typed_arguments
    def attributes(self, identity: AnyIdentity) -> dict[str, list[bytes]]:
        """Read the attributes in force: walks the ERC-1056 change log backwards.

        Args:
            identity: Whose.

        Returns:
            Values by name, oldest first, without the padding of names.

        Raises:
            HistoryUnavailable: The node no longer has all events that tell.
        """
        identity = identity_of(identity)
        now = self._client.chain.now()
        latest: dict[tuple[bytes, bytes], DIDAttributeChanged] = {}
        for events in self._history.walk(identity):
            for event in events:
                if isinstance(event, DIDAttributeChanged):
                    latest.setdefault((event.name, event.value), event)
        found: dict[str, list[bytes]] = {}
        for (name, value), event in reversed(latest.items()):
            if event.valid_to > now:
                found.setdefault(name.rstrip(b"\0").decode(errors="replace"), []).append(value)
        return found

    @typed_arguments
    def services(self, identity: AnyIdentity, kind: str) -> list[str]:
        """Read the endpoints of the `did/svc/<kind>` entries in force.

        Args:
            identity: Whose.
            kind: Such as ``inbox``.

        Returns:
            The endpoints, oldest first.

        Raises:
            HistoryUnavailable: The node no longer has all events that tell.
        """
        identity = identity_of(identity)
        values = self.attributes(identity).get(f"did/svc/{kind}", [])
        return [value.decode(errors="replace") for value in values]

    @typed_arguments
    def apply(
        self, identity: AnyIdentity, changes: Sequence[Change], *, by: Signer | None = None
    ) -> Transaction:
        """Make several changes in one transaction, all or none.

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
        identity = identity_of(identity)
        return self._acting.act(
            "applyChanges",
            identity,
            [[change.as_tuple() for change in changes]],
            {"changes": [change.as_message() for change in changes]},
            by=by,
        )


def name32(name: str | bytes) -> bytes:
    """Encode a name as ERC-1056 does: at most 32 bytes of UTF-8, zero-padded on the right."""
    if isinstance(name, bytes) and len(name) == 32:
        return name
    if not isinstance(name, str | bytes):
        raise InputError(f"name must be a text, such as 'consent/grant', not {type(name).__name__}")
    raw = name if isinstance(name, bytes) else name.encode()
    if not 0 < len(raw) <= 32:
        raise InputError(f"name {name!r} takes {len(raw)} bytes; use 1 to 32 bytes of UTF-8")
    return raw.ljust(32, b"\0")


@typed_arguments
def add_delegate(delegate: Address, kind: str | bytes, *, lasting: Duration = YEAR) -> Change:
    """Return a change that lets somebody act for the identity.

    Args:
        delegate: Who may act.
        kind: As what: the delegate type, such as ``consent/grant``.
        lasting: For how long: seconds or a timedelta; defaults to a year.

    Returns:
        The change, for :meth:`Changes.apply`.

    Raises:
        InputError: The type is empty or over 32 bytes.
    """
    validity = seconds_of(lasting, name="lasting")
    return Change(_ADD_DELEGATE, name32(kind), delegate, b"", validity)


@typed_arguments
def revoke_delegate(delegate: Address, kind: str | bytes) -> Change:
    """Return a change that ends what somebody may do for the identity.

    Args:
        delegate: Who may act no longer.
        kind: As what: the delegate type.

    Returns:
        The change, for :meth:`Changes.apply`.

    Raises:
        InputError: The type is empty or over 32 bytes.
    """
    return Change(_REVOKE_DELEGATE, name32(kind), delegate, b"", 0)


@typed_arguments
def set_attribute(name: str | bytes, value: bytes, *, lasting: Duration = YEAR) -> Change:
    """Return a change that publishes an attribute.

    Args:
        name: Such as ``did/svc/inbox``.
        value: Its bytes; public permanently.
        lasting: For how long it is in force: seconds or a timedelta; defaults to a year.

    Returns:
        The change, for :meth:`Changes.apply`.

    Raises:
        InputError: The name is empty or over 32 bytes.
    """
    validity = seconds_of(lasting, name="lasting")
    return Change(_SET_ATTRIBUTE, name32(name), ZERO_ADDRESS, value, validity)


@typed_arguments
def revoke_attribute(name: str | bytes, value: bytes) -> Change:
    """Return a change that ends an attribute; its bytes stay public.

    Args:
        name: Such as ``did/svc/inbox``.
        value: The very bytes that were published: others of the same name stay.

    Returns:
        The change, for :meth:`Changes.apply`.

    Raises:
        InputError: The name is empty or over 32 bytes.
    """
    return Change(_REVOKE_ATTRIBUTE, name32(name), ZERO_ADDRESS, value, 0)
