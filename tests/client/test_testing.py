"""What users' own test-suites import does what it says."""

from __future__ import annotations

import pytest

import salus.testing
from salus import Salus
from salus.chain import Chain
from salus.chain.errors import ArgumentsInvalid, ChainUnreachable
from salus.contracts.signed_acts import NotController
from salus.errors import InputError
from salus.primitives.errors import StorageFull
from salus.primitives.roles import Role
from salus.testing import FakeNode, FullStorage, Unreliable, fake_chain, participant, people
from salus.testing.participants import ROLES, People
from salus.vault.storage.memory import MemoryStorage

SOMEBODY = "0x" + "12" * 20


def test_everything_that_it_exports_is_there() -> None:
    assert sorted(salus.testing.__all__) == list(salus.testing.__all__)
    assert all(hasattr(salus.testing, name) for name in salus.testing.__all__)


def test_people_hold_their_roles_and_no_others(team: People) -> None:
    accreditations = team.regulator.accreditations
    for name, expected in ROLES.items():
        held = {role for role in Role if accreditations.holds(team.identity(name), role)}
        assert held == ({expected} if expected else set())
        assert team[name].chain.balance(team.identity(name)) > 10**17


def test_the_patient_has_a_passkey_and_no_coin(team: People) -> None:
    assert team.identity("patient") == team.patient.identity
    assert team.hospital.chain.balance(team.patient.identity) == 0
    with pytest.raises(AttributeError, match="nobody here is a plumber"):
        team.plumber  # type: ignore[attr-defined]  # noqa: B018


def test_institutions_have_an_inbox(team: People) -> None:
    directory = team.stranger.mail.directory
    for name in ("hospital", "clinic"):
        inbox, document = directory.find(team.identity(name))
        assert inbox.url.startswith("memory://inbox-")
        assert document.identity == team.identity(name)


def test_refuses_a_role_that_nobody_has(chain: Chain) -> None:
    with pytest.raises(InputError, match="plumber"):
        people(chain, ["plumber"])


# The fake node -----------------------------------------------------------------------------------


def test_a_fake_node_answers_as_told() -> None:
    chain, node = fake_chain()
    node.answer("IdentityRegistry", "identityOwner", SOMEBODY)
    client = Salus(chain)
    assert client.identities.control.owner("0x" + "34" * 20) == SOMEBODY
    assert node.calls == [("IdentityRegistry", "identityOwner", ("0x" + "34" * 20,))]
    assert (chain.chain_id, chain.now()) == (31337, node.now)


def test_a_fake_node_answers_by_the_arguments() -> None:
    chain, node = fake_chain()
    node.answer(
        "AccreditationRegistry", "isAccredited", lambda subject, role: role == int(Role.PHARMACY)
    )
    client = Salus(chain)
    assert client.accreditations.holds(SOMEBODY, Role.PHARMACY)
    assert not client.accreditations.holds(SOMEBODY, Role.PAYER)


def test_a_fake_contract_refuses_with_a_named_error() -> None:
    chain, node = fake_chain()

    def refuse(*_: object) -> None:
        raise NotController(identity=SOMEBODY, actor=SOMEBODY)

    node.answer("IdentityRegistry", "identityOwner", refuse)
    with pytest.raises(NotController) as refused:
        Salus(chain).identities.control.owner(SOMEBODY)
    assert refused.value.identity == SOMEBODY


def test_a_fake_node_refuses_what_it_was_not_told() -> None:
    chain, node = fake_chain()
    with pytest.raises(Exception, match="was not told"):
        Salus(chain).identities.control.owner(SOMEBODY)
    with pytest.raises(ArgumentsInvalid):
        node.answer("IdentityRegistry", "noSuchFunction", 1)
    with pytest.raises(ArgumentsInvalid, match="does not return"):
        node.answer("IdentityRegistry", "identityOwner", "not an address")
    with pytest.raises(NotImplementedError):
        node.web3()


def test_a_fake_chain_needs_no_evm() -> None:
    import subprocess
    import sys

    code = (
        "from salus.testing import fake_chain; fake_chain(); import sys;"
        "sys.exit(any(name in sys.modules for name in ('eth_tester', 'eth', 'web3')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_its_chain_id_and_time_can_be_chosen() -> None:
    chain, node = fake_chain(chain_id=1, now=1_900_000_000)
    assert isinstance(node, FakeNode)
    assert (chain.chain_id, chain.is_local, chain.now()) == (1, False, 1_900_000_000)
    assert chain.balance(SOMEBODY) == 0


# Faults ------------------------------------------------------------------------------------------


def test_a_full_storage_keeps_what_fits() -> None:
    storage = FullStorage(room=10)
    storage.put("blobs/a", b"123456")
    with pytest.raises(StorageFull):
        storage.put("blobs/b", b"12345")
    assert list(storage.blobs) == ["blobs/a"]
    assert storage.left == 4
    storage.put("blobs/c", b"1234")


def test_an_unreliable_node_fails_by_method(chain: Chain) -> None:
    node = Unreliable(chain.rpc)
    node.down = {"eth_chainId"}
    assert node.request("eth_blockNumber") is not None
    with pytest.raises(ChainUnreachable):
        node.request("eth_chainId")
    with pytest.raises(ChainUnreachable):
        node.batch([("eth_blockNumber", ()), ("eth_chainId", ())])
    node.down = {"*"}
    with pytest.raises(ChainUnreachable):
        node.request("eth_blockNumber")
    assert node.asked == ["eth_blockNumber", "eth_chainId"] * 2 + ["eth_blockNumber"]


def test_a_participant_takes_a_storage_of_one_s_own(team: People) -> None:
    storage = MemoryStorage("mine")
    client = participant(team.stranger.chain, team.stranger.account, storage=storage)
    assert client.vault.storage is storage
