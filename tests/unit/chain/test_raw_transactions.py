"""Transactions that are written here are those that eth_account writes, byte for byte."""

import sys

import pytest
from eth_account import Account as EthAccount
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from salus.chain.signing.raw_transactions import signed, signing

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
