"""What is hashed here of a typed message is what eth_account hashes, or left to it."""

from __future__ import annotations

import sys

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_typed_data
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from salus.chain.abi.eip712_hashing import DOMAIN, plain_encoded
from salus.chain.errors import SignatureMismatch
from salus.chain.signing import verifying
from salus.chain.signing.verifying import recover

ADDRESS = st.binary(min_size=20, max_size=20).map(to_checksum_address)
VALUES = {
    "address": ADDRESS,
    "uint256": st.integers(0, 2**256 - 1),
    "uint40": st.integers(0, 2**40 - 1),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bool": st.booleans(),
    "bytes": st.binary(max_size=80),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
}
KINDS = st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=7)
NAMED = [{"name": name, "type": kind} for name, kind in DOMAIN]


def typed(kinds, values, domain):
    members = [{"name": f"m{place}", "type": kind} for place, kind in enumerate(kinds)]
    return {
        "types": {"EIP712Domain": NAMED, "Act": members},
        "primaryType": "Act",
        "domain": dict(zip([name for name, _ in DOMAIN], domain, strict=True)),
        "message": {f"m{place}": value for place, value in enumerate(values)},
    }


def theirs(message):
    signable = encode_typed_data(full_message=message)
    return b"\x19" + signable.version + signable.header + signable.body


@given(data=st.data(), kinds=KINDS, who=ADDRESS, chain=st.integers(1, 2**53))
def test_plain_messages_are_hashed_as_eth_account_hashes_them(data, kinds, who, chain):
    values = [data.draw(VALUES[kind]) for kind in kinds]
    message = typed(kinds, values, ("ConsentRegistry", "1", chain, who))
    assert plain_encoded(message) == theirs(message)


GOOD = typed(["address", "uint40"], ["0x" + "11" * 20, 5], ("A", "1", 7, "0x" + "11" * 20))


@pytest.mark.parametrize(
    "odd",
    [
        {"message": {"m0": "0x" + "11" * 20, "m1": 2**40}},
        {"message": {"m0": "0x" + "11" * 20, "m1": True}},
        {"message": {"m0": "0x" + "11" * 20, "m1": "5"}},
        {"message": {"m0": "0x" + "aB" * 20, "m1": 5}},
        {"message": {"m0": bytes(20), "m1": 5}},
        {"message": {"m0": "0x" + "11" * 20}},
        {"message": {"m0": "0x" + "11" * 20, "m1": 5, "m2": 5}},
        {"domain": {"name": "A", "version": "1", "chainId": 7}},
        {"domain": {**GOOD["domain"], "chainId": True}},
        {"domain": {**GOOD["domain"], "salt": bytes(32)}},
        {"primaryType": "Other"},
        {"types": {**GOOD["types"], "Inner": []}},
        {"types": {"EIP712Domain": NAMED[:2], "Act": GOOD["types"]["Act"]}},
        {"types": {"EIP712Domain": NAMED, "Act": [{"name": "m0", "type": "uint8[]"}]}},
    ],
    ids=str,
)
def test_what_is_not_plain_is_left_to_eth_account(odd):
    assert plain_encoded(GOOD) is not None
    assert plain_encoded({**GOOD, **odd}) is None


def test_keys_are_recovered_the_same_without_the_library_in_c(monkeypatch):
    account, digest = EthAccount.from_key(bytes([7]) * 32), bytes([5]) * 32
    signature = bytes(account.unsafe_sign_hash(digest).signature)
    bad = [
        (digest, bytes(64) + b"\x1b"),
        (bytes(31), signature),
        (digest, b"\xff" * 32 + signature[32:]),
    ]
    for library in ("here", None):
        if library is None:
            monkeypatch.setitem(sys.modules, "coincurve", None)
        verifying._recovery.cache_clear()
        assert recover(digest, signature) == account.address
        for message, wrong in bad:
            with pytest.raises(SignatureMismatch):
                recover(message, wrong)
    verifying._recovery.cache_clear()
