"""Guardians: scheduled, cancelled, proposing, vetoed, unanimous, executed. On a chain whose clock
this module alone moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from salus import Salus
from salus.chain import Account
from salus.contracts.identities.errors import (
    GuardiansMismatch,
    GuardiansNotScheduled,
    RecoveryBelowThreshold,
    RecoveryInvalidApproval,
    RecoveryNotReady,
    RecoveryPending,
    RecoveryUnanimous,
)
from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import InputError
from salus.identities import RecoveryApproval
from salus.testing import advance, local_salus

DAY = 24 * 3600


@dataclass(frozen=True)
class Guarded:
    """A patient with three guardians, two of whom suffice; the helper pays."""

    helper: Salus
    patient: Account
    guardians: dict[str, Account]
    opening: GuardianSet

    def propose(self, new_owner: str, names: list[str], *, unanimous: bool = False) -> None:
        deadline = self.helper.chain.now() + 3600
        approvals = [
            self.approve(new_owner, name, deadline=deadline, unanimous=unanimous) for name in names
        ]
        self.helper.identities.recovery.propose(approvals, self.opening)

    def approve(
        self, new_owner: str, name: str, *, deadline: int | datetime, unanimous: bool = False
    ) -> RecoveryApproval:
        return self.helper.identities.recovery.approve(
            self.patient.identity,
            new_owner,
            self.opening,
            guardian=self.guardians[name].identity,
            by=self.guardians[name],
            deadline=deadline,
            unanimous=unanimous,
        )


@pytest.fixture(scope="module")
def helper() -> Salus:
    return local_salus()


@pytest.fixture
def guarded(helper: Salus) -> Guarded:
    patient = Account.create()
    guardians = {name: Account.create() for name in ("sister", "friend", "doctor")}
    opening = GuardianSet.of([each.identity for each in guardians.values()], threshold=2)
    helper.identities.guardians.set(patient.identity, opening, by=patient)
    return Guarded(helper, patient, guardians, opening)


@pytest.fixture
def new_key() -> Account:
    return Account.create()


def test_stores_guardians_as_a_commitment(guarded: Guarded) -> None:
    assert guarded.helper.identities.guardians.commitment(guarded.patient.identity) == (
        guarded.opening.commitment
    )


def test_recovers_a_lost_key_after_the_delay(guarded: Guarded, new_key: Account) -> None:
    identities, patient = guarded.helper.identities, guarded.patient.identity
    guarded.propose(new_key.identity, ["sister", "doctor"])

    pending = identities.recovery.pending(patient)
    assert pending.new_owner == new_key.identity
    assert not pending.unanimous
    with pytest.raises(RecoveryNotReady):
        identities.recovery.execute(patient)

    advance(guarded.helper.chain, 7 * DAY)
    identities.recovery.execute(patient)
    assert identities.control.owner(patient) == new_key.identity
    assert identities.recovery.pending(patient).ready_at == 0


def test_refuses_too_few_guardians(guarded: Guarded, new_key: Account) -> None:
    with pytest.raises(RecoveryBelowThreshold):
        guarded.propose(new_key.identity, ["friend"])


def test_the_owner_vetoes_some_guardians(guarded: Guarded, new_key: Account) -> None:
    identities, patient = guarded.helper.identities, guarded.patient
    guarded.propose(new_key.identity, ["sister", "friend"])
    identities.recovery.veto(patient.identity, by=patient)
    assert identities.recovery.pending(patient.identity).ready_at == 0


def test_the_owner_cannot_veto_all_guardians(guarded: Guarded, new_key: Account) -> None:
    identities, patient = guarded.helper.identities, guarded.patient
    guarded.propose(new_key.identity, ["sister", "friend", "doctor"], unanimous=True)
    with pytest.raises(RecoveryUnanimous):
        identities.recovery.veto(patient.identity, by=patient)
    with pytest.raises(RecoveryPending):
        identities.control.deactivate(patient.identity, by=patient)


def test_an_approval_is_unanimous_where_all_must_agree(guarded: Guarded, new_key: Account) -> None:
    identities, patient = guarded.helper.identities, Account.create()
    everybody = GuardianSet.of(guarded.opening.guardians, threshold=3)
    identities.guardians.set(patient.identity, everybody, by=patient)
    replace(guarded, patient=patient, opening=everybody).propose(
        new_key.identity, ["sister", "friend", "doctor"]
    )
    assert identities.recovery.pending(patient.identity).unanimous


@pytest.mark.parametrize(
    ("names", "unanimous", "advice"),
    [
        (["sister", "friend", "doctor"], False, r"leave approvals out, or .* `unanimous=True`"),
        (["sister", "friend"], True, r"all 3 together .* collect the others"),
    ],
)
def test_says_which_kind_of_approval_is_wanted(
    guarded: Guarded, new_key: Account, names: list[str], unanimous: bool, advice: str
) -> None:
    sent = guarded.helper.chain.sender.posted
    with pytest.raises(InputError, match=advice):
        guarded.propose(new_key.identity, names, unanimous=unanimous)
    assert guarded.helper.chain.sender.posted == sent


def test_a_rotation_does_not_stop_a_recovery(guarded: Guarded, new_key: Account) -> None:
    identities, patient = guarded.helper.identities, guarded.patient
    thief = Account.create()
    guarded.propose(new_key.identity, ["sister", "friend", "doctor"], unanimous=True)
    identities.control.rotate(patient.identity, thief.identity, by=patient)
    advance(guarded.helper.chain, 7 * DAY)
    identities.recovery.execute(patient.identity)
    assert identities.control.owner(patient.identity) == new_key.identity


def test_an_approval_counts_for_its_round_only(guarded: Guarded, new_key: Account) -> None:
    identities, patient = guarded.helper.identities, guarded.patient
    deadline = guarded.helper.chain.now() + 30 * DAY
    approvals = [
        guarded.approve(new_key.identity, name, deadline=deadline) for name in ("sister", "friend")
    ]
    identities.recovery.propose(approvals, guarded.opening)
    identities.recovery.veto(patient.identity, by=patient)
    with pytest.raises(RecoveryInvalidApproval):
        identities.recovery.propose(approvals, guarded.opening)


def test_a_guardian_speaks_for_itself_only(guarded: Guarded, new_key: Account) -> None:
    with pytest.raises(InputError, match="not among the guardians"):
        guarded.helper.identities.recovery.approve(
            guarded.patient.identity,
            new_key.identity,
            guarded.opening,
            guardian=new_key.identity,
            by=new_key,
            deadline=2**40,
        )


def test_refuses_another_opening(guarded: Guarded, new_key: Account) -> None:
    other, sister = GuardianSet.of(guarded.opening.guardians, threshold=1), "sister"
    opened = replace(guarded, opening=other)
    with pytest.raises(GuardiansMismatch):
        opened.propose(new_key.identity, [sister])


def test_approvals_of_several_recoveries_are_not_proposed(
    guarded: Guarded, new_key: Account
) -> None:
    approvals = [
        guarded.approve(new_key.identity, name, deadline=guarded.helper.chain.now() + wait)
        for name, wait in (("sister", 60), ("friend", 61))
    ]
    for refused in (approvals, []):
        with pytest.raises(InputError, match="one deadline"):
            guarded.helper.identities.recovery.propose(refused, guarded.opening)


def test_a_deadline_is_a_datetime_too(guarded: Guarded, new_key: Account) -> None:
    until = datetime.fromtimestamp(guarded.helper.chain.now() + 3600, UTC)
    approval = guarded.approve(new_key.identity, "sister", deadline=until)
    assert approval.deadline == int(until.timestamp())


def test_new_guardians_wait_and_can_be_cancelled(guarded: Guarded) -> None:
    identities, patient = guarded.helper.identities, guarded.patient
    others = GuardianSet.of([Account.create().identity for _ in range(3)], threshold=2)
    identities.guardians.set(patient.identity, others, by=patient)
    assert identities.guardians.commitment(patient.identity) == guarded.opening.commitment

    identities.guardians.cancel(patient.identity, by=patient)
    advance(guarded.helper.chain, 31 * DAY)
    assert identities.guardians.commitment(patient.identity) == guarded.opening.commitment
    with pytest.raises(GuardiansNotScheduled):
        identities.guardians.cancel(patient.identity, by=patient)


def test_guardians_end_after_the_delay(guarded: Guarded) -> None:
    identities, patient = guarded.helper.identities, guarded.patient
    identities.guardians.clear(patient.identity, by=patient)
    advance(guarded.helper.chain, 31 * DAY)
    assert identities.guardians.commitment(patient.identity) is None


def test_guardians_stand_in_the_contract_s_order_whatever_their_checksum() -> None:
    # By character codes "B" comes before "a": the contract compares numbers.
    low, high = "0xa" + "0" * 39, "0xB" + "0" * 39
    assert GuardianSet.of([high, low], threshold=1).guardians == (low, high)


@pytest.mark.parametrize(
    ("threshold", "make"),
    [
        (0, lambda: [Account.create().identity]),
        (2, lambda: [Account.create().identity]),
        (1, lambda: ["0x" + "ab" * 20, "0x" + "AB" * 20]),
    ],
)
def test_refuses_guardians_that_cannot_agree(threshold: int, make: Callable[[], list[str]]) -> None:
    with pytest.raises(InputError):
        GuardianSet.of(make(), threshold=threshold)


def test_the_salt_of_guardians_stays_out_of_the_repr(guarded: Guarded) -> None:
    assert guarded.opening.salt.hex() not in repr(guarded.opening)
    assert repr(guarded.opening.salt) not in repr(guarded.opening)
