"""Verify a receipt, offline or with a node of one's own, and say what it rests on.

Example:
    >>> from salus.receipts import Receipt, verify_receipt
    >>> verify_receipt.__name__
    'verify_receipt'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.errors import VerificationError
from salus.primitives.values import typed
from salus.receipts.errors import ReceiptMismatch
from salus.receipts.grounds import NOTHING, Assurance, Expected, Verdict, check_grounds
from salus.receipts.model import Receipt

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.primitives.blocks import Source

DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
@typed
class Verification(Verdict):
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
    receipt: Receipt,
    *,
    document: Source | None = None,
    block_hash: bytes | None = None,
    expected: Expected = NOTHING,
    chain: Chain | None = None,
) -> Verification:
    """Check a receipt; without ``chain`` it needs no node, storage or network.

    A receipt in which all fits together proves nothing yet: look at ``proved``, or call
    ``require()``.

    Args:
        receipt: What was shown.
        document: The record's exact bytes, when the verifier has them.
        block_hash: The block's hash, 32 bytes, from a source that the verifier trusts.
        expected: Chain, registry and issuer, as far as the verifier knows them.
        chain: A node that the verifier trusts, to be asked for what was not brought.

    Returns:
        What was proved, what is missing, and on what trust.

    Raises:
        ReceiptMismatch: Any part contradicts another, the document, the node, or what was expected.
        ChainError: The node does not answer.
    """
    leaf = receipt.opening.leaf()
    if document is not None:
        _check_document(receipt, leaf, document)
    grounds = check_grounds(receipt, leaf, block_hash=block_hash, expected=expected, chain=chain)
    unshown = () if document is not None else (DOCUMENT,)
    return Verification(
        assurance=grounds.assurance,
        document_checked=document is not None,
        block_trusted=grounds.block_trusted,
        not_later_than=receipt.block_timestamp,
        missing=unshown + grounds.missing,
        trust=grounds.trust,
    )


def _check_document(receipt: Receipt, leaf: bytes, document: Source) -> None:
    try:
        receipt.opening.check(leaf, document)
    except VerificationError as error:
        raise ReceiptMismatch("the document is not the one that was anchored") from error
