"""A revocation that can be carried: signed once, submitted by anybody, honoured at sight.

The document holds a pseudonym, a consent id and a signature: no terms, no grantee, no salt.

Example:
    >>> import salus
    >>> from salus.chain import Account
    >>> me, patient = salus.connect("tester"), Account.create()
    >>> signed = me.consents.revocations.sign(patient.identity, bytes(32), by=patient)
    >>> SignedRevocation.from_json(signed.to_json()) == signed
    True
    >>> me.consents.revocations.check(signed)
    >>> _ = me.consents.revocations.submit(signed)
    >>> me.consents.checks.status(patient.identity, bytes(32)).revoked_at > 0
    True
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from salus.chain.signing.signers import Signer
from salus.consents.errors import MalformedRevocation, RevocationNotValid
from salus.contracts.consents.errors import ConsentAlreadyRevoked
from salus.errors import CredentialError, InputError
from salus.primitives.address import Address, AnyIdentity, checked_address, identity_of, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Deadline, utc
from salus.primitives.values import typed
from salus_verify.encoding import canonical, hex0x
from salus_verify.fields import Fields

if TYPE_CHECKING:
    from salus.chain.contract import Transaction
    from salus.chain.registry_client import RegistryClient
    from salus.consents.ending import Ending

REVOCATION = "salus/revocation/v1"
LONGEST = 1 << 18
"""The most bytes that a document may have."""
REVOCATION_LIFETIME = 90 * 24 * 3600
"""Seconds for which a signed revocation counts by default: it may travel by post."""
REVOKE_DELEGATE = "consent/revoke"
"""Delegates of this type may revoke for an identity."""


@dataclass(frozen=True, slots=True)
@typed
class SignedRevocation:
    """That a patient ends a consent, signed.

    Attributes:
        chain_id: The chain that the consent is of (EIP-155).
        patient: Whose consent.
        consent_id: 32 bytes.
        deadline: Unix seconds until which it can be submitted, and is honoured.
        signer: ERC-7913 signer bytes of who signed.
    """

    chain_id: int
    patient: Address
    consent_id: bytes
    deadline: int
    signer: bytes
    signature: bytes = field(repr=False)

    def to_json(self) -> str:
        """The document, for whoever shall honour or submit it: canonical JSON (RFC 8785)."""
        members: dict[str, Any] = {
            "type": REVOCATION,
            "chainId": self.chain_id,
            "patient": lower_case(self.patient),
            "consent": hex0x(self.consent_id),
            "deadline": self.deadline,
            "signer": hex0x(self.signer),
            "signature": hex0x(self.signature),
        }
        return canonical(members).decode()

    @classmethod
    @typed_arguments
    def from_json(cls, document: str | bytes) -> SignedRevocation:
        """Read a document; :meth:`Revocations.check` says whether it counts.

        Args:
            document: What :meth:`to_json` wrote.

        Returns:
            The revocation; nothing in it is believed before it was checked.

        Raises:
            MalformedRevocation: It is not one that this release reads.
        """
        if len(document) > LONGEST:
            raise MalformedRevocation(f"it is longer than {LONGEST} bytes")
        fields = Fields.load(document, error=MalformedRevocation)
        if (kind := fields.text("type")) != REVOCATION:
            fields.fail(f"its type is {kind!r}, this release reads {REVOCATION!r}")
        read = cls(
            chain_id=fields.integer("chainId"),
            patient=fields.address("patient"),
            consent_id=fields.hexadecimal("consent"),
            deadline=fields.integer("deadline"),
            signer=fields.hexadecimal("signer", size=None, longest=LONGEST),
            signature=fields.hexadecimal("signature", size=None, longest=LONGEST),
        )
        fields.end()
        return read


class Revocations:
    """Revocations that are signed here, and submitted or honoured elsewhere."""

    @typed_arguments
    def __init__(self, registry: RegistryClient, ending: Ending) -> None:
        self._chain, self._registry, self._ending = registry.chain, registry, ending

    @typed_arguments
    def sign(
        self,
        patient: AnyIdentity,
        consent_id: bytes,
        *,
        by: Signer,
        deadline: Deadline | None = None,
    ) -> SignedRevocation:
        """Sign the end of a consent, without gas; nothing is sent.

        Args:
            patient: Whose consent.
            consent_id: 32 bytes.
            by: Who controls the patient's identity, or may revoke for it.
            deadline: Until when it counts: a moment, or a timedelta from now; defaults to 90 days.

        Returns:
            The document, for any number of custodians, and for anybody to submit.

        Raises:
            InputError: The id has not 32 bytes, or the deadline is not a time.
            ClocksDiffer: The chain's time is too far from this machine's.
        """
        patient = identity_of(patient)
        whose = checked_address(patient)
        until = self._chain.deadline(REVOCATION_LIFETIME, told=deadline)
        if not 0 <= until < 1 << 53:
            raise InputError(
                f"deadline {until} is not a time: give Unix seconds from 0 to below 2**53"
            )
        message = {"patient": whose, "consentId": consent_id}
        signer, _, signature = self._registry.authorize(
            by, "RevokeConsent", message, deadline=until
        )
        return SignedRevocation(
            self._chain.chain_id, whose, bytes(consent_id), until, signer, signature
        )

    @typed_arguments
    def submit(self, signed: SignedRevocation) -> Transaction:
        """Put a signed revocation on chain; and end sharing here; whoever holds it may, and pays.

        Args:
            signed: The document.

        Returns:
            The transaction.

        Raises:
            RevocationNotValid: It is of another chain; nothing was sent.
            ConsentAlreadyRevoked: The consent has ended already.
            SignatureExpired: Its deadline has passed.
            SignatureInvalid: It is not over this consent, on this chain.
            NotController: Who signed neither controls the identity nor may revoke for it.
            HandlersFailed: It has ended; what was given under it here may still be shared.
        """
        self._require_chain(signed)
        whose = (signed.patient, signed.consent_id)
        authorization = (signed.signer, signed.deadline, signed.signature)
        try:
            sent = self._registry.send("revokeConsentBySig", *whose, authorization)
        except ConsentAlreadyRevoked:
            self._ending.tell(*whose)
            raise
        self._ending.tell(*whose, done=sent)
        return sent

    @typed_arguments
    def check(self, signed: SignedRevocation) -> None:
        """Check, as a custodian, that a signed revocation counts now; nothing is sent.

        It counts when the consent is revoked on chain, whoever signed; else when who signed
        controls the patient's identity at the latest block, or may revoke for it.

        Args:
            signed: The document.

        Raises:
            RevocationNotValid: It is forged, lapsed, of another chain, or of somebody who may not.
        """
        self._require_chain(signed)
        at = self._chain.block()
        whose = (signed.patient, signed.consent_id)
        if self._registry.contract.call("consentStatus", *whose, block=at.number)[1]:
            return
        if at.timestamp > signed.deadline:
            raise _not_valid(signed, f"its signature lapsed at {utc(signed.deadline)}")
        try:
            self._require_signed(signed, at.number)
        except CredentialError as error:
            raise _not_valid(signed, str(error)) from error

    def _require_signed(self, signed: SignedRevocation, block: int) -> None:
        """What the contract asks of who revokes: control, or a delegation to a controller."""
        from salus.chain.control_check import verify_typed_data
        from salus.chain.signing.verifying import signer_identity
        from salus.identities.changes import name32

        who, identities = signer_identity(signed.signer), self._chain.contract("IdentityRegistry")
        kind = name32(REVOKE_DELEGATE)
        delegated = identities.call("validDelegate", signed.patient, kind, who, block=block)
        message: dict[str, Any] = {
            "patient": signed.patient,
            "consentId": signed.consent_id,
            "deadline": signed.deadline,
        }
        owner = identities.call("identityOwner", signed.patient, block=block)
        identity = who if delegated and owner != who else signed.patient
        typed = self._registry.typed("RevokeConsent", message)
        shown = (identity, typed, signed.signer, signed.signature)
        verify_typed_data(self._chain, *shown, block=block)

    def _require_chain(self, signed: SignedRevocation) -> None:
        if signed.chain_id != self._chain.chain_id:
            reason = f"it is of chain {signed.chain_id}, this is chain {self._chain.chain_id}"
            raise _not_valid(signed, reason)


def _not_valid(signed: SignedRevocation, reason: str) -> RevocationNotValid:
    return RevocationNotValid(hex0x(signed.consent_id), reason)
