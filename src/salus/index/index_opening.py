"""Where an index is, and of which chain: looked at when it is opened.

Example:
    >>> store_at("memory:", make=True).origin() is None
    True
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from salus.chain.abi.logs import address_of
from salus.chain.node.answers import RpcFailure, count, elements, granted, member, octets
from salus.chain.node.urls import hide, is_loopback, redact
from salus.index.errors import IndexMissing, IndexOfAnotherChain
from salus.index.file import IndexFile
from salus.index.index_store import IndexStore, Origin
from salus.index.postgres_index import PostgresIndex
from salus.primitives.address import lower_case
from salus.store.files import file_of
from salus.store.postgres import is_postgres, require_driver
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain


def require_of(file: IndexStore, wanted: Origin) -> None:
    """Refuse an index of another chain or of other contracts.

    Raises:
        IndexOfAnotherChain: It is.
    """
    found = file.origin()
    if found is None or found == wanted:
        return
    known = found.genesis and wanted.genesis  # else chain id, contracts and blocks say which it is
    if found.chain_id != wanted.chain_id:
        raise IndexOfAnotherChain(file.url, f"chain {found.chain_id}")
    if known and found.genesis != wanted.genesis:
        raise IndexOfAnotherChain(file.url, "a chain with another first block")
    if found.addresses != wanted.addresses:
        raise IndexOfAnotherChain(file.url, "another deployment's contracts")


def genesis_of(chain: Chain) -> bytes:
    """The hash of block 0; empty where the node has let go of it (EIP-4444)."""
    [answer] = chain.rpc.batch([("eth_getBlockByNumber", ("0x0", False))])
    dropped = answer is None or (isinstance(answer, RpcFailure) and not answer.limited)
    if dropped and not chain.is_local:
        return b""
    return octets(member(granted(answer, url=chain.rpc.url), "hash"), size=32)


def first_blocks(chain: Chain) -> tuple[int | None, int | None]:
    """The block that the first contract came with, and the first one with logs of theirs, if known.

    The first is known where the transactions of all of them are.
    """
    contracts = chain.deployment.contracts.values()
    asked = [("eth_getTransactionReceipt", (each.transaction,)) for each in contracts]
    receipts = chain.rpc.batch([each for each in asked if each[1][0] is not None])
    kept = [each for each in receipts if each is not None and not isinstance(each, RpcFailure)]
    made = [count(member(each, "blockNumber")) for each in kept]
    ours = frozenset(octets_of(lower_case(each)) for each in chain.deployment.addresses())
    told = [n for n, each in zip(made, kept, strict=True) if _tells(each, ours)]
    first = min(made) if made and len(made) == len(asked) else None
    return first, min(told, default=None)


def _tells(receipt: Any, ours: frozenset[bytes]) -> bool:
    logs = elements(member(receipt, "logs"))
    return any(address_of(member(each, "address")) in ours for each in logs)


def store_at(where: str | Path, *, make: bool) -> IndexStore:
    """Open the place of an index, making it where it is missing and that is wanted."""
    named = str(where)
    if is_postgres(named):
        require_driver("SALUS_INDEX")
        hide(named)
        found = PostgresIndex.open(named, url=redact(named), loopback=is_loopback(named), make=make)
        if found is None:
            raise IndexMissing(redact(named))
        return found
    url = _url(named)
    path = file_of(url)
    if not make and (path is None or not path.exists()):
        raise IndexMissing(url)
    return IndexFile.open(url)


def _url(named: str) -> str:
    if named == "memory:" or "://" in named:
        return named
    return f"sqlite://{quote(os.fsencode(Path(named).expanduser().resolve()))}"
