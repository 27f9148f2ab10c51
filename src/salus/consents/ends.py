"""How consents end: one by its id, or all of a patient at once.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> me = salus.account.identity
    >>> before = salus.consents.epoch(me)
    >>> _ = salus.consents.revoke_all(me)
    >>> salus.consents.epoch(me) == before
    False
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from salus.consents.revocations import ConsentRevocations
from salus.primitives.address import Address

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer


class ConsentEnds(ConsentRevocations):
    """The acts of `ConsentRegistry` that nothing can stand before, and the epoch they move."""

    def epoch(self, patient: Address, *, block: int | str = "latest") -> bytes:
        """Read the value that the patient's consents must carry.

        Args:
            patient: Whose consents.
            block: The state that counts: number, or ``latest``.

        Returns:
            32 bytes; zeros until the patient first revokes all.
        """
        epoch: bytes = self._contract.call("epochOf", patient, block=block)
        return epoch

    def revoke(
        self, patient: Address, consent_id: bytes, *, by: Signer | None = None
    ) -> Transaction:
        """End a consent for ever, registered or not.

        Args:
            patient: Whose consent.
            consent_id: 32 bytes.
            by: Who controls the patient's identity, or may revoke for it; direct when None.

        Returns:
            The transaction.

        Raises:
            ConsentAlreadyRevoked: It has ended already.
            NotController: Who revokes neither controls the identity nor may revoke for it.
        """
        if by is None:
            return self._send("revokeConsent", patient, consent_id)
        message = {"patient": patient, "consentId": consent_id}
        authorization = self._authorize(by, "RevokeConsent", message)
        return self._send("revokeConsentBySig", patient, consent_id, authorization)

    def revoke_all(self, patient: Address, *, by: Signer | None = None) -> Transaction:
        """End every consent of the patient, known or not, in one write.

        Args:
            patient: Whose consents.
            by: Who controls the patient's identity, or may revoke for it; direct when None.

        Returns:
            The transaction.

        Raises:
            NotController: Who revokes neither controls the identity nor may revoke for it.
        """
        salt = secrets.token_bytes(32)  # the next epoch is unknown until this is shown
        if by is None:
            return self._send("revokeAllConsents", patient, salt)
        epoch = self.epoch(patient)
        message = {"patient": patient, "epoch": epoch, "salt": salt}
        authorization = self._authorize(by, "RevokeAllConsents", message)
        return self._send("revokeAllConsentsBySig", patient, epoch, salt, authorization)
