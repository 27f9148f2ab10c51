"""What an erasure destroyed, and what it could not reach.

Example:
    >>> from salus.vault.documents.erasure import Erasure
    >>> done = Erasure(issuer="0x" + "ab" * 20, chain_id=31337, record=bytes(16), erased_at=0,
    ...                versions=((1, bytes(32), bytes(32)),), wraps=2, grantees=(),
    ...                destroyed=(("memory://ward", "blobs/x"),), unreached=())
    >>> Erasure.parse(done.to_bytes()) == done, done.complete
    (True, True)
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from salus.primitives.documents import canonical, hex0x
from salus.primitives.errors import MalformedDocument
from salus.primitives.values import typed
from salus.vault.crypto.commitments import RECORD_ID_SIZE
from salus.vault.documents.statements import Statement
from salus_verify.fields import Fields

ERASURE_TYPE = "salus/erasure/v1"
NOTICE_TYPE = "salus/erasure-notice/v1"

# A record may have any number of versions in several places, and all of them are in its report.
_MOST_BYTES, _MOST_ENTRIES = 64 << 20, 1 << 20


def erased_leaf(issuer: str, record: bytes) -> bytes:
    """Make the leaf by which whoever knows a record's id finds that it was erased.

    Args:
        issuer: Who erased it.
        record: Its id, 16 random bytes: nobody else can tell which record is meant.

    Returns:
        32 bytes: SHA-256 of ``salus/erased/v1``, a zero byte, the issuer's 20 bytes and the id.
    """
    who = bytes.fromhex(issuer.removeprefix("0x"))
    return hashlib.sha256(b"salus/erased/v1\x00" + who + record).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
@typed
class Erasure:
    """The report of one record's erasure; it holds nothing of the record.

    Attributes:
        issuer: Who erased it.
        chain_id: The chain that its versions are anchored on.
        record: Its id, 16 bytes.
        erased_at: Seconds since 1970 (UTC).
        versions: Of each version: its number, its manifest's digest, and the anchored leaf.
        wraps: How many wraps for readers were destroyed.
        grantees: Who had been given keys, and may keep what they read.
        destroyed: Blobs that were deleted: storage and name. A storage that never had one is not
            named with it.
        unreached: Blobs that could not be deleted: storage, name and why.
    """

    issuer: str
    chain_id: int
    record: bytes
    erased_at: int
    versions: tuple[tuple[int, bytes, bytes], ...]
    wraps: int
    grantees: tuple[str, ...]
    destroyed: tuple[tuple[str, str], ...]
    unreached: tuple[tuple[str, str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether every blob that is known is gone. Keys and salts always are."""
        return not self.unreached

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def notice(self) -> ErasureNotice:
        """What its readers are told: not who else could read it, nor where it lay."""
        return ErasureNotice(self.issuer, self.chain_id, self.record, self.erased_at)

    @property
    def statement(self) -> Statement:
        """What the issuer signs to vouch for it."""
        return Statement("erasure", self.issuer, self.digest, self.chain_id)

    def to_bytes(self) -> bytes:
        """The report as a document.

        Returns:
            Canonical JSON.
        """
        return canonical(
            {
                "type": ERASURE_TYPE,
                "issuer": self.issuer,
                "chainId": self.chain_id,
                "record": hex0x(self.record),
                "erasedAt": self.erased_at,
                "versions": [
                    {"version": version, "manifest": hex0x(digest), "leaf": hex0x(leaf)}
                    for version, digest, leaf in self.versions
                ],
                "wraps": self.wraps,
                "grantees": list(self.grantees),
                "destroyed": [{"storage": place, "blob": name} for place, name in self.destroyed],
                "unreached": [
                    {"storage": place, "blob": name, "reason": reason}
                    for place, name, reason in self.unreached
                ],
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Erasure:
        """Read a report.

        Args:
            data: Its exact bytes, at most 64 MiB.

        Returns:
            The report.

        Raises:
            MalformedDocument: It does not follow the format.
        """
        fields = Fields.parse(data, kind=ERASURE_TYPE, error=MalformedDocument, longest=_MOST_BYTES)
        erasure = cls(
            issuer=fields.address("issuer"),
            chain_id=fields.integer("chainId", minimum=1),
            record=fields.hexadecimal("record", size=RECORD_ID_SIZE),
            erased_at=fields.integer("erasedAt"),
            versions=tuple(map(_version, fields.objects("versions", most=_MOST_ENTRIES))),
            wraps=fields.integer("wraps"),
            grantees=fields.texts("grantees", most=_MOST_ENTRIES),
            destroyed=tuple(map(_place, fields.objects("destroyed", most=_MOST_ENTRIES))),
            unreached=tuple(map(_unreached, fields.objects("unreached", most=_MOST_ENTRIES))),
        )
        fields.end()
        return erasure


@dataclass(frozen=True, slots=True)
@typed
class ErasureNotice:
    """What a custodian tells the readers of a record that it erased: destroy what you have of it.

    Attributes:
        issuer: Who erased it.
        chain_id: The chain that its versions are anchored on.
        record: Its id, 16 bytes.
        erased_at: Seconds since 1970 (UTC).
    """

    issuer: str
    chain_id: int
    record: bytes
    erased_at: int

    def to_bytes(self) -> bytes:
        """The body of a letter of the kind ``erasure``.

        Returns:
            Canonical JSON.
        """
        return canonical(
            {
                "type": NOTICE_TYPE,
                "issuer": self.issuer,
                "chainId": self.chain_id,
                "record": hex0x(self.record),
                "erasedAt": self.erased_at,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> ErasureNotice:
        """Read a notice.

        Args:
            data: Its exact bytes.

        Returns:
            The notice.

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


def _version(fields: Fields) -> tuple[int, bytes, bytes]:
    number = fields.integer("version", minimum=1)
    digest, leaf = fields.hexadecimal("manifest"), fields.hexadecimal("leaf")
    fields.end()
    return number, digest, leaf


def _place(fields: Fields) -> tuple[str, str]:
    place = fields.text("storage"), fields.text("blob")
    fields.end()
    return place


def _unreached(fields: Fields) -> tuple[str, str, str]:
    reason = fields.text("reason")
    return (*_place(fields), reason)
