"""Signed revocations that a custodian honours: kept beside its keys, asked before each use.

Example:
    >>> import salus
    >>> from salus.chain import Account
    >>> clinic, patient = salus.connect("tester", storage="memory://example-ends"), Account.create()
    >>> signed = clinic.consents.revocations.sign(patient.identity, bytes(32), by=patient)
    >>> clinic.records.revoke(signed).shared_keys
    0
    >>> find(clinic.vault, patient.identity, bytes(32)) == signed
    True
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from salus.consents.documents import Consent, read_consent
from salus.consents.errors import ConsentNotInForce, RevocationNotValid, UnknownConsent
from salus.consents.revocations import SignedRevocation
from salus.contracts.consents.errors import ConsentAlreadyRevoked
from salus.contracts.consents.events import ConsentGranted, ConsentRevoked
from salus.errors import InputError
from salus.primitives.address import Address, AnyIdentity, checked_address, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.vault.sharing.sharing import Revocation
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Signer
    from salus.consents.client import Consents
    from salus.consents.documents import Presented
    from salus.records.holder import Holder
    from salus.vault.database.notebook import Notebook
    from salus.vault.vault import Vault


Revoked: TypeAlias = "Consent | Presented | SignedRevocation | bytes"
"""What names a consent that is to end."""


class RecordRevocations:
    """How a custodian ends what it gave under a consent."""

    def __init__(self, holder: Holder, consents: Consents) -> None:
        self._holder = holder
        self._consents = consents

    @typed_arguments
    def revoke(
        self, revoked: Revoked, *, by: Signer | None = None, patient: AnyIdentity | None = None
    ) -> Revocation:
        """End a consent here: its keys are dropped, and new keys made for what follows.

        With ``by`` it is ended on chain first, at the client's cost. Without ``by`` it still stands
        on chain: its grantee opens what it has, and :meth:`share` under it hands keys out again.
        That is for a consent that ended otherwise, or for keys alone. A signed revocation is
        honoured at sight: it is checked against who controls the patient's identity now, stored,
        and nothing is sent. From then on this custodian neither shares nor opens anything under
        that consent, whether or not somebody submits the document.

        Args:
            revoked: The consent, its document, or its id (32 bytes), on the custodian's own word;
                or what the patient signed.
            by: Who ends it on chain: who controls the patient's identity, or may revoke for it.
            patient: Whose consent an id is of; defaults to the identity of ``by``.

        Returns:
            What was done to the keys, and whether it ended on chain. Revoking again does nothing.

        Raises:
            UnknownConsent: No consent of that id is known here or on chain.
            RevocationNotValid: The document is forged, lapsed, of another chain, or not the
                patient's whose records were shared; nothing was changed.
            InvalidArgument: ``patient``, or the identity of ``by`` in its place, is not whose
                records were given under that consent; nothing was changed.
            NotController: ``by`` may not revoke for the patient; nothing was changed.
            TransactionOpen: A transaction of the key database is open; nothing was changed.
            StorageError: The key database cannot be written; nothing was changed here.
            HandlersFailed: It has ended, on chain and here; another feature failed that was told.
            InputError: A signed revocation was given together with ``by``.
        """
        self._holder.vault.database.require_no_transaction()
        if isinstance(revoked, SignedRevocation):
            if by is not None:
                raise InputError("a signed revocation needs no by=: consents.revocations.submit it")
            self._consents.revocations.check(revoked)
            return honour(self._holder.vault, revoked)
        whose, consent_id = _named(revoked, None if patient is None else identity_of(patient))
        if by is None or isinstance(revoked, bytes):
            require_known(self._holder.vault, self._holder.chain, consent_id)
        if by is None:
            return self._holder.vault.readers.revoke(hex0x(consent_id))
        return self._end_on_chain(whose or by.identity, consent_id, by=by)

    def _end_on_chain(self, patient: Address, consent_id: bytes, *, by: Signer) -> Revocation:
        """An id is each patient's own: ended for another it would stand, and seem to be over."""
        given = patients_of(self._holder.vault, hex0x(consent_id))
        if given and patient not in given:
            raise InvalidArgument("patient", "the one whose records were given under that consent")
        with suppress(ConsentAlreadyRevoked):
            self._consents.ending.on_chain(patient, consent_id, by=by)
        revocation = self._holder.vault.readers.revoke(hex0x(consent_id))
        self._consents.ending.tell(patient, consent_id, done=revocation)
        return replace(revocation, on_chain=True)


