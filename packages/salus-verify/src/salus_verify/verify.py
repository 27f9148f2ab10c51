"""Verify the receipt of a record, offline or with a node of one's own.

Example:
    >>> verify_receipt("receipt.json")
    Traceback (most recent call last):
    salus_verify.errors.InvalidValue: verify_receipt.receipt must be the receipt of a record...
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from salus_verify.assurance import NOTHING, Assurance, Conclusion, Expected, check_grounds
from salus_verify.errors import InvalidValue, ReceiptMismatch
from salus_verify.node import node_of
from salus_verify.opening import Opening
from salus_verify.place import OpenedEvidence
from salus_verify.sources import Source

DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Verification(Conclusion):
    """What a receipt proved.

    Attributes:
        assurance: What ties the checkpoint to the block.
        document_checked: Whether the document itself was shown and matched.
        block_trusted: Whether the block's hash equals one that the verifier, or its node, knows.
        not_later_than: Unix seconds by which the record existed, if it is proved.
        missing: What a proof needs and nobody vouched for: ``document``, ``storage proof``,
            ``block hash``, ``chain id``, ``registry``.
        trust: What the verifier still takes on trust, in a sentence.
    """

    assurance: Assurance
    document_checked: bool
    block_trusted: bool
    not_later_than: int
    missing: tuple[str, ...]
    trust: str


def verify_receipt(
    receipt: OpenedEvidence,
    *,
    document: Source | Path | None = None,
    block_hash: bytes | str | None = None,
    expected: Expected = NOTHING,
    trusting: object = None,
) -> Verification:
    """Check a receipt; without ``trusting`` it needs no node, storage or network.

    A receipt in which all fits together proves nothing yet: look at ``proved``, or call
    ``require()``. `Receipt.verify` does so.

    Args:
        receipt: What was shown.
        document: The record's exact bytes, when the verifier has them.
        block_hash: The block's hash, 32 bytes or their digits, from a source that one trusts.
        expected: Chain, registry and issuer, as far as the verifier knows them.
        trusting: A node that the verifier trusts, to be asked for what was not brought.

    Returns:
        What was proved, what is missing, and on what trust.

    Raises:
        ReceiptMismatch: Any part contradicts another, the document, the node, or what was expected.
        InvalidValue: ``receipt`` is of another type.
    """
    if not isinstance(getattr(receipt, "opening", None), Opening):
        problem = f"must be the receipt of a record, not {type(receipt).__name__}"
        raise InvalidValue("verify_receipt", "receipt", problem)
    if document is not None and not receipt.opening.opens(document):
        raise ReceiptMismatch("the document is not the one that was anchored")
    grounds = check_grounds(
        receipt,
        receipt.opening.leaf(),
        block_hash=block_hash,
        expected=expected,
        node=node_of(trusting),
    )
    unshown = () if document is not None else (DOCUMENT,)
    return Verification(
        assurance=grounds.assurance,
        document_checked=document is not None,
        block_trusted=grounds.block_trusted,
        not_later_than=receipt.block_timestamp,
        missing=unshown + grounds.missing,
        trust=grounds.trust,
    )
