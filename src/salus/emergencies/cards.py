"""The emergency card: what a clinician needs to know before anything happens, and no secret.

It names the emergency key of one patient at one custodian of records, the custodians of its
shares, and where what was sealed to it lies. Whoever changes a name on it only makes it useless:
the key document is bound to patient and issuer, and shares come for that document alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from salus.emergencies.emergency_keys import EMERGENCY, emergency_identity
from salus.primitives.address import Address, lower_case
from salus.primitives.values import refuse, typed
from salus.vault.crypto.shares import MOST
from salus.vault.errors import MalformedMessage
from salus.vault.keys.key_documents import KeyDocument
from salus_verify.encoding import base64url, canonical
from salus_verify.fields import LONGEST_TEXT, MAX_INTEGER, Fields, is_text

CARD_TYPE = "salus/emergency-card/v1"


@dataclass(frozen=True, slots=True)
@typed
class EmergencyCard:
    """Which key, whose shares, and where.

    Attributes:
        chain_id: The chain on which windows are opened.
        patient: Whose emergencies it is for.
        issuer: Who keeps the records and sealed their keys.
        document: The emergency key's document.
        inbox: URL of the storage where they lie, sealed.
        needed: How many shares give the key back.
        custodians: Who hold them.
    """

    chain_id: int
    patient: Address
    issuer: Address
    document: KeyDocument
    inbox: str
    needed: int
    custodians: tuple[Address, ...]

    def __post_init__(self) -> None:
        refuse(self, self._problems())

    def _problems(self) -> Iterator[tuple[str, str]]:
        if not 1 <= self.chain_id <= MAX_INTEGER:
            yield "chain_id", f"must be 1 to {MAX_INTEGER}"
        if self.document.identity != emergency_identity(self.patient, self.issuer):
            yield "document", "is not of this patient and this issuer"
        if not is_text(self.inbox):
            yield "inbox", f"must be a URL of 1 to {LONGEST_TEXT} characters of Unicode"
        if len(set(self.custodians)) != len(self.custodians) or len(self.custodians) > MOST:
            yield "custodians", f"must be at most {MOST}, each there once"
        if not 2 <= self.needed <= len(self.custodians):
            yield "needed", "must be 2 or more, and no more than there are custodians"

    @property
    def consent(self) -> str:
        """What stands in the place of a consent's id where keys are sealed to this key."""
        return EMERGENCY + self.document.id

    def to_bytes(self) -> bytes:
        """The card as a document, in canonical JSON."""
        return canonical(
            {
                "type": CARD_TYPE,
                "chainId": self.chain_id,
                "patient": lower_case(self.patient),
                "issuer": lower_case(self.issuer),
                "document": base64url(self.document.to_bytes()),
                "inbox": self.inbox,
                "needed": self.needed,
                "custodians": list(map(lower_case, self.custodians)),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> EmergencyCard:
        """Read a card.

        Args:
            data: The exact bytes.

        Returns:
            The card.

        Raises:
            MalformedMessage: It does not follow the format, or its key is another patient's or
                another issuer's.
        """
        fields = Fields.parse(data, kind=CARD_TYPE, error=MalformedMessage)
        with fields.refusing():
            card = cls(
                chain_id=fields.integer("chainId", minimum=1),
                patient=fields.address("patient"),
                issuer=fields.address("issuer"),
                document=KeyDocument.parse(fields.data("document"), digest=None),
                inbox=fields.text("inbox"),
                needed=fields.integer("needed", minimum=2, maximum=MOST),
                custodians=fields.addresses("custodians", most=MOST),
            )
        fields.end()
        return card
