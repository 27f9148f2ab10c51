"""A consent as a document: the EIP-712 struct, its opening, and what makes it valid.

The chain sees the id only. The document, with its terms and salt, is handed to the grantee, sealed:
with the patient's signature (:class:`SignedConsent`), or with the proof that the patient anchored
it among others (:class:`BatchedConsent`).

Example:
    >>> from salus.terms import Terms
    >>> consent = Consent("0x" + "12" * 20, "0x" + "34" * 20, Terms.permit(), bytes(32), bytes(32))
    >>> read_consent(unsigned(consent).to_json()).consent == consent
    True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from salus.anchors.streams import AnchoredCheckpoint, Inclusion
from salus.consents.errors import MalformedConsent
from salus.errors import InputError, SalusError
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.terms.encoding import decode, encode, terms_digest
from salus.terms.model import Terms
from salus_verify.encoding import canonical, hex0x
from salus_verify.fields import Fields
from salus_verify.log import Checkpoint

SIGNED, BATCHED = "salus/consent/v1", "salus/batched-consent/v1"
LONGEST = 1 << 18
"""The most bytes that a document may have."""

_PARTICULARS = "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
_CONSENT = "Consent(address patient,bytes32 epoch,Particulars particulars)" + _PARTICULARS


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
        InputError: An address is not valid, or salt or epoch do not have 32 bytes.
    """

    patient: Address
    grantee: Address
    terms: Terms
    salt: bytes = field(repr=False)
    epoch: bytes

    def __post_init__(self) -> None:
        if len(self.salt) != 32 or len(self.epoch) != 32:
            raise InputError(
                f"a consent's salt and epoch have 32 bytes each, not {len(self.salt)} and"
                f" {len(self.epoch)}: consents.propose makes both"
            )

    @property
    def terms_digest(self) -> bytes:
        """Digest of the terms' canonical encoding, 32 bytes."""
        return terms_digest(self.terms)

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

    @property
    def registration(self) -> tuple[object, ...]:
        """What the contract takes to register it."""
        consent = self.consent
        authorization = (self.signer, self.deadline, self.signature)
        return (consent.patient, consent.epoch, consent.particulars, authorization)

    def to_json(self) -> str:
        """The document, to be sealed to the grantee: canonical JSON (RFC 8785)."""
        signed = {
            "deadline": self.deadline,
            "signer": hex0x(self.signer),
            "signature": hex0x(self.signature),
        }
        return canonical(_opening(SIGNED, self.consent) | signed).decode()

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
            "stream": hex0x(anchored.stream),
            "number": anchored.number,
            "index": self.inclusion.index,
            "path": [hex0x(node) for node in self.inclusion.path],
            "parent": hex0x(anchored.checkpoint.parent),
            "root": hex0x(anchored.checkpoint.root),
            "size": anchored.checkpoint.size,
            "block": anchored.block_number,
        }
        return canonical(_opening(BATCHED, self.consent) | proof).decode()


def unsigned(consent: Consent) -> SignedConsent:
    """Make the document of a consent that counts only where it is registered: nobody signed it."""
    return SignedConsent(consent, deadline=0, signer=bytes(20), signature=bytes(1))


Presented: TypeAlias = SignedConsent | BatchedConsent
"""A consent that can be shown to somebody who has nothing but the chain."""


def consent_of(presented: Consent | Presented) -> Consent:
    """The consent in a document; itself where it stands alone."""
    return presented if isinstance(presented, Consent) else presented.consent


def document_of(consent: Consent | Presented) -> Presented:
    """The document of a consent; of one that stands alone, that of a registered one."""
    return unsigned(consent) if isinstance(consent, Consent) else consent


@typed_arguments
def read_consent(document: str | bytes) -> Presented:
    """Read a consent document of either kind.

    Args:
        document: What ``to_json`` wrote.

    Returns:
        The consent; nothing in it is believed before it was checked.

    Raises:
        MalformedConsent: It is not one that this release reads.
    """
    if len(document) > LONGEST:
        raise MalformedConsent(f"it is longer than {LONGEST} bytes")
    fields = Fields.load(document, error=MalformedConsent)
    kind = fields.text("type")
    if kind not in (SIGNED, BATCHED):
        fields.fail(f"its type is {kind!r}, this release reads {SIGNED!r} and {BATCHED!r}")
    try:
        read = _read_signed(fields) if kind == SIGNED else _read_batched(fields)
    except SalusError as error:
        if isinstance(error, MalformedConsent):
            raise
        raise MalformedConsent(str(error).rstrip(".")) from error
    fields.end()
    return read


def _opening(kind: str, consent: Consent) -> dict[str, Any]:
    return {
        "type": kind,
        "patient": lower_case(consent.patient),
        "grantee": lower_case(consent.grantee),
        "terms": hex0x(encode(consent.terms)),
        "salt": hex0x(consent.salt),
        "epoch": hex0x(consent.epoch),
    }


def _read_opening(fields: Fields) -> Consent:
    return Consent(
        patient=fields.address("patient"),
        grantee=fields.address("grantee"),
        terms=decode(fields.hexadecimal("terms", size=None, longest=LONGEST)),
        salt=fields.hexadecimal("salt"),
        epoch=fields.hexadecimal("epoch"),
    )


def _read_signed(fields: Fields) -> SignedConsent:
    return SignedConsent(
        consent=_read_opening(fields),
        deadline=fields.integer("deadline"),
        signer=fields.hexadecimal("signer", size=None, longest=LONGEST),
        signature=fields.hexadecimal("signature", size=None, longest=LONGEST),
    )


def _read_batched(fields: Fields) -> BatchedConsent:
    consent = _read_opening(fields)
    checkpoint = Checkpoint(
        fields.hexadecimal("parent"), fields.hexadecimal("root"), fields.integer("size")
    )
    anchored = AnchoredCheckpoint(
        consent.patient,
        fields.hexadecimal("stream"),
        checkpoint,
        fields.integer("block"),
        number=fields.integer("number"),
    )
    path = fields.hexadecimals("path", size=32, most=64)
    return BatchedConsent(consent, Inclusion(consent.id, fields.integer("index"), path, anchored))
