"""Passkeys as signers: WebAuthn assertions over EIP-712 digests, checked on chain by ERC-7913.

A real authenticator is plugged in as a callable that takes the challenge and returns its
:class:`Assertion`; :class:`SoftwarePasskey` is one that lives in memory.

Example:
    >>> passkey = SoftwarePasskey.create("salus.example")
    >>> signer = PasskeySigner("0x" + "11" * 20, passkey.public_key, passkey)
    >>> len(signer.signer), signer.identity.startswith("0x")
    (84, True)
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from salus.chain.abi.eip712 import digest
from salus.chain.errors import AssertionMalformed
from salus.errors import CredentialError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed
from salus_verify import json_reader
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order of the curve P-256 (FIPS 186-5)."""
_USER_PRESENT, _USER_VERIFIED, _BACKUP_ELIGIBLE, _BACKED_UP = 0x01, 0x04, 0x08, 0x10
_RELYING_PARTY_HASH, _AUTHENTICATOR_DATA = 32, 37
"""Bytes of the first part of the authenticator data, and the fewest of all (section 6.1)."""


@dataclass(frozen=True, slots=True)
@typed
class Assertion:
    """What an authenticator answers (WebAuthn level 2, section 5.2.2).

    Attributes:
        authenticator_data: Relying party hash, flags and counter; 37 bytes or more.
        client_data_json: The client data, exactly the bytes that were signed.
        signature: ECDSA over P-256 and SHA-256, in DER.
    """

    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


Authenticator: TypeAlias = Callable[[bytes], Assertion]
"""Takes a challenge of 32 bytes, asks its user, and answers."""


class PasskeySigner:
    """A passkey as the contracts see it: a verifier's address and a P-256 public key.

    Args:
        verifier: Address of the deployed `PasskeyVerifier`.
        public_key: x and y, 64 bytes.
        authenticator: Asked for each signature.
        origin: The one site that may ask the user, as ``https://portal.example``: an assertion of
            another one, or made in a frame of another one, is refused. None asks nothing of that.
    """

    @typed_arguments
    def __init__(
        self,
        verifier: Address,
        public_key: bytes,
        authenticator: Authenticator,
        *,
        origin: str | None = None,
    ) -> None:
        key = bytes(public_key)
        if len(key) != 64:
            raise CredentialError(f"a P-256 public key is x and y, 64 bytes, not {len(key)}")
        self.verifier, self.public_key = verifier, key
        self._authenticator, self._origin = authenticator, origin

    @property
    def signer(self) -> bytes:
        """Verifier and public key: 84 bytes."""
        return octets_of(self.verifier) + self.public_key

    @property
    def identity(self) -> str:
        """The last 20 bytes of keccak256 of the signer bytes, checksummed."""
        from salus.chain.signing.verifying import signer_identity

        return signer_identity(self.signer)

    @typed_arguments
    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """Ask the authenticator to sign; the EIP-712 digest is the challenge.

        Args:
            typed: The full message.

        Returns:
            The ABI encoding that OpenZeppelin's WebAuthn library takes.

        Raises:
            AssertionMalformed: The authenticator's answer is not one over this challenge, of a
                user who was verified, by this key: the contracts would refuse it; or it was made
                at another origin, which they do not look at.
        """
        challenge = digest(typed)
        assertion = self._authenticator(challenge)
        _require_origin(assertion.client_data_json, self._origin)
        encoded = encode_assertion(assertion, challenge)
        _require_signature(assertion, self.public_key)
        return encoded

    def __repr__(self) -> str:
        return f"PasskeySigner({self.identity})"


