"""The main acts through ape, on its own test network and on Foundry alike."""

from __future__ import annotations

from typing import Any

import ape

PARTICULARS = b"\x01" * 32
STREAM = b"\x02" * 32
ROOT = b"\x03" * 32
SALT = b"\x04" * 32
NOTHING = (bytes(32), bytes(32), 0)


def test_a_granted_consent_is_active_until_it_is_revoked(kernel: Any, patient: Any) -> None:
    consents = kernel.consents
    epoch = consents.epochOf(patient)
    consents.grantConsent(patient, epoch, PARTICULARS, sender=patient)
    consent = consents.consentIdOf(patient, epoch, PARTICULARS)
    assert consents.isActive(patient, consent)
    receipt = consents.revokeConsent(patient, consent, sender=patient)
    assert receipt.events == [consents.ConsentRevoked(patient=patient, consentId=consent)]
    assert not consents.isActive(patient, consent)


def test_a_stranger_grants_nothing_for_a_patient(kernel: Any, patient: Any, stranger: Any) -> None:
    epoch = kernel.consents.epochOf(patient)
    with ape.reverts(kernel.consents.NotController):
        kernel.consents.grantConsent(patient, epoch, PARTICULARS, sender=stranger)


def test_a_rotated_key_loses_the_identity_and_the_new_one_holds_it(
    kernel: Any, patient: Any, hospital: Any
) -> None:
    kernel.identities.changeOwner(patient, hospital, sender=patient)
    assert kernel.identities.identityOwner(patient) == hospital
    with ape.reverts(kernel.consents.NotController):
        kernel.consents.revokeAllConsents(patient, SALT, sender=patient)
    kernel.consents.revokeAllConsents(patient, SALT, sender=hospital)


def test_a_stream_moves_from_its_head_only(kernel: Any, hospital: Any) -> None:
    anchors = kernel.anchors
    anchors.anchor(hospital, STREAM, NOTHING, 3, ROOT, sender=hospital)
    head = anchors.headOf(hospital, STREAM)
    assert head == anchors.checkpointIdOf((bytes(32), ROOT, 3))
    with ape.reverts(anchors.HeadMoved, head=head):
        anchors.anchor(hospital, STREAM, NOTHING, 4, ROOT, sender=hospital)


def test_nobody_unaccredited_registers_a_product(kernel: Any, stranger: Any) -> None:
    with ape.reverts(kernel.drugs.NotRegulator, identity=stranger):
        kernel.drugs.registerProduct(stranger, 9_506_000_134_352, stranger, [], sender=stranger)
    assert not kernel.drugs.isMaker(9_506_000_134_352, stranger)
