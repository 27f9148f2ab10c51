"""Nodes and accounts that an application has already: web3's, eth_account's, ape's, anybody's."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data
from hexbytes import HexBytes
from web3 import AsyncHTTPProvider, AsyncWeb3, EthereumTesterProvider, HTTPProvider, Web3
from web3.providers import BaseProvider

import salus
from salus.chain import Account, Chain, connect, deploy, development_account
from salus.chain.errors import (
    AnswerMalformed,
    ChainUnreachable,
    NodeTooSlow,
    SignatureMismatch,
)
from salus.chain.node.foreign import ProviderRpc
from salus.chain.node.rpc import HttpRpc
from salus.contracts.identities.events import DIDAttributeChanged
from salus.errors import ConfigurationInvalid, CredentialError, InputError

PAYER = development_account(3)
KEY = bytes(PAYER._key.secret())
NAME = b"a" * 32


def wrote(chain: Chain, account: Any) -> bool:
    address = Account.of(account).address
    arguments = (address, NAME, b"value", 60)
    sent = chain.contract("IdentityRegistry").send("setAttribute", *arguments, account=account)
    return isinstance(sent.events[0], DIDAttributeChanged)


class Forwarding(BaseProvider):
    """A provider that an application wrote, over another."""

    def __init__(self, over: Any) -> None:
        super().__init__()
        self.over, self.answer = over, None

    def make_request(self, method: Any, params: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or self.over.make_request(method, params)


@pytest.fixture
def anvil(chains: dict[str, Chain]) -> Chain:
    return chains["anvil"]


# Nodes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [True, False])
def test_a_web3_client_or_its_provider_leads_to_the_same_chain(
    anvil: Chain, anvil_url: str, whole: bool
) -> None:
    provider = HTTPProvider(anvil_url)
    node = Web3(provider) if whole else provider
    with connect(node, deployment=anvil.deployment) as chain:
        assert isinstance(chain.rpc, HttpRpc)
        assert (chain.network, chain.is_local) == (anvil_url, True)
        assert wrote(chain, PAYER)


def test_a_provider_that_is_not_plain_http_is_asked_itself(anvil: Chain, anvil_url: str) -> None:
    provider = Forwarding(HTTPProvider(anvil_url))
    with connect(Web3(provider), deployment=anvil.deployment, local=True) as chain:
        assert isinstance(chain.rpc, ProviderRpc)
        assert chain.network == "web3's Forwarding"
        assert chain.web3.eth.chain_id == 31337
        assert wrote(chain, PAYER)
    assert provider.make_request("eth_chainId", [])["result"] == "0x7a69"  # not ours to close


def test_an_unknown_provider_is_not_local_unless_said(anvil_url: str) -> None:
    assert not connect(Forwarding(HTTPProvider(anvil_url))).is_local


def test_a_web3_tester_gets_the_contracts_and_keeps_its_own_client() -> None:
    web3 = Web3(EthereumTesterProvider())
    middlewares = list(web3.middleware_onion.middleware)
    chain = connect(web3)
    payer = EthAccount.create()
    web3.eth.send_transaction({"from": web3.eth.accounts[0], "to": payer.address, "value": 10**18})
    deploy(chain, payer, path=None)
    assert chain.is_local
    assert wrote(chain, payer)
    assert list(web3.middleware_onion.middleware) == middlewares


def test_headers_go_along_and_are_never_shown(
    anvil: Chain, anvil_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Authorization": "Bearer secret-of-the-hospital", "Content-Type": "text/plain"}
    provider = HTTPProvider(anvil_url, request_kwargs={"headers": headers, "timeout": 7})
    with caplog.at_level(logging.DEBUG), connect(provider) as chain:
        assert isinstance(chain.rpc, HttpRpc)
        session = chain.rpc._transport._session
        assert session.headers["Authorization"] == "Bearer secret-of-the-hospital"
        assert chain.rpc._transport._timeout == 7
        logging.getLogger("urllib3.connectionpool").debug("said secret-of-the-hospital")
    assert "secret-of-the-hospital" not in caplog.text + repr(chain) + repr(chain.rpc)


def test_what_would_not_be_kept_of_an_http_provider_is_refused() -> None:
    import requests

    for provider in (
        HTTPProvider("http://127.0.0.1:1", session=requests.Session()),
        HTTPProvider("http://127.0.0.1:1", request_kwargs={"verify": False}),
    ):
        with pytest.raises(ConfigurationInvalid, match="of its own"):
            connect(provider)
    with pytest.raises(ConfigurationInvalid, match="http://"):
        connect(HTTPProvider("ftp://node.example"))


@pytest.mark.parametrize("node", [AsyncWeb3(AsyncHTTPProvider("http://a")), AsyncHTTPProvider("")])
def test_asynchronous_clients_are_refused_with_what_to_do(node: Any) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"asyncio\.to_thread"):
        connect(node)


@pytest.mark.parametrize("node", [None, 5, object(), Web3, b"http://127.0.0.1:1"])
def test_what_is_no_node_is_refused(node: Any) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"web3\.Web3"):
        connect(node)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (RuntimeError("http://user:password@node"), ChainUnreachable),
        (TimeoutError("http://user:password@node"), NodeTooSlow),
        ({"result": "0x" + "1" * 80}, AnswerMalformed),
        ({"result": None}, AnswerMalformed),
        ({"result": object()}, AnswerMalformed),
        ({"neither": 1}, AnswerMalformed),
        ("text", AnswerMalformed),
    ],
)
def test_what_a_provider_answers_is_read_strictly(answer: Any, error: type[Exception]) -> None:
    provider = Forwarding(None)
    provider.answer = answer
    with pytest.raises(error) as caught:
        connect(provider)
    assert "password" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.chain.node.foreign.MOST", 1000)
    provider = Forwarding(None)
    provider.answer = {"result": "0x" + "00" * 1000}
    with pytest.raises(AnswerMalformed, match="longer"):
        ProviderRpc(provider).request("eth_getCode")


def test_salus_connects_to_what_an_application_has(
    anvil: Chain, anvil_url: str, tmp_path: Any
) -> None:
    file = tmp_path / "deployment.json"
    anvil.deployment.save(file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_DEPLOYMENT", str(file))
        with salus.connect(Web3(HTTPProvider(anvil_url)), account=EthAccount.from_key(KEY)) as me:
            assert me.identity == PAYER.identity
            assert wrote(me.chain, me.account)


# Accounts ----------------------------------------------------------------------------------------


class Wallet:
    """Somebody else's signing service, which signs as eth_account does."""

    def __init__(self) -> None:
        self._local, self.address = EthAccount.from_key(KEY), PAYER.address
        self.changes: dict[str, Any] = {}

    def sign_transaction(self, transaction: dict[str, Any]) -> Any:
        return self._local.sign_transaction({**transaction, **self.changes}).raw_transaction

    def sign_typed_data(self, full_message: dict[str, Any]) -> Any:
        if self.changes:
            full_message = {**full_message, "domain": {**full_message["domain"], **self.changes}}
        signature = self._local.sign_message(encode_typed_data(full_message=full_message)).signature
        return HexBytes(signature[:64] + bytes([signature[64] - 27]))


