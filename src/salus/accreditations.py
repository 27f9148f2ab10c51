"""Who is a licensed clinician, maker, pharmacy, regulator…, and who vouches for it.

Example:
    >>> from salus import Salus
    >>> from salus.models import Role
    >>> salus = Salus.connect("tester")
    >>> salus.accreditations.holds(salus.account.identity, Role.PHARMACY)
    False
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from salus.acts import Acts
from salus.models import ZERO_BYTES32, Accreditation, Address, Role

if TYPE_CHECKING:
    from salus.chain import Transaction


class Accreditations(Acts):
    """The client's side of `AccreditationRegistry`."""

    contract_name = "AccreditationRegistry"

    def holds(self, subject: Address, role: Role) -> bool:
        """Whether ``subject`` holds ``role`` now."""
        return bool(self._contract.call("isAccredited", subject, int(role)))

    def get(self, subject: Address, role: Role) -> Accreditation | None:
        """What was vouched for ``subject`` as ``role``, expired or not; None when nothing was."""
        accreditor, issued_at, valid_until = self._contract.call(
            "accreditationOf", subject, int(role)
        )
        return Accreditation(accreditor, issued_at, valid_until) if issued_at else None

    def accreditor_since(self, role: Role, accreditor: Address) -> int | None:
        """Since when (Unix seconds) ``accreditor`` may vouch for ``role``; None when it may not."""
        return int(self._contract.call("accreditorSince", int(role), accreditor)) or None

    def name_accreditor(self, role: Role, accreditor: Address) -> Transaction:
        """Let ``accreditor`` vouch for ``role`` after the contract's delay. Governance only."""
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
        """End an accreditation at once."""
        return self._send(
            "revokeAccreditation", accreditor or self._identity, subject, int(role), reason_digest
        )