def _named(revoked: Consent | Presented | bytes, patient: Address | None) -> tuple[str, bytes]:
    """Whose consent it is, where that is known, and its id."""
    if isinstance(revoked, bytes):
        return checked_address(patient) if patient else "", revoked
    consent = getattr(revoked, "consent", revoked)
    if not isinstance(consent, Consent):
        raise InputError(
            f"{type(revoked).__name__} names no consent: give the consent, its document, its id, or"
            " a signed revocation"
        )
    return consent.patient, consent.id


def honour(vault: Vault, signed: SignedRevocation) -> Revocation:
    """Keep a checked revocation and drop what was given under its consent, both or neither.

    Where nothing was given under it, the document is kept alone. It blocks that patient's consent
    and nobody else's: a reader cannot tell whose records came under an id, and whoever signs could
    name any.

    Raises:
        StorageError: The key database cannot be written; nothing was changed.
        RevocationNotValid: Keys to another patient's records were given under that consent.
    """
    return vault.database.with_room(lambda: _honour(vault, signed))


def _honour(vault: Vault, signed: SignedRevocation) -> Revocation:
    consent = hex0x(signed.consent_id)
    with vault.database.transaction():
        patients = patients_of(vault, consent)
        if patients - {signed.patient}:
            # Whoever signs ends consents of an identity of its own: an id alone proves nothing.
            raise RevocationNotValid(consent, "it is signed for another patient than the consent's")
        _notes(vault).put(_key(signed.patient, signed.consent_id), signed.to_json())
        return vault.readers.revoke(consent) if patients else Revocation(0, (), ())


@typed_arguments
def find(vault: Vault, patient: Address, consent_id: bytes) -> SignedRevocation | None:
    """Look for a revocation that was honoured."""
    kept = _notes(vault).get(_key(patient, consent_id))
    return None if kept is None else SignedRevocation.from_json(kept)


def require_none(vault: Vault, consent: Consent) -> None:
    """Go on only with a consent whose revocation was never shown here.

    Raises:
        ConsentNotInForce: A signed revocation was honoured, though it may not be on chain yet.
    """
    if find(vault, consent.patient, consent.id) is not None:
        raise ConsentNotInForce(hex0x(consent.id), "a signed revocation of it was honoured here")


def require_known(vault: Vault, chain: Chain, consent_id: bytes) -> None:
    """Refuse an id that somebody mistyped: a revocation must not seem to be done.

    Raises:
        ChainError: It is not known here, and the node does not answer.
        UnknownConsent: It is known neither here nor on chain.
    """
    if vault.grants.knows(hex0x(consent_id)):
        return
    registry = chain.contract("ConsentRegistry")
    kinds = (ConsentRevoked, ConsentGranted)
    if any(registry.named(kind, consent_id=consent_id) for kind in kinds):
        return
    if not any(registry.events(kind, consent_id=consent_id) for kind in kinds):
        raise UnknownConsent(hex0x(consent_id))


def patients_of(vault: Vault, consent: str) -> set[str]:
    """Return whose records the keys given under a consent open."""
    given = {share.target for share in vault.database.given.all(consent=consent)}
    if not given:
        return set()
    keys = vault.keyring.compartments.named(given)
    single = (vault.keyring.entries.find(*each) for each in vault.keyring.opened_by(consent))
    whole = {key.compartment.patient for key in keys}
    return whole | {each.compartment.patient for each in single}


def is_consent(name: str) -> bool:
    """Whether keys were given under a consent, and not on another ground."""
    return re.fullmatch(r"0x[0-9a-f]{64}", name) is not None


@typed_arguments
def is_of(vault: Vault, patient: Address, consent: str) -> bool:
    """Whether a consent under which keys were given, or came, is that patient's.

    An id alone is not an authority: anybody can end one of that name in a slot of its own.
    """
    grant = vault.grants.find(consent)
    if grant is not None:
        return read_consent(grant.document).consent.patient == patient
    given = patients_of(vault, consent)
    if given:
        return patient in given
    return vault.heard.find(patient, vault.identity, consent) is not None


def _notes(vault: Vault) -> Notebook:
    """Sealed and nameless: a stolen file must not tell whose patient somebody is."""
    return vault.notebook("revocations")


def _key(patient: Address, consent_id: bytes) -> str:
    return f"{patient}/{consent_id.hex()}"
