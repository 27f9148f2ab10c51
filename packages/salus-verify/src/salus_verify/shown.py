"""What a verification came to, as both command lines print it.

Example:
    >>> time_of(0)
    '1970-01-01T00:00:00+00:00'
"""

from __future__ import annotations

from datetime import UTC, datetime

from salus_verify.encoding import hex0x
from salus_verify.erasure_receipt import ErasureReceipt
from salus_verify.place import Evidence
from salus_verify.receipt import Receipt
from salus_verify.verify import Verification
from salus_verify.verify_erasure import ErasureVerification


def show_receipt(receipt: Receipt, found: Verification) -> dict[str, object]:
    """What a record's receipt proved, as JSON values."""
    return {
        "proved": found.proved,
        "missing": list(found.missing),
        "existedBy": time_of(found.not_later_than) if found.proved else None,
        "documentChecked": found.document_checked,
        **_place(receipt),
        "assurance": str(found.assurance),
        "blockTrusted": found.block_trusted,
        "trust": found.trust,
    }


def show_erasure(receipt: ErasureReceipt, found: ErasureVerification) -> dict[str, object]:
    """What an erasure's receipt proved, as JSON values."""
    report = receipt.report
    return {
        "proved": found.proved,
        "missing": list(found.missing),
        "record": report.record.hex(),
        "leaves": [hex0x(leaf) for _, _, leaf in report.versions],
        "complete": report.complete,
        "destroyed": len(report.destroyed),
        "unreached": len(report.unreached),
        "saidBy": time_of(found.not_later_than) if found.proved else None,
        "signer": hex0x(receipt.signer),
        "signature": str(found.signing),
        **_place(receipt),
        "assurance": str(found.assurance),
        "blockTrusted": found.block_trusted,
        "trust": found.trust,
    }


def time_of(seconds: int) -> str:
    """Unix seconds as ISO 8601, UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _place(evidence: Evidence) -> dict[str, object]:
    return {
        "issuer": evidence.issuer,
        "registry": evidence.registry,
        "chainId": evidence.chain_id,
        "block": evidence.block_number,
        "blockTime": time_of(evidence.block_timestamp),
    }
