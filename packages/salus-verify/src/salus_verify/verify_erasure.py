"""Verify the receipt of an erasure: who said it, and that it was said no later than a block."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from salus_verify.assurance import NOTHING, Assurance, Conclusion, Expected, check_grounds
from salus_verify.erasure_receipt import ErasureReceipt
from salus_verify.node import Node, node_of
from salus_verify.signature import recover, statement_digest
from salus_verify.values import require_instance

CONTROL = "control of the issuer"
NUMBER = "number of the stream"


class Signing(StrEnum):
    """How far the signature under a report was checked."""

    CONTROL = "by who controlled the issuer at that block"
    """A node said so."""

    SIGNER = "by the signer that it names"
    """Whether that one controlled the issuer is for a node to tell."""

    UNCHECKED = "not checked"
    """A passkey or a contract signed: a node is needed."""


@dataclass(frozen=True, slots=True)
class ErasureVerification(Conclusion):
    """What the receipt of an erasure proved.

    Attributes:
        assurance: What ties the checkpoint to the block.
        signing: How far the signature was checked.
        block_trusted: Whether the block's hash equals one that the verifier, or its node, knows.
        not_later_than: Unix seconds by which the report was made, if it is proved.
        missing: What a proof needs and nobody vouched for: ``storage proof``, ``block hash``,
            ``chain id``, ``registry``, ``control of the issuer``; and ``number of the stream``,
            where it is a later one: whether that stood is for a node to tell.
        trust: What the verifier still takes on trust, in a sentence; always: that the issuer did
            what it says.
    """

    assurance: Assurance
    signing: Signing
    block_trusted: bool
    not_later_than: int
    missing: tuple[str, ...]
    trust: str


def verify_erasure(
    receipt: ErasureReceipt,
    *,
    block_hash: bytes | str | None = None,
    expected: Expected = NOTHING,
    trusting: object = None,
) -> ErasureVerification:
    """Check the receipt of an erasure; who controlled the issuer only a node can tell.

    Args:
        receipt: What was shown.
        block_hash: The block's hash, 32 bytes or their digits, from a source that one trusts.
        expected: Chain, registry and issuer, as far as the verifier knows them.
        trusting: A node that the verifier trusts, to be asked for what was not brought.

    Returns:
        What was proved, what is missing, and on what trust.

    Raises:
        ReceiptMismatch: Any part contradicts another, the node, or what was expected.
            A later number of the stream has to stand at the block.
        SalusError: As the node's own errors: who signed did not control the issuer at the block,
            or did not sign this; the node does not answer, or has forgotten the block's state.
    """
    require_instance("verify_erasure", "receipt", receipt, ErasureReceipt)
    node = node_of(trusting)
    grounds = check_grounds(
        receipt, receipt.report.digest, block_hash=block_hash, expected=expected, node=node
    )
    signing = _signing(receipt, node)
    unchecked = () if signing is Signing.CONTROL else (CONTROL,)
    return ErasureVerification(
        assurance=grounds.assurance,
        signing=signing,
        block_trusted=grounds.block_trusted,
        not_later_than=receipt.block_timestamp,
        missing=(*grounds.missing, *unchecked, *_unknown_number(receipt, node)),
        trust=f"{grounds.trust}; and that the issuer did what it says",
    )


def _signing(receipt: ErasureReceipt, node: Node | None) -> Signing:
    if node is not None:
        node.check_control(receipt)
        return Signing.CONTROL
    issuer = bytes.fromhex(receipt.issuer[2:])
    said = statement_digest("erasure", issuer, receipt.report.digest, receipt.chain_id)
    # An account's key says who signed; a contract's signature does not.
    signed = recover(said, receipt.signature) == receipt.signer
    return Signing.SIGNER if signed else Signing.UNCHECKED


def _unknown_number(receipt: ErasureReceipt, node: Node | None) -> tuple[str, ...]:
    """A number that was planted is read by nobody who follows the stream."""
    if receipt.number == 1:
        return ()
    return () if node is not None and node.check_number(receipt) else (NUMBER,)
