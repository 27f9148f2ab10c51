"""Consents end on chain first; then features end what they gave, whatever one of them raises.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.consents.ending.revoke(me.identity, bytes(32), by=None).gas_used > 0
    True
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from salus.consents.errors import HandlersFailed
from salus.contracts.consents import ConsentAlreadyRevoked
from salus.primitives.address import checked_address
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

    def revoke(self, patient: Address, consent_id: bytes, *, by: Signer | None) -> Transaction:
        """Permanently end a consent; see `Consents.revoke`. Of one that is over features are told.

        Raises:
            ConsentAlreadyRevoked: It has ended already; features were told.
            HandlersFailed: It has ended, and one of them failed.
        """
        try:
            sent = self.on_chain(patient, consent_id, by=by)
        except ConsentAlreadyRevoked:
            self.tell(patient, consent_id)
            raise
        self.tell(patient, consent_id, done=sent)
        return sent

    def revoke_all(self, patient: Address, *, by: Signer | None) -> Transaction:
        """End every consent of a patient; see `Consents.revoke_all`.

        Raises:
            HandlersFailed: They have ended, and a feature failed that was told.
        """
        sent = self._all_on_chain(patient, by)
        self.tell(patient, None, done=sent)
        return sent

    def on_chain(self, patient: Address, consent_id: bytes, *, by: Signer | None) -> Transaction:
        """End a consent on chain alone: who calls this has :meth:`tell` say so.

        Raises:
            ConsentAlreadyRevoked: It has ended already.
        """
        if by is None:
            return self._registry.send("revokeConsent", patient, consent_id)
        message = {"patient": patient, "consentId": consent_id}
        authorization = self._registry.authorize(by, "RevokeConsent", message)
        return self._registry.send("revokeConsentBySig", patient, consent_id, authorization)

    @typed_arguments
    def tell(self, patient: Address, consent_id: bytes | None, *, done: object = None) -> None:
        """Tell features that a patient's consent is over; without an id, that all are.

        What is done, the caller's result, goes along with the error.

        Raises:
            HandlersFailed: One of them failed; all were told.
            InvalidArgument: The id has not 32 bytes.
        """
        which = None if consent_id is None else bytes(consent_id)
        if which is not None and len(which) != _ID_SIZE:
            raise InvalidArgument("a consent's id", f"{_ID_SIZE} bytes")
        problems = self._handlers.ended(checked_address(patient), which)
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