class Ape:
    """An account as ape's are: no sign_typed_data, and transactions of a class of its own."""

    def __init__(self) -> None:
        self._local, self.address = EthAccount.from_key(KEY), PAYER.address
        self.network_manager = self
        self.ethereum = self
        self.agrees = True

    def create_transaction(self, **fields: Any) -> Any:
        return fields

    def sign_transaction(self, made: Any) -> Any:
        raw = self._local.sign_transaction(made).raw_transaction
        signed = type("Signed", (), {"serialize_transaction": lambda _: raw})()
        return signed if self.agrees else None

    def sign_message(self, message: Any) -> Any:
        signature = self._local.sign_message(message).signature
        signed = type("Signature", (), {"encode_rsv": lambda _: signature})()
        return signed if self.agrees else None


@pytest.mark.parametrize("make", [lambda: EthAccount.from_key(KEY), Wallet, Ape])
def test_an_application_s_account_pays_and_signs_as_ours_does(tester: Chain, make: Any) -> None:
    account = make()
    assert wrote(tester, account)
    registry = tester.contract("IdentityRegistry")
    act = {"identity": PAYER.identity, "newOwner": PAYER.identity, "nonce": 0}
    ours = registry.authorize(PAYER, "ChangeOwner", act, 2**40)
    assert registry.authorize(Account.of(account), "ChangeOwner", act, 2**40) == ours


