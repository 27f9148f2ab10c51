"""Who stands behind a name that FHIR writes: a signed statement that binds it to an identity.

Consents name a Practitioner, an Organization, a Group, an identifier of a register; keys and chain
know identities. A statement says for a time that one is the other. Its salt keeps its digest from
being guessed: the digest goes on chain when the statement is withdrawn.

Example:
    >>> from salus.chain import Account
    >>> ward, nurse = Account.create(), Account.create()
    >>> said = ActorStatement(31337, ward.identity, nurse.identity, "Practitioner/f204",
    ...     since=1_800_000_000, until=1_900_000_000, salt=bytes(32))
    >>> signed = said.sign(ward)
    >>> SignedActorStatement.from_json(signed.to_json()) == signed
    True
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from salus.consents.errors import MalformedActorStatement
from salus.errors import InputError
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.terms.actor import Actor
from salus.terms.errors import InvalidTerms
from salus.vault.documents.statements import Author, Signed, Statement, vouch
from salus_verify.encoding import canonical, hex0x
from salus_verify.fields import Fields

ACTOR_STATEMENT = "salus/actor-statement/v1"
LONGEST = 1 << 16
"""The most bytes that a document may have."""

_KIND = "actor-statement"
_REFERENCE = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/[^/|]+", re.DOTALL)
_NAME = re.compile(r"[^|]+\|[^|]+|[^|]*[/:][^|]*", re.DOTALL)


def kind_of(actor: str) -> str:
    """What kind of name it is: a resource type, an identifier's system, or the scheme of a URI."""
    if "|" in actor:
        return actor.partition("|")[0] + "|"
    found = _REFERENCE.fullmatch(actor)
    return found.group(1) if found else ":".join(actor.split(":")[:2])


@dataclass(frozen=True, slots=True)
@typed
class ActorStatement:
    """That an identity is who a name means.

    Attributes:
        chain_id: The chain on which both are identities (EIP-155).
        issuer: Who says so: the patient, or somebody accredited.
        subject: Who is meant.
        actor: The name as consents have it: ``Practitioner/f204``, an absolute reference, a URI,
            or an identifier as ``system|value``.
        since: From when on it counts, Unix seconds.
        until: Until when, Unix seconds; the first that counts no more.
        salt: 32 random bytes.

    Raises:
        InputError: The name is of another form, or the time ends before it starts.
    """

    chain_id: int
    issuer: Address
    subject: Address
    actor: str
    since: int
    until: int
    salt: bytes = field(repr=False)

    def __post_init__(self) -> None:
        try:
            Actor.reference(self.actor)
        except InvalidTerms as problem:
            raise InputError(f"an actor statement: {problem}") from None
        if not _NAME.fullmatch(self.actor):
            raise InputError(
                f"{self.actor!r} is no name that a consent has for an actor: give a reference such"
                " as Practitioner/f204, a URI, or an identifier as system|value"
            )
        if not 0 <= self.since < self.until:
            raise InputError(
                f"an actor statement from {self.since} until {self.until} counts at no time: give"
                " an end after its start"
            )
        if len(self.salt) != 32:
            raise InputError("an actor statement's salt has 32 bytes: actors.state makes it")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes: what is signed, and withdrawn on chain."""
        return hashlib.sha256(canonical(self.members)).digest()

    @property
    def members(self) -> dict[str, str | int]:
        """The statement as its document has it."""
        return {
            "type": ACTOR_STATEMENT,
            "chainId": self.chain_id,
            "issuer": lower_case(self.issuer),
            "subject": lower_case(self.subject),
            "actor": self.actor,
            "since": self.since,
            "until": self.until,
            "salt": hex0x(self.salt),
        }

    @typed_arguments
    def sign(self, issuer: Author) -> SignedActorStatement:
        """Say so, as who controls the issuer's identity."""
        if issuer.identity != self.issuer:
            raise InputError(
                f"the statement is {self.issuer}'s, and {issuer.identity} signs: state it anew"
            )
        return SignedActorStatement(self, vouch(issuer, _KIND, self.digest, self.chain_id))


@dataclass(frozen=True, slots=True)
@typed
class SignedActorStatement:
    """A statement with its signature; whether it counts is asked where it is read."""

    statement: ActorStatement
    signed: Signed

    @property
    def message(self) -> Statement:
        """What the issuer's key signed."""
        said = self.statement
        return Statement(_KIND, said.issuer, said.digest, said.chain_id)

    def to_json(self) -> str:
        """The document, for whoever shall know it: canonical JSON (RFC 8785)."""
        return canonical(self.statement.members | {"signature": self.signed.to_json()}).decode()

    @classmethod
    @typed_arguments
    def from_json(cls, document: str | bytes) -> SignedActorStatement:
        """Read a document; nothing in it is believed before the directory checked it.

        Args:
            document: What :meth:`to_json` wrote.

        Returns:
            The statement.

        Raises:
            MalformedActorStatement: It is not one that this release reads.
        """
        if len(document) > LONGEST:
            raise MalformedActorStatement(f"it is longer than {LONGEST} bytes")
        fields = Fields.load(document, error=MalformedActorStatement)
        if (kind := fields.text("type")) != ACTOR_STATEMENT:
            fields.fail(f"its type is {kind!r}, this release reads {ACTOR_STATEMENT!r}")
        signed = Signed.from_fields(fields.nested("signature"))
        try:
            statement = _statement(fields)
        except InputError as problem:
            if isinstance(problem, MalformedActorStatement):
                raise
            raise MalformedActorStatement(str(problem)) from None
        fields.end()
        return cls(statement, signed)


def _statement(fields: Fields) -> ActorStatement:
    return ActorStatement(
        chain_id=fields.integer("chainId", minimum=1),
        issuer=fields.address("issuer"),
        subject=fields.address("subject"),
        actor=fields.text("actor"),
        since=fields.integer("since"),
        until=fields.integer("until"),
        salt=fields.hexadecimal("salt"),
    )
