"""Keys in a key management service: it signs 32 bytes with secp256k1 and answers in DER.

AWS KMS does (ECC_SECG_P256K1, ECDSA_SHA_256, MessageType DIGEST); another service or a hardware
module is a :class:`DigestSigner` of one's own.

Example:
    >>> from cryptography.hazmat.primitives import hashes, serialization
    >>> from cryptography.hazmat.primitives.asymmetric import ec, utils
    >>> class Module:
    ...     key = ec.generate_private_key(ec.SECP256K1())
    ...     def public_key(self):
    ...         return self.key.public_key().public_bytes(
    ...             serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ...     def sign_digest(self, digest):
    ...         return self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    >>> from salus.chain.signing.signers import Account
    >>> Account.of(DigestAccount(Module())).address.startswith("0x")
    True
"""

from __future__ import annotations

from typing import Any, Protocol

from salus.chain.abi.eip712 import digest
from salus.chain.errors import SignatureMismatch
from salus.chain.signing.errors import (
    SignerAnswerMalformed,
    SignerLacksKey,
    SignerRefused,
    SignerUnreachable,
)
from salus.chain.signing.raw_transactions import signed
from salus.chain.signing.verifying import HALF_ORDER, key_signed
from salus.errors import ConfigurationInvalid
from salus.primitives.secrets import never_pickled
from salus_verify.address import checksummed
from salus_verify.encoding import keccak

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of the curve secp256k1 (SEC 2, section 2.4.1)."""


class DigestSigner(Protocol):
    """What a key management service does for one key."""

    def public_key(self) -> bytes:
        """The public key as SubjectPublicKeyInfo, in DER (RFC 5480)."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign 32 bytes: r and s as ECDSA-Sig-Value, in DER (RFC 3279)."""


class DigestAccount:
    """An account whose key such a service holds; what it signs is checked by `Account.of` too.

    Args:
        signer: The service's key.
        where: What errors call it.
    """

    def __init__(self, signer: DigestSigner, *, where: str = "its service") -> None:
        self._signer, self._where = signer, where
        self.address = self._address(signer.public_key())

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Have a transaction signed: the raw transaction."""
        return signed(transaction, self._vrs)

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Have an EIP-712 message signed: r, s and v."""
        v, r, s = self._vrs(digest(full_message))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + v])

    def _address(self, encoded: bytes) -> str:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256K1, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        try:
            key = load_der_public_key(encoded)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SignerAnswerMalformed(
                url=self._where, reason="its public key is not DER"
            ) from None
        if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256K1):
            raise SignerRefused(url=self._where, reason="its key is not one of secp256k1")
        point = key.public_numbers()
        return checksummed(keccak(point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big"))[-20:])

    def _vrs(self, message: bytes) -> tuple[int, int, int]:
        """Both recovery bits are tried: DER has none."""
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        try:
            r, s = decode_dss_signature(self._signer.sign_digest(message))
        except (ValueError, TypeError):
            raise SignerAnswerMalformed(
                url=self._where, reason="its signature is not DER"
            ) from None
        if not (0 < r < ORDER and 0 < s < ORDER):
            raise SignerAnswerMalformed(url=self._where, reason="its signature is out of range")
        low = s if s <= HALF_ORDER else ORDER - s  # EIP-2: the other spelling is taken by nobody
        for v in (0, 1):
            made = r.to_bytes(32, "big") + low.to_bytes(32, "big") + bytes([27 + v])
            if key_signed(self.address, message, made):
                return v, r, low
        raise SignatureMismatch(signer=self.address, reason="it is another key's or message's")


@never_pickled
class AwsKey:
    """A secp256k1 key of AWS KMS; region, credentials and endpoint are as boto3 finds them.

    Args:
        key: Its id, ARN, or alias as ``alias/hospital``.
        client: A ``boto3.client("kms")``; defaults to one of the environment's.
    """

    def __init__(self, key: str, *, client: Any = None) -> None:
        self._key, self._client = key, _client() if client is None else client

    def public_key(self) -> bytes:
        """See `DigestSigner`."""
        return bytes(self._ask("get_public_key", KeyId=self._key).get("PublicKey", b""))

    def sign_digest(self, digest: bytes) -> bytes:
        """See `DigestSigner`."""
        found = self._ask(
            "sign",
            KeyId=self._key,
            Message=digest,
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        return bytes(found.get("Signature", b""))

    @property
    def where(self) -> str:
        """What errors call it."""
        return f"kms:{self._key}"

    def _ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found: dict[str, Any] = getattr(self._client, verb)(**arguments)
        except ClientError as error:
            self._refuse(error.response)
        except BotoCoreError as error:  # its text may hold the endpoint's credentials
            raise SignerUnreachable(url=self.where, reason=type(error).__name__) from None
        return found

    def _refuse(self, response: Any) -> None:
        code = str(response.get("Error", {}).get("Code", "none"))
        code = code if code.isalnum() else "none"
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NotFoundException":
            raise SignerLacksKey(url=self.where, wanted=self._key) from None
        if status >= 500 or "Throttl" in code:
            raise SignerUnreachable(url=self.where, reason=code) from None
        raise SignerRefused(url=self.where, reason=code) from None


def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise ConfigurationInvalid(
            setting="SALUS_ACCOUNT", reason="names a key of AWS KMS: pip install 'salus[kms]'"
        ) from None
    try:
        return boto3.client("kms", config=Config(connect_timeout=10, read_timeout=30))
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationInvalid(
            setting="SALUS_ACCOUNT",
            reason=f"names a key of AWS KMS, and boto3 is not set up ({type(error).__name__}): set"
            " AWS_REGION and its credentials",
        ) from None
