"""The key database: the one mutable place of a vault, where what must be forgettable is kept.

SQLite holds every key and salt one by one, so that one record can be shredded alone; deleted rows
are overwritten. Each row is under a seal of its own: a stolen file shows record ids, versions and
counts, no key, no description and nobody's name but issuers'. A row that somebody else wrote or
changed is refused.

Example:
    >>> from salus.vault.database.key_database import KeyDatabase
    >>> from salus.vault.database.rows import RecordRow
    >>> store = KeyDatabase.open("memory:")
    >>> cipher = store.let_in("0x" + "12" * 20, b"s" * 32)
    >>> row = RecordRow(issuer="0x" + "12" * 20, record=bytes(16), version=1, key_id=b"w" * 16,
    ...                 sealed_under=b"k" * 16, secret=b"64 bytes", facts=b"")
    >>> with store.transaction():
    ...     store.records.put(row)
    >>> store.records.find("0x" + "12" * 20, bytes(16), 1) == row
    True
"""

from __future__ import annotations
