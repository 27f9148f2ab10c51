"""Who may guard whom: refused in the client, because the chain sees a commitment only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from salus import Salus
from salus.chain import Account
from salus.contracts.identities.errors import GuardianRefused
from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import InputError
from salus.primitives.address import ZERO_ADDRESS

SALT = bytes(32)


def people(count: int) -> list[Account]:
    return [Account.create() for _ in range(count)]


def opening(*guardians: Account | str, threshold: int = 1) -> GuardianSet:
    named = [each if isinstance(each, str) else each.identity for each in guardians]
    return GuardianSet.of(named, threshold=threshold)


@pytest.fixture
def set_guardians(hospital: Salus, patient: Account) -> Callable[..., object]:
    """The patient signs, the hospital pays."""

    def set_(guardians: GuardianSet, **options: bool) -> object:
        return hospital.identities.guardians.set(patient.identity, guardians, by=patient, **options)

    return set_


def refused(set_: Callable[..., object], guardians: GuardianSet, **options: bool) -> str:
    with pytest.raises(GuardianRefused) as caught:
        set_(guardians, **options)
    assert caught.value.exit_code == 2
    assert caught.value.guardian in guardians.guardians
    assert "nothing was changed" in str(caught.value)
    return caught.value.reason


def test_takes_people_with_keys_of_their_own(
    hospital: Salus, patient: Account, set_guardians: Callable[..., object]
) -> None:
    chosen = opening(*people(3), threshold=2)
    set_guardians(chosen)
    assert hospital.identities.guardians.commitment(patient.identity) == chosen.commitment


def test_shows_a_change_that_waits_and_when_it_comes(
    hospital: Salus, patient: Account, set_guardians: Callable[..., object]
) -> None:
    guardians, who = hospital.identities.guardians, patient.identity
    assert guardians.scheduled(who) is None
    set_guardians(opening(*people(3), threshold=2))
    assert guardians.scheduled(who) is None  # the first come at once

    theirs, before = opening(*people(2)), hospital.chain.now()
    set_guardians(theirs)
    coming = guardians.scheduled(who)
    assert coming is not None
    assert coming.commitment == theirs.commitment != guardians.commitment(who)
    assert coming.effective_at >= before + 30 * 86400

    guardians.cancel(who, by=patient)
    assert guardians.scheduled(who) is None


def test_shows_that_an_identity_will_be_without(
    hospital: Salus, patient: Account, set_guardians: Callable[..., object]
) -> None:
    set_guardians(opening(*people(3), threshold=2))
    hospital.identities.guardians.clear(patient.identity, by=patient)
    coming = hospital.identities.guardians.scheduled(patient.identity)
    assert coming is not None
    assert (coming.commitment, coming.effective_at > hospital.chain.now()) == (None, True)


@pytest.mark.parametrize("shared_keys", [False, True])
def test_refuses_the_identity_itself(
    patient: Account, set_guardians: Callable[..., object], shared_keys: bool
) -> None:
    itself = opening(patient, *people(1))
    assert "itself" in refused(set_guardians, itself, shared_keys=shared_keys)


def test_refuses_a_guardian_that_the_guarded_key_controls(
    hospital: Salus, patient: Account, set_guardians: Callable[..., object]
) -> None:
    spare, friend = people(2)
    hospital.identities.control.rotate(spare.identity, patient.identity, by=spare)
    chosen = opening(spare, friend)
    assert "the key that it shall guard" in refused(set_guardians, chosen)

    set_guardians(chosen, shared_keys=True)
    assert hospital.identities.guardians.commitment(patient.identity) == chosen.commitment


def test_refuses_the_key_that_a_rotated_identity_had_and_the_one_that_it_has(
    hospital: Salus, patient: Account
) -> None:
    new, spare, friend = people(3)
    identities, who = hospital.identities, patient.identity
    identities.control.rotate(who, new.identity, by=patient)
    with pytest.raises(GuardianRefused) as caught:
        identities.guardians.set(who, opening(new, friend), by=new)
    assert caught.value.guardian == new.identity
    identities.control.rotate(spare.identity, who, by=spare)
    with pytest.raises(GuardianRefused) as caught:
        identities.guardians.set(who, opening(spare, friend), by=new)
    assert caught.value.guardian == spare.identity


def test_refuses_two_guardians_of_one_key(
    hospital: Salus, patient: Account, set_guardians: Callable[..., object]
) -> None:
    aunt, uncle, friend = people(3)
    hospital.identities.control.rotate(uncle.identity, aunt.identity, by=uncle)
    chosen = opening(aunt, uncle, friend, threshold=2)
    assert "the key of guardian" in refused(set_guardians, chosen)
    set_guardians(chosen, shared_keys=True)
    assert hospital.identities.guardians.commitment(patient.identity) == chosen.commitment


@pytest.mark.parametrize("shared_keys", [False, True])
def test_refuses_a_guardian_that_has_ended(
    hospital: Salus, set_guardians: Callable[..., object], shared_keys: bool
) -> None:
    gone, friend = people(2)
    hospital.identities.control.deactivate(gone.identity, by=gone)
    chosen = opening(gone, friend)
    assert "deactivated" in refused(set_guardians, chosen, shared_keys=shared_keys)


def test_refuses_nobody(set_guardians: Callable[..., object]) -> None:
    assert "nobody is there" in refused(set_guardians, opening(ZERO_ADDRESS, *people(1)))


def test_refuses_one_person_twice_in_any_spelling(set_guardians: Callable[..., object]) -> None:
    (friend,) = people(1)
    twice = GuardianSet((friend.identity, friend.identity.lower()), 2, SALT)
    assert "twice" in refused(set_guardians, twice)
    with pytest.raises(GuardianRefused, match="twice"):
        opening(friend, friend.identity.lower(), threshold=2)


@pytest.mark.parametrize("threshold", [0, 3])
def test_refuses_a_threshold_that_opens_nothing(
    set_guardians: Callable[..., object], threshold: int
) -> None:
    ordered = opening(*people(2))
    with pytest.raises(InputError, match=r"GuardianSet\.of"):
        set_guardians(GuardianSet(ordered.guardians, threshold, SALT))


def test_refuses_another_order_than_the_contract_s(set_guardians: Callable[..., object]) -> None:
    low, high = opening(*people(2)).guardians
    with pytest.raises(InputError, match=r"GuardianSet\.of"):
        set_guardians(GuardianSet((high, low), 1, SALT))
