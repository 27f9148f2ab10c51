"""What a node that a verifier trusts can be asked: what it would otherwise have to bring.

The answers are not part of this package: `salus.receipts` gets them for a chain of `salus`.

Example:
    >>> node_of(None) is None
    True
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from salus_verify.address import Address
from salus_verify.errors import InvalidValue
from salus_verify.place import Evidence

if TYPE_CHECKING:
    from salus_verify.erasure_receipt import ErasureReceipt


@runtime_checkable
class Node(Protocol):
    """Answers of a node that the verifier trusts. Each raises where the node does not answer."""

    def hash_of_block(self, evidence: Evidence) -> bytes:
        """The hash of the block that a receipt names; ReceiptMismatch where it has none such."""

    def has_registry(self, registry: Address) -> bool:
        """Whether an address is the AnchorRegistry there."""

    def was_anchored(self, evidence: Evidence) -> bool:
        """Whether it can tell that the checkpoint was anchored by the block.

        False where the registry is not its own; ReceiptMismatch where nothing was anchored.
        """

    def check_control(self, receipt: ErasureReceipt) -> None:
        """Refuse a signature that was not made by who controlled the issuer at the block."""

    def check_number(self, receipt: ErasureReceipt) -> bool:
        """Whether it can tell that the stream's number stood; ReceiptMismatch where it did not."""


Adapter: TypeAlias = Callable[[object], Node | None]
_adapters: list[Adapter] = []


def take_nodes_with(adapter: Adapter) -> None:
    """Take what another package calls a node, wherever a node is taken.

    Args:
        adapter: Makes a :class:`Node` of what it knows, and None of anything else.
    """
    _adapters.append(adapter)


def node_of(trusted: object) -> Node | None:
    """The node that a caller named.

    Raises:
        InvalidValue: It is neither.
    """
    if trusted is None or isinstance(trusted, Node):
        return trusted
    for adapter in _adapters:
        if node := adapter(trusted):
            return node
    problem = f"must be a chain or a node, not {type(trusted).__name__}"
    raise InvalidValue("verify", "trusting", problem)
