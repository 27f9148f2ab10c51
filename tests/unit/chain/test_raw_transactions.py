"""Transactions that are written here are those that eth_account writes, byte for byte."""

import sys
from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from salus.chain.errors import SignatureMismatch
from salus.chain.signing.key_holders import ForeignKey, LocalKey
from salus.chain.signing.raw_transactions import signed, signing
from salus.chain.signing.verifying import HALF_ORDER
from salus.errors import CredentialError, InputError

KEY = bytes([7]) * 32
WORD = 2**256 - 1
CONTENT = st.fixed_dictionaries(
    {
        "to": st.binary(min_size=20, max_size=20).map(to_checksum_address),
        "data": st.binary(max_size=80),
        "value": st.integers(0, WORD),
        "nonce": st.integers(0, 2**64 - 2),
        "gas": st.integers(21_000, 2**24),
        "chainId": st.integers(1, 2**53),
    }
)
DYNAMIC = st.fixed_dictionaries(
    {
        "type": st.just(2),
        "maxFeePerGas": st.integers(0, WORD),
        "maxPriorityFeePerGas": st.integers(0, WORD),
    }
)
LEGACY = st.fixed_dictionaries({"gasPrice": st.integers(0, WORD)})


@given(content=CONTENT, price=DYNAMIC | LEGACY)
def test_bytes_are_those_of_eth_account(content, price):
    fields = {**content, **price}
    expected = EthAccount.from_key(KEY).sign_transaction(fields).raw_transaction
    assert signed(fields, signing(KEY)) == bytes(expected)


def test_a_key_signs_the_same_without_the_library_in_c(monkeypatch):
    digests = [bytes([i]) * 32 for i in range(8)]
    fast = [signing(KEY)(each) for each in digests]
    monkeypatch.setitem(sys.modules, "coincurve", None)
    assert [signing(KEY)(each) for each in digests] == fast


@pytest.mark.parametrize("secret", [bytes(32), b"\xff" * 32])
def test_what_is_no_key_signs_nothing(secret):
    with pytest.raises(Exception, match=r".+"):
        signing(secret)(bytes(32))


CHECKSUMMED = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PLAIN = {"to": CHECKSUMMED, "data": b"", "value": 1, "nonce": 0, "gas": 90_000, "chainId": 5}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"gasPrice": 5, "to": b""}, id="creation"),
        pytest.param({"gasPrice": 5, "accessList": []}, id="access list"),
        pytest.param({"gasPrice": "0x5"}, id="hexadecimal"),
        pytest.param({"gasPrice": 5, "data": "0x0102"}, id="data as text"),
        pytest.param(
            {"maxFeePerGas": 5, "maxPriorityFeePerGas": 1, "accessList": [], "type": 2},
            id="access list of type 2",
        ),
        pytest.param(
            {"maxFeePerGas": 5, "maxPriorityFeePerGas": 1, "type": "0x2"}, id="type as text"
        ),
    ],
)
def test_what_is_not_plain_is_signed_as_eth_account_signs(more: dict[str, Any]) -> None:
    account = EthAccount.from_key(KEY)
    fields = PLAIN | more
    made = bytes(account.sign_transaction(dict(fields)).raw_transaction)
    assert LocalKey(account).sign_transaction(fields) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "0x" + "11" * 19},
        {"value": -1},
        {"nonce": None},
        {"colour": 1},
        {"gasPrice": 5, "maxFeePerGas": 5},
        {"type": 9},
    ],
    ids=str,
)
def test_fields_that_nobody_signs_are_refused(wrong: dict[str, Any]) -> None:
    account = EthAccount.from_key(KEY)
    with pytest.raises(InputError, match="not those of a transaction"):
        LocalKey(account).sign_transaction(PLAIN | {"gasPrice": 5} | wrong)


class Changing:
    """Somebody else's signer, which changes what it is given and signs that."""

    def __init__(self) -> None:
        self._account = EthAccount.from_key(KEY)
        self.address = self._account.address

    def sign_transaction(self, fields: dict[str, Any]) -> Any:
        fields["to"] = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
        return self._account.sign_transaction(fields)

    def sign_typed_data(self, *, full_message: dict[str, Any]) -> Any:
        full_message["message"]["amount"] = 9
        return self._account.sign_typed_data(full_message=full_message)


def test_a_signer_that_changes_what_it_signs_is_not_believed() -> None:
    with pytest.raises(SignatureMismatch, match="another to"):
        ForeignKey(Changing()).sign_transaction(PLAIN | {"gasPrice": 5})
    typed = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Act": [{"name": "amount", "type": "uint256"}],
        },
        "primaryType": "Act",
        "domain": {"name": "test"},
        "message": {"amount": 1},
    }
    with pytest.raises(SignatureMismatch, match="another key's or message's"):
        ForeignKey(Changing()).sign_typed_data(typed)


@pytest.mark.parametrize(
    "more", [{"accessList": [{"address": CHECKSUMMED, "storageKeys": []}]}, {"from": CHECKSUMMED}]
)
def test_what_cannot_be_compared_is_not_given_to_a_foreign_signer(more: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="plain transactions alone"):
        ForeignKey(Changing()).sign_transaction(PLAIN | {"gasPrice": 5} | more)
    with pytest.raises(InputError, match="plain transactions alone"):
        ForeignKey(Changing()).sign_transaction({"to": CHECKSUMMED, "gasPrice": 5})


class Answering:
    """Somebody else's signer that answers what it was made with."""

    address = EthAccount.from_key(KEY).address

    def __init__(self, answer: object) -> None:
        self._answer = answer

    def sign_transaction(self, fields: dict[str, Any]) -> object:
        return self._answer

    def sign_typed_data(self, *, full_message: dict[str, Any]) -> object:
        return self._answer


@pytest.mark.parametrize("answer", [7, [1], "zz", object()], ids=["int", "list", "text", "object"])
def test_an_answer_that_is_not_bytes_is_named(answer: object) -> None:
    with pytest.raises(CredentialError, match="gave no signature"):
        ForeignKey(Answering(answer)).sign_transaction(PLAIN | {"gasPrice": 5})


def test_the_second_spelling_of_a_signature_is_refused() -> None:
    def high(digest: bytes) -> tuple[int, int, int]:
        v, r, s = signing(KEY)(digest)
        return 1 - v, r, 2 * HALF_ORDER + 1 - s

    fields = PLAIN | {"gasPrice": 5}
    with pytest.raises(SignatureMismatch, match="made no transaction"):
        ForeignKey(Answering(signed(fields, high))).sign_transaction(fields)
    made = signed(fields, signing(KEY))
    assert ForeignKey(Answering(made)).sign_transaction(fields) == made
