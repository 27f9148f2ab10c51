"""Rows that only the owner of a key store can write: each carries a MAC over all that is in it.

Whoever can write the file, but lacks the owner's store key, can put back the whole file as it was
before; what he changes, renames, invents, deletes or puts back in it is refused. The sum over all
rows is made of MACs computed from what is in them: what a row's ``mac`` column says alone proves
nothing, because whoever moves a row out of sight leaves that column as it was.

Example:
    >>> from salus.vault.keystore import KeyStore
    >>> store = KeyStore.open("memory:")
    >>> cipher = store.unlock("0xab", b"s" * 32)
    >>> store.whole()
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.errors import DamagedKeyStore, TamperedKeyStore, TornKeyStore, WrongKey
from salus.vault.keystore.database import Database
from salus.vault.keystore.looking import Looking
from salus.vault.keystore.owned import OwnedRows
from salus.vault.keystore.rows import NAMES
from salus.vault.keystore.running import Running
from salus.vault.storage.errors import KeyStoreNotCompared

_FAULTS = 20
_Done = TypeVar("_Done")


class SealedRows:
    """The rows of a database; used through `KeyStore`.

    Args:
        database: An open database.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._owned = OwnedRows(database)
        self._running: Running | None = None
        self._looking = Looking(database, self.whole)
        self._comparing: Callable[[], object] | None = None
        self._is_comparing = False
        self.url = database.url

    def unlock(self, owner: str, store_key: bytes) -> StoreCipher:
        """Let its owner in; a key store that is new becomes theirs.

        Args:
            owner: An identity, a lower-case address.
            store_key: 32 random bytes of `IdentityKeys`.

        Returns:
            What protects this key store, and no other of the same owner.

        Raises:
            WrongKey: It belongs to other identity keys.
            TamperedKeyStore: It has rows, and nothing that says whose they are.
        """
        opened = self._owned.opened
        cipher = self._owned.unlock(owner, store_key)
        if not opened:
            self._looking.look()
            keys = ("compartments", "records")
            empty = not any(self._db.one(f"SELECT 1 FROM {each}") for each in keys)  # noqa: S608
            self._db.watch(cipher.mac, new=empty)
        return cipher

    @property
    def is_compared(self) -> bool:
        """Whether the file is the one that was compared with the chain, or what came of it here."""
        return self._db.is_compared()

    def mark_compared(self) -> None:
        """Note that what was erased by what the chain says is erased here too."""
        self._looking.look_again()
        if self._looking.is_sound:
            self._db.mark_compared()

    def compare_by(self, compare: Callable[[], object]) -> None:
        """Say how to compare the store with the chain, when that is needed.

        Args:
            compare: Erases what was erased, and tells :meth:`mark_compared`.
        """
        self._comparing = compare

    def require_compared(self) -> None:
        """Go on only with a store that opens nothing that was erased.

        Raises:
            KeyStoreNotCompared: The file was put here since, and nobody can compare it.
            SalusError: As the comparison says.
        """
        with self._db.alone():  # another thread waits, and finds it compared
            if not self._is_comparing and not self.is_compared:
                self._compare()
            if not self.is_compared:
                raise KeyStoreNotCompared(self.url)

    def _compare(self) -> None:
        self._is_comparing = True  # what compares may not open anything meanwhile
        try:
            if self._comparing is not None:
                self._comparing()
        finally:
            self._is_comparing = False

    def whole(self) -> bool:
        """Tell whether the rows that belong here are here: none deleted, altered or put back.

        Returns:
            False where the sum over them is another than the one that was kept. Rows that others
            invented do not count.

        Raises:
            KeyStoreUnavailable: The file cannot be read.
        """
        with self._db.transaction(), suppress(WrongKey):
            return self._counted().total == self._kept().total
        return False

    def running(self) -> Running:
        """The sum over all rows, and how often they changed: another copy has another.

        Returns:
            The sum as of now.

        Raises:
            TamperedKeyStore: Rows were deleted or put back by somebody else.
            KeyStoreUnavailable: The file cannot be read.
        """
        with self._db.transaction():
            return self._running or self._required()

    def examined(self) -> AbstractContextManager[None]:
        """Read what is there, although rows are missing; see :meth:`Looking.examined`."""
        return self._looking.examined()

    def damage(self) -> list[str]:
        """Have SQLite read every page of the file.

        Returns:
            What is wrong with it; nothing where it is sound.

        Raises:
            KeyStoreUnavailable: It cannot be read at all.
        """
        return self._db.damage(_FAULTS)

    def mend(self) -> None:
        """Write all rows anew, as they are, so that each is found in its place and by each index.

        Raises:
            DamagedKeyStore: That does not help; nothing was changed.
            StorageFull: There is no room; nothing was changed.
            KeyStoreUnavailable: The file cannot be read or written.
        """
        with self._db.transaction():
            for table in NAMES:
                self._write_anew(table)
            if self._db.damage(1):
                raise DamagedKeyStore(self.url)
            self._looking.look()

    def _write_anew(self, table: str) -> None:
        rows = self._db.all(f"SELECT * FROM {table} NOT INDEXED")  # noqa: S608 - names of ours
        self._db.change(f"DELETE FROM {table}")  # noqa: S608
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._db.change(f"INSERT INTO {table} VALUES ({marks})", *row)  # noqa: S608

    def accept(self) -> None:
        """Go on with the sound rows that are there: whoever deleted or put back some is believed.

        Rows that were altered or invented are dropped.
        """
        with self._db.transaction():
            self._owned.drop_foreign()
            self._keep(self._counted())
            self._looking.look()

    def drop_invented(self) -> bool:
        """Drop the rows that were never ours, where every row of ours is here.

        Returns:
            False where some of ours are missing: then an unsound row may be one of them.

        Raises:
            StorageFull: There is no room; nothing was dropped.
            KeyStoreUnavailable: The file cannot be written.
        """
        with self._db.transaction():
            whole = self.whole()
            if whole:
                self._owned.drop_foreign()
        return whole

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several changes together: all of them become durable, or none.

        Yields:
            Nothing. A transaction inside another joins it.

        Raises:
            StorageFull: The disk is full; nothing was changed.
            KeyStoreUnavailable: The file cannot be written, or another writer holds it for 30 s.
            TamperedKeyStore: Rows were deleted or put back by somebody else.
        """
        with self._db.transaction():
            if self._running is not None:
                yield
                return
            before = self._running = self._required()
            try:
                yield
                if self._running != before:
                    self._keep(self._running)
            finally:
                self._running = None

    def with_room(self, act: Callable[[], _Done]) -> _Done:
        """Do something that a full disk must not stop; see :meth:`Database.with_room`."""
        return self._db.with_room(act)

    def altered(self) -> Iterator[TamperedKeyStore]:
        """Look at every row there is.

        Yields:
            An error for each that somebody else wrote or changed.

        Raises:
            KeyStoreUnavailable: The file cannot be read.
        """
        for table, row in self._owned.foreign():
            yield self._owned.refusal(table, row)

    def _put(self, table: str, row: Sequence[object], *, otherwise: str = "REPLACE") -> int:
        """Write a row, or do what SQLite knows as this where its name is taken."""
        mac = self._owned.mac(table, row)
        marks = ", ".join("?" * (len(row) + 1))
        with self.transaction():
            if otherwise == "REPLACE":
                otherwise = "ABORT"
                self._drop(table, **dict(zip(NAMES[table], row, strict=False)))
            sql = f"INSERT OR {otherwise} INTO {table} VALUES ({marks})"  # noqa: S608
            written = self._db.change(sql, *row, mac)
            if written:
                self._running = self.running().plus(mac)
        return written

    def _drop(self, table: str, **named: object) -> int:
        where = " AND ".join(f"{column} = ?" for column in named)
        sql = f"DELETE FROM {table} WHERE {where} RETURNING *"  # noqa: S608
        with self.transaction():
            gone = self._db.all(sql, *named.values())
            # Only what was counted in is counted out: a row that is not ours never was.
            for row in gone:
                if self._owned.is_ours(table, row):
                    self._running = self.running().minus(row[-1])
        return len(gone)

    def _one(self, table: str, **wanted: object) -> tuple[Any, ...] | None:
        return next(iter(self._all(table, "LIMIT 1", **wanted)), None)

    def _all(self, table: str, then: str = "", **wanted: object) -> list[tuple[Any, ...]]:
        """Read rows, all of them the owner's own."""
        rows = self._found(table, then, wanted)
        for row in rows:
            if not self._owned.is_ours(table, row):
                raise self._owned.refusal(table, row)
        return [row[:-1] for row in rows]

    def _ours(self, table: str, **wanted: object) -> list[tuple[Any, ...]]:
        """Read the rows that are the owner's own, and leave out the others."""
        rows = self._found(table, "", wanted)
        return [row[:-1] for row in rows if self._owned.is_ours(table, row)]

    def _found(self, table: str, then: str, wanted: dict[str, object]) -> list[tuple[Any, ...]]:
        # One condition for each value that is given, so that SQLite can use its indexes.
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = ?" for column in given) or "1"
        sql = f"SELECT * FROM {table} WHERE {where} {then}"  # noqa: S608
        return self._read(sql, *given.values())

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self._looking.reading(lambda: self._db.all(sql, *values))

    def _counted(self) -> Running:
        """The sum over the rows that are there and ours."""
        return Running.over(self._owned.cipher, self._owned.macs(), changes=self._changes())

    def _changes(self) -> int:
        with suppress(WrongKey):
            return self._kept().changes
        return 0

    def _required(self) -> Running:
        self._looking.look_again()
        self._looking.require_sound()
        try:
            return self._kept()
        except WrongKey:
            raise TornKeyStore(self.url) from None

    def _kept(self) -> Running:
        found = self._db.one("SELECT running FROM store")
        return Running.unseal(self._owned.cipher, found[0] if found else b"")

    def _keep(self, running: Running) -> None:
        kept = replace(running, changes=running.changes + 1)
        self._db.change("UPDATE store SET running = ?", kept.seal())
