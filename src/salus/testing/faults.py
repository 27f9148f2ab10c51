"""What fails in the world: a disk that is full, a node that stops answering.

Example:
    >>> from salus.primitives.errors import StorageFull
    >>> storage = FullStorage(room=3)
    >>> try:
    ...     storage.put("blobs/x", b"four")
    ... except StorageFull:
    ...     print("full")
    full
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salus.chain.errors import ChainUnreachable
from salus.chain.node.answers import granted
from salus.primitives.errors import StorageFull
from salus.vault.storage.base import BlobWriter
from salus.vault.storage.memory import MemoryStorage
from salus_verify.sources import Chunk

if TYPE_CHECKING:
    from web3 import Web3

    from salus.chain.node.rpc import Rpc


class FullStorage(MemoryStorage):
    """A storage with little room.

    Args:
        room: Bytes that fit into it.
        name: The part of its URL after ``memory://``.
    """

    def __init__(self, *, room: int, name: str = "full") -> None:
        super().__init__(name)
        self.room = room

    def writer(self) -> BlobWriter:
        return _Rationed(super().writer(), self)

    @property
    def left(self) -> int:
        """Bytes that still fit."""
        return self.room - sum(len(blob) for blob in self.blobs.values())


class _Rationed(BlobWriter):
    def __init__(self, inner: BlobWriter, storage: FullStorage) -> None:
        self._inner, self._storage, self._taken = inner, storage, 0

    def write(self, piece: Chunk) -> None:
        self._taken += len(piece)
        if self._taken > self._storage.left:
            raise StorageFull(self._storage.url)
        self._inner.write(piece)

    def commit(self, name: str) -> bool:
        return self._inner.commit(name)

    def abort(self) -> None:
        self._inner.abort()


class Unreliable:
    """A node in front of another: it passes everything on until it is told to fail.

    Put it in a chain's place of its node: ``chain.rpc = Unreliable(chain.rpc)`` before anything was
    sent, or make ``Chain(Unreliable(rpc), network="tester")``.

    Args:
        inner: The node behind it.

    Attributes:
        down: Methods that are not answered; ``{"*"}`` for all.
        asked: Every method that was asked, in order.
    """

    def __init__(self, inner: Rpc) -> None:
        self._inner, self.url, self.loopback = inner, inner.url, inner.loopback
        self.down: set[str] = set()
        self.asked: list[str] = []

    def request(self, method: str, *params: Any) -> Any:
        """Ask once.

        Returns:
            What the node behind it answers.

        Raises:
            ChainUnreachable: The method is down, or the node behind it refuses.
        """
        return granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        """Ask once, where a refusal may have a meaning.

        Returns:
            What the node behind it answers, or its RpcFailure.

        Raises:
            ChainUnreachable: The method is down.
        """
        self.asked.append(method)
        if self.down & {method, "*"}:
            raise ChainUnreachable(url=self.url, reason="it was told not to answer")
        return self._inner.attempt(method, *params)

    def batch(self, requests: Sequence[tuple[str, tuple[Any, ...]]]) -> list[Any]:
        """Ask many things.

        Returns:
            Answers in the order of the requests.

        Raises:
            ChainUnreachable: One of the methods is down.
        """
        for method, _ in requests:
            self.asked.append(method)
            if self.down & {method, "*"}:
                raise ChainUnreachable(url=self.url, reason="it was told not to answer")
        return self._inner.batch(requests)

    def web3(self) -> Web3:
        """Return the node's own web3 client.

        Returns:
            The client.
        """
        return self._inner.web3()

    def close(self) -> None:
        """Let go of the node behind it."""
        self._inner.close()
