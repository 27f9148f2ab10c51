"""A consent as a document: the EIP-712 struct, its opening, and the signature that makes it valid.

The chain sees the id only. The document, with its terms and salt, is handed to the grantee, sealed.

Example:
    >>> from salus.consent_documents import CONSENT_VERSION
    >>> CONSENT_VERSION
    1
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from salus import terms as consent_terms
from salus.errors import InputError
from salus.models import Address

CONSENT_VERSION = 1

_PARTICULARS = "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
_CONSENT = "Consent(address patient,bytes32 epoch,Particulars particulars)" + _PARTICULARS


def _struct_hash(type_string: str, types: list[str], values: list[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    return keccak(encode(["bytes32", *types], [keccak(text=type_string), *values]))


@dataclass(frozen=True, slots=True)
class Consent:
    """What a patient agrees to.

    Attributes:
        patient: The grantor: the (pairwise) identity whose data it is.
        grantee: Who may act on it.
        terms: What is permitted.
        salt: 32 random bytes that keep grantee and terms from being guessed.
        epoch: The patient's consent epoch, 32 bytes; all consents of an epoch end together.
    """

    patient: Address
    grantee: Address
    terms: consent_terms.Terms
    salt: bytes
    epoch: bytes

    @property
    def terms_digest(self) -> bytes:
        """Digest of the terms' canonical encoding, 32 bytes."""
        return consent_terms.terms_digest(self.terms)

    @property
    def particulars(self) -> bytes:
        """EIP-712 hash of what the chain must not see, 32 bytes."""
        return _struct_hash(
            _PARTICULARS,
            ["address", "bytes32", "bytes32"],
            [self.grantee, self.terms_digest, self.salt],
        )

    @property
    def id(self) -> bytes:
        """The consent's id: its EIP-712 struct hash, 32 bytes."""
        return _struct_hash(
            _CONSENT,
            ["address", "bytes32", "bytes32"],
            [self.patient, self.epoch, self.particulars],
        )

    def as_message(self) -> dict[str, Any]:
        """The struct as EIP-712 signs it and wallets show it."""
        return {
            "patient": self.patient,
            "epoch": self.epoch,
            "particulars": {
                "grantee": self.grantee,
                "termsDigest": self.terms_digest,
                "salt": self.salt,
            },
        }


@dataclass(frozen=True, slots=True)
class SignedConsent:
    """A consent with the signature that makes it valid off chain and registers it on chain.

    Attributes:
        deadline: Unix seconds until which it counts unregistered, and can be registered.
        signer: ERC-7913 signer bytes of who signed.
    """

    consent: Consent
    deadline: int
    signer: bytes
    signature: bytes

    def to_json(self) -> str:
        """The document, to be sealed to the grantee."""
        consent = self.consent
        return json.dumps(
            {
                "type": "salus/consent",
                "version": CONSENT_VERSION,
                "patient": consent.patient,
                "grantee": consent.grantee,
                "terms": consent_terms.encode(consent.terms).hex(),
                "salt": consent.salt.hex(),
                "epoch": consent.epoch.hex(),
                "deadline": self.deadline,
                "signer": self.signer.hex(),
                "signature": self.signature.hex(),
            },
            sort_keys=True,
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, document: str | bytes) -> SignedConsent:
        """Read a document.

        Raises:
            InputError: When it is not one, or of a version that this release does not know.
        """
        try:
            raw = json.loads(document)
            if (raw["type"], raw["version"]) != ("salus/consent", CONSENT_VERSION):
                raise InputError(
                    f"document is {raw['type']!r} version {raw['version']!r}, "
                    f"not a consent of version {CONSENT_VERSION}"
                )
            consent = Consent(
                patient=raw["patient"],
                grantee=raw["grantee"],
                terms=consent_terms.decode(bytes.fromhex(raw["terms"])),
                salt=bytes.fromhex(raw["salt"]),
                epoch=bytes.fromhex(raw["epoch"]),
            )
            return cls(
                consent,
                int(raw["deadline"]),
                bytes.fromhex(raw["signer"]),
                bytes.fromhex(raw["signature"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not a consent document: {error!r}") from error
