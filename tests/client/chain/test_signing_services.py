"""Keys in signing services: they pay and sign as ours do, and their lies are found out."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from eth_account import Account as EthAccount
from tests.support.signing_services import Service, signing_service

import salus
from salus.chain import Account, Chain, development_account, open_account
from salus.chain.errors import SignatureMismatch
from salus.chain.node.development import development_key
from salus.chain.signing import rpc_signers
from salus.chain.signing.errors import (
    SignerAnswerMalformed,
    SignerDeclined,
    SignerLacksKey,
    SignerRefused,
    SignerTooSlow,
    SignerUnreachable,
)
from salus.chain.signing.signer_http import SignerAccess, SignerHttp
from salus.chain.signing.web3signer import Web3Signer
from salus.errors import ConfigurationInvalid

PAYER = development_account(2)
KEY = development_key(2)
OTHER = bytes([9]) * 32
KINDS = ("web3signer", "rpc", "clef")
TOKEN = "the-token-of-a-hospital"


@pytest.fixture
def service() -> Iterator[Service]:
    with signing_service(KEY) as running:
        yield running


def opened(service: Service, kind: str, **options: Any) -> Account:
    return open_account(f"{kind}+{service.url}#{PAYER.address}", **options)


def wrote(chain: Chain, account: Account) -> bool:
    registry = chain.contract("IdentityRegistry")
    sent = registry.send("setAttribute", account.identity, b"a" * 32, b"value", 60, account=account)
    return len(sent.events) == 1


def signed_act(chain: Chain, account: Account) -> tuple[bytes, int, bytes]:
    act = {"identity": PAYER.identity, "newOwner": PAYER.identity, "nonce": 2**60}
    return chain.contract("IdentityRegistry").authorize(account, "ChangeOwner", act, 2**40)


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_a_signing_service_pays_and_signs_as_ours_does(
    tester: Chain, service: Service, kind: str
) -> None:
    account = opened(service, kind)
    assert account == PAYER
    assert wrote(tester, account)
    assert signed_act(tester, account) == signed_act(tester, PAYER)


@pytest.mark.parametrize("kind", KINDS)
def test_a_legacy_transaction_is_signed_too(service: Service, kind: str) -> None:
    fields = {"to": PAYER.address, "data": b"\1", "value": 0, "nonce": 2, "gas": 30000}
    fields |= {"chainId": 1, "gasPrice": 5}
    assert opened(service, kind).sign_transaction(fields) == PAYER.sign_transaction(fields)


@pytest.mark.parametrize("kind", KINDS)
def test_the_one_key_of_a_service_needs_no_name(service: Service, kind: str) -> None:
    assert open_account(f"{kind}+{service.url}") == PAYER
    service.keys.append(OTHER)
    with pytest.raises(SignerLacksKey, match="has not exactly one key"):
        open_account(f"{kind}+{service.url}")


def test_a_key_that_the_service_does_not_hold_is_named(service: Service) -> None:
    stranger = EthAccount.from_key(OTHER).address
    with pytest.raises(SignerLacksKey, match=f"no key of {stranger}.*{PAYER.address}"):
        open_account(f"web3signer+{service.url}#{stranger}")
    account = open_account(f"rpc+{service.url}#{stranger}")
    with pytest.raises(SignerRefused, match="JSON-RPC error -32000"):
        account.sign_typed_data(TYPED)


def test_salus_connects_with_the_name_of_an_account(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with salus.connect("tester", account=f"web3signer+{service.url}") as me:
        assert me.account == PAYER
    monkeypatch.setenv("SALUS_ACCOUNT", f"clef+{service.url}#{PAYER.address}")
    with salus.connect("tester") as me:
        assert me.account == PAYER


# Lies --------------------------------------------------------------------------------------------

TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Say": [{"name": "n", "type": "uint256"}, {"name": "data", "type": "bytes"}],
    },
    "primaryType": "Say",
    "domain": {"name": "test"},
    "message": {"n": 2**200 + 1, "data": b"\1\2"},
}


@pytest.mark.parametrize("kind", ["rpc", "clef"])
@pytest.mark.parametrize(
    "changes",
    [
        {"to": "0x" + "22" * 20},
        {"value": 7},
        {"nonce": 99},
        {"maxFeePerGas": 10**12},
        {"maxPriorityFeePerGas": 0},
        {"data": "0x"},
        {"chainId": 1},
        {"gas": 10**6},
        {"accessList": [{"address": "0x" + "22" * 20, "storageKeys": []}]},
        {"gasPrice": 10**9, "maxFeePerGas": None, "maxPriorityFeePerGas": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_service_that_signs_another_transaction_is_found_out(
    tester: Chain, service: Service, kind: str, changes: dict[str, Any]
) -> None:
    account = opened(service, kind)
    service.changes, before = changes, tester.sender.posted
    with pytest.raises(SignatureMismatch):
        wrote(tester, account)
    assert tester.sender.posted == before
    service.changes = {}
    assert wrote(tester, account)  # the nonce is free again


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_signs_with_another_key_is_found_out(
    tester: Chain, service: Service, kind: str
) -> None:
    account = opened(service, kind)
    service.signs_with = OTHER
    with pytest.raises(SignatureMismatch):
        wrote(tester, account)
    with pytest.raises(SignatureMismatch):
        signed_act(tester, account)


@pytest.mark.parametrize("kind", KINDS)
def test_a_high_s_is_found_out(tester: Chain, service: Service, kind: str) -> None:
    account = opened(service, kind)
    service.high_s = True
    with pytest.raises(SignatureMismatch, match="canonical"):
        account.sign_typed_data(TYPED)
    before = tester.sender.posted
    with pytest.raises(SignatureMismatch):
        wrote(tester, account)
    assert tester.sender.posted == before


@pytest.mark.parametrize("kind", ["rpc", "clef"])
def test_a_message_of_another_contract_is_found_out(
    tester: Chain, service: Service, kind: str
) -> None:
    account = opened(service, kind)
    for change in ({"name": "Another"}, {"chainId": 1}, {"verifyingContract": "0x" + "22" * 20}):
        service.changes = change
        with pytest.raises(SignatureMismatch):
            signed_act(tester, account)


@pytest.mark.parametrize("kind", KINDS)
def test_large_numbers_and_bytes_arrive_as_they_are(service: Service, kind: str) -> None:
    assert opened(service, kind).sign_typed_data(TYPED) == PAYER.sign_typed_data(TYPED)


# Failures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, SignerRefused),
        (401, SignerRefused),
        (404, SignerRefused),
        (429, SignerUnreachable),
        (500, SignerUnreachable),
        (503, SignerUnreachable),
    ],
)
def test_what_http_says_is_named_and_its_text_is_not_repeated(
    tester: Chain, service: Service, kind: str, status: int, error: type[Exception]
) -> None:
    account = opened(service, kind)
    service.status = status
    with pytest.raises(error, match=f"HTTP {status}") as caught:
        wrote(tester, account)
    assert type(caught.value) is error
    assert "abcdef" not in str(caught.value)
    service.status = 200
    assert wrote(tester, account)


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_is_not_followed(service: Service, kind: str) -> None:
    account = opened(service, kind)
    service.status, service.location = 307, f"{service.url}/elsewhere"
    with pytest.raises(SignerRefused, match="redirects to"):
        account.sign_typed_data(TYPED)
    assert not [path for path, _, _ in service.seen if "elsewhere" in path]


@pytest.mark.parametrize(
    ("kind", "body"),
    [("web3signer", text) for text in ("", "0x12", "[]", "0x" + "zz" * 65, "0x" + "11" * 66)]
    + [(kind, text) for kind in ("rpc", "clef") for text in ("", "[]", "null", '{"id": 0}')],
)
def test_an_answer_that_is_none_is_named(service: Service, kind: str, body: str) -> None:
    account = opened(service, kind)
    service.body = body
    with pytest.raises(SignerAnswerMalformed):
        account.sign_typed_data(TYPED)


def test_an_answer_without_end_is_not_read(service: Service) -> None:
    account = opened(service, "web3signer")
    service.body = "0" * (2**20 + 1)
    with pytest.raises(SignerAnswerMalformed, match="longer than"):
        account.sign_typed_data(TYPED)


def test_who_says_no_at_clef_is_named(tester: Chain, service: Service) -> None:
    account = opened(service, "clef")
    service.denies, before = True, tester.sender.posted
    with pytest.raises(SignerDeclined, match="did not agree"):
        wrote(tester, account)
    assert tester.sender.posted == before
    service.denies = False
    assert wrote(tester, account)


def test_a_service_that_does_not_answer_in_time_is_named(service: Service) -> None:
    held = Account.of(Web3Signer(SignerHttp(service.url, timeout=0.3)))
    service.waits = 1.5
    with pytest.raises(SignerTooSlow, match="no answer within"):
        held.sign_typed_data(TYPED)
    assert rpc_signers.CLEF.timeout > rpc_signers.ETH.timeout  # a person reads


def test_a_service_that_is_not_there_is_named() -> None:
    with pytest.raises(SignerUnreachable, match="connection refused"):
        open_account("web3signer+http://127.0.0.1:1")


# Secrets -----------------------------------------------------------------------------------------


def test_a_token_goes_along_and_is_shown_nowhere(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access = SignerAccess(token=TOKEN)
    account = opened(service, "rpc", access=access)
    service.status = 403
    with pytest.raises(SignerRefused) as caught:
        account.sign_typed_data(TYPED)
    assert service.seen[-1][1]["Authorization"] == f"Bearer {TOKEN}"
    shown = "".join(traceback.format_exception(caught.value)) + repr([account, access])
    assert TOKEN not in shown + caplog.text
    with pytest.raises(TypeError):
        pickle.dumps(access)


def test_credentials_in_the_url_go_along_and_are_shown_nowhere(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    where = service.url.replace("http://", "http://hospital:a-long-secret@")
    account = open_account(f"rpc+{where}/tenant-7431/#{PAYER.address}")
    service.status = 500
    with pytest.raises(SignerUnreachable) as caught:
        account.sign_typed_data(TYPED)
    assert service.seen[-1][1]["Authorization"].startswith("Basic ")
    shown = "".join(traceback.format_exception(caught.value)) + repr(account) + caplog.text
    assert "a-long-secret" not in shown
    assert "tenant-7431" not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_a_query_stays_there(service: Service, kind: str) -> None:
    account = open_account(f"{kind}+{service.url}/?key=secret-of-ours#{PAYER.address}")
    assert account.sign_typed_data(TYPED) == PAYER.sign_typed_data(TYPED)
    assert service.seen[-1][0].endswith("?key=secret-of-ours")


def test_another_machine_is_asked_with_tls_alone() -> None:
    with pytest.raises(ConfigurationInvalid, match="without TLS"):
        open_account("web3signer+http://signer.example:9000")


@pytest.mark.parametrize("member", ["authority", "certificate"])
def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path: Any, member: str) -> None:
    access = SignerAccess(**{member: str(tmp_path / "none.pem")})
    with pytest.raises(ConfigurationInvalid, match=r"SALUS_SIGNER_.*none\.pem"):
        open_account("rpc+https://signer.example", access=access)


NAMELESS = "keystore: kms: web3signer+ftp://x clef rpc+https:// rpc+https://signer.example#0x12"


@pytest.mark.parametrize(
    "name", ["", "hospital.json", "web3signer+https://a b#0x" + "11" * 20, *NAMELESS.split()]
)
def test_what_names_no_account_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="SALUS_ACCOUNT"):
        open_account(name)
