"""Writes published.json: assertions that others published, in the form that the contracts take.

Of two sources (see README.md). The standard's own vectors are derived here by the rule that it
states, which gives the published figures to the last bit: every random value is HKDF-SHA-256 of
one seed, signatures are deterministic (RFC 6979). Those of devices cannot be derived: their figures
stand here as they were published.

It shares no code with salus.chain, so that the vectors judge it.

Run: python tests/vectors/webauthn/make_published.py
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from eth_abi import encode

HERE = Path(__file__).parent
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-5

STANDARD = "Web Authentication level 3, section Test Vectors"
SEED, RELYING_PARTY = b"WebAuthn test vectors", b"example.org"
EXTRA = "clientDataJSON may be extended with additional fields in the future, such as this: "
"""Put behind the other members in about half of the vectors, with a random tail."""

# By the name in the HKDF's info: the salt of the assertion's challenge, and its flags.
ES256 = {
    "none.ES256": (7, 0x19),
    "packed-self.ES256": (7, 0x09),
    "none.ES256.crossOrigin": (7, 0x05),
    "none.ES256.topOrigin": (6, 0x05),
    "none.ES256.long-credential-id": (6, 0x0D),
    "packed.ES256": (9, 0x0D),
    "tpm.ES256": (8, 0x0D),
    "android-key.ES256": (8, 0x09),
    "apple.ES256": (8, 0x09),
    "fido-u2f.ES256": (7, 0x01),
}

LIBRARY = "py_webauthn 3.0.1, tests/test_verify_authentication_response.py"
DEVICES = [
    {
        "name": "platform authenticator",
        "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFYN-Mog",
        "challenge": "6zrSRX8CxwPSXEArXyXL2tpb6rB7Star0rLVIj5rvf74mZKF5ir715Xmgz5tA_Gy"
        "HexN4oXfrQ889ArVCLaRdA",
        "clientData": '{"type":"webauthn.get","challenge":"%s",'
        '"origin":"http://localhost:5000","crossOrigin":false}',
        "signature": "MEUCIQDBqeI274exaKWGQz37g7yo1--TVcZSCcYVftZ1AnEJkQIgNw-nlx-_U9rV"
        "fFfER8oX6BlYZTuPFyGaL_wCDY23s0E",
        "x": "WbU_L4XPMU67BdtFtOv3lKIPG4HUGRmwQQnEWGq7OqQ",
        "y": "L1U1T713Jo_2muzhXvpbwRNdoAs8CYK6PflvY1MBdCI",
    },
    {
        "name": "security key",
        "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MBAAAATg",
        "challenge": "xi30GPGAFYRxVDpY1sM10DaLzVQG66nv-_7RUazH0vI2YvG8LYgDEnvN5fZZNVuv"
        "EDuMi9te3VLqb42N0fkLGA",
        "clientData": '{"challenge":"%s","clientExtensions":{},"hashAlgorithm":"SHA-256",'
        '"origin":"http://localhost:5000","type":"webauthn.get"}',
        "signature": "MEUCIGisVZOBapCWbnJJvjelIzwpixxIwkjCCb5aCHafQu68AiEA88v-2pJNNApP"
        "FwAKFiNuf82-2hBxYW5kGwVweeoxCwo",
        "x": "h4NN76A3wD7NByUehGcYVY3x6EzVvvICxrwjwoi-amU",
        "y": "4nFGT5px8o6gpPZZhO01wdy9crDSA_Ngtkx0vGpvPHI",
    },
]


def unpack(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pack(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def derived(name: str, salt: int, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=bytes([salt]), info=name.encode()).derive(SEED)


def standard_client_data(name: str, salt: int) -> str:
    """Section 5.8.1.1: this order of members, no white space."""
    crossing = name.endswith("Origin")
    client = '{"type":"webauthn.get","challenge":"' + pack(derived(name, salt, 32)) + '"'
    client += ',"origin":"https://example.org","crossOrigin":' + str(crossing).lower()
    if name.endswith("topOrigin"):
        client += ',"topOrigin":"https://example.com"'
    if derived(name, salt + 1, 1)[0] & 1:
        client += f',"extraData":"{EXTRA}{pack(derived(name, salt + 2, 16))}"'
    return client + "}"


def standard(name: str, salt: int, flags: int) -> dict[str, object]:
    """Section 6.3.3, by an authenticator without a counter."""
    key = ec.derive_private_key(int.from_bytes(derived(name, 1, 32), "big"), ec.SECP256R1())
    point = key.public_key().public_numbers()
    authenticator = sha256(RELYING_PARTY).digest() + bytes([flags]) + bytes(4)
    client = standard_client_data(name, salt)
    signed = authenticator + sha256(client.encode()).digest()
    return written(
        STANDARD,
        name,
        public_key=point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big"),
        challenge=derived(name, salt, 32),
        authenticator=authenticator,
        client=client,
        der=key.sign(signed, ec.ECDSA(SHA256(), deterministic_signing=True)),
    )


def device(figures: dict[str, str]) -> dict[str, object]:
    return written(
        LIBRARY,
        figures["name"],
        public_key=unpack(figures["x"]) + unpack(figures["y"]),
        challenge=unpack(figures["challenge"]),
        authenticator=unpack(figures["authenticatorData"]),
        client=figures["clientData"] % figures["challenge"],
        der=unpack(figures["signature"]),
    )


def written(
    source: str,
    name: str,
    *,
    public_key: bytes,
    challenge: bytes,
    authenticator: bytes,
    client: str,
    der: bytes,
) -> dict[str, object]:
    r, s = decode_dss_signature(der)
    types = ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"]
    numbers = [value.to_bytes(32, "big") for value in (r, min(s, ORDER - s))]
    places = [client.index('"challenge"'), client.index('"type"')]
    whole = encode(types, [*numbers, *places, authenticator, client])
    return {
        "source": source,
        "name": name,
        "userVerified": bool(authenticator[32] & 0x04),
        "publicKey": "0x" + public_key.hex(),
        "challenge": "0x" + challenge.hex(),
        "authenticatorData": "0x" + authenticator.hex(),
        "clientDataJSON": client,
        "der": "0x" + der.hex(),
        "signature": "0x" + whole.hex(),
    }


def main() -> None:
    content = [standard(name, *figures) for name, figures in ES256.items()]
    content += [device(figures) for figures in DEVICES]
    text = json.dumps({"assertions": content}, indent=2) + "\n"
    (HERE / "published.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
