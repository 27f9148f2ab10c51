"""Events, read back by class and indexed fields."""

import pytest

from salus.chain.errors import ArgumentsInvalid
from salus.contracts.consents.events import ConsentGranted, ConsentRevoked
from salus.contracts.drugs.events import LotRecalled
from salus.contracts.identities.events import DIDAttributeChanged

ONE, TWO = b"\1" * 32, b"\2" * 32


@pytest.fixture
def revoked(chain, patient):
    """Two revocations of one patient."""
    consents = chain.contract("ConsentRegistry")
    return [
        consents.send("revokeConsent", patient.identity, each, account=patient)
        for each in (ONE, TWO)
    ]


def test_events_come_back_oldest_first(chain, patient, revoked):
    found = chain.contract("ConsentRegistry").events(ConsentRevoked, patient=patient.identity)
    assert [each.consent_id for each in found] == [ONE, TWO]
    assert [each.block_number for each in found] == [each.block_number for each in revoked]
    assert [each.transaction_hash for each in found] == [each.hash for each in revoked]


def test_events_are_found_by_any_indexed_field(chain, patient, revoked):
    consents = chain.contract("ConsentRegistry")
    (found,) = consents.events(ConsentRevoked, patient=patient.identity, consent_id=TWO)
    assert found == ConsentRevoked(patient=patient.identity, consent_id=TWO)
    assert consents.events(ConsentRevoked, patient=chain.contract("AnchorRegistry").address) == []


def test_events_are_found_by_block(chain, patient, revoked):
    consents = chain.contract("ConsentRegistry")
    first, second = (each.block_number for each in revoked)
    in_first = consents.events(ConsentRevoked, to_block=first, patient=patient.identity)
    in_second = consents.events(
        ConsentRevoked, from_block=second, to_block=second, patient=patient.identity
    )
    assert [each.consent_id for each in (*in_first, *in_second)] == [ONE, TWO]
    assert consents.events(ConsentRevoked, from_block=second + 10_000) == []


def test_events_of_another_class_are_left_out(chain, patient, revoked):
    assert chain.contract("ConsentRegistry").events(ConsentGranted, patient=patient.identity) == []
    assert chain.contract("ConsentRegistry").events(LotRecalled) == []


def test_a_field_that_is_not_indexed_is_refused(tester):
    registry = tester.contract("IdentityRegistry")
    with pytest.raises(ArgumentsInvalid) as caught:
        registry.events(DIDAttributeChanged, name=ONE)
    assert "these are: identity" in str(caught.value)
    with pytest.raises(ArgumentsInvalid):
        registry.events(DIDAttributeChanged, identity="nobody")
