"""An anvil with everything deployed, the Safe's contracts too, and regulators who own Safes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.safes import SafeFactory

from salus import Salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import NodeUnavailable
from salus.chain.node.local import local_node
from salus.primitives.roles import Role
from salus.safes import Safe

Make = Callable[..., str]
REGULATORS = tuple(development_account(number) for number in (3, 4, 5))
CLERK = development_account(6)
"""Who pays and owns nothing."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Chain, str, Path]]:
    file = tmp_path_factory.mktemp("node") / "deployment.json"
    with ExitStack() as stack:
        try:
            url = stack.enter_context(local_node("anvil")).url
        except NodeUnavailable as problem:
            pytest.skip(str(problem))
        chain = stack.enter_context(connect("anvil", url=url))
        deploy(chain, development_account(0), path=file)
        governor = Salus(chain, account=development_account(0)).accreditations
        governor.name_accreditor(Role.REGULATOR, development_account(0).identity)
        yield chain, url, file


@pytest.fixture(scope="module")
def anvil(place: tuple[Chain, str, Path]) -> Chain:
    return place[0]


@pytest.fixture(scope="module")
def factory(anvil: Chain) -> SafeFactory:
    return SafeFactory(anvil)


@pytest.fixture
def regulator(anvil: Chain, factory: SafeFactory) -> str:
    """A new Safe of three regulators, two of whom sign, accredited as one."""
    safe = factory.make([each.address for each in REGULATORS], 2)
    governor = Salus(anvil, account=development_account(0))
    governor.accreditations.accredit(safe, Role.REGULATOR, until=anvil.now() + 365 * 86400)
    return safe


@pytest.fixture
def opened(anvil: Chain, regulator: str) -> Callable[[Account], Safe]:
    """Open that Safe as somebody."""
    return lambda account: Salus(anvil, account=account).safes.open(regulator)
