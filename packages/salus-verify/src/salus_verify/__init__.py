"""Verify receipts of health records, and of their erasure, offline.

A verifier needs the receipt, the document, and from a source it trusts the block's hash and chain.

Example:
    >>> from salus_verify import Expected, Receipt
    >>> def check(receipt: bytes, document: bytes, block_hash: bytes) -> int:
    ...     read, known = Receipt.from_json(receipt), Expected(chain_id=1)
    ...     return read.verify(document, block_hash=block_hash, expected=known).not_later_than
"""

from salus_verify.assurance import Expected
from salus_verify.erasure_receipt import ErasureReceipt
from salus_verify.errors import MalformedReceipt, ReceiptMismatch, ReceiptUnproven, SalusError
from salus_verify.qr_form import from_compact, to_compact
from salus_verify.receipt import Receipt
from salus_verify.verify import verify_receipt
from salus_verify.verify_erasure import verify_erasure

__all__ = [
    "ErasureReceipt",
    "Expected",
    "MalformedReceipt",
    "Receipt",
    "ReceiptMismatch",
    "ReceiptUnproven",
    "SalusError",
    "from_compact",
    "to_compact",
    "verify_erasure",
    "verify_receipt",
]
