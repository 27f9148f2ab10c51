"""Who is a licensed clinician, maker, pharmacy, regulator…, and who vouches for it.

Example:
    >>> import salus
    >>> from salus.primitives.roles import Role
    >>> me = salus.connect("tester")
    >>> me.accreditations.holds(me.account.identity, Role.PHARMACY)
    False
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from salus.chain.registry import Acts
from salus.contracts.accreditations import Accreditation
from salus.primitives.address import ZERO_BYTES32, Address
from salus.primitives.roles import Role

if TYPE_CHECKING:
    from salus.chain.contract import Transaction


class Accreditations(Acts):
    """The client's side of `AccreditationRegistry`."""

    contract_name = "AccreditationRegistry"
    _told: tuple[int, dict[Address, frozenset[Role]]] = (-1, {})

    def holds(self, subject: Address, role: Role, *, block: int | str = "latest") -> bool:
        """Tell whether somebody is accredited.

        Args:
            subject: Whose accreditation.
            role: As what.
            block: The state that counts: number, or ``latest``.

        Returns:
            True while it is neither expired, revoked nor void.
        """
        return bool(self._contract.call("isAccredited", subject, int(role), block=block))

    def roles(self, subject: Address, *, block: int | str = "latest") -> frozenset[Role]:
        """List what somebody is accredited as; within one block, the node is asked once.

        Args:
            subject: Whose accreditations.
            block: The state that counts: number, or ``latest``.

        Returns:
            The roles that are neither expired, revoked nor void.
        """
        if not isinstance(block, int):
            return frozenset(role for role in Role if self.holds(subject, role, block=block))
        if self._told[0] != block:
            self._told = (block, {})
        known = self._told[1]
        if subject not in known:
            held = (role for role in Role if self.holds(subject, role, block=block))
            known[subject] = frozenset(held)
        return known[subject]

    def get(self, subject: Address, role: Role) -> Accreditation | None:
        """Read what was vouched for somebody, expired, void or not.

        Args:
            subject: Whose accreditation.
            role: As what.

        Returns:
            The accreditation; None when nothing was vouched for, or it was revoked.
        """
        accreditor, issued_at, valid_until = self._contract.call(
            "accreditationOf", subject, int(role)
        )
        return Accreditation(accreditor, issued_at, valid_until) if issued_at else None

    def accreditor_since(self, role: Role, accreditor: Address) -> int | None:
        """Tell since when an accreditor may vouch for a role.

        Args:
            role: Which role.
            accreditor: Who vouches.

        Returns:
            Unix seconds, in the future while the contract's delay runs; None when it may not.
        """
        return int(self._contract.call("accreditorSince", int(role), accreditor)) or None

    def name_accreditor(self, role: Role, accreditor: Address) -> Transaction:
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
        return self._send("nameAccreditor", int(role), accreditor)

    def remove_accreditor(
        self, role: Role, accreditor: Address, *, void_from: int = 0
    ) -> Transaction:
        """End what ``accreditor`` may do for ``role``. Governance only.

        Args:
            role: Which role.
            accreditor: Who may vouch for it no longer.
            void_from: Unix seconds, when its key was stolen, say: what it gave since is void;
                zero voids nothing.

        Returns:
            The transaction.

        Raises:
            AccessControlUnauthorizedAccount: The client's account is not governance.
            AccreditorUnknown: It never might.
        """
        return self._send("removeAccreditor", int(role), accreditor, void_from)

    def accredit(
        self,
        subject: Address,
        role: Role,
        *,
        until: int,
        accreditor: Address | None = None,
        evidence_digest: bytes | None = None,
    ) -> Transaction:
        """Vouch that ``subject`` holds ``role`` until ``until`` (Unix seconds).

        Args:
            subject: Whose accreditation.
            role: As what.
            until: Unix seconds.
            accreditor: The identity that vouches; the client's account controls it, or is it.
            evidence_digest: Salted digest of the evidence, 32 bytes; random when there is none.

        Returns:
            The transaction.

        Raises:
            NotController: The client's account does not control the accreditor.
            AccreditorUnknown: It may not vouch for this role.
            AccreditorNotEffective: It may not yet.
        """
        return self._send(
            "accredit",
            accreditor or self._identity,
            subject,
            int(role),
            until,
            evidence_digest or secrets.token_bytes(32),
        )

    def revoke(
        self,
        subject: Address,
        role: Role,
        *,
        accreditor: Address | None = None,
        reason_digest: bytes = ZERO_BYTES32,
    ) -> Transaction:
        """End an accreditation at once.

        Args:
            subject: Whose accreditation.
            role: As what.
            accreditor: Who ends it, any accreditor of the role; the account's own unless told.
            reason_digest: Salted digest of the reason, 32 bytes.

        Returns:
            The transaction.

        Raises:
            AccreditationMissing: There is none.
        """
        return self._send(
            "revokeAccreditation", accreditor or self._identity, subject, int(role), reason_digest
        )
