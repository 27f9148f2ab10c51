"""What a chain answers to a verifier of receipts.

Example:
    >>> chain_node("a URL") is None
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.errors import ArgumentsInvalid
from salus.errors import ChainError
from salus_verify.address import Address, checked_address
from salus_verify.encoding import octets_of
from salus_verify.erasure_receipt import ERASURES_STREAM, ErasureReceipt
from salus_verify.errors import ReceiptMismatch
from salus_verify.place import Evidence

if TYPE_CHECKING:
    from salus.anchors.stream_history import StreamHistory
    from salus.chain.chain import Chain
    from salus.vault.documents.statements import TypedData


def chain_node(trusted: object) -> ChainNode | None:
    """Take a chain for a node; nothing else."""
    from salus.chain.chain import Chain

    return ChainNode(trusted) if isinstance(trusted, Chain) else None


class ChainNode:
    """Answers for `salus_verify.node.Node`, from a chain that the verifier trusts."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def hash_of_block(self, evidence: Evidence) -> bytes:
        """The hash of the block that a receipt names.

        Raises:
            ReceiptMismatch: The node is of another chain, has no such block, or one of another
                time.
            ChainError: The node does not answer.
        """
        chain_id, number = self._chain.chain_id, evidence.block_number
        if chain_id != evidence.chain_id:
            raise ReceiptMismatch(
                f"it is of chain {evidence.chain_id}, and the node that was asked of {chain_id}"
            )
        try:
            block = self._chain.block(number)
        except ArgumentsInvalid as error:
            raise ReceiptMismatch(f"the node that was asked has no block {number}") from error
        if block.timestamp != evidence.block_timestamp:
            raise ReceiptMismatch("the node that was asked knows another time of its block")
        return octets_of(block.hash)

    def has_registry(self, registry: Address) -> bool:
        """Whether an address is the AnchorRegistry of the chain's deployment."""
        return bool(self._chain.contract("AnchorRegistry").address == registry)

    def was_anchored(self, evidence: Evidence) -> bool:
        """Whether a receipt's checkpoint was anchored by the block that it names.

        Raises:
            ReceiptMismatch: It was not.
            ChainError: The node does not answer.
            HistoryUnavailable: The node does not show all that was anchored, and not this.
        """
        if not self.has_registry(evidence.registry):
            return False
        stood = self._history().find(
            evidence.issuer,
            evidence.stream,
            evidence.checkpoint.id,
            block=evidence.block_number,
        )
        if stood is None:
            raise ReceiptMismatch("the node that was asked knows no such checkpoint by its block")
        return True

    def check_control(self, receipt: ErasureReceipt) -> None:
        """Refuse a report that was not signed by who controlled the issuer at the block.

        Raises:
            ChainError: The node does not answer, or has forgotten the block's state.
            ForgedSignature: The signer did not control the issuer, or did not sign this.
        """
        from salus.chain.control_check import verify_typed_data
        from salus.vault.documents.erasure_notice import statement_of
        from salus.vault.documents.statements import Signed

        block = receipt.block_number

        def verify(identity: str, typed: TypedData, signer: bytes, signature: bytes) -> None:
            who = checked_address(identity)
            verify_typed_data(self._chain, who, typed, signer, signature, block=block)

        signed = Signed(receipt.signer, receipt.signature)
        try:
            signed.check("erasure report", statement_of(receipt.report), verify)
        except ChainError as error:
            error.add_note(f"it may have forgotten block {block}: ask one that keeps old states")
            raise

    def check_number(self, receipt: ErasureReceipt) -> bool:
        """Whether the chain can tell that a later number of the stream stood at the block.

        Raises:
            ReceiptMismatch: It did not stand.
            ChainError: The node does not answer.
        """
        from salus.anchors.streams import AnchoredCheckpoint

        if not self.has_registry(receipt.registry):
            return False
        block, number = receipt.block_number, receipt.number
        shown = AnchoredCheckpoint(
            receipt.issuer, receipt.stream, receipt.checkpoint, block, number=number
        )
        if not self._history().stands(shown, ERASURES_STREAM, block=block):
            raise ReceiptMismatch(
                f"its checkpoint does not stand in the issuer's stream at block {block}"
            )
        return True

    def _history(self) -> StreamHistory:
        from salus.anchors.stream_history import StreamHistory
        from salus.identities.change_history import ChangeHistory

        handovers = ChangeHistory(self._chain.contract("IdentityRegistry")).handovers
        return StreamHistory(self._chain, handovers)
