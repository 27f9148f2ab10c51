"""Receipts: proof, offline, that a record existed, or was reported erased, no later than a block.

A verifier needs the receipt, the document, and from a source it trusts the block's hash and chain.
It needs no storage, no Salus and, for records, no node: `docs/receipts.md` gives the rules.

Example:
    >>> from salus.receipts import Receipt
    >>> Receipt.from_json("{}")
    Traceback (most recent call last):
        ...
    salus.receipts.errors.MalformedReceipt: ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.receipts.erasures import ErasureReceipt
    from salus.receipts.form import StorageProof
    from salus.receipts.grounds import Assurance, Expected
    from salus.receipts.issue import issue_erasure_receipt, issue_receipt
    from salus.receipts.model import Receipt
    from salus.receipts.registry import known_registry
    from salus.receipts.verify import Verification, verify_receipt
    from salus.receipts.verify_erasures import ErasureVerification, Signing, verify_erasure

__all__ = [
    "Assurance",
    "ErasureReceipt",
    "ErasureVerification",
    "Expected",
    "Receipt",
    "Signing",
    "StorageProof",
    "Verification",
    "issue_erasure_receipt",
    "issue_receipt",
    "known_registry",
    "verify_erasure",
    "verify_receipt",
]

__getattr__ = door(
    __name__,
    {
        "erasures": "ErasureReceipt",
        "form": "StorageProof",
        "grounds": "Assurance Expected",
        "issue": "issue_erasure_receipt issue_receipt",
        "model": "Receipt",
        "registry": "known_registry",
        "verify": "Verification verify_receipt",
        "verify_erasures": "ErasureVerification Signing verify_erasure",
    },
)
