"""The receipt of an erasure: the report that an issuer signs, and where its digest was anchored.

The report says what was destroyed, and what could not be reached. A receipt holds nothing of the
record, and may be shown to anybody.

Example:
    >>> done = Erasure(issuer="0x" + "ab" * 20, chain_id=31337, record=bytes(16), erased_at=0,
    ...                versions=((1, bytes(32), bytes(32)),), shared_keys=2, grantees=(),
    ...                destroyed=(("memory://ward", "blobs/x"),), unreached=())
    >>> Erasure.parse(done.to_bytes()) == done, done.complete
    (True, True)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from salus_verify.address import Address, lower_case
from salus_verify.encoding import canonical, hex0x
from salus_verify.errors import InvalidValue, MalformedDocument, MalformedReceipt
from salus_verify.fields import LONGEST_TEXT, Fields, is_text
from salus_verify.log import Checkpoint, stream_id
from salus_verify.place import StorageProof, check_place, read_place, write_place
from salus_verify.unreached import Unreached
from salus_verify.values import (
    LARGEST,
    address,
    addresses,
    instance,
    octets,
    rows,
    whole,
    within,
)

ERASURE_TYPE = "salus/erasure/v1"
RECORD_ID_SIZE = 16

# A record may have any number of versions in several places, and all of them are in its report.
MOST_BYTES, MOST_ENTRIES = 64 << 20, 1 << 20
ERASURE_RECEIPT_TYPE = "salus/erasure-receipt/v1"
ERASURES_STREAM = "erasures"
"""Label of the stream that digests of erasure reports are anchored in."""
MAX_SIGNATURE = 8192
"""Bytes of a signature, and of who signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """The report of one record's erasure; it holds nothing of the record.

    Attributes:
        issuer: Who erased it.
        chain_id: The chain that its versions are anchored on.
        record: Its id, 16 bytes.
        erased_at: Seconds since 1970 (UTC).
        versions: Of each version: its number, its manifest's digest, and the anchored leaf.
        shared_keys: How many keys that readers were given were withdrawn.
        grantees: Who had been given keys, and may keep what they read.
        destroyed: Blobs that were deleted: storage and name. A storage that never had one is not
            named with it.
        unreached: Blobs that could not be deleted, and why.
    """

    issuer: Address
    chain_id: int
    record: bytes
    erased_at: int
    versions: tuple[tuple[int, bytes, bytes], ...]
    shared_keys: int
    grantees: tuple[Address, ...]
    destroyed: tuple[tuple[str, str], ...]
    unreached: tuple[Unreached, ...]

    def __post_init__(self) -> None:
        address(self, "issuer")
        addresses(self, "grantees")
        octets(self, "record", size=RECORD_ID_SIZE)
        whole(self, "chain_id", least=1)
        whole(self, "erased_at", "shared_keys")
        rows(self, "versions", int, bytes, bytes)
        rows(self, "destroyed", str, str)
        rows(self, "unreached", Unreached)
        for name, problem in _problems(self):
            raise InvalidValue("Erasure", name, problem)

    @property
    def complete(self) -> bool:
        """Whether every blob that is known is gone. Keys and salts always are."""
        return not self.unreached

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes."""
        return hashlib.sha256(self.to_bytes()).digest()

    def to_bytes(self) -> bytes:
        """The report as a document: canonical JSON.

        Raises:
            InvalidValue: It is longer than readers take.
        """
        data = canonical(self.to_document())
        if len(data) > MOST_BYTES:
            raise InvalidValue("Erasure", "destroyed", f"makes a report of over {MOST_BYTES} bytes")
        return data

    def to_document(self) -> dict[str, Any]:
        """The report's members."""
        return {
            "type": ERASURE_TYPE,
            "issuer": lower_case(self.issuer),
            "chainId": self.chain_id,
            "record": hex0x(self.record),
            "erasedAt": self.erased_at,
            "versions": [
                {"version": version, "manifest": hex0x(digest), "leaf": hex0x(leaf)}
                for version, digest, leaf in self.versions
            ],
            "sharedKeys": self.shared_keys,
            "grantees": list(map(lower_case, self.grantees)),
            "destroyed": [{"storage": place, "blob": name} for place, name in self.destroyed],
            "unreached": [each.to_document() for each in self.unreached],
        }

    @classmethod
    def parse(cls, data: bytes) -> Erasure:
        """Read a report in its exact bytes, at most 64 MiB.

        Raises:
            MalformedDocument: It does not follow the format.
        """
        return cls.take(
            Fields.parse(data, kind=ERASURE_TYPE, error=MalformedDocument, longest=MOST_BYTES)
        )

    @classmethod
    def take(cls, fields: Fields) -> Erasure:
        """Take a report's fields, but for its type."""
        with fields.refusing():
            erasure = cls(
                issuer=fields.address("issuer"),
                chain_id=fields.integer("chainId", minimum=1),
                record=fields.hexadecimal("record", size=RECORD_ID_SIZE),
                erased_at=fields.integer("erasedAt"),
                versions=tuple(map(_version, fields.objects("versions", most=MOST_ENTRIES))),
                shared_keys=fields.integer("sharedKeys"),
                grantees=_unchecked(fields),
                destroyed=tuple(map(_place, fields.objects("destroyed", most=MOST_ENTRIES))),
                unreached=tuple(
                    map(Unreached.take, fields.objects("unreached", most=MOST_ENTRIES))
                ),
            )
        fields.end()
        return erasure


def _problems(report: Erasure) -> Iterator[tuple[str, str]]:
    """What no reader takes, and what would have two encodings."""
    numbers = [0, *(number for number, _, _ in report.versions), LARGEST + 1]
    if len(numbers) < 3 or numbers != sorted(set(numbers)):
        yield "versions", "must be one or more, each there once and in order, from 1 on"
    if any(len(digest) != 32 for row in report.versions for digest in row[1:]):
        yield "versions", "must hold digests of 32 bytes"
    if len(set(report.grantees)) != len(report.grantees):
        yield "grantees", "must be each there once"
    places = [*report.destroyed, *((each.storage, each.blob) for each in report.unreached)]
    if len(set(places)) != len(places):
        yield "destroyed", "and unreached must name each blob of a storage once"
    if not all(is_text(text) for place in places for text in place):
        yield "destroyed", f"must hold texts of 1 to {LONGEST_TEXT} characters of Unicode"
    for name in ("versions", "grantees", "destroyed", "unreached"):
        if len(getattr(report, name)) > MOST_ENTRIES:
            yield name, f"must be at most {MOST_ENTRIES}"


def _unchecked(fields: Fields) -> tuple[str, ...]:
    """The grantees in lower case: the report that is made of them writes each as EIP-55 has it."""
    return tuple(map(hex0x, fields.hexadecimals("grantees", size=20, most=MOST_ENTRIES)))


def _version(fields: Fields) -> tuple[int, bytes, bytes]:
    number = fields.integer("version", minimum=1)
    digest, leaf = fields.hexadecimal("manifest"), fields.hexadecimal("leaf")
    fields.end()
    return number, digest, leaf


def _place(fields: Fields) -> tuple[str, str]:
    place = fields.text("storage"), fields.text("blob")
    fields.end()
    return place


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
        within(self, "signer", "signature", most=MAX_SIGNATURE)
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
        with fields.refusing():
            receipt = cls(
                report=Erasure.take(_of_type(fields.nested("report"), ERASURE_TYPE)),
                signer=signed.hexadecimal("signer", size=None, longest=MAX_SIGNATURE),
                signature=signed.hexadecimal("signature", size=None, longest=MAX_SIGNATURE),
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
