"""The tables of one room in a Postgres database: made where they are missing, others refused.

Example:
    >>> PostgresSchema("diary", "a diary", "", {"days": "day:text"}).kind
    'a diary'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from salus.primitives.values import typed
from salus.store.postgres import PostgresDatabase

_MAKING = 0x53616C7573
"""Advisory lock of who makes tables."""
_FOUND = """
SELECT c.relname::text, c.relkind::text,
    c.relhasrules OR c.relrowsecurity OR c.relhassubclass OR EXISTS
        (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
    (SELECT string_agg(a.attname || ':' || t.typname, ' ' ORDER BY a.attnum)
     FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    EXISTS (SELECT 1 FROM aclexplode(c.relacl) g
     WHERE g.grantee <> c.relowner AND g.privilege_type <> 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind NOT IN ('i', 't')
"""
_UNIQUE = """
SELECT c.relname::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND i.indisunique AND i.indisvalid
"""
_MADE_BY_OTHERS = """
SELECT 1 FROM pg_namespace n, aclexplode(n.nspacl) g
WHERE n.nspname = $1 AND g.grantee <> n.nspowner AND g.privilege_type = 'CREATE'
"""
_SEQUENCE = "last_value:int8 log_cnt:int8 is_called:bool"


@dataclass(frozen=True, slots=True)
@typed
class PostgresSchema:
    """What one room keeps in a database, under the name of a schema.

    Attributes:
        name: Of the schema.
        kind: What it is called in messages.
        statements: Make the schema and its tables.
        held: The columns of each table, as ``name:type``.
        sequences: Sequences that its tables draw from.
        unique: What must be unique, by the name of the index.
    """

    name: str
    kind: str
    statements: str
    held: Mapping[str, str]
    sequences: tuple[str, ...] = ()
    unique: Mapping[str, str] = field(default_factory=dict)

    def is_in(self, database: PostgresDatabase) -> bool:
        """Whether a database has the schema."""
        return bool(database.fetch("SELECT 1 FROM pg_namespace WHERE nspname = $1", self.name))

    def make(self, database: PostgresDatabase) -> None:
        """Make it, unless another does meanwhile."""
        with database.transaction():
            database.fetch("SELECT pg_advisory_xact_lock($1)", _MAKING)
            if not self.is_in(database):
                database.execute(self.statements)

    def problem_in(self, database: PostgresDatabase) -> str | None:
        """Tell why its tables are not used: they are others, or others than their owner may write.

        Rules, triggers, views and row security change what is read and written.
        """
        found = {name: rest for name, *rest in database.fetch(_FOUND, self.name)}
        columns = {name: told for name, (_, _, told, _) in found.items()}
        plain = all(
            kind == ("S" if name in self.sequences else "r") and not more
            for name, (kind, more, _, _) in found.items()
        )
        wanted = {**self.held, **dict.fromkeys(self.sequences, _SEQUENCE)}
        unique = dict(database.fetch(_UNIQUE, self.name)) if self.unique else {}
        lacking = any(told not in unique.get(name, "") for name, told in self.unique.items())
        if columns != wanted or not plain or lacking:
            return f"its tables are not those of {self.kind}: {self.name}"
        if any(others for *_, others in found.values()) or (
            database.fetch(_MADE_BY_OTHERS, self.name)
        ):
            return f"others may write it: revoke all but SELECT on the tables of {self.name}"
        return None
