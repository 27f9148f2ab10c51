"""Writes assertions.json: a passkey hands its identity over, signed by two kinds of authenticators.

Under ``refused`` are assertions of the same key that nobody may take, each wrong in one way.

It shares no code with salus.chain, so that the vectors judge it. Signatures are deterministic
(RFC 6979), so that the same script gives the same file. Keys are small numbers: worth nothing.

Run: python tests/vectors/webauthn/make.py
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from eth_abi import encode
from eth_utils import keccak

HERE = Path(__file__).parent
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5
CHAIN_ID = 31337
REGISTRY = "0x1000000000000000000000000000000000000001"
VERIFIER = "0x1000000000000000000000000000000000000002"
NEW_OWNER = "0x1000000000000000000000000000000000000003"
NONCE, DEADLINE = 0, 4_102_444_800  # 2100-01-01
RELYING_PARTY, ORIGIN = "salus.example", "https://salus.example"

# Flags (Web Authentication level 2, section 6.1, and level 3 for backups): user present 0x01,
# user verified 0x04, backup eligible 0x08, backed up 0x10.
KINDS = {
    "securityKey": {"scalar": 41, "flags": 0x05, "counter": 41},
    "syncedPasskey": {"scalar": 42, "flags": 0x1D, "counter": 0},
}
# Each is a good assertion of the security key but for what is named here.
REFUSED = {
    "nobodyPresent": {"flags": 0x04},
    "nobodyVerified": {"flags": 0x01},
    "backedUpThoughNotEligible": {"flags": 0x15},
    "noCounter": {"cut": 1},
    "registration": {"kind": "webauthn.create"},
    "anotherChallenge": {"challenge": bytes(32)},
    "anotherKey": {"signing_scalar": 43},
    "anotherOrigin": {"shown_origin": "https://salus.invalid"},
}


def word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def account(address: str) -> bytes:
    return bytes(12) + bytes.fromhex(address[2:])


def text(value: bytes) -> str:
    return "0x" + value.hex()


def digest(identity: bytes) -> bytes:
    """EIP-712, of ChangeOwner for the identity registry."""
    domain_type = (
        b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    )
    act_type = b"ChangeOwner(address identity,address newOwner,uint256 nonce,uint256 deadline)"
    name, version = keccak(b"IdentityRegistry"), keccak(b"1")
    domain = keccak(keccak(domain_type) + name + version + word(CHAIN_ID) + account(REGISTRY))
    act = bytes(12) + identity + account(NEW_OWNER) + word(NONCE) + word(DEADLINE)
    return keccak(b"\x19\x01" + domain + keccak(keccak(act_type) + act))


def client_data(challenge: bytes, kind: str) -> bytes:
    """Section 5.8.1.1: this order of members, no white space."""
    encoded = urlsafe_b64encode(challenge).rstrip(b"=").decode()
    members = f'"type":"{kind}","challenge":"{encoded}","origin":"{ORIGIN}","crossOrigin":false'
    return ("{" + members + "}").encode()


def assertion(
    scalar: int,
    flags: int,
    counter: int,
    *,
    cut: int = 0,
    kind: str = "webauthn.get",
    challenge: bytes | None = None,
    signing_scalar: int | None = None,
    shown_origin: str = ORIGIN,
) -> dict[str, str]:
    """Section 6.3.3: the signature is over the authenticator data and the client data's SHA-256.

    What follows the counter makes it wrong: bytes cut off the authenticator data, another type or
    challenge in the client data, another key that signs, an origin changed after signing.
    """
    point = ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_numbers()
    key = ec.derive_private_key(signing_scalar or scalar, ec.SECP256R1())
    signer = bytes.fromhex(VERIFIER[2:]) + word(point.x) + word(point.y)
    identity = keccak(signer)[12:]
    wanted = digest(identity)
    authenticator = (
        sha256(RELYING_PARTY.encode()).digest() + bytes([flags]) + counter.to_bytes(4, "big")
    )
    authenticator = authenticator[: len(authenticator) - cut]
    client = client_data(wanted if challenge is None else challenge, kind)
    algorithm = ec.ECDSA(SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(authenticator + sha256(client).digest(), algorithm))
    client = client.replace(ORIGIN.encode(), shown_origin.encode())
    low_s = min(s, ORDER - s)
    types = ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"]
    places = [client.index(b'"challenge"'), client.index(b'"type"')]
    values = [word(r), word(low_s), *places, authenticator, client.decode()]
    return {
        "signer": text(signer),
        "identity": text(identity),
        "challenge": text(wanted),
        "authenticatorData": text(authenticator),
        "clientDataJSON": client.decode(),
        "r": text(word(r)),
        "s": text(word(low_s)),
        "signature": text(encode(types, values)),
    }


def main() -> None:
    content = {
        "act": {
            "chainId": CHAIN_ID,
            "registry": REGISTRY,
            "verifier": VERIFIER,
            "newOwner": NEW_OWNER,
            "nonce": NONCE,
            "deadline": DEADLINE,
        },
        **{kind: assertion(**inputs) for kind, inputs in KINDS.items()},
        "refused": {
            name: assertion(**{**KINDS["securityKey"], **wrong}) for name, wrong in REFUSED.items()
        },
    }
    (HERE / "assertions.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