def test_a_legacy_transaction_is_taken_apart_too() -> None:
    fields = {"to": PAYER.address, "data": b"\1", "value": 0, "nonce": 2, "gas": 30000}
    fields |= {"chainId": 1, "gasPrice": 5}
    wallet = Wallet()
    raw, name = Account.of(wallet).sign_transaction(fields)
    assert (raw, name) == PAYER.sign_transaction(fields)
    wallet.changes = {"chainId": 2}
    with pytest.raises(SignatureMismatch, match="another chain"):
        Account.of(wallet).sign_transaction(fields)


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "0x" + "22" * 20},
        {"value": 7},
        {"nonce": 99},
        {"maxFeePerGas": 10**12},
        {"data": b""},
        {"chainId": 1},
        {"gas": 10**6},
        {"accessList": [{"address": "0x" + "22" * 20, "storageKeys": []}]},
    ],
)
def test_a_wallet_that_signs_another_transaction_is_found_out(
    tester: Chain, changes: dict[str, Any]
) -> None:
    wallet = Wallet()
    wallet.changes = changes
    before = tester.sender.posted
    with pytest.raises(SignatureMismatch):
        wrote(tester, wallet)
    assert tester.sender.posted == before
    wallet.changes = {}
    assert wrote(tester, wallet)  # the nonce is free again


def test_a_wallet_that_signs_another_act_or_with_another_key_is_found_out(tester: Chain) -> None:
    wallet = Wallet()
    wallet.changes = {"name": "Another"}
    act = {"identity": PAYER.identity, "newOwner": PAYER.identity, "nonce": 0}
    registry = tester.contract("IdentityRegistry")
    with pytest.raises(SignatureMismatch):
        registry.authorize(Account.of(wallet), "ChangeOwner", act, 2**40)
    wallet.changes, wallet._local = {}, EthAccount.create()
    with pytest.raises(SignatureMismatch):
        registry.authorize(Account.of(wallet), "ChangeOwner", act, 2**40)
    with pytest.raises(SignatureMismatch):
        wrote(tester, wallet)


def test_who_declines_to_sign_is_told_what_to_do(tester: Chain) -> None:
    ape = Ape()
    ape.agrees = False
    with pytest.raises(CredentialError, match="did not sign"):
        wrote(tester, ape)


def test_a_wallet_s_failure_shows_nothing_of_its_text(tester: Chain) -> None:
    wallet = Wallet()

    def fails(_: Any) -> Any:
        raise RuntimeError(f"key {KEY.hex()} is broken")

    wallet.sign_transaction = fails  # type: ignore[method-assign]
    with pytest.raises(CredentialError, match="could not sign") as caught:
        wrote(tester, wallet)
    assert KEY.hex() not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_held_elsewhere_is_not_written_to_a_file(tmp_path: Any) -> None:
    with pytest.raises(CredentialError, match="held elsewhere"):
        Account.of(Wallet()).to_keystore(tmp_path / "key.json", "secret words")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("account", [None, "0x" + "11" * 32, KEY, 5, object(), EthAccount, Wallet])
def test_what_is_no_account_is_refused(tester: Chain, account: Any) -> None:
    with pytest.raises(InputError, match="an account must be"):
        wrote(tester, account)
