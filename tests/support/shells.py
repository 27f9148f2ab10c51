"""Shells of people on one node that lives as long as the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine, Place, funded, key_of, open_place

from salus import Salus
from salus.chain import development_account
from salus.primitives.roles import Role

Shells = Callable[..., CommandLine]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    yield from open_place(tmp_path_factory.mktemp("node"))


@pytest.fixture
def shell(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shells]:
    """Open a shell for somebody new, accredited as told. No output may hold what is secret."""
    opened: list[CommandLine] = []

    def open_shell(*roles: Role) -> CommandLine:
        account, key = funded(place)
        folder = tmp_path / f"person-{len(opened)}"
        folder.mkdir()
        governor = Salus(place.chain, account=development_account(0))
        until = place.chain.now() + 365 * 86400
        for role in roles:
            governor.accreditations.accredit(account.identity, role, until=until)
        opened.append(CommandLine(place, folder, capsys, account, key))
        return opened[-1]

    yield open_shell
    for each in opened:
        each.check_outputs()


@pytest.fixture
def governor(shell: Shells) -> CommandLine:
    """A shell of who deployed the contracts and names accreditors."""
    opened = shell()
    opened.account = development_account(0)
    opened.key = key_of(opened.account)
    return opened


@pytest.fixture
def cli(shell: Shells) -> CommandLine:
    """A shell of somebody without any accreditation."""
    return shell()
