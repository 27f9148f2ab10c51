"""What the key database holds: its tables, and one value for a row of each.

Example:
    >>> from salus.vault.database.rows import GivenRow
    >>> GivenRow(share_id=b"s", consent="0x01", grantee="0xcd", target=b"w").whole
    False
"""

from __future__ import annotations

from dataclasses import dataclass, field

from salus.primitives.secrets import never_pickled

FORMAT = 9

_TABLES = {
    "meta": "name | | value",
    "compartments": "origin key_id | tag current holder | generation key compartment",
    "records": "issuer record version | key_id sealed_under content | secret facts",
    "manifests": "issuer record version | blob | digest leaf document brought_by receipt",
    "given": "share_id | consent target | grantee whole",
    "received": "target consent through | | key_id",
    "erasures": "issuer record | | report brought_by",
    "heard": "parties consent | sender number | document",
    "leaves": "chain issuer label number position | leaf |",
}
"""What names a row | what else it is found by | what is encrypted, in a column ``sealed``."""

SCHEMA = """
CREATE TABLE store (id BLOB NOT NULL, owner BLOB NOT NULL, running BLOB NOT NULL) STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE compartments (
    origin TEXT NOT NULL, key_id BLOB NOT NULL, tag BLOB NOT NULL, current INTEGER NOT NULL,
    holder BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (origin, key_id)) STRICT, WITHOUT ROWID;
CREATE INDEX compartments_by_tag ON compartments (tag);
CREATE INDEX compartments_by_holder ON compartments (holder);
CREATE UNIQUE INDEX current_compartment ON compartments (tag) WHERE current = 1;
CREATE TABLE records (
    issuer TEXT NOT NULL, record BLOB NOT NULL, version INTEGER NOT NULL, key_id BLOB NOT NULL,
    sealed_under BLOB NOT NULL, content BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (issuer, record, version)) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_compartment_key ON records (sealed_under, issuer);
CREATE INDEX records_by_key ON records (key_id, issuer);
CREATE INDEX records_by_content ON records (content) WHERE content != x'';
CREATE TABLE manifests (
    issuer TEXT NOT NULL, record BLOB NOT NULL, version INTEGER NOT NULL, blob TEXT NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (issuer, record, version)) STRICT, WITHOUT ROWID;
CREATE INDEX manifests_by_blob ON manifests (blob);
CREATE TABLE given (
    share_id BLOB PRIMARY KEY, consent TEXT NOT NULL, target BLOB NOT NULL,
    sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX given_by_consent ON given (consent);
CREATE INDEX given_by_target ON given (target, consent);
CREATE TABLE received (
    target BLOB NOT NULL, consent TEXT NOT NULL, through BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (target, consent, through)) STRICT, WITHOUT ROWID;
CREATE INDEX received_by_consent ON received (consent);
CREATE INDEX received_by_through ON received (through);
CREATE TABLE erasures (
    issuer TEXT NOT NULL, record BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (issuer, record)) STRICT, WITHOUT ROWID;
CREATE TABLE heard (
    parties BLOB NOT NULL, consent BLOB NOT NULL, sender BLOB NOT NULL, number INTEGER NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (parties, consent)) STRICT, WITHOUT ROWID;
CREATE INDEX heard_by_number ON heard (parties, number);
CREATE INDEX heard_by_sender ON heard (sender);
CREATE TABLE leaves (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL,
    position INTEGER NOT NULL, leaf BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (chain, issuer, label, number, position)) STRICT, WITHOUT ROWID;
CREATE INDEX leaves_by_leaf ON leaves (leaf);
"""

STATEMENTS = tuple(SCHEMA.strip().rstrip(";").split(";\n"))
"""What makes the tables, one by one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of rows that only their owner can write and, but for what finds them, read."""

    name: str
    names: tuple[str, ...]
    found_by: tuple[str, ...]
    hidden: tuple[str, ...]

    @classmethod
    def of(cls, name: str, columns: str) -> Table:
        """Read a line of the list of tables."""
        names, others, hidden = (tuple(part.split()) for part in columns.split("|"))
        return cls(name, names, names + others, hidden)


TABLES = {name: Table.of(name, columns) for name, columns in _TABLES.items()}
"""The tables whose rows are sealed."""


@never_pickled
@dataclass(frozen=True, slots=True)
class CompartmentRow:
    """A compartment key, and of one's own what compartment it is of.

    ``tag`` finds a compartment without naming it, ``holder`` all of a patient; ``origin`` is who
    made the key.
    """

    origin: str
    key_id: bytes
    tag: bytes
    generation: int
    current: bool
    key: bytes = field(repr=False)
    compartment: bytes = field(repr=False)
    holder: bytes = b""


@never_pickled
@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record version's key and salt, and what is said of it.

    ``sealed_under`` names its compartment's key; ``content`` finds it by what it holds, and is
    empty for records of others.
    """

    issuer: str
    record: bytes
    version: int
    key_id: bytes
    sealed_under: bytes
    secret: bytes = field(repr=False)
    facts: bytes = field(repr=False)
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A manifest, with its digest, the name of its blob, and the leaf anchored.

    ``brought_by`` signed the issuer's letter that told where it lies; it is empty where others
    passed it on, and for one's own. ``receipt`` shows the leaf in its issuer's log, where one came.
    """

    issuer: str
    record: bytes
    version: int
    digest: bytes
    blob: str
    leaf: bytes
    document: bytes = field(repr=False)
    brought_by: bytes = b""
    receipt: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class GivenRow:
    """A key that was given to a grantee: of a record, or the ``whole`` of a compartment.

    ``target`` is the record's key id or the compartment's key id; ``consent`` is what it is given
    under, and empty where it only tells who once had the key.
    """

    share_id: bytes
    consent: str
    grantee: str
    target: bytes
    whole: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """How a key came: under a ``consent``, or ``through`` a compartment key that did.

    ``target`` and ``through`` name keys as `received_name` does; ``key_id`` is a compartment key's.
    """

    target: bytes
    consent: str = ""
    through: bytes = b""
    key_id: bytes = b""


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A consent that is known; tags find it, ``number`` grows with each of a pair.

    ``sender`` finds who showed it in a letter; it is empty where nobody did.
    """

    parties: bytes
    consent: bytes
    sender: bytes
    number: int
    document: bytes
