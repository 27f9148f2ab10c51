"""A consent as a document: the EIP-712 struct, its opening, and what makes it valid.

The chain sees the id only. The document, with its terms and salt, is handed to the grantee, sealed:
with the patient's signature (:class:`SignedConsent`), or with the proof that the patient anchored
it among others (:class:`BatchedConsent`).

Example:
    >>> from salus.consents.documents import CONSENT_VERSION
    >>> CONSENT_VERSION
    1
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import rfc8785

from salus import terms as consent_terms
from salus.anchors.streams import Anchored, Inclusion
from salus.consents.fields import digest, integer, load, octets
from salus.errors import InputError, SalusError
from salus.primitives.address import Address, checked_address
from salus.primitives.values import typed, typed_arguments
from salus_verify.log import Checkpoint

CONSENT_VERSION = 1
SIGNED, BATCHED = "salus/consent", "salus/batched-consent"

_PARTICULARS = "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
_CONSENT = "Consent(address patient,bytes32 epoch,Particulars particulars)" + _PARTICULARS
_OF_CONSENT = {"type", "version", "patient", "grantee", "terms", "salt", "epoch"}
_OF_SIGNED = _OF_CONSENT | {"deadline", "signer", "signature"}
_OF_BATCHED = _OF_CONSENT | {"stream", "number", "index", "path", "parent", "root", "size", "block"}


def _struct_hash(type_string: str, types: list[str], values: list[Any]) -> bytes:
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    return keccak(encode(["bytes32", *types], [keccak(text=type_string), *values]))


@dataclass(frozen=True, slots=True)
@typed
class Consent:
    """What a patient agrees to. Its repr hides the salt.

    Attributes:
        patient: The grantor: the (pairwise) identity whose data it is.
        grantee: Who may act on it.
        terms: What is permitted.
        salt: 32 random bytes that keep grantee and terms from being guessed.
        epoch: The patient's consent epoch, 32 bytes; all consents of an epoch end together.

    Raises:
        InputError: An address is none, or salt or epoch do not have 32 bytes.
    """

    patient: Address
    grantee: Address
    terms: consent_terms.Terms
    salt: bytes = field(repr=False)
    epoch: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "patient", checked_address(self.patient))
        object.__setattr__(self, "grantee", checked_address(self.grantee))
        if len(self.salt) != 32 or len(self.epoch) != 32:
            raise InputError(
                f"a consent's salt and epoch have 32 bytes each, not {len(self.salt)} and"
                f" {len(self.epoch)}: consents.propose makes both"
            )

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
@typed
class SignedConsent:
    """A consent with the signature that makes it valid off chain and registers it on chain.

    Attributes:
        deadline: Unix seconds until which it counts unregistered, and can be registered.
        signer: ERC-7913 signer bytes of who signed.
    """

    consent: Consent
    deadline: int
    signer: bytes
    signature: bytes = field(repr=False)

    def to_json(self) -> str:
        """The document, to be sealed to the grantee: canonical JSON (RFC 8785)."""
        signed = {
            "deadline": self.deadline,
            "signer": self.signer.hex(),
            "signature": self.signature.hex(),
        }
        return rfc8785.dumps(_opening(SIGNED, self.consent) | signed).decode()

    @classmethod
    @typed_arguments
    def from_json(cls, document: str | bytes) -> SignedConsent:
        """Read a document; `ConsentChecks.require` says whether it is in force.

        Args:
            document: What :meth:`to_json` wrote.

        Returns:
            The consent.

        Raises:
            InputError: It is not one, or of a version that this release does not know.
        """
        found = read_consent(document)
        if not isinstance(found, cls):
            raise InputError("this consent is anchored, not signed: give the signed document")
        return found


@dataclass(frozen=True, slots=True)
@typed
class BatchedConsent:
    """A consent with the proof that its patient anchored it, among others, under one root."""

    consent: Consent
    inclusion: Inclusion

    def to_json(self) -> str:
        """The document, to be sealed to the grantee: canonical JSON (RFC 8785)."""
        anchored = self.inclusion.anchored
        proof = {
            "stream": anchored.stream.hex(),
            "number": anchored.number,
            "index": self.inclusion.index,
            "path": [node.hex() for node in self.inclusion.path],
            "parent": anchored.checkpoint.parent.hex(),
            "root": anchored.checkpoint.root.hex(),
            "size": anchored.checkpoint.size,
            "block": anchored.block_number,
        }
        return rfc8785.dumps(_opening(BATCHED, self.consent) | proof).decode()


def unsigned(consent: Consent) -> SignedConsent:
    """Make the document of a consent that counts where it is registered, and nowhere else.

    Args:
        consent: What is about to be granted.

    Returns:
        It, under a signature that is none and lapsed long ago.
    """
    return SignedConsent(consent, deadline=0, signer=bytes(20), signature=bytes(1))


Presented: TypeAlias = SignedConsent | BatchedConsent
"""A consent that can be shown to somebody who has nothing but the chain."""


@typed_arguments
def read_consent(document: str | bytes) -> Presented:
    """Read a consent document of either kind.

    Args:
        document: What ``to_json`` wrote.

    Returns:
        The consent; nothing in it is believed before it was checked.

    Raises:
        InputError: It is not one, or of a version that this release does not know.
    """
    raw = load(document, what="a consent document")
    kind = raw.get("type") if isinstance(raw, dict) else None
    if kind not in (SIGNED, BATCHED) or type(raw.get("version")) is not int:
        raise InputError("not a consent document: its type or version is missing")
    if raw["version"] != CONSENT_VERSION:
        raise InputError(
            f"the consent document is of version {raw['version']}, this release knows"
            f" {CONSENT_VERSION}: update Salus, or ask for that version"
        )
    if set(raw) != (_OF_SIGNED if kind == SIGNED else _OF_BATCHED):
        raise InputError("not a consent document: members are missing or unknown")
    try:
        return _read_signed(raw) if kind == SIGNED else _read_batched(raw)
    except (TypeError, ValueError) as error:
        raise InputError(f"not a consent document: {error}") from None
    except SalusError as error:
        raise InputError(f"not a consent document: {error}") from error


def _opening(kind: str, consent: Consent) -> dict[str, Any]:
    return {
        "type": kind,
        "version": CONSENT_VERSION,
        "patient": consent.patient,
        "grantee": consent.grantee,
        "terms": consent_terms.encode(consent.terms).hex(),
        "salt": consent.salt.hex(),
        "epoch": consent.epoch.hex(),
    }


def _read_opening(raw: dict[str, Any]) -> Consent:
    return Consent(
        patient=raw["patient"],
        grantee=raw["grantee"],
        terms=consent_terms.decode(octets(raw["terms"])),
        salt=octets(raw["salt"]),
        epoch=octets(raw["epoch"]),
    )


def _read_signed(raw: dict[str, Any]) -> SignedConsent:
    signer, signature = octets(raw["signer"]), octets(raw["signature"])
    return SignedConsent(_read_opening(raw), integer(raw["deadline"]), signer, signature)


def _read_batched(raw: dict[str, Any]) -> BatchedConsent:
    consent = _read_opening(raw)
    checkpoint = Checkpoint(digest(raw["parent"]), digest(raw["root"]), integer(raw["size"]))
    path = raw["path"]
    if not isinstance(path, list) or len(path) > 64:
        raise ValueError("its path is not a list of at most 64 digests")
    stream, number = digest(raw["stream"]), integer(raw["number"])
    anchored = Anchored(consent.patient, stream, checkpoint, integer(raw["block"]), number=number)
    nodes = tuple(digest(node) for node in path)
    return BatchedConsent(consent, Inclusion(consent.id, integer(raw["index"]), nodes, anchored))
