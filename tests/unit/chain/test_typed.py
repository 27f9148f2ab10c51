"""What people sign is what the contracts hash."""

import re

import pytest
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from salus.chain.abi.eip712 import ENCODINGS, digest, typed_data, types
from salus.chain.errors import ArgumentsInvalid

_HASHED = re.compile(r'keccak256\(\s*((?:"[^"]*"\s*)+)\)')
_EVERY = [(name, each) for name, encodings in ENCODINGS.items() for each in encodings]
ACTS = [each.split("(")[0] for _, each in _EVERY]


def domain(contract):
    return {
        "name": contract,
        "version": "1",
        "chainId": 31337,
        "verifyingContract": "0x" + "11" * 20,
    }


@pytest.fixture(scope="module")
def hashed(root):
    """Every string that the contracts' sources hash for a type."""
    sources = (path.read_text() for path in sorted((root / "contracts").rglob("*.sol")))
    found = (match for source in sources for match in _HASHED.findall(source))
    joined = ("".join(re.findall(r'"([^"]*)"', each)) for each in found)
    return {each for each in joined if "(" in each}


@pytest.mark.parametrize(("contract", "encoding"), _EVERY, ids=ACTS)
def test_the_contracts_hash_the_same_type(hashed, contract, encoding):
    assert encoding in hashed


def test_no_signed_act_of_the_contracts_is_missing(hashed):
    acts = {each.split("(")[0] for each in hashed if "uint256 deadline)" in each}
    assert acts == set(ACTS)


@pytest.mark.parametrize(("contract", "encoding"), _EVERY, ids=ACTS)
def test_the_digest_is_that_of_eip_712(contract, encoding):
    """Against the encoding of the type itself, hashed by hand."""
    act = encoding.split("(")[0]
    message = sample(types(act), act)
    typed = typed_data(domain(contract), act, message)
    signable = encode_typed_data(full_message=typed)
    body = keccak(keccak(encoding.encode()) + members(types(act), act, message))
    assert signable.body == body
    assert digest(typed) == keccak(b"\x19\x01" + signable.header + body)


def sample(tables, name):
    values = {"address": "0x" + "22" * 20, "bytes32": b"\3" * 32, "bytes": b"text", "bool": True}
    found = {}
    for member in tables[name]:
        kind = member["type"].removesuffix("[]")
        value = sample(tables, kind) if kind in tables else values.get(kind, 5)
        found[member["name"]] = [value, value] if member["type"].endswith("[]") else value
    return found


def members(tables, name, message):
    return b"".join(word(tables, each["type"], message[each["name"]]) for each in tables[name])


def word(tables, kind, value):
    if kind.endswith("[]"):
        return keccak(b"".join(word(tables, kind[:-2], each) for each in value))
    if kind in tables:
        names = [kind, *sorted(reachable(tables, kind))]
        nested = "".join(f"{name}({declared(tables[name])})" for name in names)
        return keccak(keccak(nested.encode()) + members(tables, kind, value))
    if kind == "bytes":
        return keccak(value)
    if kind == "address":
        return bytes.fromhex(value[2:]).rjust(32, b"\0")
    return value if isinstance(value, bytes) else int(value).to_bytes(32, "big")


def declared(struct):
    return ",".join(f"{member['type']} {member['name']}" for member in struct)


def reachable(tables, name):
    inner = {each["type"].removesuffix("[]") for each in tables[name]} & set(tables)
    return inner.union(*(reachable(tables, each) for each in inner)) if inner else set()


def test_an_act_that_no_contract_takes_is_refused():
    with pytest.raises(ArgumentsInvalid):
        types("Steal")


def test_a_value_that_does_not_fit_is_refused():
    act = {"patient": "nobody", "consentId": bytes(32), "deadline": 1}
    with pytest.raises(ArgumentsInvalid, match="is not an address"):
        typed_data(domain("ConsentRegistry"), "RevokeConsent", act)


@pytest.mark.parametrize(
    ("act", "member", "value"),
    [
        ("RevokeConsent", "consentId", b"\1" * 31),
        ("RevokeConsent", "patient", "0x70997970c51812dc3A010C7d01b50e0d17dc79C8"),
        ("RevokeAllConsents", "epoch", "0x01"),
    ],
)
def test_nobody_signs_what_an_encoder_would_change(act, member, value):
    message = {**sample(types(act), act), member: value}
    with pytest.raises(ArgumentsInvalid, match=r"has 32 bytes|checksum"):
        typed_data(domain("ConsentRegistry"), act, message)
