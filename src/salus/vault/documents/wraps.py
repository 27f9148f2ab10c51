"""Wraps: a key on its way to one reader, sealed to the key document that the reader published.

A wrap says which key it carries, from whom, to whom and under which consent; all of that is bound
into the sealing, so that none of it can be exchanged. It does not prove who made it: a wrap travels
in a letter, and the letter is signed.

Example:
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.documents.wraps import Wrap
    >>> clinician = IdentityKeys.generate("0x" + "cd" * 20, created_at=0)
    >>> wrap = Wrap.seal("record", bytes(16), b"key and salt", recipient=clinician.document,
    ...                  sender="0x" + "ab" * 20, consent="0x" + "01" * 32)
    >>> Wrap.parse(wrap.to_bytes()).open(clinician)
    b'key and salt'
"""

from __future__ import annotations

from dataclasses import dataclass, field

from salus.primitives.documents import base64url, canonical, hex0x, identity
from salus.primitives.values import typed
from salus.vault.crypto import hpke
from salus.vault.errors import MalformedWrap
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.keys.key_documents import KeyDocument
from salus_verify.fields import Fields

WRAP_TYPE = "salus/wrap/v1"
KINDS = ("record", "compartment")
TARGET_SIZE = 16


@dataclass(frozen=True, slots=True)
@typed
class Wrap:
    """A sealed key.

    Attributes:
        kind: ``record``: the key and the salt of one record version. ``compartment``: a key that
            opens the keys of every record of a compartment.
        target: The record version's wrap id or the compartment's key id, 16 bytes.
        sender: Who made it, a lower-case address.
        consent: The id of the consent that it is given under.
        recipient: Id of the key document that it is sealed to.
        sealed: Encapsulation and ciphertext.
    """

    kind: str
    target: bytes
    sender: str
    consent: str
    recipient: str
    sealed: bytes = field(repr=False)

    @classmethod
    def seal(
        cls,
        kind: str,
        target: bytes,
        secret: bytes,
        *,
        recipient: KeyDocument,
        sender: str,
        consent: str,
    ) -> Wrap:
        """Seal a key to a reader.

        Args:
            kind: ``record`` or ``compartment``.
            target: What the key belongs to, 16 bytes.
            secret: The key material.
            recipient: The reader's key document, checked against the chain.
            sender: Who shares.
            consent: Under which consent.

        Returns:
            The wrap.

        Raises:
            InvalidArgument: The key document holds no usable key, or ``sender`` is no address.
        """
        bound = _bound(kind, target, identity(sender), consent, recipient.id)
        sealed = hpke.seal(recipient.public_key, info=canonical(bound), plaintext=secret)
        return cls(kind, target, identity(sender), consent, recipient.id, sealed)

    def open(self, keys: IdentityKeys) -> bytes:
        """Open a wrap that one was given.

        Args:
            keys: The reader's keys.

        Returns:
            The key material.

        Raises:
            WrongRecipient: It is sealed to somebody else, or was changed.
        """
        bound = _bound(self.kind, self.target, self.sender, self.consent, self.recipient)
        return keys.open_sealed(
            self.sealed, recipient=self.recipient, info=canonical(bound), what="the wrap"
        )

    def to_bytes(self) -> bytes:
        """The wrap as it travels.

        Returns:
            Canonical JSON.
        """
        bound = _bound(self.kind, self.target, self.sender, self.consent, self.recipient)
        return canonical({**bound, "sealed": base64url(self.sealed)})

    @classmethod
    def parse(cls, data: bytes) -> Wrap:
        """Read a wrap.

        Args:
            data: Its exact bytes.

        Returns:
            The wrap.

        Raises:
            MalformedWrap: It does not follow the format.
        """
        fields = Fields.parse(data, kind=WRAP_TYPE, error=MalformedWrap)
        if fields.text("suite") != hpke.SUITE:
            fields.fail(f"its suite is not {hpke.SUITE}")
        wrap = cls(
            kind=fields.text("kind"),
            target=fields.hexadecimal("target", size=TARGET_SIZE),
            sender=fields.address("sender"),
            consent=fields.text("consent", longest=256),
            recipient=hex0x(fields.hexadecimal("recipient")),
            sealed=fields.data("sealed"),
        )
        fields.end()
        if wrap.kind not in KINDS:
            fields.fail(f"its kind is not one of {', '.join(KINDS)}")
        return wrap


def _bound(kind: str, target: bytes, sender: str, consent: str, recipient: str) -> dict[str, str]:
    return {
        "type": WRAP_TYPE,
        "suite": hpke.SUITE,
        "kind": kind,
        "target": hex0x(target),
        "sender": sender,
        "consent": consent,
        "recipient": recipient,
    }
