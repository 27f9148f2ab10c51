"""What the Ethereum Attestation Service costs: its published contracts, a schema without resolver.

Example:
    $ python -m benchmarks.gas --json
"""

from __future__ import annotations

from typing import Any

from benchmarks.gas.chain import FAR, LocalChain, signer
from benchmarks.gas.peers import Peer
from eth_utils.crypto import keccak

MANY = 100
ZERO = "0x" + "00" * 20
_ATTEST = [
    ("attester", "address"),
    ("schema", "bytes32"),
    ("recipient", "address"),
    ("expirationTime", "uint64"),
    ("revocable", "bool"),
    ("refUID", "bytes32"),
    ("data", "bytes"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint64"),
]


def measure_eas(chain: LocalChain, peer: Peer) -> dict[str, int]:
    """Measure attestations of 32 bytes, revocations and time stamps.

    Args:
        chain: Where.
        peer: The package.

    Returns:
        Gas by act; of acts on many, a share of one.
    """
    folder = "artifacts/contracts"
    schemas = chain.deploy(*peer.contract(f"{folder}/SchemaRegistry.sol/SchemaRegistry.json"))
    eas = chain.deploy(*peer.contract(f"{folder}/EAS.sol/EAS.json"), schemas.address)
    attester, recipient, relayer = chain.accounts[1:4]
    chain.gas(schemas.functions.register("bytes32 digest", ZERO, True), attester)
    schema = schemas.events.Registered().get_logs(from_block=0)[0]["args"]["uid"]
    act = eas.functions
    costs = {"attest": chain.gas(act.attest((schema, _data(recipient, 0))), attester)}
    uid = eas.events.Attested().get_logs(from_block="latest")[0]["args"]["uid"]
    many = [_data(recipient, index) for index in range(1, MANY + 1)]
    costs["multiAttest"] = chain.gas(act.multiAttest([(schema, many)]), attester) // MANY
    costs["attestByDelegation"] = _delegated(chain, eas, schema, relayer)
    costs["revoke"] = chain.gas(act.revoke((schema, (uid, 0))), attester)
    costs["revokeOffchain"] = chain.gas(act.revokeOffchain(keccak(text="off chain")), attester)
    costs["timestamp"] = chain.gas(act.timestamp(keccak(text="stamp")), attester)
    stamps = [keccak(text=f"stamp {index}") for index in range(MANY)]
    costs["multiTimestamp"] = chain.gas(act.multiTimestamp(stamps), attester) // MANY
    return costs


def _data(recipient: str, index: int) -> tuple[str, int, bool, bytes, bytes, int]:
    return recipient, 0, True, b"\0" * 32, keccak(text=f"attested {index}"), 0


def _delegated(chain: LocalChain, eas: Any, schema: bytes, relayer: str) -> int:
    attester = signer("attester")
    data = _data(chain.accounts[2], -1)
    recipient, expiration, revocable, reference, payload, value = data
    domain = {
        "name": eas.functions.getName().call(),
        "version": eas.functions.version().call(),
        "chainId": chain.web3.eth.chain_id,
        "verifyingContract": eas.address,
    }
    message = {
        "attester": attester.address,
        "schema": schema,
        "recipient": recipient,
        "expirationTime": expiration,
        "revocable": revocable,
        "refUID": reference,
        "data": payload,
        "value": value,
        "nonce": 0,
        "deadline": FAR,
    }
    types = {"Attest": [{"name": name, "type": of} for name, of in _ATTEST]}
    signed = attester.sign_typed_data(domain, types, message)
    signature = (signed.v, signed.r.to_bytes(32), signed.s.to_bytes(32))
    request = (schema, data, signature, attester.address, FAR)
    return chain.gas(eas.functions.attestByDelegation(request), relayer)
