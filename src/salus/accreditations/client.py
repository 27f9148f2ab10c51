"""Who is a licensed clinician, maker, pharmacy, regulator and so on, and who vouches for it.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.accreditations.holds(me.identity, "pharmacy")
    False
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from salus.chain.registry_client import RegistryClient
from salus.contracts.accreditations.values import Accreditation
from salus.primitives.address import ZERO_BYTES32, Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.times import Moment, moment_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account


class Accreditations:
    """The client's side of `AccreditationRegistry`. A role is one, or its word.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write; None to read only.
    """

    @typed_arguments
    def __init__(self, chain: Chain, account: Account | None) -> None:
        self._client = RegistryClient(chain, account, "AccreditationRegistry")
        self._read: tuple[int, dict[Address, frozenset[Role]]] = (-1, {})

    def __repr__(self) -> str:
        return f"Accreditations({self._client.who})"

    @typed_arguments
    def holds(self, subject: AnyIdentity, role: Role | str, *, block: int | str = "latest") -> bool:
        """Return whether somebody is accredited.

        Args:
            subject: Whose accreditation.
            role: As what, such as ``pharmacy``.
            block: The state that counts: number, or ``latest``.

        Returns:
            True while it is neither expired, revoked nor void.
        """
        subject = identity_of(subject)
        number = int(Role.of(role))
        return bool(self._client.contract.call("isAccredited", subject, number, block=block))

    @typed_arguments
    def roles(self, subject: AnyIdentity, *, block: int | str = "latest") -> frozenset[Role]:
        """List what somebody is accredited as; within one block, the node is asked once.

        Args:
            subject: Whose accreditations.
            block: The state that counts: number, or ``latest``.

        Returns:
            The roles that are neither expired, revoked nor void.
        """
        subject = identity_of(subject)
        if not isinstance(block, int):
            return self._held(subject, block)
        if self._read[0] != block:
            self._read = (block, {})
        known = self._read[1]
        if subject not in known:
            known[subject] = self._held(subject, block)
        return known[subject]

    def _held(self, subject: Address, block: int | str) -> frozenset[Role]:
        asked = [(subject, int(role)) for role in Role]
        answers = self._client.contract.call_each("isAccredited", asked, block=block)
        return frozenset(role for role, held in zip(Role, answers, strict=True) if held)

    @typed_arguments
    def get(self, subject: AnyIdentity, role: Role | str) -> Accreditation | None:
        """Read what was vouched for somebody, expired, void or not.

        Args:
            subject: Whose accreditation.
            role: As what.

        Returns:
            The accreditation; None when nothing was vouched for, or it was revoked.
        """
        subject = identity_of(subject)
        accreditor, issued_at, valid_until = self._client.contract.call(
            "accreditationOf", subject, int(Role.of(role))
        )
        return Accreditation(accreditor, issued_at, valid_until) if issued_at else None

    @typed_arguments
    def accreditor_since(self, role: Role | str, accreditor: AnyIdentity) -> int | None:
        """Return since when an accreditor may vouch for a role.

        Args:
            role: Which role.
            accreditor: Who vouches.

        Returns:
            Unix seconds, in the future while the contract's delay runs; None when it may not.
        """
        accreditor = identity_of(accreditor)
        since = self._client.contract.call("accreditorSince", int(Role.of(role)), accreditor)
        return int(since) or None

    @typed_arguments
    def name_accreditor(self, role: Role | str, accreditor: AnyIdentity) -> Transaction:
        """Let somebody vouch for a role after the contract's delay. Governance only.

        Args:
            role: Which role.
            accreditor: Who shall vouch for it.

        Returns:
            The transaction.

        Raises:
            AccessControlUnauthorizedAccount: The client's account is not governance.
            AccreditorAlreadyNamed: It may already.
        """
        accreditor = identity_of(accreditor)
        return self._client.send("nameAccreditor", int(Role.of(role)), accreditor)

    @typed_arguments
    def remove_accreditor(
        self, role: Role | str, accreditor: AnyIdentity, *, void_from: Moment = 0
    ) -> Transaction:
        """End what ``accreditor`` may do for ``role``. Governance only.

        Args:
            role: Which role.
            accreditor: Who may vouch for it no longer.
            void_from: A datetime or Unix seconds, when its key was stolen, say: what it gave since
                is void; zero voids nothing.

        Returns:
            The transaction.

        Raises:
            AccessControlUnauthorizedAccount: The client's account is not governance.
            AccreditorUnknown: It never might.
        """
        accreditor = identity_of(accreditor)
        since = moment_of(void_from, name="void_from")
        return self._client.send("removeAccreditor", int(Role.of(role)), accreditor, since)

    @typed_arguments
    def accredit(
        self,
        subject: AnyIdentity,
        role: Role | str,
        *,
        until: Moment,
        accreditor: AnyIdentity | None = None,
        evidence_digest: bytes | None = None,
    ) -> Transaction:
        """Vouch that ``subject`` holds ``role`` until a point in time.

        Args:
            subject: Whose accreditation.
            role: As what.
            until: A datetime, a date or Unix seconds.
            accreditor: The identity that vouches; the client's account controls it, or is it.
            evidence_digest: Salted digest of the evidence, 32 bytes; random when there is none.

        Returns:
            The transaction.

        Raises:
            NotController: The client's account does not control the accreditor.
            AccreditorUnknown: It may not vouch for this role.
            AccreditorNotEffective: It may not yet.
        """
        subject = identity_of(subject)
        return self._client.send(
            "accredit",
            self._client.whose(accreditor),
            subject,
            int(Role.of(role)),
            moment_of(until, name="until"),
            evidence_digest or secrets.token_bytes(32),
        )

    @typed_arguments
    def revoke(
        self,
        subject: AnyIdentity,
        role: Role | str,
        *,
        accreditor: AnyIdentity | None = None,
        reason_digest: bytes = ZERO_BYTES32,
    ) -> Transaction:
        """End an accreditation at once.

        Args:
            subject: Whose accreditation.
            role: As what.
            accreditor: Who ends it, any accreditor of the role; defaults to the account's own
                identity.
            reason_digest: Salted digest of the reason, 32 bytes.

        Returns:
            The transaction.

        Raises:
            AccreditationMissing: There is none.
        """
        subject = identity_of(subject)
        return self._client.send(
            "revokeAccreditation",
            self._client.whose(accreditor),
            subject,
            int(Role.of(role)),
            reason_digest,
        )
