"""People by role on one chain in this process, shared by the whole session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from salus import Salus
from salus.chain import Account, Chain, PasskeySigner, development_account
from salus.terms import Effect, Rule, Terms
from salus.testing import fund, local_salus, people
from salus.testing.participants import People

NewClient = Callable[[], Salus]


@pytest.fixture(scope="session")
def governor() -> Salus:
    """Who governs accreditation; its account has coin."""
    return local_salus()


@pytest.fixture(scope="session")
def chain(governor: Salus) -> Chain:
    return governor.chain


@pytest.fixture(scope="session")
def team(chain: Chain) -> People:
    """Everybody, accredited. Whoever rotates keys or revokes roles takes a newcomer instead."""
    return people(chain)


@pytest.fixture(scope="session")
def passkey(team: People) -> PasskeySigner:
    """A patient who has a passkey and nothing else. Each of its acts takes two seconds here."""
    return team.patient


@pytest.fixture
def newcomer(chain: Chain) -> NewClient:
    """Make a client with a fresh, funded account."""

    def make() -> Salus:
        account = Account.create()
        fund(chain, account.address, payer=development_account(8))
        return Salus(chain, account=account)

    return make


@pytest.fixture
def patient() -> Account:
    """A patient with a plain key and no coin: signs, never sends."""
    return Account.create()


@pytest.fixture
def hospital(team: People) -> Salus:
    return team.hospital


@pytest.fixture
def clinic(team: People) -> Salus:
    return team.clinic


@pytest.fixture
def stranger(team: People) -> Salus:
    return team.stranger


@pytest.fixture
def treatment() -> Terms:
    """Permits treatment, and nothing labelled PSY."""
    no_psychiatry = Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"}))
    return Terms(
        base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})), exceptions=(no_psychiatry,)
    )
