"""The receipt of an erasure: a signed report, and where its digest was anchored by a block.

It holds nothing of the record, and may be shown to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass

from salus_verify.address import Address
from salus_verify.encoding import canonical, hex0x
from salus_verify.erasure_report import ERASURE_TYPE, Erasure
from salus_verify.errors import MalformedReceipt
from salus_verify.fields import Fields
from salus_verify.log import Checkpoint, stream_id
from salus_verify.place import StorageProof, check_place, read_place, write_place
from salus_verify.values import instance, octets, whole

ERASURE_RECEIPT_TYPE = "salus/erasure-receipt/v1"
ERASURES_STREAM = "erasures"
"""Label of the stream that digests of erasure reports are anchored in."""
_MAX_SIGNATURE = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """That an issuer said by a block what it destroyed of a record, and what it did not.

    Attributes:
        report: What it said.
        signer: Who signed: an address of 20 bytes, or an ERC-7913 signer.
        signature: As that kind of signer makes it.
        number: Which number of the issuer's ``erasures`` stream it stands in.
        registry: The AnchorRegistry's address.
        index: Where the report's digest stands in the issuer's ``erasures`` stream.
        path: RFC 9162 inclusion path, hashes from the leaf up.
        checkpoint: The log's state that the path leads to.
        block_number: The block in which the checkpoint was on chain, and the signer in control.
        block_hash: Its hash, 32 bytes.
        block_timestamp: Its time, Unix seconds.
        proof: The storage proof; None where the node serves none.
    """

    report: Erasure
    signer: bytes
    signature: bytes
    number: int
    registry: Address
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    block_number: int
    block_hash: bytes
    block_timestamp: int
    proof: StorageProof | None

    def __post_init__(self) -> None:
        instance(self, "report", Erasure)
        octets(self, "signer", "signature")
        whole(self, "number", least=1)
        check_place(self)

    @property
    def chain_id(self) -> int:
        """The chain, as the report says."""
        return self.report.chain_id

    @property
    def issuer(self) -> Address:
        """Who erased, as the report says; checksummed."""
        return self.report.issuer

    @property
    def stream(self) -> bytes:
        """The issuer's ``erasures`` stream, in its number; 32 bytes."""
        return stream_id(ERASURES_STREAM, self.number)

    def to_json(self) -> bytes:
        """The receipt as a document: canonical JSON."""
        return canonical(
            {
                "type": ERASURE_RECEIPT_TYPE,
                "report": self.report.to_document(),
                "signature": {"signer": hex0x(self.signer), "signature": hex0x(self.signature)},
                "streamNumber": self.number,
                **write_place(self),
            }
        )

    @classmethod
    def from_json(cls, document: bytes | str) -> ErasureReceipt:
        """Read a receipt; nothing in it is proven before `verify_erasure`.

        Args:
            document: What was received.

        Returns:
            The receipt.

        Raises:
            MalformedReceipt: It is not one, or of a version that this release does not know.
        """
        fields = _of_type(Fields.load(document, error=MalformedReceipt), ERASURE_RECEIPT_TYPE)
        signed = fields.nested("signature")
        receipt = cls(
            report=Erasure.take(_of_type(fields.nested("report"), ERASURE_TYPE)),
            signer=signed.hexadecimal("signer", size=None, longest=_MAX_SIGNATURE),
            signature=signed.hexadecimal("signature", size=None, longest=_MAX_SIGNATURE),
            number=fields.integer("streamNumber", minimum=1),
            **read_place(fields),
        )
        signed.end()
        fields.end()
        return receipt


def _of_type(fields: Fields, kind: str) -> Fields:
    if fields.take("type") != kind:
        fields.fail(f"its type is not {kind}")
    return fields
