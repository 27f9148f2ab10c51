"""Asking custodians for a share, and what they hand over.

A request names the window on chain, who asks and the key to seal to. The clinician signs it, a
hospital countersigns the same digest (EIP-712), and each custodian judges it for itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from salus.primitives.address import Address, checked_address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import refuse, typed
from salus.vault.crypto import hpke
from salus.vault.documents.statements import Author, Signed, Statement, Verify, vouch
from salus.vault.errors import ForgedSignature, MalformedMessage
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KeyDocument, is_document_id
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.fields import LONGEST_DATA, MAX_INTEGER, Fields
from salus_verify.values import address

REQUEST, COUNTERSIGNATURE = "release-request", "release-countersignature"
"""Kinds of statements: the clinician's, and the hospital's."""

_REQUEST_TYPE = "salus/release-request/v1"
_SIGNED_TYPE = "salus/signed-release-request/v1"
_SHARE_TYPE = "salus/released-share/v1"


@dataclass(frozen=True, slots=True)
@typed
class ReleaseRequest:
    """What a clinician asks of the custodians.

    Attributes:
        chain_id: The chain of the window.
        patient: On whom it was opened.
        clinician: Who opened it.
        window: Its id, 32 bytes.
        key: Id of the emergency key's document.
        document: The clinician's key document, to seal shares to.
    """

    chain_id: int
    patient: Address
    clinician: Address
    window: bytes
    key: str
    document: KeyDocument

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= self.chain_id <= MAX_INTEGER:
            yield "chain_id", f"must be 1 to {MAX_INTEGER}"
        if len(self.window) != 32:
            yield "window", "must be 32 bytes"
        if not is_document_id(self.key):
            yield "key", "must be 0x and the 64 digits of a key document's id"
        if self.document.identity != self.clinician:
            yield "document", "is not the clinician's"

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes: what both sign."""
        return hashlib.sha256(self.to_bytes()).digest()

    def to_bytes(self) -> bytes:
        """The request as it is signed, in canonical JSON."""
        return canonical(
            {
                "type": _REQUEST_TYPE,
                "chainId": self.chain_id,
                "patient": lower_case(self.patient),
                "clinician": lower_case(self.clinician),
                "window": hex0x(self.window),
                "key": self.key,
                "document": base64url(self.document.to_bytes()),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> ReleaseRequest:
        """Read a request without its signatures.

        Raises:
            MalformedDocument: It does not follow the format.
        """
        fields = Fields.parse(data, kind=_REQUEST_TYPE, error=MalformedMessage)
        with fields.refusing():
            request = cls(
                chain_id=fields.integer("chainId", minimum=1),
                patient=fields.address("patient"),
                clinician=fields.address("clinician"),
                window=fields.hexadecimal("window"),
                key=hex0x(fields.hexadecimal("key")),
                document=KeyDocument.parse(fields.data("document"), digest=None),
            )
        fields.end()
        return request

    def sign(self, clinician: Author) -> SignedRequest:
        """Ask, as the clinician."""
        return SignedRequest(self, vouch(clinician, REQUEST, self.digest, self.chain_id))


@dataclass(frozen=True, slots=True)
@typed
class SignedRequest:
    """A request with the clinician's signature and, in time, a hospital's.

    Attributes:
        request: What is asked.
        signed: The clinician's signature.
        hospital: Who countersigned; empty until then.
        countersigned: Its signature.
    """

    request: ReleaseRequest
    signed: Signed
    hospital: str = ""
    countersigned: Signed | None = None

    def __post_init__(self) -> None:
        if self.hospital:
            address(self, "hospital")
        if bool(self.hospital) != (self.countersigned is not None):
            refuse(self, [("hospital", "is named by its countersignature's side, and only there")])

    @typed_arguments
    def countersign(self, hospital: Author) -> SignedRequest:
        """Vouch, as a hospital, that this emergency is one.

        Args:
            hospital: Who signs.

        Returns:
            The request with both signatures.
        """
        signed = vouch(hospital, COUNTERSIGNATURE, self.request.digest, self.request.chain_id)
        return SignedRequest(self.request, self.signed, checked_address(hospital.identity), signed)

    @typed_arguments
    def check_request(self, verify: Verify) -> None:
        """Check the clinician's signature, before a hospital puts its own beside it.

        Args:
            verify: Checks a signature and who controls the identity; `salus.chain` has one.

        Raises:
            ForgedSignature: It is somebody else's.
        """
        request = self.request
        asked = Statement(REQUEST, request.clinician, request.digest, request.chain_id)
        self.signed.check("the request", asked, verify)

    @typed_arguments
    def check(self, verify: Verify) -> None:
        """Check both signatures.

        Args:
            verify: As for :meth:`check_request`.

        Raises:
            ForgedSignature: One of them is missing, or somebody else's.
        """
        request = self.request
        self.check_request(verify)
        if self.countersigned is None:
            raise ForgedSignature("the countersignature", "any hospital")
        vouched = Statement(COUNTERSIGNATURE, self.hospital, request.digest, request.chain_id)
        self.countersigned.check("the countersignature", vouched, verify)

    def to_bytes(self) -> bytes:
        """Both as one document.

        Returns:
            Canonical JSON.
        """
        other = self.countersigned
        return canonical(
            {
                "type": _SIGNED_TYPE,
                "request": base64url(self.request.to_bytes()),
                "signature": self.signed.to_json(),
                **(
                    {"hospital": lower_case(self.hospital), "countersignature": other.to_json()}
                    if other
                    else {}
                ),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> SignedRequest:
        """Read a signed request; nobody checked the signatures yet.

        Args:
            data: The exact bytes.

        Returns:
            The request.

        Raises:
            MalformedDocument: It does not follow the format.
        """
        fields = Fields.parse(data, kind=_SIGNED_TYPE, error=MalformedMessage)
        request = ReleaseRequest.parse(fields.data("request"))
        signed = Signed.from_fields(fields.nested("signature"))
        hospital, other = "", None
        if fields.has("hospital"):
            hospital = fields.address("hospital")
            other = Signed.from_fields(fields.nested("countersignature"))
        fields.end()
        return cls(request, signed, hospital, other)


@dataclass(frozen=True, slots=True)
@typed
class ReleasedShare:
    """A share on its way to the clinician who asked.

    Attributes:
        custodian: Who releases it.
        request: Digest of the request, 32 bytes.
        recipient: Id of the clinician's key document.
        sealed: The share.
    """

    custodian: Address
    request: bytes
    recipient: str
    sealed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if len(self.request) != 32:
            yield "request", "must be 32 bytes"
        if not is_document_id(self.recipient):
            yield "recipient", "must be 0x and the 64 digits of a key document's id"
        if not 0 < len(self.sealed) <= LONGEST_DATA:
            yield "sealed", f"must be 1 to {LONGEST_DATA} bytes"

    @classmethod
    @typed_arguments
    def seal(cls, share: str, request: ReleaseRequest, *, custodian: Address) -> ReleasedShare:
        """Seal a share to who asked for it.

        Args:
            share: The share, 33 words.
            request: What asked for it.
            custodian: Who releases it.

        Returns:
            The share, which only the clinician opens.
        """
        who = checked_address(custodian)
        info = _bound(who, request.digest, request.document.id)
        sealed = hpke.seal(request.document.public_key, info=info, plaintext=share.encode())
        return cls(who, request.digest, request.document.id, sealed)

    @typed_arguments
    def open(self, keys: IdentityKeys) -> str:
        """Open a share that was released to one.

        Args:
            keys: The clinician's.

        Returns:
            The share, 33 words.

        Raises:
            WrongRecipient: It is sealed to somebody else, or was changed.
        """
        info = _bound(self.custodian, self.request, self.recipient)
        opened = keys.open_sealed(
            self.sealed, recipient=self.recipient, info=info, what="the released share"
        )
        return opened.decode("ascii", errors="replace")

    def to_bytes(self) -> bytes:
        """The sealed share as a document, in canonical JSON."""
        return canonical(
            {
                "type": _SHARE_TYPE,
                "suite": hpke.SUITE,
                "custodian": lower_case(self.custodian),
                "request": hex0x(self.request),
                "recipient": self.recipient,
                "sealed": base64url(self.sealed),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> ReleasedShare:
        """Read a sealed share.

        Args:
            data: The exact bytes.

        Returns:
            The share.

        Raises:
            MalformedMessage: It does not follow the format.
        """
        fields = Fields.parse(data, kind=_SHARE_TYPE, error=MalformedMessage)
        hpke.require_suite(fields)
        share = cls(
            custodian=fields.address("custodian"),
            request=fields.hexadecimal("request"),
            recipient=hex0x(fields.hexadecimal("recipient")),
            sealed=fields.data("sealed"),
        )
        fields.end()
        return share


def _bound(custodian: Address, request: bytes, recipient: str) -> bytes:
    return canonical(
        {
            "type": _SHARE_TYPE,
            "suite": hpke.SUITE,
            "custodian": lower_case(custodian),
            "request": hex0x(request),
            "recipient": recipient,
        }
    )
