"""Opening the outbox of one chain: a file, or a database that several machines write to.

Example:
    >>> from salus.chain import connect
    >>> chain = connect("tester")
    >>> open_journal(chain, "memory:", confirmations=0).chain.partition(":")[0]
    '131277322940537'
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from salus.chain.node.answers import member, octets
from salus.chain.node.urls import hide, is_loopback, redact
from salus.outbox.file import OutboxFile
from salus.outbox.journal import OutboxJournal
from salus.outbox.place import OutboxPlace
from salus.store.files import url_of
from salus.store.postgres import is_postgres, require_driver

if TYPE_CHECKING:
    from salus.chain.chain import Chain


def open_journal(chain: Chain, url: str, *, confirmations: int) -> OutboxJournal:
    """Have acts on a chain written down in a file or database, which the first act opens.

    Raises:
        ConfigurationInvalid: The driver of a database is not installed.
        InvalidStorageUrl: The URL has another form.
    """
    return OutboxJournal(place_at(url), chain=lambda: _named(chain), confirmations=confirmations)


def place_at(where: str, *, make: bool = True) -> OutboxPlace:
    """Find the place of an outbox by its URL, or a file's path; nothing is opened yet.

    Args:
        make: Whether tables are made in a database that lacks them.

    Raises:
        ConfigurationInvalid: The driver of a database is not installed.
        InvalidStorageUrl: The URL has another form.
    """
    if is_postgres(where):
        from salus.outbox.postgres_outbox import PostgresOutbox, connected

        require_driver("SALUS_OUTBOX")
        hide(where)
        url, loopback = redact(where), is_loopback(where)
        # A function, so that nothing that is looked at holds the password.
        return PostgresOutbox(
            lambda: connected(where, url=url, loopback=loopback), url=url, make=make
        )
    named = where == "memory:" or "://" in where
    return OutboxFile(where if named else url_of(Path(where).expanduser()))


def _named(chain: Chain) -> str:
    """Chain id, and for a development chain its genesis hash: begun anew it is another one.

    Elsewhere nodes drop old blocks, and two behind one URL must name the chain alike.
    """
    if not chain.is_local:
        return f"{chain.chain_id}:"
    raw = chain.rpc.request("eth_getBlockByNumber", "0x0", False)
    first = octets(member(raw, "hash"), size=32).hex()
    return f"{chain.chain_id}:{first[:16]}"
