"""What is said of an erasure: the leaf that shows it, the signed statement, and the notice.

`salus_verify.erasure_receipt` holds the report itself.

Example:
    >>> len(erased_leaf("0x" + "ab" * 20, bytes(16)))
    32
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import MalformedDocument
from salus.primitives.values import refuse, typed
from salus.vault.documents.statements import Statement
from salus_verify.encoding import canonical, hex0x, octets_of
from salus_verify.erasure_receipt import RECORD_ID_SIZE, Erasure
from salus_verify.fields import MAX_INTEGER, Fields

NOTICE_TYPE = "salus/erasure-notice/v1"


@typed_arguments
def erased_leaf(issuer: Address, record: bytes) -> bytes:
    """Make the leaf by which whoever knows a record's id finds that it was erased.

    Args:
        record: Its id, 16 random bytes: nobody else can tell which record is meant.

    Returns:
        32 bytes: SHA-256 of ``salus/erased/v1``, a zero byte, the issuer's 20 bytes and the id.
    """
    who = octets_of(issuer)
    return hashlib.sha256(b"salus/erased/v1\x00" + who + record).digest()


def statement_of(report: Erasure) -> Statement:
    """What the issuer of a report signs to vouch for it."""
    return Statement("erasure", report.issuer, report.digest, report.chain_id)


@dataclass(frozen=True, slots=True)
@typed
class ErasureNotice:
    """What a custodian tells the readers of a record that it erased: destroy what you have of it.

    Neither who else could read it, nor where it lay.

    Attributes:
        issuer: Who erased it.
        chain_id: The chain that its versions are anchored on.
        record: Its id, 16 bytes.
        erased_at: Seconds since 1970 (UTC).
    """

    issuer: Address
    chain_id: int
    record: bytes
    erased_at: int

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= self.chain_id <= MAX_INTEGER:
            yield "chain_id", f"must be 1 to {MAX_INTEGER}"
        if len(self.record) != RECORD_ID_SIZE:
            yield "record", f"must be {RECORD_ID_SIZE} bytes"
        if not 0 <= self.erased_at <= MAX_INTEGER:
            yield "erased_at", f"must be 0 to {MAX_INTEGER}"

    @classmethod
    @typed_arguments
    def of(cls, report: Erasure) -> ErasureNotice:
        """The notice of a report."""
        return cls(report.issuer, report.chain_id, report.record, report.erased_at)

    def to_bytes(self) -> bytes:
        """The body of a letter of the kind ``erasure``."""
        return canonical(
            {
                "type": NOTICE_TYPE,
                "issuer": lower_case(self.issuer),
                "chainId": self.chain_id,
                "record": hex0x(self.record),
                "erasedAt": self.erased_at,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> ErasureNotice:
        """Read a notice.

        Raises:
            MalformedDocument: It does not follow the format.
        """
        fields = Fields.parse(data, kind=NOTICE_TYPE, error=MalformedDocument)
        notice = cls(
            issuer=fields.address("issuer"),
            chain_id=fields.integer("chainId", minimum=1),
            record=fields.hexadecimal("record", size=RECORD_ID_SIZE),
            erased_at=fields.integer("erasedAt"),
        )
        fields.end()
        return notice
