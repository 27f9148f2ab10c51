"""Break-glass: opened by emergency clinicians alone, public, short, and to be justified."""

from __future__ import annotations

import pytest

from salus import Salus
from salus.chain import Account
from salus.contracts.consents.errors import (
    BreakGlassAlreadyJustified,
    BreakGlassAlreadyOpen,
    BreakGlassNotEmergencyClinician,
    BreakGlassOptedOut,
    BreakGlassOverdue,
    BreakGlassTooMany,
    BreakGlassUnknown,
)
from salus.contracts.signed_acts import NotController
from salus.primitives.roles import Role
from salus.primitives.statement import SaltedStatement
from salus.testing import advance, local_salus

HOUR = 3600
REASON = SaltedStatement.of("unconscious, no relatives")


@pytest.fixture(scope="module")
def ward() -> Salus:
    """A chain whose clock this module alone moves; the client is its governance."""
    governor = local_salus()
    governor.accreditations.name_accreditor(Role.EMERGENCY_CLINICIAN, governor.account.identity)
    return governor


@pytest.fixture
def clinician(ward: Salus) -> Account:
    """An emergency clinician without coin: the ward pays for what it signs."""
    account = Account.create()
    until = ward.chain.now() + 365 * 24 * HOUR
    ward.accreditations.accredit(account.identity, Role.EMERGENCY_CLINICIAN, until=until)
    return account


def test_opens_a_short_window_and_justifies_it(
    ward: Salus, clinician: Account, patient: Account
) -> None:
    emergencies = ward.emergencies
    assert emergencies.windows.last(patient.identity, clinician.identity) is None

    emergencies.windows.open(patient.identity, REASON, by=clinician)

    window_id = emergencies.windows.last(patient.identity, clinician.identity)
    assert window_id is not None
    window = emergencies.windows.find(window_id)
    assert emergencies.windows.is_open(patient.identity, clinician.identity)
    assert (window.ends_at - window.opened_at, window.justified_at) == (4 * HOUR, 0)

    emergencies.windows.justify(window_id, SaltedStatement.of("crash room"), by=clinician)
    assert emergencies.windows.find(window_id).justified_at >= window.opened_at
    with pytest.raises(BreakGlassAlreadyJustified):
        emergencies.windows.justify(window_id, SaltedStatement.of("again"), by=clinician)

    advance(ward.chain, 4 * HOUR)
    assert not emergencies.windows.is_open(patient.identity, clinician.identity)


def test_the_statement_is_committed_to_with_a_salt() -> None:
    first, second = SaltedStatement.of("the same words"), SaltedStatement.of("the same words")
    assert first.commitment != second.commitment
    assert len(first.commitment) == 32


def test_a_clinician_with_coin_opens_directly(ward: Salus, patient: Account) -> None:
    me = ward.account.identity
    until = ward.chain.now() + 24 * HOUR
    ward.accreditations.accredit(me, Role.EMERGENCY_CLINICIAN, until=until)
    ward.emergencies.windows.open(patient.identity, REASON)
    window_id = ward.emergencies.windows.last(patient.identity, me)
    assert window_id is not None
    ward.emergencies.windows.justify(window_id, SaltedStatement.of("needed"))
    assert ward.emergencies.windows.is_open(patient.identity, me)


def test_nobody_else_opens(ward: Salus, clinician: Account, patient: Account) -> None:
    nurse = Account.create()
    with pytest.raises(BreakGlassNotEmergencyClinician):
        ward.emergencies.windows.open(patient.identity, REASON, by=nurse)
    with pytest.raises(NotController):
        ward.emergencies.windows.open(
            patient.identity, REASON, clinician=clinician.identity, by=nurse
        )


@pytest.mark.parametrize("signed", [False, True])
def test_a_patient_opts_out_in_advance_and_in_again(
    ward: Salus, clinician: Account, signed: bool
) -> None:
    emergencies = ward.emergencies
    account = Account.create()
    patient, by = (account.identity, account) if signed else (ward.account.identity, None)

    emergencies.windows.set_opt_out(patient, True, by=by)
    assert emergencies.windows.opted_out(patient)
    with pytest.raises(BreakGlassOptedOut):
        emergencies.windows.open(patient, REASON, by=clinician)

    emergencies.windows.set_opt_out(patient, False, by=by)
    emergencies.windows.open(patient, REASON, by=clinician)


def test_opting_out_closes_an_open_window(
    ward: Salus, clinician: Account, patient: Account
) -> None:
    ward.emergencies.windows.open(patient.identity, REASON, by=clinician)
    ward.emergencies.windows.set_opt_out(patient.identity, True, by=patient)
    assert not ward.emergencies.windows.is_open(patient.identity, clinician.identity)


def test_one_window_at_a_time_on_one_patient(
    ward: Salus, clinician: Account, patient: Account
) -> None:
    ward.emergencies.windows.open(patient.identity, REASON, by=clinician)
    with pytest.raises(BreakGlassAlreadyOpen):
        ward.emergencies.windows.open(patient.identity, REASON, by=clinician)


def test_too_many_unjustified_windows_stop_the_next(
    ward: Salus, clinician: Account, patient: Account
) -> None:
    for _ in range(3):
        ward.emergencies.windows.open(Account.create().identity, REASON, by=clinician)
    with pytest.raises(BreakGlassTooMany):
        ward.emergencies.windows.open(patient.identity, REASON, by=clinician)


def test_an_overdue_justification_stops_the_next_until_it_comes(
    ward: Salus, clinician: Account, patient: Account
) -> None:
    first = Account.create().identity
    ward.emergencies.windows.open(first, REASON, by=clinician)
    advance(ward.chain, 73 * HOUR)
    with pytest.raises(BreakGlassOverdue):
        ward.emergencies.windows.open(patient.identity, REASON, by=clinician)

    window_id = ward.emergencies.windows.last(first, clinician.identity)
    assert window_id is not None
    ward.emergencies.windows.justify(window_id, SaltedStatement.of("late"), by=clinician)
    ward.emergencies.windows.open(patient.identity, REASON, by=clinician)


def test_an_unknown_window_cannot_be_justified(ward: Salus, clinician: Account) -> None:
    with pytest.raises(BreakGlassUnknown):
        ward.emergencies.windows.justify(b"\x07" * 32, SaltedStatement.of("what?"), by=clinician)
