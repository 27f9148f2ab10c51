"""Emergency keys: one patient's break-glass key, in shares that custodians hold.

Keys for emergencies are sealed to a key that nobody has: its seed was split when it was made, and
each share sealed to one custodian. Enough of them, released to one clinician, give it back. It
opens what was sealed to it for this one patient; make a new one after it was used.

Example:
    >>> from salus.vault import IdentityKeys
    >>> keepers = [IdentityKeys.generate("0x" + f"{n:02x}" * 20, created_at=0) for n in (1, 2, 3)]
    >>> made = deposit_key("0x" + "cd" * 20, [each.document for each in keepers], needed=2,
    ...                       issuer="0x" + "ab" * 20, chain_id=31337, created_at=0)
    >>> shares = [d.open(k) for d, k in zip(made.deposits, keepers)]
    >>> restore_key(made.document, shares[1:]).document == made.document
    True
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from salus.emergencies.releases import ReleasedShare
from salus.primitives.address import Address, checked_address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.values import refuse, typed
from salus.vault.crypto import hpke
from salus.vault.crypto.shares import recombine, split
from salus.vault.errors import MalformedMessage, WrongRecipient
from salus.vault.keys.identity_keys import STORE_KEY_SIZE, EncryptionKey, IdentityKeys
from salus.vault.keys.key_documents import KeyDocument, is_document_id
from salus_verify.address import checksummed
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.fields import LONGEST_DATA, MAX_INTEGER, Fields

DEPOSIT_TYPE = "salus/emergency-deposit/v1"
EMERGENCY = "emergency/"
"""In the place of a consent's id, with the emergency key's: under it keys are given."""


@dataclass(frozen=True, slots=True)
@typed
class Deposit:
    """One custodian's share, sealed to it.

    Attributes:
        chain_id: The chain on which windows are opened.
        patient: Whose emergencies it is for.
        key: Id of the emergency key's document.
        recipient: Id of the custodian's key document.
        sealed: The share.
    """

    chain_id: int
    patient: Address
    key: str
    recipient: str
    sealed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= self.chain_id <= MAX_INTEGER:
            yield "chain_id", f"must be 1 to {MAX_INTEGER}"
        if not (is_document_id(self.key) and is_document_id(self.recipient)):
            yield "key", "and recipient must be 0x and the 64 digits of a key document's id"
        if not 0 < len(self.sealed) <= LONGEST_DATA:
            yield "sealed", f"must be 1 to {LONGEST_DATA} bytes"

    @typed_arguments
    def open(self, keys: IdentityKeys) -> str:
        """Open one's own deposit.

        Args:
            keys: The custodian's.

        Returns:
            The share, 33 words.

        Raises:
            WrongRecipient: It is another custodian's, or was changed.
            MalformedMessage: What is sealed in it is not a share.
        """
        info = _bound(self.chain_id, self.patient, self.key, self.recipient)
        opened = keys.open_sealed(
            self.sealed, recipient=self.recipient, info=info, what="the deposit"
        )
        if not opened.isascii():
            raise MalformedMessage("what is sealed in the deposit is not a share")
        return opened.decode("ascii")

    def to_bytes(self) -> bytes:
        """The deposit as a document, in canonical JSON."""
        return canonical(
            {
                "type": DEPOSIT_TYPE,
                "suite": hpke.SUITE,
                "chainId": self.chain_id,
                "patient": lower_case(self.patient),
                "key": self.key,
                "recipient": self.recipient,
                "sealed": base64url(self.sealed),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Deposit:
        """Read a deposit.

        Args:
            data: The exact bytes.

        Returns:
            The deposit.

        Raises:
            MalformedMessage: It does not follow the format.
        """
        fields = Fields.parse(data, kind=DEPOSIT_TYPE, error=MalformedMessage)
        hpke.require_suite(fields)
        deposit = cls(
            chain_id=fields.integer("chainId", minimum=1),
            patient=fields.address("patient"),
            key=hex0x(fields.hexadecimal("key")),
            recipient=hex0x(fields.hexadecimal("recipient")),
            sealed=fields.data("sealed"),
        )
        fields.end()
        return deposit


@dataclass(frozen=True, slots=True)
@typed
class SplitEmergencyKey:
    """An emergency key: what to seal to, and what each custodian is given."""

    document: KeyDocument
    deposits: tuple[Deposit, ...]


@dataclass(frozen=True, slots=True)
@typed
class Restored:
    """An emergency key that came back."""

    keys: IdentityKeys
    wrong: tuple[Address, ...]


def emergency_identity(patient: Address, issuer: Address) -> Address:
    """Return the reader that an emergency key stands for: it is controlled by no key."""
    text = f"{lower_case(checked_address(patient))}{lower_case(checked_address(issuer))}".encode()
    return checksummed(hashlib.sha256(b"salus/emergency/v1\x00" + text).digest()[-20:])


def deposit_key(
    patient: Address,
    custodians: Sequence[KeyDocument],
    *,
    needed: int,
    issuer: Address,
    chain_id: int,
    created_at: int,
) -> SplitEmergencyKey:
    """Make an emergency key and split it; the whole of it is forgotten on return.

    Args:
        created_at: Seconds since 1970 (UTC).

    Raises:
        InvalidArgument: The numbers do not fit, or a custodian is named twice.
    """
    if len({each.identity for each in custodians}) != len(custodians):
        raise InvalidArgument("custodians", "different identities")
    patient = checked_address(patient)
    key = EncryptionKey.generate(emergency_identity(patient, issuer), created_at=created_at)
    shares = split(key.seed, needed=needed, shares=len(custodians))
    deposits = []
    for custodian, share in zip(custodians, shares, strict=True):
        info = _bound(chain_id, patient, key.document.id, custodian.id)
        sealed = hpke.seal(custodian.public_key, info=info, plaintext=share.encode())
        deposits.append(Deposit(chain_id, patient, key.document.id, custodian.id, sealed))
    return SplitEmergencyKey(key.document, tuple(deposits))


def restore_key(document: KeyDocument, shares: Iterable[str]) -> IdentityKeys:
    """Put an emergency key together from released shares.

    Raises:
        SharesRefused: Too few of them are of this key.
    """
    return _restored(document, shares)[0]


def restore(
    document: KeyDocument, released: Sequence[ReleasedShare], keys: IdentityKeys
) -> Restored:
    """Put an emergency key together from what custodians released to a clinician.

    Raises:
        SharesRefused: Too few of them are of this key.
    """
    restored, wrong = _restored(document, [_opened(each, keys) for each in released])
    return Restored(restored, tuple(released[number - 1].custodian for number in wrong))


def _opened(share: ReleasedShare, keys: IdentityKeys) -> str:
    try:
        return share.open(keys)
    except WrongRecipient:  # one custodian's mistake or lie must not stop the others
        return ""


def _restored(document: KeyDocument, shares: Iterable[str]) -> tuple[IdentityKeys, tuple[int, ...]]:
    def fits(seed: bytes) -> bool:
        try:
            EncryptionKey(seed, document)
        except InvalidArgument:
            return False
        return True

    found = recombine(shares, fits=fits, of="key")
    key = EncryptionKey(found.secret, document)
    return IdentityKeys((key,), os.urandom(STORE_KEY_SIZE)), found.wrong


def _bound(chain_id: int, patient: Address, key: str, recipient: str) -> bytes:
    return canonical(
        {
            "type": DEPOSIT_TYPE,
            "suite": hpke.SUITE,
            "chainId": chain_id,
            "patient": lower_case(patient),
            "key": key,
            "recipient": recipient,
        }
    )
