"""Letters: what one identity tells another, signed inside and sealed outside.

The signature is inside the seal, and names the reader's key: whoever carries or stores a message
sees neither sender nor content, and no reader can forward it as if it were meant for somebody else.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from salus.primitives.address import Address, checked_address, lower_case
from salus.primitives.secrets import never_pickled
from salus.primitives.values import refuse, typed
from salus.vault.crypto import hpke
from salus.vault.documents.statements import Author, Signed, Statement, Verify, vouch
from salus.vault.errors import MalformedMessage, MessageTooLarge
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KeyDocument, is_document_id
from salus_verify.encoding import base64url, canonical, hex0x
from salus_verify.fields import MAX_INTEGER, Fields
from salus_verify.place import LAST_SECOND

LETTER_TYPE = "salus/letter/v1"
SIGNED_LETTER_TYPE = "salus/signed-letter/v1"
MESSAGE_TYPE = "salus/message/v1"
ID_SIZE = 16
MESSAGE_LIMIT = 1 << 20
"""The most bytes that a sealed message may have."""

KIND = re.compile(r"[a-z][a-z0-9-]{0,63}")
"""What a kind of letters is called."""


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class Letter:
    """What was said.

    Attributes:
        kind: ``terms``, ``parcel`` or ``erasure``, which are Salus's own, or a word of the
            application.
        sender: Who wrote it.
        recipient: Id of the key document of who it is for.
        chain_id: The chain on which the sender is an identity.
        sent_at: Seconds since 1970 (UTC), by the latest block that the sender saw.
        body: The content's exact bytes.
        id: 16 random bytes, so that two letters that say the same are two.
        signer: Who signed it for the sender; empty before it is signed, and no part of it.
    """

    kind: str
    sender: Address
    recipient: str
    chain_id: int
    sent_at: int
    body: bytes = field(repr=False)
    id: bytes = field(default_factory=lambda: os.urandom(ID_SIZE), kw_only=True, repr=False)
    signer: bytes = field(default=b"", compare=False, repr=False)

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not KIND.fullmatch(self.kind):
            yield "kind", "is not a word of a-z, 0-9 and '-'"
        if len(self.id) != ID_SIZE:
            yield "id", f"must be {ID_SIZE} bytes"
        if not is_document_id(self.recipient):
            yield "recipient", "must be 0x and the 64 digits of a key document's id"
        if not 1 <= self.chain_id <= MAX_INTEGER:
            yield "chain_id", f"must be 1 to {MAX_INTEGER}"
        if not 0 <= self.sent_at <= LAST_SECOND:
            yield "sent_at", "must be from 1970 to the year 9999"

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical bytes, 32 bytes: what is signed, and tells two letters apart."""
        return hashlib.sha256(self.to_bytes()).digest()

    @property
    def statement(self) -> Statement:
        """What the sender signs."""
        return Statement("letter", self.sender, self.digest, self.chain_id)

    def to_bytes(self) -> bytes:
        """The letter as it is signed.

        Returns:
            Canonical JSON.
        """
        return canonical(
            {
                "type": LETTER_TYPE,
                "id": hex0x(self.id),
                "kind": self.kind,
                "sender": lower_case(self.sender),
                "recipient": self.recipient,
                "chainId": self.chain_id,
                "sentAt": self.sent_at,
                "body": base64url(self.body),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Letter:
        """Read the exact bytes of a letter, without its signature.

        Args:
            data: Canonical JSON.

        Returns:
            The letter.

        Raises:
            MalformedMessage: It does not follow the format.
        """
        fields = Fields.parse(data, kind=LETTER_TYPE, error=MalformedMessage)
        with fields.refusing():
            letter = cls(
                id=fields.hexadecimal("id", size=ID_SIZE),
                kind=fields.text("kind", longest=64),
                sender=fields.address("sender"),
                recipient=hex0x(fields.hexadecimal("recipient")),
                chain_id=fields.integer("chainId", minimum=1),
                sent_at=fields.integer("sentAt"),
                body=fields.data("body", empty=True),
            )
        fields.end()
        return letter


def seal_letter(
    kind: str,
    body: bytes,
    *,
    author: Author,
    recipient: KeyDocument,
    chain_id: int,
    sent_at: int,
) -> bytes:
    """Write, sign and seal a letter.

    Args:
        sent_at: Seconds since 1970 (UTC).

    Raises:
        InvalidArgument: The key document holds no usable key, or the signature is not valid.
        MalformedMessage: The kind is not a word of a-z, 0-9 and ``-``.
        MessageTooLarge: Sealed, it is larger than an inbox takes.
    """
    if not KIND.fullmatch(kind):
        raise MalformedMessage("its kind is not a word of a-z, 0-9 and '-'")
    letter = Letter(
        kind=kind,
        sender=checked_address(author.identity),
        recipient=recipient.id,
        chain_id=chain_id,
        sent_at=sent_at,
        body=body,
    )
    signed = vouch(author, "letter", letter.digest, chain_id)
    inside = canonical(
        {
            "type": SIGNED_LETTER_TYPE,
            "letter": base64url(letter.to_bytes()),
            "signature": signed.to_json(),
        }
    )
    bound = _bound(recipient.id)
    sealed = hpke.seal(recipient.public_key, info=canonical(bound), plaintext=inside)
    message = canonical({**bound, "sealed": base64url(sealed)})
    if len(message) > MESSAGE_LIMIT:
        raise MessageTooLarge(size=len(message), limit=MESSAGE_LIMIT)
    return message


def open_letter(message: bytes, keys: IdentityKeys, *, verify: Verify) -> Letter:
    """Open a sealed message and check who wrote it.

    Raises:
        WrongRecipient: It is sealed to somebody else, was changed, or was forwarded.
        ForgedSignature: The sender that it names did not sign it.
        MessageTooLarge: It is larger than an inbox takes.
        MalformedMessage: It is not a message of this version.
    """
    if len(message) > MESSAGE_LIMIT:
        raise MessageTooLarge(size=len(message), limit=MESSAGE_LIMIT)
    fields = Fields.parse(message, kind=MESSAGE_TYPE, error=MalformedMessage)
    hpke.require_suite(fields)
    recipient, sealed = hex0x(fields.hexadecimal("recipient")), fields.data("sealed")
    fields.end()
    info = canonical(_bound(recipient))
    inside = keys.open_sealed(sealed, recipient=recipient, info=info, what="the message")
    return _read_signed(inside, recipient, verify)


def _read_signed(inside: bytes, recipient: str, verify: Verify) -> Letter:
    fields = Fields.parse(inside, kind=SIGNED_LETTER_TYPE, error=MalformedMessage)
    letter = Letter.parse(fields.data("letter"))
    signed = Signed.from_fields(fields.nested("signature"))
    fields.end()
    if letter.recipient != recipient:
        fields.fail("it was written to somebody else and forwarded")
    signed.check("the letter", letter.statement, verify)
    return replace(letter, signer=signed.signer)


def _bound(recipient: str) -> dict[str, str]:
    return {"type": MESSAGE_TYPE, "suite": hpke.SUITE, "recipient": recipient}
