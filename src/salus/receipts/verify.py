"""Verify a receipt offline, and say what it rests on.

Example:
    >>> Assurance.STORAGE_PROOF.value
    'storage proof'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from salus import merkle
from salus.errors import VerificationError
from salus.errors.receipts import ReceiptMismatch
from salus.models import Address
from salus.receipts import storage_proof
from salus.receipts.model import Receipt

if TYPE_CHECKING:
    from salus.vault.blocks import Source


class Assurance(StrEnum):
    """What ties the checkpoint to the block."""

    STORAGE_PROOF = "storage proof"
    """Proven from the block's hash. Trust: that the hash is of a block of the chain."""

    NAMED = "named"
    """Only named: look the checkpoint up in that block. Trust: whoever answers."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a receipt proved.

    Attributes:
        assurance: What ties the checkpoint to the block.
        document_checked: Whether the document itself was shown and matched.
        block_trusted: Whether the block's hash equals one that the verifier brought.
        not_later_than: Unix seconds by which the record existed.
        trust: What the verifier still takes on trust, in a sentence.
    """

    assurance: Assurance
    document_checked: bool
    block_trusted: bool
    not_later_than: int
    trust: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verifier knows beforehand; None is taken from the receipt, and stays to be trusted.

    Attributes:
        chain_id: The chain that counts.
        registry: The AnchorRegistry there.
        issuer: Who is said to have issued the record.
    """

    chain_id: int | None = None
    registry: Address | None = None
    issuer: Address | None = None


def verify_receipt(
    receipt: Receipt,
    *,
    document: Source | None = None,
    block_hash: bytes | None = None,
    expected: Expected = Expected(),
) -> Verification:
    """Check a receipt without node, storage or network.

    Args:
        receipt: What was shown.
        document: The record's exact bytes, when the verifier has them.
        block_hash: The block's hash, 32 bytes, from a source that the verifier trusts.
        expected: Chain, registry and issuer, as far as the verifier knows them.

    Returns:
        What was proved, and on what trust.

    Raises:
        ReceiptMismatch: Any part contradicts another, the document, or what was expected.
    """
    _check_expected(receipt, expected)
    leaf = receipt.opening.leaf()
    _check_inclusion(receipt, leaf)
    if document is not None:
        _check_document(receipt, leaf, document)
    if block_hash is not None and block_hash != receipt.block_hash:
        raise ReceiptMismatch("its block is not the one whose hash was brought")
    assurance = _check_block(receipt)
    return Verification(
        assurance=assurance,
        document_checked=document is not None,
        block_trusted=block_hash is not None,
        not_later_than=receipt.block_timestamp,
        trust=_trust(receipt, assurance, block_hash is not None),
    )


def _check_expected(receipt: Receipt, expected: Expected) -> None:
    for name in ("chain_id", "registry", "issuer"):
        wanted, found = getattr(expected, name), getattr(receipt, name)
        if wanted is not None and str(wanted).lower() != str(found).lower():
            label = name.replace("_", " ")
            raise ReceiptMismatch(f"its {label} is {found}, and {wanted} was expected")


def _check_inclusion(receipt: Receipt, leaf: bytes) -> None:
    checkpoint = receipt.checkpoint
    try:
        merkle.verify_inclusion(
            merkle.leaf_hash(leaf),
            receipt.index,
            size=checkpoint.size,
            proof=list(receipt.path),
            root=checkpoint.root,
        )
    except VerificationError as error:
        raise ReceiptMismatch(f"the leaf is not in the checkpoint: {error}") from error


def _check_document(receipt: Receipt, leaf: bytes, document: Source) -> None:
    try:
        receipt.opening.check(leaf, document)
    except VerificationError as error:
        raise ReceiptMismatch("the document is not the one that was anchored") from error


def _check_block(receipt: Receipt) -> Assurance:
    if receipt.proof is None:
        return Assurance.NAMED
    number, timestamp = storage_proof.check(
        receipt.proof,
        registry=receipt.registry,
        slot=storage_proof.slot_of(receipt.issuer, receipt.stream),
        value=receipt.checkpoint.id,
        block_hash=receipt.block_hash,
    )
    if (number, timestamp) != (receipt.block_number, receipt.block_timestamp):
        raise ReceiptMismatch("the block's number or time is not what its header says")
    return Assurance.STORAGE_PROOF


def _trust(receipt: Receipt, assurance: Assurance, block_trusted: bool) -> str:
    block = f"block {receipt.block_number} of chain {receipt.chain_id}"
    registry = f"that {receipt.registry} is the AnchorRegistry there"
    if assurance is Assurance.NAMED:
        return (
            f"no storage proof: look up in {block} that the stream's checkpoint is "
            f"0x{receipt.checkpoint.id.hex()}, and that block's time; and {registry}"
        )
    if not block_trusted:
        return f"that 0x{receipt.block_hash.hex()} is the hash of {block}; and {registry}"
    return registry
