"""What every receipt rests on: a path, a checkpoint, a registry, a block, and who vouches for them.

A receipt can be made of nothing: a header, a state and a registry of one's own fit together as well
as real ones. What makes it a proof is what its verifier knows from elsewhere.

Example:
    >>> Assurance.STORAGE_PROOF.value
    'storage proof'
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from salus.errors import VerificationError
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.receipts import asking, storage_proof
from salus.receipts.errors import ReceiptMismatch, ReceiptUnproven
from salus.receipts.form import Evidence, StorageProof
from salus.receipts.registry import known_registry
from salus_verify import merkle

if TYPE_CHECKING:
    from salus.chain.chain import Chain

STORAGE_PROOF = "storage proof"
BLOCK_HASH = "block hash"
CHAIN_ID = "chain id"
REGISTRY = "registry"


class Assurance(StrEnum):
    """What ties the checkpoint to the block."""

    STORAGE_PROOF = "storage proof"
    """Proven from the block's hash. Trust: that the hash is of a block of the chain."""

    LOOKED_UP = "looked up"
    """A node says that the checkpoint was anchored by that block. Trust: the node."""

    NAMED = "named"
    """Only named: look the checkpoint up in that block. Trust: whoever answers."""


@dataclass(frozen=True, slots=True)
@typed
class Expected:
    """What a verifier knows beforehand, from elsewhere than the receipt.

    Attributes:
        chain_id: The chain that counts.
        registry: The AnchorRegistry there. Unless told, the one that this release's code computes
            is known (`known_registry`), and no other.
        issuer: Who is said to have issued it.
    """

    chain_id: int | None = None
    registry: Address | None = None
    issuer: Address | None = None


NOTHING = Expected()
"""What a verifier knows who knows nothing."""


class Verdict:
    """What a verification came to: proved, where nothing that a proof needs is missing."""

    __slots__ = ()
    missing: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether what was shown is proved: nothing is missing."""
        return not self.missing

    def require(self) -> None:
        """Go on only with a proof.

        Raises:
            ReceiptUnproven: Something is missing; nothing contradicts.
        """
        if self.missing:
            raise ReceiptUnproven(self.missing)


@dataclass(frozen=True, slots=True)
@typed
class Grounds:
    """What was found out about where a receipt says that something stood.

    Attributes:
        assurance: What ties the checkpoint to the block.
        block_trusted: Whether the block's hash is one that the verifier, or its node, knows.
        missing: What nobody vouched for: ``storage proof``, ``block hash``, ``chain id`` and
            ``registry``, as far as they are.
        trust: What remains to be trusted, in a sentence.
    """

    assurance: Assurance
    block_trusted: bool
    missing: tuple[str, ...]
    trust: str


def check_grounds(
    evidence: Evidence,
    leaf: bytes,
    *,
    block_hash: bytes | None,
    expected: Expected,
    chain: Chain | None,
) -> Grounds:
    """Check that a leaf stands where a receipt says, and tell what that rests on.

    Args:
        evidence: The receipt.
        leaf: 32 bytes, before leaf hashing.
        block_hash: The block's hash, 32 bytes, from a source that the verifier trusts.
        expected: Chain, registry and issuer, as far as the verifier knows them.
        chain: A node that the verifier trusts, to be asked for what was not brought. Where it
            contradicts what was brought, nothing is proved.

    Returns:
        What it rests on.

    Raises:
        ReceiptMismatch: A part contradicts another, what was expected, or the node.
        ChainError: The node does not answer.
    """
    _check_expected(evidence, expected)
    _check_inclusion(evidence, leaf)
    if chain is not None:
        known = asking.block_hash(chain, evidence)
        if known != evidence.block_hash:
            raise ReceiptMismatch("its block is not the one that the node knows")
        block_hash = known if block_hash is None else block_hash
    if block_hash is not None and block_hash != evidence.block_hash:
        raise ReceiptMismatch("its block is not the one whose hash was brought")
    assurance = _assure(evidence, chain)
    checks = {
        STORAGE_PROOF: assurance is not Assurance.NAMED,
        BLOCK_HASH: block_hash is not None,
        CHAIN_ID: expected.chain_id is not None or chain is not None,
        REGISTRY: _is_known(evidence, expected, chain),
    }
    missing = tuple(name for name, done in checks.items() if not done)
    trust = _trust(evidence, assurance, missing, asked=chain is not None)
    return Grounds(assurance, block_hash is not None, missing, trust)


def _check_expected(evidence: Evidence, expected: Expected) -> None:
    for name in ("chain_id", "registry", "issuer"):
        wanted, found = getattr(expected, name), getattr(evidence, name)
        if wanted is not None and str(wanted).lower() != str(found).lower():
            label = name.replace("_", " ")
            raise ReceiptMismatch(f"its {label} is {found}, and {wanted} was expected")


def _check_inclusion(evidence: Evidence, leaf: bytes) -> None:
    checkpoint = evidence.checkpoint
    try:
        merkle.verify_inclusion(
            merkle.leaf_hash(leaf),
            evidence.index,
            size=checkpoint.size,
            proof=list(evidence.path),
            root=checkpoint.root,
        )
    except VerificationError as error:
        raise ReceiptMismatch(f"the leaf is not in the checkpoint: {error}") from error


def _assure(evidence: Evidence, chain: Chain | None) -> Assurance:
    if evidence.proof is not None:
        _check_state(evidence, evidence.proof)
        return Assurance.STORAGE_PROOF
    if chain is not None and asking.was_anchored(chain, evidence):
        return Assurance.LOOKED_UP
    return Assurance.NAMED


def _check_state(evidence: Evidence, proof: StorageProof) -> None:
    number, timestamp = storage_proof.check(
        proof,
        registry=evidence.registry,
        slot=storage_proof.slot_of(evidence.issuer, evidence.stream),
        value=evidence.checkpoint.id,
        block_hash=evidence.block_hash,
    )
    if (number, timestamp) != (evidence.block_number, evidence.block_timestamp):
        raise ReceiptMismatch("the block's number or time is not what its header says")


def _is_known(evidence: Evidence, expected: Expected, chain: Chain | None) -> bool:
    if expected.registry is not None:  # compared before
        return True
    if evidence.registry == known_registry():
        return True
    return chain is not None and evidence.registry == chain.contract("AnchorRegistry").address


def _trust(
    evidence: Evidence, assurance: Assurance, missing: tuple[str, ...], *, asked: bool
) -> str:
    block = f"block {evidence.block_number} of chain {evidence.chain_id}"
    open_points = []
    if assurance is Assurance.NAMED:
        checkpoint = f"0x{evidence.checkpoint.id.hex()}"
        open_points.append(
            f"no storage proof: look up in {block} that the stream's checkpoint is {checkpoint},"
            " and that block's time"
        )
    elif BLOCK_HASH in missing:
        open_points.append(f"that 0x{evidence.block_hash.hex()} is the hash of {block}")
    elif CHAIN_ID in missing:
        open_points.append(f"that the block is of chain {evidence.chain_id}")
    if REGISTRY in missing:
        open_points.append(f"that {evidence.registry} is the AnchorRegistry there")
    if not open_points:
        return "the node that was asked" if asked else "whoever told the block"
    return "; and ".join(open_points)
