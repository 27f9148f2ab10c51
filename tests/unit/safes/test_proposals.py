"""The document that travels between a Safe's owners: one spelling, and nothing else is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salus.chain import Account
from salus.safes import SafeProposal
from salus.safes.errors import MalformedSafeProposal
from salus.safes.proposals import OwnerSignature
from salus_verify.encoding import canonical

SAFE, TO = "0x" + "11" * 20, "0x" + "22" * 20
OWNER = Account.from_key(bytes([7]) * 32)


def signed() -> SafeProposal:
    proposal = SafeProposal(31337, SAFE, 4, TO, 5, bytes([1, 2, 3]))
    made = OWNER.sign_typed_data(proposal.typed())
    return proposal.with_signature(OwnerSignature(OWNER.address, made))


def test_a_proposal_is_read_as_it_was_written() -> None:
    for proposal in (signed(), SafeProposal(1, SAFE, 0, TO, 2**256 - 1, b"")):
        assert SafeProposal.from_bytes(proposal.to_bytes()) == proposal


def test_the_digest_is_the_safe_s_own() -> None:
    """Computed by hand from the type hashes in Safe 1.4.1."""
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    domain = bytes.fromhex("47e79534a245952e8b16893a336b85a3d9ea9fa8c573f3d803afb92a79469218")
    act = bytes.fromhex("bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8")
    nobody, kinds = "0x" + "00" * 20, ["bytes32", "address", "uint256", "bytes32", "uint8"]
    fields = [act, TO, 5, keccak(bytes([1, 2, 3])), 0, 0, 0, 0, nobody, nobody, 4]
    kinds += ["uint256"] * 3 + ["address"] * 2 + ["uint256"]
    where = keccak(encode(["bytes32", "uint256", "address"], [domain, 31337, SAFE]))
    assert signed().digest == keccak(b"\x19\x01" + where + keccak(encode(kinds, fields)))


def test_an_owner_has_one_signature() -> None:
    once = signed()
    again = once.with_signature(OwnerSignature(OWNER.address, bytes(65)))
    assert [each.signature for each in again.signatures] == [bytes(65)]


def test_signatures_lie_in_the_order_of_their_owners() -> None:
    proposal = signed()
    for owner in ("0x" + "ff" * 20, "0x" + "01" * 20):
        proposal = proposal.with_signature(OwnerSignature(owner, bytes(65)))
    owners = [each.owner.lower() for each in proposal.signatures]
    assert owners == sorted(owners)
    assert SafeProposal.from_bytes(proposal.to_bytes()) == proposal


SIGNATURE = {"owner": SAFE, "signature": "A" * 87, "by": "key"}


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "salus/safe-proposal/v2"},
        {"chainId": 0},
        {"safe": "0x1234"},
        {"nonce": -1},
        {"nonce": "4"},
        {"to": None},
        {"value": 5},
        {"value": "05"},
        {"value": "-1"},
        {"value": str(2**256)},
        {"data": "AQ=="},
        {"operation": 1},
        {"signatures": [SIGNATURE, SIGNATURE]},
        {"signatures": [{**SIGNATURE, "by": "nobody"}]},
        {"signatures": [{**SIGNATURE, "more": 1}]},
        {"signatures": [{**SIGNATURE, "signature": "AA"}]},
        {"signatures": {}},
    ],
    ids=str,
)
def test_what_is_no_proposal_is_refused(changes: dict[str, Any]) -> None:
    document = {**json.loads(signed().to_bytes()), **changes}
    with pytest.raises(MalformedSafeProposal):
        SafeProposal.from_bytes(canonical(document))


@pytest.mark.parametrize("member", sorted(json.loads(signed().to_bytes())))
def test_each_member_must_be_there(member: str) -> None:
    document = json.loads(signed().to_bytes())
    del document[member]
    with pytest.raises(MalformedSafeProposal):
        SafeProposal.from_bytes(canonical(document))


def test_a_call_too_long_for_any_transaction_is_refused() -> None:
    with pytest.raises(MalformedSafeProposal, match="longer than"):
        SafeProposal.from_bytes(SafeProposal(1, SAFE, 0, TO, 0, bytes(2**17 + 1)).to_bytes())
