"""Verify the receipt of an erasure: who said it, and that it was said no later than a block.

Example:
    >>> Signing.CONTROL.value
    'by who controlled the issuer at that block'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from salus.chain.errors import SignatureMismatch
from salus.errors import ChainError
from salus.primitives.values import typed
from salus.receipts.erasures import ERASURES_STREAM, ErasureReceipt
from salus.receipts.errors import ReceiptMismatch
from salus.receipts.grounds import NOTHING, Assurance, Expected, Verdict, check_grounds
from salus.vault.documents.statements import TypedData

if TYPE_CHECKING:
    from salus.chain.chain import Chain

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
@typed
class ErasureVerification(Verdict):
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
    block_hash: bytes | None = None,
    expected: Expected = NOTHING,
    chain: Chain | None = None,
) -> ErasureVerification:
    """Check the receipt of an erasure; who controlled the issuer only a node can tell.

    Args:
        receipt: What was shown.
        block_hash: The block's hash, 32 bytes, from a source that the verifier trusts.
        expected: Chain, registry and issuer, as far as the verifier knows them.
        chain: A node that the verifier trusts, to be asked for what was not brought.

    Returns:
        What was proved, what is missing, and on what trust.

    Raises:
        ReceiptMismatch: Any part contradicts another, the node, or what was expected.
            A later number of the stream has to stand at the block.
        ForgedSignature: Who signed did not control the issuer at the block, or did not sign this.
        ChainError: The node does not answer, or has forgotten the block's state.
    """
    grounds = check_grounds(
        receipt, receipt.report.digest, block_hash=block_hash, expected=expected, chain=chain
    )
    signing = _check_control(receipt, chain) if chain is not None else _check_signer(receipt)
    unchecked = () if signing is Signing.CONTROL else (CONTROL,)
    later = _check_number(receipt, chain)
    return ErasureVerification(
        assurance=grounds.assurance,
        signing=signing,
        block_trusted=grounds.block_trusted,
        not_later_than=receipt.block_timestamp,
        missing=(*grounds.missing, *unchecked, *later),
        trust=f"{grounds.trust}; and that the issuer did what it says",
    )


def _check_number(receipt: ErasureReceipt, chain: Chain | None) -> tuple[str, ...]:
    """A number that was planted is read by nobody who follows the stream."""
    from salus.anchors.history import StreamHistory
    from salus.anchors.streams import Anchored
    from salus.identities.history import ChangeHistory

    if receipt.number == 1:
        return ()
    if chain is None or chain.contract("AnchorRegistry").address != receipt.registry:
        return (NUMBER,)
    block = receipt.block_number
    shown = Anchored(
        receipt.issuer, receipt.stream, receipt.checkpoint, block, number=receipt.number
    )
    handovers = ChangeHistory(chain.contract("IdentityRegistry")).handovers
    if not StreamHistory(chain, handovers).stands(shown, ERASURES_STREAM, block=block):
        raise ReceiptMismatch(
            f"its checkpoint does not stand in the issuer's stream at block {block}"
        )
    return ()


def _check_control(receipt: ErasureReceipt, chain: Chain) -> Signing:
    from eth_utils.address import to_checksum_address

    from salus.chain.control import verify_typed_data

    block = receipt.block_number

    def verify(identity: str, typed: TypedData, signer: bytes, signature: bytes) -> None:
        who = str(to_checksum_address(identity))
        verify_typed_data(chain, who, typed, signer, signature, block=block)

    try:
        receipt.signed.check("erasure report", receipt.report.statement, verify)
    except ChainError as error:
        error.add_note(f"it may have forgotten block {block}: ask one that keeps old states")
        raise
    return Signing.CONTROL


def _check_signer(receipt: ErasureReceipt) -> Signing:
    """Whatever an account's key signed says who signed; a contract's signature does not."""
    from salus.chain.abi.typed import digest
    from salus.chain.signing.verifying import recover

    signer = receipt.signed.signer
    try:
        found = recover(digest(receipt.report.statement.typed_data()), receipt.signed.signature)
    except SignatureMismatch:
        return Signing.UNCHECKED
    return Signing.SIGNER if found.lower() == "0x" + signer.hex() else Signing.UNCHECKED
