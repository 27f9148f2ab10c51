"""Receipts: proof, offline, that a record existed no later than a block.

A verifier needs the receipt, the block's hash from a source it trusts, and, to tie the proof to a
document, the document. It needs no node, no storage and no Salus: `docs/receipts.md` gives the rules.

Example:
    >>> from salus.receipts import Receipt
    >>> Receipt.from_json("{}")
    Traceback (most recent call last):
        ...
    salus.errors.receipts.MalformedReceipt: ...
"""

from __future__ import annotations

from salus.receipts.issue import issue_receipt
from salus.receipts.model import Receipt, StorageProof
from salus.receipts.verify import Assurance, Expected, Verification, verify_receipt

__all__ = [
    "Assurance",
    "Expected",
    "Receipt",
    "StorageProof",
    "Verification",
    "issue_receipt",
    "verify_receipt",
]
