"""Make receipts while there is a node to ask."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from salus.errors import ChainError
from salus.primitives.arguments import typed_arguments
from salus.receipts.storage_proofs import fetch
from salus_verify.encoding import octets_of
from salus_verify.erasure_receipt import ErasureReceipt
from salus_verify.errors import ReceiptMismatch
from salus_verify.place import LogPlace
from salus_verify.receipt import Receipt
from salus_verify.storage_proof import slot_of

if TYPE_CHECKING:
    from salus.anchors.streams import AnchoredCheckpoint, Inclusion
    from salus.chain.chain import Chain
    from salus.chain.contract import Contract
    from salus.vault.documents.statements import Signed
    from salus_verify.erasure_receipt import Erasure
    from salus_verify.opening import Opening

_TRIES, _PAUSE = 4, 0.2


class _OtherMoment(Exception):
    """A block was replaced, or another backend answered, between two questions."""


@typed_arguments
def issue_receipt(
    chain: Chain, inclusion: Inclusion, opening: Opening, *, block: int | None = None
) -> Receipt:
    """Make a receipt for a leaf of the checkpoint that is a stream's last at a block.

    Raises:
        ReceiptMismatch: The opening is another leaf's, or the checkpoint is not the stream's last
            at that block.
        ChainError: The node does not answer, contradicts itself, or has forgotten that block's
            state and events.
    """
    if opening.leaf() != inclusion.leaf:
        raise ReceiptMismatch("the opening does not open the leaf that was proven")
    anchored = inclusion.anchored
    return Receipt(
        chain_id=chain.chain_id,
        issuer=anchored.issuer,
        stream=anchored.stream,
        opening=opening,
        **_place(chain, inclusion, block),
    )


@typed_arguments
def issue_erasure_receipt(
    chain: Chain, inclusion: Inclusion, report: Erasure, signed: Signed
) -> ErasureReceipt:
    """Make the receipt of an erasure, at the latest block: its signer is in control there.

    Raises:
        ReceiptMismatch: The report is another one, or the stream has moved on meanwhile.
        ChainError: The node does not answer, or contradicts itself.
    """
    if report.digest != inclusion.leaf:
        raise ReceiptMismatch("the report is not the one whose digest was proven")
    return ErasureReceipt(
        report=report,
        signer=signed.signer,
        signature=signed.signature,
        number=inclusion.anchored.number,
        **_place(chain, inclusion, None),
    )


def _place(chain: Chain, inclusion: Inclusion, block: int | None) -> LogPlace:
    """Where it stands; block, header and state are of one moment, or all are asked for again."""
    from salus.chain.errors import AnswerMalformed

    for tried in range(_TRIES):
        try:
            return _place_now(chain, inclusion, block)
        except _OtherMoment as error:
            reason = str(error)
            time.sleep(_PAUSE * tried)
    raise AnswerMalformed(
        reason="block, header and state that it gives do not fit", url=chain.rpc.url, words=reason
    )


def _place_now(chain: Chain, inclusion: Inclusion, block: int | None) -> LogPlace:
    anchored = inclusion.anchored
    contract = chain.contract("AnchorRegistry")
    at = chain.block("latest" if block is None else block)
    if not _stood(contract, anchored, at.number):
        raise ReceiptMismatch("the stream has moved on: prove the leaf in its last checkpoint")
    block_hash = octets_of(at.hash)
    try:
        proof = fetch(
            chain.rpc,
            contract.address,
            slot_of(anchored.issuer, anchored.stream),
            value=anchored.checkpoint.id,
            number=at.number,
            block_hash=block_hash,
        )
    except ReceiptMismatch as error:
        raise _OtherMoment(str(error)) from error
    return {
        "registry": contract.address,
        "index": inclusion.index,
        "path": inclusion.path,
        "checkpoint": anchored.checkpoint,
        "block_number": at.number,
        "block_hash": block_hash,
        "block_timestamp": at.timestamp,
        "proof": proof,
    }


def _stood(contract: Contract, anchored: AnchoredCheckpoint, block: int) -> bool:
    """Whether a checkpoint was its stream's last at a block; events tell where it was anchored."""
    from salus.contracts.anchors.events import Anchored

    try:
        head = contract.call("headOf", anchored.issuer, anchored.stream, block=block)
        return bool(head == anchored.checkpoint.id)
    except ChainError:
        if block != anchored.block_number:
            raise
    wanted = {"issuer": anchored.issuer, "stream": anchored.stream}
    wanted |= {"checkpoint_id": anchored.checkpoint.id}
    return bool(contract.events(Anchored, from_block=block, to_block=block, **wanted))
