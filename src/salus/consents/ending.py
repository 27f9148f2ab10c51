"""Consents end on chain first; then features end what they gave, whatever one of them raises.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.consents.revoke(me.identity, bytes(32)).gas_used > 0
    True
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from salus.consents.errors import HandlersFailed
from salus.contracts.consents.errors import ConsentAlreadyRevoked
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.chain.signing.signers import Signer
    from salus.consents.checks import ConsentChecks
    from salus.consents.handlers import ConsentHandlers
    from salus.primitives.address import Address


_ID_SIZE = 32


class Ending:
    """How consents end; what is left to do here after one did."""

    def __init__(
        self, registry: RegistryClient, checks: ConsentChecks, handlers: ConsentHandlers
    ) -> None:
        self._registry, self._checks, self._handlers = registry, checks, handlers

    @typed_arguments
    def revoke(
        self, patient: AnyIdentity, consent_id: bytes, *, by: Signer | None = None
    ) -> Transaction:
        """Permanently end a consent, registered or not, and what was given under it here.

        Args:
            patient: Whose consent.
            consent_id: 32 bytes.
            by: Who controls the patient's identity, or may revoke for it; direct when None.

        Returns:
            The transaction.

        Raises:
            ConsentAlreadyRevoked: It has ended already; features were told once more.
            NotController: Who revokes neither controls the identity nor may revoke for it.
            HandlersFailed: It has ended; what was given under it here may still be shared.
        """
        try:
            sent = self.on_chain(patient, consent_id, by=by)
        except ConsentAlreadyRevoked:
            self.tell(patient, consent_id)
            raise
        self.tell(patient, consent_id, done=sent)
        return sent

    @typed_arguments
    def revoke_all(self, patient: AnyIdentity, *, by: Signer | None = None) -> Transaction:
        """End every consent of the patient, known or not, in one write, and what was given here.

        Args:
            patient: Whose consents.
            by: As for :meth:`revoke`.

        Returns:
            The transaction.

        Raises:
            NotController: Who revokes neither controls the identity nor may revoke for it.
            HandlersFailed: It has ended; what was given under it here may still be shared.
        """
        patient = identity_of(patient)
        sent = self._all_on_chain(patient, by)
        self.tell(patient, None, done=sent)
        return sent

    def on_chain(
        self, patient: AnyIdentity, consent_id: bytes, *, by: Signer | None
    ) -> Transaction:
        """End a consent on chain alone: who calls this has :meth:`tell` say so.

        Args:
            patient: Whose consent it is.
            consent_id: The consent's id, 32 bytes.
            by: Who signs for the patient; None where the account acts itself.

        Returns:
            The transaction.

        Raises:
            ConsentAlreadyRevoked: It has ended already.
        """
        patient = identity_of(patient)
        if by is None:
            return self._registry.send("revokeConsent", patient, consent_id)
        message = {"patient": patient, "consentId": consent_id}
        authorization = self._registry.authorize(by, "RevokeConsent", message)
        return self._registry.send("revokeConsentBySig", patient, consent_id, authorization)

    @typed_arguments
    def tell(self, patient: AnyIdentity, consent_id: bytes | None, *, done: object = None) -> None:
        """Report to features that a patient's consent is over; without an id, that all are.

        Args:
            patient: Whose consents ended.
            consent_id: The consent's id, 32 bytes; None for all.
            done: The caller's result, which goes along with the error.

        Raises:
            HandlersFailed: One of them failed; all were told.
            InvalidArgument: The id has not 32 bytes.
        """
        patient = identity_of(patient)
        which = None if consent_id is None else bytes(consent_id)
        if which is not None and len(which) != _ID_SIZE:
            raise InvalidArgument("a consent's id", f"{_ID_SIZE} bytes")
        problems = self._handlers.ended(patient, which)
        if problems:
            raise HandlersFailed(problems, done=done)

    def _all_on_chain(self, patient: Address, by: Signer | None) -> Transaction:
        salt = secrets.token_bytes(32)  # the next epoch is unknown until this is shown
        if by is None:
            return self._registry.send("revokeAllConsents", patient, salt)
        epoch = self._checks.epoch(patient)
        message = {"patient": patient, "epoch": epoch, "salt": salt}
        authorization = self._registry.authorize(by, "RevokeAllConsents", message)
        return self._registry.send("revokeAllConsentsBySig", patient, epoch, salt, authorization)
