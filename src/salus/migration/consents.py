"""Consents and refusals that go on in another deployment; ended in either, they are ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.consents.checks import Standing
from salus.consents.documents import Consent, Presented
from salus.consents.errors import ConsentNotInForce
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.signing.signers import Signer
    from salus.client import Salus


@dataclass(frozen=True, slots=True)
@typed
class CarriedConsent:
    """A consent that goes on in a new deployment: as it was, and as it was granted again."""

    before: Consent
    after: Consent


@typed_arguments
def carry_consent(
    old: Salus, new: Salus, presented: Consent | Presented, *, by: Signer | None = None
) -> CarriedConsent:
    """Have a patient grant again, in the new deployment, a consent that is in force in the old.

    A signature names the contract that it is for, so that it takes a new one. Grantee and terms
    stay; salt and id are new.

    Args:
        old: A client of the old deployment.
        new: Of the new one; its account pays.
        presented: The consent in force, with its signature or proof unless it is registered.
        by: Who controls the patient's identity; direct when None.

    Returns:
        Both, to be kept together.

    Raises:
        ConsentNotInForce: It has ended: what was revoked is never carried.
        ContractError: As for :meth:`Consents.grant`.
    """
    before = old.consents.checks.require(presented).consent
    after = new.consents.propose(before.patient, before.grantee, before.terms)
    new.consents.grant(after, by=by)
    return CarriedConsent(before, after)


@typed_arguments
def check_carried(old: Salus, new: Salus, carried: CarriedConsent) -> Standing:
    """Check that a carried consent is in force: granted anew, and revoked in neither place.

    Args:
        old: A client of the old deployment.
        new: Of the new one.
        carried: Both consents.

    Returns:
        The new one, with its strength and the block.

    Raises:
        ConsentNotInForce: With the reason.
    """
    before, after = carried.before, carried.after
    same = (before.patient, before.grantee, before.terms)
    if same != (after.patient, after.grantee, after.terms):
        raise _ended(after, "the consent that it goes on from is of other parties or terms")
    if old.consents.checks.status(before.patient, before.id).revoked_at:
        raise _ended(after, "the patient revoked it in the old deployment")
    if old.consents.checks.epoch(before.patient) != before.epoch:
        raise _ended(after, "the patient revoked all consents in the old deployment")
    return new.consents.checks.require(after)


@typed_arguments
def carry_opt_out(
    old: Salus, new: Salus, patient: AnyIdentity, *, by: Signer | None = None
) -> Transaction | None:
    """Have a patient who refuses break-glass in the old deployment refuse it in the new.

    Args:
        old: A client of the old deployment.
        new: Of the new one; its account pays.
        patient: The address on the emergency card.
        by: Who controls it; direct when None.

    Returns:
        The transaction; None when there is nothing to carry, or it was carried.
    """
    patient = identity_of(patient)
    if not old.emergencies.windows.opted_out(patient) or new.emergencies.windows.opted_out(patient):
        return None
    return new.emergencies.windows.set_opt_out(patient, True, by=by)


@typed_arguments
def refuses_break_glass(old: Salus, new: Salus, patient: AnyIdentity) -> bool:
    """Whether a patient refuses break-glass in either deployment.

    Args:
        old: A client of the old deployment.
        new: Of the new one.
        patient: The address on the emergency card.

    Returns:
        True when it does.
    """
    patient = identity_of(patient)
    return any(client.emergencies.windows.opted_out(patient) for client in (old, new))


def _ended(consent: Consent, reason: str) -> ConsentNotInForce:
    return ConsentNotInForce(hex0x(consent.id), reason)
