"""The receipt of an erasure: a signed report, and where its digest was anchored by a block.

It holds nothing of the record, and may be shown to anybody.

Example:
    >>> from salus.receipts.erasures import ERASURE_RECEIPT_TYPE
    >>> ERASURE_RECEIPT_TYPE
    'salus/erasure-receipt/v1'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rfc8785

from salus.anchors.streams import stream_id
from salus.contracts.anchors import Checkpoint
from salus.primitives.address import Address
from salus.primitives.errors import MalformedDocument
from salus.primitives.values import typed
from salus.receipts import form
from salus.receipts.errors import MalformedReceipt
from salus.receipts.form import StorageProof
from salus.vault.documents.erasure import Erasure
from salus.vault.documents.statements import Signed
from salus_verify import json as nesting
from salus_verify.fields import Fields

ERASURE_RECEIPT_TYPE = "salus/erasure-receipt/v1"
ERASURES_STREAM = "erasures"
"""Label of the stream that digests of erasure reports are anchored in."""
_MEMBERS = form.PLACE_MEMBERS | {"type", "report", "signature", "streamNumber"}


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class ErasureReceipt:
    """That an issuer said by a block what it destroyed of a record, and what it did not.

    Attributes:
        report: What it said.
        signed: Its signature.
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
    signed: Signed
    number: int
    registry: Address
    index: int
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    block_number: int
    block_hash: bytes
    block_timestamp: int
    proof: StorageProof | None

    @property
    def chain_id(self) -> int:
        """The chain, as the report says."""
        return self.report.chain_id

    @property
    def issuer(self) -> Address:
        """Who erased, as the report says; checksummed."""
        from eth_utils.address import to_checksum_address

        return str(to_checksum_address(self.report.issuer))

    @property
    def stream(self) -> bytes:
        """The issuer's ``erasures`` stream, in its number; 32 bytes."""
        return stream_id(ERASURES_STREAM, self.number)

    def to_json(self) -> bytes:
        """The receipt as a document.

        Returns:
            Canonical JSON.
        """
        return rfc8785.dumps(
            {
                "type": ERASURE_RECEIPT_TYPE,
                "report": nesting.load(self.report.to_bytes()),
                "signature": self.signed.to_json(),
                "streamNumber": self.number,
                **form.write_place(self),
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
            MalformedReceipt: It is none, or of a version that this release does not know.
        """
        raw = form.load(document)
        if raw.get("type") != ERASURE_RECEIPT_TYPE:
            raise MalformedReceipt(f"it is no {ERASURE_RECEIPT_TYPE!r}")
        form.exactly(raw, _MEMBERS)
        return cls(
            report=_read_report(raw["report"]),
            signed=_read_signature(raw["signature"]),
            number=_read_number(raw["streamNumber"]),
            **form.read_place(raw),
        )


def _read_report(raw: Any) -> Erasure:
    try:
        return Erasure.parse(rfc8785.dumps(raw))
    except MalformedDocument as error:
        raise MalformedReceipt(f"its report does not follow its format: {error.problem}") from error
    except (ValueError, RecursionError) as error:
        raise MalformedReceipt("its report is no JSON that can be hashed") from error


def _read_number(raw: Any) -> int:
    number = form.read_integer(raw)
    if number < 1:
        raise MalformedReceipt("its stream has no such number")
    return number


def _read_signature(raw: Any) -> Signed:
    form.exactly(raw, {"signer", "signature"})
    try:
        return Signed.from_fields(Fields(raw, MalformedDocument))
    except MalformedDocument as error:
        raise MalformedReceipt(f"its signature is none: {error.problem}") from error
