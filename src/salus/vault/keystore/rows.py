"""What the key store holds: its tables, and one value for a row of each.

Example:
    >>> from salus.vault.keystore import ShareRow
    >>> ShareRow(share_id=b"s", consent="", grantee="0x", kind="record", target=b"w", document=b"")
    ShareRow(share_id=b's', consent='', grantee='0x', kind='record', target=b'w', document=b'')
"""

from __future__ import annotations

from dataclasses import dataclass

FORMAT = 5

FORMER = "former"
"""The kind of a share whose wrap was dropped: it only tells who once had the key."""

GIVEN = frozenset({"record", "compartment", FORMER})
"""Kinds of the shares that were given to somebody; all others came from somebody."""

NAMES = {
    "meta": ("name",),
    "compartments": ("origin", "key_id"),
    "records": ("issuer", "record", "version"),
    "manifests": ("issuer", "record", "version"),
    "shares": ("share_id",),
    "erasures": ("issuer", "record"),
    "heard": ("parties", "consent"),
    "leaves": ("chain", "issuer", "label", "number", "position"),
}
"""The tables whose rows are vouched for, and the columns, from the first, that name a row."""

SCHEMA = """
CREATE TABLE store (id BLOB NOT NULL, owner BLOB NOT NULL, running BLOB NOT NULL) STRICT;
CREATE TABLE meta (
    name TEXT PRIMARY KEY, value BLOB NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE compartments (
    origin TEXT NOT NULL, key_id BLOB NOT NULL, tag BLOB NOT NULL, generation INTEGER NOT NULL,
    current INTEGER NOT NULL, wrapped BLOB NOT NULL, label BLOB NOT NULL, holder BLOB NOT NULL,
    mac BLOB NOT NULL, PRIMARY KEY (origin, key_id)) STRICT, WITHOUT ROWID;
CREATE INDEX compartments_by_tag ON compartments (tag);
CREATE INDEX compartments_by_holder ON compartments (holder);
CREATE UNIQUE INDEX current_compartment ON compartments (tag) WHERE current = 1;
CREATE TABLE records (
    issuer TEXT NOT NULL, record BLOB NOT NULL, version INTEGER NOT NULL, wrap_id BLOB NOT NULL,
    sealed_under BLOB NOT NULL, wrapped BLOB NOT NULL, label BLOB NOT NULL,
    replaced_by INTEGER NOT NULL, content BLOB NOT NULL, mac BLOB NOT NULL,
    PRIMARY KEY (issuer, record, version)) STRICT, WITHOUT ROWID;
CREATE INDEX records_by_key ON records (sealed_under, issuer);
CREATE INDEX records_by_wrap ON records (wrap_id, issuer);
CREATE INDEX records_by_content ON records (content) WHERE content != x'';
CREATE TABLE manifests (
    issuer TEXT NOT NULL, record BLOB NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL,
    blob TEXT NOT NULL, leaf BLOB NOT NULL, document BLOB NOT NULL, mac BLOB NOT NULL,
    PRIMARY KEY (issuer, record, version)) STRICT, WITHOUT ROWID;
CREATE INDEX manifests_by_blob ON manifests (blob);
CREATE TABLE shares (
    share_id BLOB PRIMARY KEY, consent TEXT NOT NULL, grantee TEXT NOT NULL, kind TEXT NOT NULL,
    target BLOB NOT NULL, document BLOB NOT NULL, mac BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX shares_by_consent ON shares (consent);
CREATE INDEX shares_by_target ON shares (target, consent);
CREATE TABLE erasures (
    issuer TEXT NOT NULL, record BLOB NOT NULL, report BLOB NOT NULL, mac BLOB NOT NULL,
    PRIMARY KEY (issuer, record)) STRICT, WITHOUT ROWID;
CREATE TABLE heard (
    parties BLOB NOT NULL, consent BLOB NOT NULL, sender BLOB NOT NULL,
    number INTEGER NOT NULL, document BLOB NOT NULL, mac BLOB NOT NULL,
    PRIMARY KEY (parties, consent)) STRICT, WITHOUT ROWID;
CREATE INDEX heard_by_number ON heard (parties, number);
CREATE INDEX heard_by_sender ON heard (sender);
CREATE TABLE leaves (
    chain INTEGER NOT NULL, issuer TEXT NOT NULL, label TEXT NOT NULL, number INTEGER NOT NULL,
    position INTEGER NOT NULL, leaf BLOB NOT NULL, mac BLOB NOT NULL,
    PRIMARY KEY (chain, issuer, label, number, position)) STRICT, WITHOUT ROWID;
CREATE INDEX leaves_by_leaf ON leaves (leaf);
"""

STATEMENTS = tuple(SCHEMA.strip().rstrip(";").split(";\n"))
"""What makes the tables, one by one."""


@dataclass(frozen=True, slots=True)
class CompartmentRow:
    """A compartment key, wrapped under the store's key.

    ``tag`` finds a compartment without naming it, ``holder`` all of a patient; ``origin`` is who
    made the key.
    """

    origin: str
    key_id: bytes
    tag: bytes
    generation: int
    current: bool
    wrapped: bytes
    label: bytes
    holder: bytes = b""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record version's key and salt, wrapped under the key ``sealed_under``.

    ``replaced_by`` is the version that holds the same content under new keys, or 0; ``content``
    finds it by what it holds, and is empty for records of others.
    """

    issuer: str
    record: bytes
    version: int
    wrap_id: bytes
    sealed_under: bytes
    wrapped: bytes
    label: bytes
    replaced_by: int = 0
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A manifest (encrypted), with its digest, the name of its blob, and the leaf anchored."""

    issuer: str
    record: bytes
    version: int
    digest: bytes
    blob: str
    leaf: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A wrap given to a grantee; ``target`` is the record's wrap id or the compartment's key id."""

    share_id: bytes
    consent: str
    grantee: str
    kind: str
    target: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A consent that is known (encrypted); tags find it, ``number`` grows with each of a pair.

    ``sender`` finds who showed it in a letter; it is empty where nobody did.
    """

    parties: bytes
    consent: bytes
    sender: bytes
    number: int
    document: bytes
