"""A directory of the actors that consents name: which identities stand behind them, by statements.

Nobody is taken at their own word: a statement counts when the patient made it, or somebody
accredited as one of `VOUCHING` who is not its subject. Each is checked at every read: signature,
control of the issuer's identity, standing, time, withdrawal, all at the block of the decision.

Example:
    >>> import salus
    >>> patient = salus.connect("tester")
    >>> nurse = "0x" + "ab" * 20
    >>> _ = patient.consents.actors.state(nurse, "Practitioner/f204")
    >>> now = patient.chain.block().number
    >>> found = patient.consents.actors.party(nurse, patient=patient, block=now)
    >>> "Practitioner/f204" in found.references
    True
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.accreditations.client import Accreditations
from salus.chain.control_check import verify_typed_data
from salus.chain.registry_client import RegistryClient
from salus.consents.actor_statements import ActorStatement, SignedActorStatement, kind_of
from salus.consents.errors import ActorStatementNotCounted
from salus.errors import CredentialError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.times import Deadline, utc
from salus.primitives.values import typed
from salus.terms.request import Party

if TYPE_CHECKING:
    from salus.chain.chain import Block
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer
    from salus.terms.model import Terms
    from salus.vault.database.notebook import Notebook

VOUCHING = frozenset({Role.HOSPITAL, Role.CLINICIAN, Role.REGULATOR, Role.ETHICS_BOARD})
"""As what somebody must be accredited to say who an actor is."""
LIFETIME = 365 * 24 * 3600
"""Seconds for which a statement counts by default."""


@dataclass(frozen=True, slots=True)
@typed
class KnownActor:
    """A statement that is kept here, and whether it counts for a patient's consents.

    Attributes:
        document: The statement as it was signed.
        problem: Why it does not count; None where it does.
    """

    document: SignedActorStatement
    problem: str | None

    @property
    def counts(self) -> bool:
        """Whether decisions rest on it."""
        return self.problem is None


class ActorDirectory:
    """Statements about actors that are kept here, and whom they make somebody.

    Args:
        registry: `ConsentRegistry`, where statements are withdrawn.
        accreditations: Who may vouch.
    """

    @typed_arguments
    def __init__(self, registry: RegistryClient, accreditations: Accreditations) -> None:
        self._chain, self._registry = registry.chain, registry
        self._accreditations = accreditations
        self._notes: Notebook | None = None
        self._kept: dict[str, SignedActorStatement] = {}
        self._read_at = b""
        self._block, self._problems = "", dict[tuple[bytes, Address | None], str | None]()

    @typed_arguments
    def keep_in(self, notes: Notebook) -> None:
        """Keep statements in a sealed notebook; those that any process keeps there count.

        Args:
            notes: The notebook, of this directory alone.
        """
        self._notes = notes
        self._all()

    @typed_arguments
    def state(
        self,
        subject: AnyIdentity,
        actor: str,
        *,
        until: Deadline | None = None,
        by: Signer | None = None,
    ) -> SignedActorStatement:
        """Say who a name means, and keep the statement; nothing is sent.

        Args:
            subject: Who is meant: an identity, or a signer for it.
            actor: The name, such as ``Practitioner/f204`` or ``system|value``.
            until: Until when it counts: a moment, or a timedelta; defaults to a year.
            by: Who vouches; the client's account when None.

        Returns:
            The document, for whoever decides by it.

        Raises:
            InputError: The name is of another form, or the time is over.
        """
        issuer = self._registry.payer if by is None else by
        end = self._chain.deadline(LIFETIME, told=until)
        said = ActorStatement(
            chain_id=self._chain.chain_id,
            issuer=identity_of(issuer),
            subject=identity_of(subject),
            actor=actor,
            since=self._chain.block().timestamp,
            until=end,
            salt=secrets.token_bytes(32),
        )
        signed = said.sign(issuer)
        self._put(signed)
        return signed

    @typed_arguments
    def keep(self, document: SignedActorStatement) -> None:
        """Keep a statement that was handed over; it counts where it may, from now on.

        Args:
            document: The statement.

        Raises:
            ActorStatementNotCounted: It is forged, over, withdrawn or of another chain.
        """
        problem = self._unsound(document, self._chain.block())
        if problem is not None:
            raise ActorStatementNotCounted(document.statement.actor, problem)
        self._put(document)

    @typed_arguments
    def withdraw(self, document: SignedActorStatement) -> Transaction:
        """End a statement of one's own permanently, on chain, for everybody who keeps it.

        Args:
            document: The statement.

        Returns:
            The transaction; it shows the issuer and a salted digest, as a revocation does.

        Raises:
            NotController: The account does not act for who stated it.
            ConsentAlreadyRevoked: It was withdrawn.
        """
        said = document.statement
        return self._registry.send("revokeConsent", said.issuer, said.digest)

    @typed_arguments
    def search(
        self,
        *,
        subject: AnyIdentity | None = None,
        actor: str | None = None,
        patient: AnyIdentity | None = None,
    ) -> Iterator[KnownActor]:
        """List the statements that are kept here, in the order of their names.

        Args:
            subject: About this identity only.
            actor: About this name only.
            patient: For whose consents they are judged; nobody's when None.

        Returns:
            The statements, with the reason where one does not count now.
        """
        wanted = None if subject is None else identity_of(subject)
        whose = None if patient is None else identity_of(patient)
        block = self._chain.block()
        kept = sorted(self._all(), key=lambda each: each.statement.actor)
        return (
            KnownActor(each, self._problem(each, whose, block))
            for each in kept
            if wanted in (None, each.statement.subject) and actor in (None, each.statement.actor)
        )

    @typed_arguments
    def party(self, identity: AnyIdentity, *, patient: AnyIdentity, block: int) -> Party:
        """Say who somebody is to a patient's consents: address, roles, and names in FHIR.

        Args:
            identity: Who.
            patient: Whose consents ask.
            block: The block that the decision is taken at.

        Returns:
            The names that surely mean it, and those that surely mean somebody else: they do where a
            statement gives them to another, and one of the same kind of name is this identity's.
        """
        who = identity_of(identity)
        counted = self._counted(identity_of(patient), block)
        own = {each.actor for each in counted if each.subject == who}
        kinds = {kind_of(actor) for actor in own}
        others = {each.actor for each in counted if kind_of(each.actor) in kinds} - own
        did = f"{self._did}{who}"
        return Party(
            address=who,
            roles=self._accreditations.roles(who, block=block),
            references=frozenset({*own, did, did.lower()}),
            others=frozenset(others),
        )

    def vouched(self) -> tuple[ActorStatement, ...]:
        """List the statements that count whoever's consents are asked about.

        Returns:
            Those of this client's own identity and of accredited issuers, about others alone.
        """
        block, own = self._chain.block(), self._registry.own
        return tuple(
            each.statement
            for each in self._all()
            if self._problem(each, None, block) is None
            or (
                each.statement.issuer == own != each.statement.subject
                and self._unsound(each, block) is None
            )
        )

    @typed_arguments
    def unknown(self, terms: Terms, *, patient: AnyIdentity) -> tuple[str, ...]:
        """List the actors of terms of whom no statement that counts says who they are.

        What permits to them permits to nobody, and what denies to them denies to everybody.

        Args:
            terms: The terms.
            patient: Whose consent it is to be.

        Returns:
            The names, in order.
        """
        block = self._chain.block().number
        known = {each.actor for each in self._counted(identity_of(patient), block)}
        unsaid = terms.references - known
        return tuple(sorted(each for each in unsaid if not each.startswith(self._did)))

    # -----------------------------------------------------------------------------------------

    @property
    def _did(self) -> str:
        """How each identity's DID begins, which is its own without a statement."""
        return f"did:ethr:{hex(self._chain.chain_id)}:"

    def _put(self, document: SignedActorStatement) -> None:
        name = document.statement.digest.hex()
        if self._notes is not None:
            self._notes.put(name, document.to_json())
        self._kept[name] = document

    def _all(self) -> tuple[SignedActorStatement, ...]:
        """Every statement that is kept, read again where anything in the key database changed."""
        if self._notes is not None and (version := self._notes.version()) != self._read_at:
            known = {each.to_json(): each for each in self._kept.values()}
            texts = self._notes.all().values()
            read = (known.get(text) or SignedActorStatement.from_json(text) for text in texts)
            self._kept = {each.statement.digest.hex(): each for each in read}
            self._read_at = version
        return tuple(self._kept.values())

    def _counted(self, patient: Address, block: int) -> list[ActorStatement]:
        kept = self._all()
        if not kept:
            return []
        at = self._chain.block(block)
        return [each.statement for each in kept if self._problem(each, patient, at) is None]

    def _problem(
        self, each: SignedActorStatement, patient: Address | None, at: Block
    ) -> str | None:
        """Why a statement does not count; asked once for each block."""
        if at.hash != self._block:
            self._block, self._problems = at.hash, {}
        key = (each.statement.digest, patient)
        if key not in self._problems:
            found = self._unsound(each, at) or self._not_vouched(each.statement, patient, at)
            self._problems[key] = found
        return self._problems[key]

    def _unsound(self, document: SignedActorStatement, at: Block) -> str | None:
        said = document.statement
        if said.chain_id != self._chain.chain_id:
            return f"it is of chain {said.chain_id}"
        if at.timestamp >= said.until:
            return f"it ended at {utc(said.until)}"
        if at.timestamp < said.since:
            return f"it begins at {utc(said.since)}"
        _, revoked, _ = self._registry.contract.call(
            "consentStatus", said.issuer, said.digest, block=at.number
        )
        if revoked:
            return f"its issuer withdrew it at {utc(revoked)}"
        message, signed = document.message.typed_data(), document.signed
        try:
            verify_typed_data(
                self._chain,
                said.issuer,
                message,
                signed.signer,
                signed.signature,
                block=at.number,
            )
        except CredentialError as problem:
            return str(problem)
        return None

    def _not_vouched(self, said: ActorStatement, patient: Address | None, at: Block) -> str | None:
        if said.issuer == patient:
            return None
        if said.issuer == said.subject:
            return "nobody but a patient says so of itself"
        if not VOUCHING & self._accreditations.roles(said.issuer, block=at.number):
            known = ", ".join(sorted(role.label for role in VOUCHING))
            return f"its issuer is neither the patient nor accredited as one of {known}"
        return None
