"""What every receipt rests on: a path, a checkpoint, a registry, a block, and who vouches for them.

A receipt can be made of nothing: a header, a state and a registry of one's own fit together as well
as real ones. What makes it a proof is what its verifier knows from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from salus_verify import merkle, storage_proof
from salus_verify.address import Address
from salus_verify.anchor_registry import ANCHOR_REGISTRY
from salus_verify.errors import ReceiptMismatch, ReceiptUnproven, VerificationError
from salus_verify.node import Node
from salus_verify.place import Evidence, StorageProof
from salus_verify.values import address, digest, require_instance, whole

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
class Expected:
    """What a verifier knows beforehand, from elsewhere than the receipt.

    Attributes:
        chain_id: The chain that counts.
        registry: The AnchorRegistry there; defaults to the one of this release
            (`salus_verify.anchor_registry`), and no other.
        issuer: Who is said to have issued it.
    """

    chain_id: int | None = None
    registry: Address | None = None
    issuer: Address | None = None

    def __post_init__(self) -> None:
        whole(self, *(("chain_id",) if self.chain_id is not None else ()))
        given = [name for name in ("registry", "issuer") if getattr(self, name) is not None]
        address(self, *given)


NOTHING = Expected()
"""What a verifier knows who knows nothing."""


class Conclusion:
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
class AssuranceGrounds:
    """What was found out about where a receipt says that something stood."""

    assurance: Assurance
    block_trusted: bool
    missing: tuple[str, ...]
    trust: str


def check_grounds(
    evidence: Evidence,
    leaf: bytes,
    *,
    block_hash: bytes | str | None,
    expected: Expected,
    node: Node | None,
) -> AssuranceGrounds:
    """Check that a leaf stands where a receipt says, and what that rests on.

    Args:
        leaf: 32 bytes, before leaf hashing.
        block_hash: The block's hash, 32 bytes or their digits, from a source that one trusts.

    Raises:
        ReceiptMismatch: A part contradicts another, what was expected, or the node.
    """
    require_instance("verify", "expected", expected, Expected)
    known = None if block_hash is None else digest("verify", "block_hash", block_hash)
    _check_expected(evidence, expected)
    _check_inclusion(evidence, leaf)
    if node is not None:
        told = node.hash_of_block(evidence)
        if told != evidence.block_hash:
            raise ReceiptMismatch("its block is not the one that the node knows")
        known = told if known is None else known
    if known is not None and known != evidence.block_hash:
        raise ReceiptMismatch("its block is not the one whose hash was brought")
    assurance = _assure(evidence, node)
    checks = {
        STORAGE_PROOF: assurance is not Assurance.NAMED,
        BLOCK_HASH: known is not None,
        CHAIN_ID: expected.chain_id is not None or node is not None,
        REGISTRY: _is_known(evidence, expected, node),
    }
    missing = tuple(name for name, done in checks.items() if not done)
    trust = _trust(evidence, assurance, missing, asked=node is not None)
    return AssuranceGrounds(assurance, known is not None, missing, trust)


def _check_expected(evidence: Evidence, expected: Expected) -> None:
    for name in ("chain_id", "registry", "issuer"):
        wanted, found = getattr(expected, name), getattr(evidence, name)
        if wanted is not None and wanted != found:
            label = name.replace("_", " ")
            raise ReceiptMismatch(f"its {label} is {found}, and {wanted} was expected")


def _check_inclusion(evidence: Evidence, leaf: bytes) -> None:
    try:
        merkle.verify_inclusion(
            merkle.leaf_hash(leaf),
            evidence.index,
            size=evidence.checkpoint.size,
            proof=evidence.path,
            root=evidence.checkpoint.root,
        )
    except VerificationError as error:
        raise ReceiptMismatch(f"the leaf is not in the checkpoint: {error}") from error


def _assure(evidence: Evidence, node: Node | None) -> Assurance:
    if evidence.proof is not None:
        _check_state(evidence, evidence.proof)
        return Assurance.STORAGE_PROOF
    if node is not None and node.was_anchored(evidence):
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


def _is_known(evidence: Evidence, expected: Expected, node: Node | None) -> bool:
    if expected.registry is not None:  # compared before
        return True
    if evidence.registry == ANCHOR_REGISTRY:
        return True
    return node is not None and node.has_registry(evidence.registry)


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
