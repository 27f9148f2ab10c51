"""Many consents of one patient under one root: one transaction for all.

Example:
    >>> from salus import Terms, connect
    >>> me = connect("tester")
    >>> consents = [me.consents.propose(me, me, Terms.permit("TREAT")) for _ in range(2)]
    >>> first, second = me.consents.batches.grant(consents)
    >>> print(me.consents.checks.require(second).strength)
    batched
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salus.chain.control_check import require_control
from salus.chain.signing.signers import Signer
from salus.consents.documents import BatchedConsent, Consent, unsigned
from salus.consents.timelines import CONSENT_STREAM
from salus.errors import InputError
from salus.primitives.arguments import typed_arguments
from salus.terms.evaluation import may_deny
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.chain.registry_client import RegistryClient
    from salus.consents.checks import ConsentChecks
    from salus.consents.handlers import ConsentHandlers


class ConsentBatches:
    """Consents that are anchored together."""

    def __init__(
        self,
        registry: RegistryClient,
        anchors: Anchors,
        checks: ConsentChecks,
        handlers: ConsentHandlers,
    ) -> None:
        self._chain, self._registry, self._anchors = registry.chain, registry, anchors
        self._checks, self._handlers = checks, handlers

    @typed_arguments
    def grant(
        self, consents: Sequence[Consent], *, by: Signer | None = None
    ) -> tuple[BatchedConsent, ...]:
        """Anchor many consents of one patient under one root.

        Args:
            consents: All of one patient.
            by: Who controls the patient's identity, when that is not the client's account.

        Returns:
            Each with its proof, in order: the document for its grantee.

        Raises:
            InputError: There are none, or they are of several patients or of another epoch.
            SignerNotInControl: Who signs does not control the identity; nothing was signed.
            SalusError: The chain refused, or went silent: a note on the error names what waits, and
                what ends it. The same call goes on.
        """
        patients = {consent.patient for consent in consents}
        if len(patients) != 1:
            raise InputError(
                f"a batch takes consents of one patient, not of {len(patients)}: make one batch for"
                " each"
            )
        (patient,) = patients
        if {consent.epoch for consent in consents} != {self._checks.epoch(patient)}:
            raise InputError("the patient revoked all consents meanwhile: propose them anew")
        require_control(self._chain, by or self._registry.payer, identity=patient)
        # Whatever the node answers, a deny is kept: it counts once its leaf is found on chain.
        for each in consents:
            if may_deny(each.terms):
                self._handlers.heard(unsigned(each), made_here=False)
        ids = [each.id for each in consents]
        try:
            self._anchors.ensure(CONSENT_STREAM, ids, issuer=patient, by=by)
        except BaseException as end:
            _say_what_waits(end, ids)
            raise
        proofs = self._anchors.proofs.prove_all(CONSENT_STREAM, ids, issuer=patient)
        batched = tuple(map(BatchedConsent, consents, proofs))
        for proved in batched:
            self._handlers.heard(proved, made_here=True)
        return batched


def _say_what_waits(end: BaseException, ids: Sequence[bytes]) -> None:
    """The leaves wait in the log and are anchored with the next batch: nobody may miss that."""
    named = ", ".join(map(hex0x, ids))
    end.add_note(
        "none of the consents of this batch is in force before it is anchored: with the next one,"
        f" or when the same is granted again: {named}. `consents.revoke()` ends each by its id,"
        " permanently, anchored or not"
    )
