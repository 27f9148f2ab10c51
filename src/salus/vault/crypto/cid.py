"""Content ids: what IPFS calls a file of these bytes, computed as they stream by.

One rule for every blob, the UnixFS profile of 2025 that ``ipfs-car`` and Helia share: CIDv1,
SHA-256, leaves of 1 MiB stored raw, at most 1,024 links a node, balanced. A blob of up to 1 MiB is
one raw leaf (``bafkrei…``), a longer one a DAG-PB tree (``bafybei…``).

Example:
    >>> from salus.vault.crypto.cid import content_id
    >>> content_id(b"")
    'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku'
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from salus_verify.encoding import varint
from salus_verify.sources import Chunk, Source, chunks

LEAF_SIZE = 1 << 20
LINKS = 1024

_SHA2_256 = b"\x12\x20"
_RAW = b"\x01\x55" + _SHA2_256
_DAG_PB = b"\x01\x70" + _SHA2_256
_PATTERN = re.compile(r"b[a-z2-7]{58}")


@dataclass(frozen=True, slots=True)
class _CidNode:
    """A subtree: its id, the file bytes under it, and the encoded bytes of all its blocks."""

    cid: bytes
    file_size: int
    dag_size: int


class ContentIdHasher:
    """Computes a content id in constant memory; call :meth:`update` with each piece in order."""

    def __init__(self) -> None:
        self._levels: list[list[_CidNode]] = [[]]
        self._rest = bytearray()

    def update(self, piece: Chunk) -> None:
        """Take the next bytes."""
        view = memoryview(piece)
        if self._rest:
            missing = LEAF_SIZE - len(self._rest)
            self._rest += view[:missing]
            view = view[missing:]
            if len(self._rest) < LEAF_SIZE:
                return
            self._add_leaf(self._rest)
            self._rest = bytearray()
        while len(view) >= LEAF_SIZE:
            self._add_leaf(view[:LEAF_SIZE])
            view = view[LEAF_SIZE:]
        self._rest += view

    def finish(self) -> str:
        """End the stream."""
        if self._rest or not any(self._levels):
            self._add_leaf(self._rest)
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > 1:
            self._fold(level)
            level += 1
        return _text(self._levels[level][0].cid)

    def _add_leaf(self, leaf: Chunk) -> None:
        cid = _RAW + hashlib.sha256(leaf).digest()
        self._add(0, _CidNode(cid, file_size=len(leaf), dag_size=len(leaf)))

    def _add(self, level: int, node: _CidNode) -> None:
        if level == len(self._levels):
            self._levels.append([])
        # A full level is folded only when another node arrives: it may turn out to be the root's.
        if len(self._levels[level]) == LINKS:
            self._fold(level)
        self._levels[level].append(node)

    def _fold(self, level: int) -> None:
        children = self._levels[level]
        self._levels[level] = []
        self._add(level + 1, _parent(children))


def content_id(source: Source) -> str:
    """Compute the content id of some bytes."""
    hasher = ContentIdHasher()
    for piece in chunks(source, size=LEAF_SIZE):
        hasher.update(piece)
    return hasher.finish()


def is_content_id(text: str) -> bool:
    """Return whether a text is a content id of this profile."""
    if not _PATTERN.fullmatch(text):
        return False
    decoded = base64.b32decode(text[1:].upper() + "======")
    return decoded[:4] in (_RAW, _DAG_PB) and _text(decoded) == text


def _text(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2]) + varint(len(content)) + content


def _parent(children: list[_CidNode]) -> _CidNode:
    """One DAG-PB node: links (hash, empty name, size), then the UnixFS description of a file."""
    links = b"".join(
        _field(2, _field(1, child.cid) + b"\x12\x00\x18" + varint(child.dag_size))
        for child in children
    )
    size = sum(child.file_size for child in children)
    sizes = b"".join(b"\x20" + varint(child.file_size) for child in children)
    unixfs = b"\x08\x02\x18" + varint(size) + sizes
    block = links + _field(1, unixfs)
    cid = _DAG_PB + hashlib.sha256(block).digest()
    return _CidNode(cid, size, len(block) + sum(child.dag_size for child in children))
