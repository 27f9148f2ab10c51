"""Receipts: proof, offline, that a record existed, or was reported erased, no later than a block.

Receipts themselves and their verification are `salus_verify`, which needs no Salus. Here they are
issued and printed, and a chain answers what a verifier would otherwise have to bring.

Example:
    >>> import salus
    >>> from salus.demo.samples import bundle_bytes
    >>> me = salus.connect("tester", storage="memory://example-receipts")
    >>> record = me.records.add_bundle(bundle_bytes(), patient="0x" + "12" * 20).records[0].manifest
    >>> receipt, document = me.records.receipt(record), me.records.open(record)
    >>> receipt.verify(document, trusting=me.chain).proved
    True
    >>> receipt.verify(document)
    Traceback (most recent call last):
    salus_verify.errors.ReceiptUnproven: ... block hash, chain id missing...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door
from salus_verify import ErasureReceipt, Expected, Receipt, verify_erasure, verify_receipt
from salus_verify.node import Node, take_nodes_with

if TYPE_CHECKING:
    from salus.receipts.anchor_registry import known_registry
    from salus.receipts.page import to_page

__all__ = [
    "ErasureReceipt",
    "Expected",
    "Receipt",
    "known_registry",
    "to_page",
    "verify_erasure",
    "verify_receipt",
]


def _node(given: object) -> Node | None:
    from salus.receipts.chain_answers import chain_node

    return chain_node(given)


take_nodes_with(_node)

__getattr__, __dir__ = door(
    __name__,
    {
        "page": "to_page",
        "anchor_registry": "known_registry",
    },
)
