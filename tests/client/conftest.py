"""People by role on one chain in this process, shared by the whole session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from tests.support.databases import new_database

from salus import Salus
from salus.chain import Account, Chain, PasskeySigner, development_account
from salus.terms import Effect, Rule, Terms
from salus.testing import fund, local_salus, people
from salus.testing.participants import People
from salus.testing.postgres_server import PostgresServer, postgres_server, programs

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A Postgres server."""
    folder = programs()
    if folder is None:
        pytest.skip("there is no Postgres server: apt-get install postgresql")
    with postgres_server(folder) as server:
        yield server


_databases = count()


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The URL of a new database."""
    return new_database(postgres, f"database{next(_databases)}")
