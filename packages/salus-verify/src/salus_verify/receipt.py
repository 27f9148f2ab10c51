"""The receipt of a record: as a value, and as a document of version 1.

Example:
    >>> Receipt.from_json("{}")
    Traceback (most recent call last):
    salus_verify.errors.MalformedReceipt: malformed receipt: 'type' is missing; ask its author ...
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from salus_verify.address import Address, lower_case
from salus_verify.assurance import NOTHING, Expected
from salus_verify.encoding import canonical, hex0x
from salus_verify.errors import MalformedReceipt
from salus_verify.fields import Fields
from salus_verify.log import Checkpoint
from salus_verify.opening import Opening
from salus_verify.place import StorageProof, check_place, read_place, write_place
from salus_verify.sources import Source
from salus_verify.values import address, instance, octets, whole
from salus_verify.verify import Verification, verify_receipt

RECEIPT_TYPE = "salus/receipt"
RECEIPT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a leaf stands in an issuer's log, and that the log's checkpoint was on chain by a block.

    Attributes:
        chain_id: The chain.
        registry: The AnchorRegistry's address there.
        issuer: Whose log.
        stream: Which log, 32 bytes.
        opening: What opens the leaf: salt, plaintext commitment, manifest digest.
        index: The leaf's position.
        path: RFC 9162 inclusion path, hashes from the leaf up.
        checkpoint: The log's state that the path leads to.
        block_number: The block in which the checkpoint was on chain.
        block_hash: Its hash, 32 bytes: **what a verifier must know from a source it trusts**.
        block_timestamp: Its time, Unix seconds: the record existed no later.
        proof: The storage proof; None where the node serves none.
    """

    chain_id: int
    registry: Address
    issuer: Address
    stream: bytes
    opening: Opening
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    block_number: int
    block_hash: bytes
    block_timestamp: int
    proof: StorageProof | None

    def __post_init__(self) -> None:
        whole(self, "chain_id", least=1)
        address(self, "issuer")
        octets(self, "stream", size=32)
        instance(self, "opening", Opening)
        check_place(self)

    def verify(
        self,
        document: Source | Path,
        *,
        trusting: object = None,
        block_hash: bytes | str | None = None,
        expected: Expected = NOTHING,
    ) -> Verification:
        """Go on only when this receipt proves that a document existed by its block.

        Args:
            document: The record's exact bytes.
            trusting: A node that the verifier trusts (a `salus` chain, say) to be asked for block,
                chain and registry. Without one, bring them.
            block_hash: The block's hash, 32 bytes or their hexadecimal digits, from a source that
                the verifier trusts.
            expected: Chain, registry and issuer, as far as the verifier knows them.

        Returns:
            What was proved, and on what trust.

        Raises:
            ReceiptMismatch: A part contradicts another, the document, the node, or what was
                expected.
            ReceiptUnproven: Nothing contradicts, but nobody vouched for all that a proof needs.
        """
        found = verify_receipt(
            self,
            document=document,
            trusting=trusting,
            block_hash=block_hash,
            expected=expected,
        )
        found.require()
        return found

    def to_json(self) -> bytes:
        """Canonical JSON; holds the record's salt, so give it only to who may check the record."""
        return canonical(
            {
                "type": RECEIPT_TYPE,
                "version": RECEIPT_VERSION,
                "chainId": self.chain_id,
                "issuer": lower_case(self.issuer),
                "stream": hex0x(self.stream),
                "opening": {
                    "salt": hex0x(self.opening.salt),
                    "commitment": hex0x(self.opening.commitment),
                    "manifestDigest": hex0x(self.opening.manifest_digest),
                },
                **write_place(self),
            }
        )

    @classmethod
    def from_json(cls, document: bytes | str) -> Receipt:
        """Read a receipt; nothing in it is proven before it is verified.

        Args:
            document: What was received.

        Returns:
            The receipt.

        Raises:
            MalformedReceipt: It is not one, or of a version that this release does not know.
        """
        fields = Fields.load(document, error=MalformedReceipt)
        if fields.take("type") != RECEIPT_TYPE:
            fields.fail(f"its type is not {RECEIPT_TYPE}")
        fields.integer("version", minimum=RECEIPT_VERSION, maximum=RECEIPT_VERSION)
        with fields.refusing():
            receipt = cls(
                chain_id=fields.integer("chainId", minimum=1),
                issuer=fields.address("issuer"),
                stream=fields.hexadecimal("stream"),
                opening=_read_opening(fields.nested("opening")),
                **read_place(fields),
            )
        fields.end()
        return receipt


def _read_opening(fields: Fields) -> Opening:
    opening = Opening(
        salt=fields.hexadecimal("salt"),
        commitment=fields.hexadecimal("commitment"),
        manifest_digest=fields.hexadecimal("manifestDigest"),
    )
    fields.end()
    return opening
