"""What the ERC-1056 reference registry and OnchainID cost: their published contracts.

Example:
    $ python -m benchmarks.gas --json
"""

from __future__ import annotations

from typing import Any

from benchmarks.gas.chain import LocalChain, signer
from benchmarks.gas.peers import Peer
from eth_abi.abi import encode
from eth_account.messages import encode_defunct
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak

YEAR = 365 * 86_400
CLAIM, ECDSA = 3, 1


def measure_erc1056(chain: LocalChain, peer: Peer) -> dict[str, int]:
    """Measure changes of owner, attributes and delegates.

    Args:
        chain: Where.
        peer: The package.

    Returns:
        Gas by act; `_first` of an identity that was never touched.
    """
    path = "artifacts/contracts/EthereumDIDRegistry.sol/EthereumDIDRegistry.json"
    registry = chain.deploy(*peer.contract(path))
    act, (patient, carer, other, relayer) = registry.functions, chain.accounts[1:5]
    name, value = b"did/svc/Inbox".ljust(32, b"\0"), keccak(text="key")
    return {
        "changeOwner_first": chain.gas(act.changeOwner(patient, carer), patient),
        "changeOwner": chain.gas(act.changeOwner(patient, other), carer),
        "setAttribute_first": chain.gas(act.setAttribute(carer, name, value, YEAR), carer),
        "setAttribute": chain.gas(act.setAttribute(carer, name[::-1], value, YEAR), carer),
        "addDelegate_first": chain.gas(act.addDelegate(relayer, name, carer, YEAR), relayer),
        "addDelegate": chain.gas(act.addDelegate(relayer, name[::-1], carer, YEAR), relayer),
        "changeOwnerSigned": _change_signed(chain, registry, carer, relayer),
    }


def _change_signed(chain: LocalChain, registry: Any, new_owner: str, relayer: str) -> int:
    owner = signer("owner")
    digest = keccak(
        b"\x19\x00"
        + bytes.fromhex(registry.address[2:])
        + (0).to_bytes(32)
        + bytes.fromhex(owner.address[2:])
        + b"changeOwner"
        + bytes.fromhex(new_owner[2:])
    )
    made = PrivateKey(owner.key).sign_msg_hash(digest)
    v, r, s = made.v + 27, made.r.to_bytes(32), made.s.to_bytes(32)
    act = registry.functions.changeOwnerSigned(owner.address, v, r, s, new_owner)
    return chain.gas(act, relayer)


def measure_onchainid(chain: LocalChain, peer: Peer) -> dict[str, int]:
    """Measure an identity as a proxy, a key of it, and a claim of an issuer about it.

    Args:
        chain: Where.
        peer: The package.

    Returns:
        Gas by act.
    """
    folder = "artifacts/contracts"
    abi, code = peer.contract(f"{folder}/Identity.sol/Identity.json")
    owner, issuer = chain.accounts[5], signer("claim issuer")
    library = chain.deploy(abi, code, owner, True)
    authority = chain.deploy(
        *peer.contract(f"{folder}/proxy/ImplementationAuthority.sol/ImplementationAuthority.json"),
        library.address,
    )
    proxy = chain.deploy(
        *peer.contract(f"{folder}/proxy/IdentityProxy.sol/IdentityProxy.json"),
        authority.address,
        owner,
    )
    claims = chain.deploy(
        *peer.contract(f"{folder}/ClaimIssuer.sol/ClaimIssuer.json"), issuer.address
    )
    act = chain.web3.eth.contract(address=proxy.address, abi=abi).functions
    key = keccak(encode(["address"], [chain.accounts[6]]))
    data, topic = keccak(text="evidence"), 1
    claimed = keccak(encode(["address", "uint256", "bytes"], [proxy.address, topic, data]))
    signature = bytes(issuer.sign_message(encode_defunct(claimed)).signature)

    def claim_of(who: str) -> int:
        return chain.gas(act.addClaim(topic, ECDSA, who, signature, data, ""), owner)

    return {
        "proxy": proxy.deployment_gas,
        "addKey": chain.gas(act.addKey(key, CLAIM, ECDSA), owner),
        "addClaim": claim_of(claims.address),
        "addClaim_own": claim_of(proxy.address),
    }
