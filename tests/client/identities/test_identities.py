"""Identities: control, rotation, delegates, attributes, services, the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from salus import Salus
from salus.chain import Account, Chain, PasskeySigner
from salus.chain.registry_client import RegistryClient
from salus.contracts.identities.errors import (
    IdentityDeactivated,
    IdentityInvalidNonce,
    IdentityNoChanges,
)
from salus.contracts.identities.events import DIDOwnerChanged
from salus.contracts.signed_acts import NotController, SignatureExpired
from salus.errors import CredentialError, InputError
from salus.identities import add_delegate, revoke_attribute, revoke_delegate, set_attribute
from salus.identities.changes import name32
from salus.testing import advance


def test_every_address_controls_itself(hospital: Salus, patient: Account) -> None:
    assert hospital.identities.control.owner(patient.identity) == patient.identity
    assert not hospital.identities.control.is_deactivated(patient.identity)


def test_names_a_did_by_the_ethr_method(hospital: Salus, patient: Account) -> None:
    chain_id = hex(hospital.chain.chain_id)
    assert hospital.identities.did(patient.identity) == f"did:ethr:{chain_id}:{patient.identity}"


def test_rotates_directly(newcomer: Callable[[], Salus], patient: Account) -> None:
    client = newcomer()
    me = client.account.identity

    transaction = client.identities.control.rotate(me, patient.identity)

    assert [type(each) for each in transaction.events] == [DIDOwnerChanged]
    assert client.identities.control.owner(me) == patient.identity
    with pytest.raises(NotController):
        client.identities.control.rotate(me, me)


def test_no_identity_goes_to_an_address_with_a_mistyped_digit(
    newcomer: Callable[[], Salus], hospital: Salus, patient: Account
) -> None:
    client = newcomer()
    mistyped = patient.identity[:2] + patient.identity[2:].swapcase()
    with pytest.raises(InputError, match="checksum"):
        client.identities.control.rotate(client.account.identity, mistyped)
    with pytest.raises(InputError, match="checksum"):
        hospital.identities.control.rotate(patient.identity, mistyped, by=patient)
    assert client.identities.control.owner(client.account.identity) == client.account.identity


def test_rotates_by_a_signature_that_somebody_else_pays_for(
    hospital: Salus, patient: Account
) -> None:
    successor = Account.create()
    hospital.identities.control.rotate(patient.identity, successor.identity, by=patient)
    assert hospital.identities.control.owner(patient.identity) == successor.identity

    hospital.identities.control.rotate(patient.identity, patient.identity, by=successor)
    assert hospital.identities.control.owner(patient.identity) == patient.identity


def test_rotates_a_passkey_that_never_had_an_account(
    hospital: Salus, passkey: PasskeySigner
) -> None:
    hospital.identities.changes.apply(
        passkey.identity, [set_attribute("did/svc/inbox", b"memory://p")], by=passkey
    )
    assert hospital.identities.changes.services(passkey.identity, "inbox") == ["memory://p"]


def test_refuses_a_key_that_was_rotated_away(hospital: Salus, patient: Account) -> None:
    thief = Account.create()
    hospital.identities.control.rotate(patient.identity, thief.identity, by=patient)
    with pytest.raises(NotController):
        hospital.identities.control.rotate(patient.identity, patient.identity, by=patient)


def test_refuses_strangers(stranger: Salus, patient: Account) -> None:
    with pytest.raises(NotController):
        stranger.identities.control.rotate(patient.identity, stranger.account.identity)
    with pytest.raises(NotController):
        stranger.identities.control.rotate(
            patient.identity, stranger.account.identity, by=stranger.account
        )
    assert stranger.identities.control.owner(patient.identity) == patient.identity


def registry(client: Salus) -> RegistryClient:
    return RegistryClient(client.chain, client.account, "IdentityRegistry")


def test_a_signed_change_cannot_be_submitted_twice(hospital: Salus, patient: Account) -> None:
    contract = hospital.chain.contract("IdentityRegistry")
    successor = Account.create().identity
    message = {"identity": patient.identity, "newOwner": successor, "nonce": 0}
    authorization = RegistryClient(hospital.chain, hospital.account, "IdentityRegistry").authorize(
        patient, "ChangeOwner", message
    )

    arguments = (patient.identity, successor, 0, authorization)
    contract.send("changeOwnerBySig", *arguments, account=hospital.account)
    with pytest.raises(IdentityInvalidNonce):
        contract.send("changeOwnerBySig", *arguments, account=hospital.account)


def test_a_signed_change_lapses(hospital: Salus, patient: Account) -> None:
    contract = hospital.chain.contract("IdentityRegistry")
    message = {"identity": patient.identity, "nonce": 0}
    past = hospital.chain.now() - 1
    authorization = RegistryClient(hospital.chain, hospital.account, "IdentityRegistry").authorize(
        patient, "Deactivate", message, deadline=past
    )
    with pytest.raises(SignatureExpired):
        contract.send(
            "deactivateBySig", patient.identity, 0, authorization, account=hospital.account
        )


@pytest.mark.parametrize("signed", [False, True])
def test_applies_several_changes_at_once(
    newcomer: Callable[[], Salus], hospital: Salus, signed: bool
) -> None:
    client, carer = newcomer(), Account.create().identity
    me = client.account.identity
    payer, by = (hospital, client.account) if signed else (client, None)

    payer.identities.changes.apply(
        me,
        [
            add_delegate(carer, "consent/grant"),
            set_attribute("did/svc/inbox", b"memory://one"),
            set_attribute("did/svc/inbox", b"memory://two"),
        ],
        by=by,
    )

    identities = hospital.identities
    assert identities.changes.is_delegate(me, "consent/grant", carer)
    assert not identities.changes.is_delegate(me, "consent/revoke", carer)
    assert identities.changes.services(me, "inbox") == ["memory://one", "memory://two"]
    assert identities.changes.attributes(me) == {
        "did/svc/inbox": [b"memory://one", b"memory://two"]
    }


def test_ends_delegates_and_attributes(newcomer: Callable[[], Salus]) -> None:
    client, carer = newcomer(), Account.create().identity
    me, identities = client.account.identity, client.identities
    identities.changes.apply(me, [add_delegate(carer, "k"), set_attribute("a", b"1")])
    identities.changes.apply(me, [set_attribute("b", b"2")])

    identities.changes.apply(me, [revoke_delegate(carer, "k"), revoke_attribute("a", b"1")])

    assert not identities.changes.is_delegate(me, "k", carer)
    assert identities.changes.attributes(me) == {"b": [b"2"]}


def test_what_is_published_again_is_the_newest(newcomer: Callable[[], Salus]) -> None:
    client = newcomer()
    me = client.account.identity
    for value in (b"first", b"second", b"first"):
        client.identities.changes.apply(me, [set_attribute("did/svc/x", value)])
    assert client.identities.changes.services(me, "x") == ["second", "first"]


def test_attributes_and_delegates_end_by_themselves(newcomer: Callable[[], Salus]) -> None:
    client, carer = newcomer(), Account.create().identity
    me = client.account.identity
    changes = [add_delegate(carer, "k", lasting=60), set_attribute("a", b"1", lasting=60)]
    client.identities.changes.apply(me, changes)
    advance(client.chain, 61)
    assert not client.identities.changes.is_delegate(me, "k", carer)
    assert client.identities.changes.attributes(me) == {}


def test_refuses_no_changes(newcomer: Callable[[], Salus]) -> None:
    client = newcomer()
    with pytest.raises(IdentityNoChanges):
        client.identities.changes.apply(client.account.identity, [])


@pytest.mark.parametrize("name", ["", "n" * 33, "é" * 17])
def test_names_have_one_to_thirty_two_bytes(name: str) -> None:
    with pytest.raises(InputError, match="1 to 32 bytes"):
        name32(name)


def test_deactivation_is_for_ever(hospital: Salus, patient: Account) -> None:
    identities = hospital.identities
    identities.control.deactivate(patient.identity, by=patient)

    assert identities.control.owner(patient.identity) is None
    assert identities.control.is_deactivated(patient.identity)
    with pytest.raises(IdentityDeactivated):
        identities.control.rotate(patient.identity, hospital.account.identity, by=patient)


def test_a_client_without_an_account_reads_and_does_not_write(
    chain: Chain, patient: Account
) -> None:
    reader = Salus(chain)
    assert reader.identities.control.owner(patient.identity) == patient.identity
    with pytest.raises(CredentialError, match="SALUS_ACCOUNT"):
        reader.identities.control.deactivate(patient.identity)
