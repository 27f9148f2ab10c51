"""Break-glass: an emergency clinician opens a short, public window, and must justify it.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.emergencies.windows.opted_out(me.identity)
    False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.signing.signers import Signer
from salus.contracts.consents.values import BreakGlassWindow
from salus.emergencies.releases import ReleaseRequest
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.statement import SaltedStatement

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient


class Windows:
    """The client's side of break-glass in `ConsentRegistry`."""

    def __init__(self, client: RegistryClient) -> None:
        self._client = client

    @typed_arguments
    def open(
        self,
        patient: AnyIdentity,
        reason: SaltedStatement,
        *,
        clinician: AnyIdentity | None = None,
        by: Signer | None = None,
    ) -> Transaction:
        """Open a window on the patient: public at once, and to be justified in time.

        Args:
            patient: The address on the emergency card.
            reason: What is committed to; keep it, the justification will be read beside it.
            clinician: Who opens; defaults to ``by``'s identity, then to the account's own.
            by: Who controls the clinician's identity, when that is not the client's account.

        Returns:
            The transaction; its event tells the window's id.

        Raises:
            BreakGlassNotEmergencyClinician: The clinician is not accredited as one.
            BreakGlassOptedOut: The patient refuses.
            BreakGlassAlreadyOpen: A window of this pair is open until the error's time.
            BreakGlassOverdue: A justification is overdue: give it before.
            BreakGlassTooMany: Too many windows wait for theirs.
            NotController: Who acts does not control the clinician's identity.
        """
        patient = identity_of(patient)
        who = self._client.whose(clinician, by)
        if by is None:
            return self._client.send("openBreakGlass", who, patient, reason.commitment)
        last: bytes = self._client.contract.call("lastWindow", patient, who)
        message = {
            "clinician": who,
            "patient": patient,
            "reason": reason.commitment,
            "lastWindow": last,
        }
        authorization = self._client.authorize(by, "OpenBreakGlass", message)
        return self._client.send(
            "openBreakGlassBySig", who, patient, reason.commitment, last, authorization
        )

    @typed_arguments
    def justify(
        self,
        window_id: bytes,
        justification: SaltedStatement,
        *,
        clinician: AnyIdentity | None = None,
        by: Signer | None = None,
    ) -> Transaction:
        """Justify a window; late is taken, marked, and lifts the brake.

        Args:
            window_id: 32 bytes.
            justification: What is committed to; keep it.
            clinician: Who opened it; defaults to ``by``'s identity, then to the account's own.
            by: Who controls the clinician's identity, when that is not the client's account.

        Returns:
            The transaction.

        Raises:
            BreakGlassUnknown: The clinician opened no such window.
            BreakGlassAlreadyJustified: It was before.
            NotController: Who acts does not control the clinician's identity.
        """
        who = self._client.whose(clinician, by)
        if by is None:
            return self._client.send("justifyBreakGlass", who, window_id, justification.commitment)
        message = {
            "clinician": who,
            "windowId": window_id,
            "justification": justification.commitment,
        }
        authorization = self._client.authorize(by, "JustifyBreakGlass", message)
        return self._client.send(
            "justifyBreakGlassBySig", who, window_id, justification.commitment, authorization
        )

    @typed_arguments
    def set_opt_out(
        self, patient: AnyIdentity, opted_out: bool, *, by: Signer | None = None
    ) -> Transaction:
        """Refuse break-glass on the patient, or allow it again. Refusing closes what is open.

        Args:
            patient: Whose choice.
            opted_out: True refuses.
            by: Who controls the patient's identity, when that is not the client's account.

        Returns:
            The transaction.

        Raises:
            NotController: Who acts does not control the patient's identity.
        """
        patient = identity_of(patient)
        if by is None:
            return self._client.send("setBreakGlassOptOut", patient, opted_out)
        _, revision = self._client.contract.call("breakGlassOptOut", patient)
        message = {"patient": patient, "optedOut": opted_out, "revision": revision}
        authorization = self._client.authorize(by, "SetBreakGlassOptOut", message)
        return self._client.send(
            "setBreakGlassOptOutBySig", patient, opted_out, revision, authorization
        )

    @typed_arguments
    def opted_out(self, patient: AnyIdentity) -> bool:
        """Return whether a patient refuses break-glass.

        Args:
            patient: Whose choice.

        Returns:
            True while it does.
        """
        patient = identity_of(patient)
        opted_out, _ = self._client.contract.call("breakGlassOptOut", patient)
        return bool(opted_out)

    @typed_arguments
    def is_open(self, patient: AnyIdentity, clinician: AnyIdentity) -> bool:
        """Return whether a clinician has an open window on a patient now.

        Args:
            patient: The address on the emergency card.
            clinician: Who opened it.

        Returns:
            True from its opening until its end.
        """
        patient = identity_of(patient)
        clinician = identity_of(clinician)
        return bool(self._client.contract.call("isBreakGlassOpen", patient, clinician))

    @typed_arguments
    def last(self, patient: AnyIdentity, clinician: AnyIdentity) -> bytes | None:
        """Return the id of a pair's current or last window.

        Args:
            patient: The address on the emergency card.
            clinician: Who opened it.

        Returns:
            32 bytes; None when there was none.
        """
        patient = identity_of(patient)
        clinician = identity_of(clinician)
        window_id: bytes = self._client.contract.call("lastWindow", patient, clinician)
        return window_id if any(window_id) else None

    @typed_arguments
    def find(self, window_id: bytes) -> BreakGlassWindow:
        """Read a window's times.

        Args:
            window_id: 32 bytes.

        Returns:
            Its times in Unix seconds; zeros when there is no such window.
        """
        return BreakGlassWindow(*self._client.contract.call("windowOf", window_id))

    @typed_arguments
    def require(self, request: ReleaseRequest) -> None:
        """Look at the chain for the window that a request to custodians names.

        Args:
            request: What is asked.

        Raises:
            ReleaseRefused: It is not open now, not this clinician's, or on another chain.
        """
        from salus.vault.errors import ReleaseRefused

        patient, clinician = request.patient, request.clinician
        if self._client.chain.chain_id != request.chain_id:
            raise ReleaseRefused("the request is of another chain")
        if self.last(patient, clinician) != request.window:
            raise ReleaseRefused("the window is not this clinician's last one on this patient")
        if not self.is_open(patient, clinician):
            raise ReleaseRefused("the window is not open (any more)")
