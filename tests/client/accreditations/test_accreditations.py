"""Accreditations: named accreditors vouch, until a date; theft of an accreditor is undone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from salus import Salus
from salus.chain import Account
from salus.contracts.accreditations.errors import (
    AccreditationInPast,
    AccreditationMissing,
    AccreditorAlreadyNamed,
    AccreditorUnknown,
)
from salus.contracts.accreditations.events import Accredited
from salus.contracts.openzeppelin import AccessControlUnauthorizedAccount
from salus.contracts.signed_acts import NotController
from salus.errors import InputError
from salus.primitives.roles import Role
from salus.testing import advance

HOUR = 3600


@pytest.fixture
def subject() -> str:
    return Account.create().identity


@pytest.fixture
def board(governor: Salus, newcomer: Callable[[], Salus]) -> Salus:
    """A medical board that may vouch for ethics boards, and for nothing else."""
    client = newcomer()
    governor.accreditations.name_accreditor(Role.ETHICS_BOARD, client.account.identity)
    return client


def test_vouches_until_a_date(board: Salus, subject: str) -> None:
    until = board.chain.now() + HOUR
    transaction = board.accreditations.accredit(subject, Role.ETHICS_BOARD, until=until)

    assert isinstance(transaction.events[0], Accredited)
    given = board.accreditations.get(subject, Role.ETHICS_BOARD)
    assert given is not None
    assert (given.accreditor, given.valid_until) == (board.account.identity, until)
    assert board.accreditations.holds(subject, Role.ETHICS_BOARD)
    assert not board.accreditations.holds(subject, Role.REGULATOR)

    advance(board.chain, HOUR)
    assert not board.accreditations.holds(subject, Role.ETHICS_BOARD)
    assert board.accreditations.get(subject, Role.ETHICS_BOARD) == given


def test_tells_who_held_a_role_at_an_earlier_block(board: Salus, subject: str) -> None:
    before = board.chain.block().number
    board.accreditations.accredit(subject, Role.ETHICS_BOARD, until=board.chain.now() + HOUR)
    assert board.accreditations.holds(subject, Role.ETHICS_BOARD)
    assert not board.accreditations.holds(subject, Role.ETHICS_BOARD, block=before)


def test_all_roles_of_somebody_take_one_request(
    board: Salus, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.accreditations.accredit(subject, Role.ETHICS_BOARD, until=board.chain.now() + HOUR)
    rpc: Any = board.chain.rpc
    batch, batches = rpc.batch, []

    def counted(requests: list[Any]) -> Any:
        batches.append(len(requests))
        return batch(requests)

    monkeypatch.setattr(rpc, "batch", counted)
    assert board.accreditations.roles(subject) == {Role.ETHICS_BOARD}
    assert batches == [len(Role)]


def test_nobody_is_accredited_to_begin_with(board: Salus, subject: str) -> None:
    assert board.accreditations.get(subject, Role.CLINICIAN) is None
    with pytest.raises(AccreditationMissing):
        board.accreditations.revoke(subject, Role.ETHICS_BOARD)


def test_ends_at_once(board: Salus, subject: str) -> None:
    board.accreditations.accredit(subject, Role.ETHICS_BOARD, until=board.chain.now() + HOUR)
    board.accreditations.revoke(subject, Role.ETHICS_BOARD)
    assert not board.accreditations.holds(subject, Role.ETHICS_BOARD)
    assert board.accreditations.get(subject, Role.ETHICS_BOARD) is None


def test_an_accreditor_stays_within_its_roles(board: Salus, subject: str) -> None:
    with pytest.raises(AccreditorUnknown, match="accreditor for the role regulator"):
        board.accreditations.accredit(subject, Role.REGULATOR, until=board.chain.now() + HOUR)


def test_nobody_vouches_in_another_s_name(board: Salus, stranger: Salus, subject: str) -> None:
    with pytest.raises(NotController):
        stranger.accreditations.accredit(
            subject,
            Role.ETHICS_BOARD,
            until=stranger.chain.now() + HOUR,
            accreditor=board.account.identity,
        )


def test_refuses_a_date_in_the_past(board: Salus, subject: str) -> None:
    with pytest.raises(AccreditationInPast):
        board.accreditations.accredit(subject, Role.ETHICS_BOARD, until=board.chain.now() - 1)


def test_governance_alone_names_accreditors(governor: Salus, board: Salus, stranger: Salus) -> None:
    with pytest.raises(AccessControlUnauthorizedAccount):
        stranger.accreditations.name_accreditor(Role.REGULATOR, stranger.account.identity)
    with pytest.raises(AccessControlUnauthorizedAccount):
        board.accreditations.remove_accreditor(Role.ETHICS_BOARD, board.account.identity)
    with pytest.raises(AccreditorAlreadyNamed):
        governor.accreditations.name_accreditor(Role.ETHICS_BOARD, board.account.identity)


def test_removal_ends_the_mandate_and_voids_what_a_thief_gave(
    governor: Salus, board: Salus, subject: str
) -> None:
    accreditations, who = governor.accreditations, board.account.identity
    thief = Account.create().identity
    board.accreditations.accredit(subject, Role.ETHICS_BOARD, until=board.chain.now() + HOUR)
    theft = advance(board.chain, 60)
    board.accreditations.accredit(thief, Role.ETHICS_BOARD, until=board.chain.now() + HOUR)

    accreditations.remove_accreditor(Role.ETHICS_BOARD, who, void_from=theft)

    assert accreditations.accreditor_since(Role.ETHICS_BOARD, who) is None
    assert accreditations.holds(subject, Role.ETHICS_BOARD)
    assert not accreditations.holds(thief, Role.ETHICS_BOARD)
    with pytest.raises(AccreditorUnknown):
        board.accreditations.accredit(thief, Role.ETHICS_BOARD, until=board.chain.now() + HOUR)


def test_a_role_is_named_by_its_word_and_a_time_by_a_datetime(board: Salus, subject: str) -> None:
    until = datetime.fromtimestamp(board.chain.now(), UTC) + timedelta(days=1)
    board.accreditations.accredit(subject, "Ethics-Board", until=until)
    given = board.accreditations.get(subject, Role.ETHICS_BOARD)
    assert given is not None
    assert given.valid_until == int(until.timestamp())
    assert board.accreditations.holds(subject, "ethics-board")


@pytest.mark.parametrize("role", ["doctor", ""])
def test_there_is_no_other_role(newcomer: Callable[[], Salus], role: Any) -> None:
    client = newcomer()
    with pytest.raises(InputError, match="choose one of clinician, emergency-clinician"):
        client.accreditations.holds(client.identity, role)