@never_pickled
class SoftwarePasskey:
    """An authenticator in memory, for tests and demonstrations: no hardware guards its key.

    Args:
        key: A P-256 private key.
        relying_party: The domain that it was made for.
    """

    @typed_arguments
    def __init__(self, key: EllipticCurvePrivateKey, relying_party: str) -> None:
        self._key, self.relying_party = key, relying_party

    @classmethod
    @typed_arguments
    def create(cls, relying_party: str = "localhost") -> SoftwarePasskey:
        """Make a passkey with a fresh random key.

        Args:
            relying_party: The domain that it is made for.

        Returns:
            The passkey.
        """
        from cryptography.hazmat.primitives.asymmetric import ec

        return cls(ec.generate_private_key(ec.SECP256R1()), relying_party)

    @property
    def public_key(self) -> bytes:
        """Its x and y: 64 bytes."""
        numbers = self._key.public_key().public_numbers()
        return numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")

    def __call__(self, challenge: bytes) -> Assertion:
        """Answer a challenge as a platform authenticator does whose user has been verified."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.hashes import SHA256

        flags = bytes([_USER_PRESENT | _USER_VERIFIED])
        data = hashlib.sha256(self.relying_party.encode()).digest() + flags + bytes(4)
        client = json.dumps(
            {
                "type": "webauthn.get",
                "challenge": _base64url(challenge),
                "origin": f"https://{self.relying_party}",
                "crossOrigin": False,
            },
            separators=(",", ":"),
        ).encode()
        signed = data + hashlib.sha256(client).digest()
        return Assertion(data, client, self._key.sign(signed, ec.ECDSA(SHA256())))

    def __repr__(self) -> str:
        return f"SoftwarePasskey({self.relying_party!r})"


def encode_assertion(assertion: Assertion, challenge: bytes) -> bytes:
    """Encode an assertion over a challenge (32 bytes) as OpenZeppelin's ``WebAuthnAuth``.

    What the contracts would refuse is refused here; only the signature takes the public key.

    Raises:
        AssertionMalformed: It is not an assertion over this challenge, of a user who was verified.
    """
    from eth_abi.abi import encode

    _require_user(assertion.authenticator_data)
    r, s = _low_s(assertion.signature)
    client = assertion.client_data_json
    return encode(
        ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"],
        [
            r.to_bytes(32, "big"),
            s.to_bytes(32, "big"),
            _position(client, f'"challenge":"{_base64url(challenge)}"', "another challenge"),
            _position(client, '"type":"webauthn.get"', "it is not an assertion"),
            assertion.authenticator_data,
            _text(client),
        ],
    )


def _require_user(authenticator_data: bytes) -> None:
    """WebAuthn level 2, section 7.2, steps 16 and 17; level 3, section 6.1.3 for backups."""
    if len(authenticator_data) < _AUTHENTICATOR_DATA:
        raise AssertionMalformed(reason="its authenticator data is too short")
    flags = authenticator_data[_RELYING_PARTY_HASH]
    if not (flags & _USER_PRESENT and flags & _USER_VERIFIED):
        raise AssertionMalformed(reason="its user was not verified, by finger, face or PIN, say")
    if flags & _BACKED_UP and not flags & _BACKUP_ELIGIBLE:
        raise AssertionMalformed(reason="its flags contradict each other")


def _require_origin(client: bytes, origin: str | None) -> None:
    """WebAuthn level 3, section 7.2, steps 12 to 14."""
    if origin is None:
        return
    try:
        said = json_reader.load(client)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise AssertionMalformed(reason="its client data is not a JSON object")
    if said.get("origin") != origin:
        raise AssertionMalformed(reason=f"it was made at another origin than {origin}")
    if said.get("crossOrigin", False) is not False or "topOrigin" in said:
        raise AssertionMalformed(reason=f"{origin} was in a frame of another site")


def _require_signature(assertion: Assertion, public_key: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    signed = assertion.authenticator_data + hashlib.sha256(assertion.client_data_json).digest()
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + public_key)
        key.verify(assertion.signature, signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise AssertionMalformed(reason="its signature is not this passkey's") from None


def _low_s(signature: bytes) -> tuple[int, int]:
    """Authenticators give either of two valid s; the contracts take the lower one only."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        reason = "its signature is not DER, as WebAuthn has it: numbers without needless zeros, say"
        raise AssertionMalformed(reason=reason) from None
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise AssertionMalformed(reason="its signature is not of the curve P-256")
    return r, min(s, ORDER - s)


def _position(client: bytes, wanted: str, otherwise: str) -> int:
    index = client.find(wanted.encode())
    if index < 0:
        raise AssertionMalformed(reason=otherwise)
    return index


def _text(client: bytes) -> str:
    try:
        return client.decode("utf-8")
    except UnicodeDecodeError:
        raise AssertionMalformed(reason="its client data is not UTF-8") from None


def _base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
