"""Break-glass: an emergency clinician opens a short, public window, and must justify it.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> me.emergencies.opted_out(me.account.identity)
    False
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from salus.chain.registry import Acts
from salus.contracts.consents import BreakGlassWindow
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.statement import SaltedStatement

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Account, Signer
    from salus.emergencies.keeping import EmergencyKeeping


class Emergencies(Acts):
    """The client's side of break-glass in `ConsentRegistry`."""

    contract_name = "ConsentRegistry"

    def __init__(
        self,
        chain: Chain,
        account: Account | None,
        *,
        keeping: Callable[[], EmergencyKeeping] | None = None,
    ) -> None:
        super().__init__(chain, account)
        self._keeping = keeping

    @property
    def keeping(self) -> EmergencyKeeping:
        """What a custodian of records keeps ready for emergencies.

        Raises:
            InputError: This client handles no records.
        """
        if self._keeping is None:
            raise InputError(
                "this client has no vault: give salus.connect a storage= URL and a state= folder"
            )
        return self._keeping()

    def open(
        self,
        patient: Address,
        reason: SaltedStatement,
        *,
        clinician: Address | None = None,
        by: Signer | None = None,
    ) -> Transaction:
        """Open a window on the patient: public at once, and to be justified in time.

        Args:
            patient: The address on the emergency card.
            reason: What is committed to; keep it, the justification will be read beside it.
            clinician: Who opens; ``by``'s identity or the account's own unless told.
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
        who = clinician or (by.identity if by else self._identity)
        if by is None:
            return self._send("openBreakGlass", who, patient, reason.commitment)
        last: bytes = self._contract.call("lastWindow", patient, who)
        message = {
            "clinician": who,
            "patient": patient,
            "reason": reason.commitment,
            "lastWindow": last,
        }
        authorization = self._authorize(by, "OpenBreakGlass", message)
        return self._send(
            "openBreakGlassBySig", who, patient, reason.commitment, last, authorization
        )

    def justify(
        self,
        window_id: bytes,
        justification: SaltedStatement,
        *,
        clinician: Address | None = None,
        by: Signer | None = None,
    ) -> Transaction:
        """Justify a window; late is taken, marked, and lifts the brake.

        Args:
            window_id: 32 bytes.
            justification: What is committed to; keep it.
            clinician: Who opened it; ``by``'s identity or the account's own unless told.
            by: Who controls the clinician's identity, when that is not the client's account.

        Returns:
            The transaction.

        Raises:
            BreakGlassUnknown: The clinician opened no such window.
            BreakGlassAlreadyJustified: It was before.
            NotController: Who acts does not control the clinician's identity.
        """
        who = clinician or (by.identity if by else self._identity)
        if by is None:
            return self._send("justifyBreakGlass", who, window_id, justification.commitment)
        message = {
            "clinician": who,
            "windowId": window_id,
            "justification": justification.commitment,
        }
        authorization = self._authorize(by, "JustifyBreakGlass", message)
        return self._send(
            "justifyBreakGlassBySig", who, window_id, justification.commitment, authorization
        )

    def set_opt_out(
        self, patient: Address, opted_out: bool, *, by: Signer | None = None
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
        if by is None:
            return self._send("setBreakGlassOptOut", patient, opted_out)
        _, revision = self._contract.call("breakGlassOptOut", patient)
        message = {"patient": patient, "optedOut": opted_out, "revision": revision}
        authorization = self._authorize(by, "SetBreakGlassOptOut", message)
        return self._send("setBreakGlassOptOutBySig", patient, opted_out, revision, authorization)

    def opted_out(self, patient: Address) -> bool:
        """Tell whether a patient refuses break-glass.

        Args:
            patient: Whose choice.

        Returns:
            True while it does.
        """
        opted_out, _ = self._contract.call("breakGlassOptOut", patient)
        return bool(opted_out)

    def is_open(self, patient: Address, clinician: Address) -> bool:
        """Tell whether a clinician has an open window on a patient now.

        Args:
            patient: The address on the emergency card.
            clinician: Who opened it.

        Returns:
            True from its opening until its end.
        """
        return bool(self._contract.call("isBreakGlassOpen", patient, clinician))

    def last_window(self, patient: Address, clinician: Address) -> bytes | None:
        """Give the id of a pair's current or last window.

        Args:
            patient: The address on the emergency card.
            clinician: Who opened it.

        Returns:
            32 bytes; None when there was none.
        """
        window_id: bytes = self._contract.call("lastWindow", patient, clinician)
        return window_id if any(window_id) else None

    def window(self, window_id: bytes) -> BreakGlassWindow:
        """Read a window's times.

        Args:
            window_id: 32 bytes.

        Returns:
            Its times in Unix seconds; zeros when there is no such window.
        """
        return BreakGlassWindow(*self._contract.call("windowOf", window_id))
