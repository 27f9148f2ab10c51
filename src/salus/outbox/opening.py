"""Opening the outbox of one chain.

Example:
    >>> from salus.chain import connect
    >>> chain = connect("tester")
    >>> open_journal(chain, "memory:", confirmations=0).chain.partition(":")[0]
    '131277322940537'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.node.answers import member, octets
from salus.outbox.file import OutboxFile
from salus.outbox.journal import OutboxJournal

if TYPE_CHECKING:
    from salus.chain.chain import Chain


def open_journal(chain: Chain, url: str, *, confirmations: int) -> OutboxJournal:
    """Have acts on a chain written down in a file, which the first act opens.

    Raises:
        InvalidStorageUrl: The URL has another form.
    """
    return OutboxJournal(OutboxFile(url), chain=lambda: _named(chain), confirmations=confirmations)


def _named(chain: Chain) -> str:
    """Chain id, and for a development chain its genesis hash: begun anew it is another one.

    Elsewhere nodes drop old blocks, and two behind one URL must name the chain alike.
    """
    if not chain.is_local:
        return f"{chain.chain_id}:"
    raw = chain.rpc.request("eth_getBlockByNumber", "0x0", False)
    first = octets(member(raw, "hash"), size=32).hex()
    return f"{chain.chain_id}:{first[:16]}"
