"""What keeping and exchanging records share: the vault, and who writes, anchors and checks.

Example:
    >>> from salus.records.holder import FHIR_JSON
    >>> FHIR_JSON
    'application/fhir+json'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus import fhir
from salus.chain.control import require_control
from salus.errors import InputError
from salus.primitives.address import Address
from salus.records.consulting import Consulting
from salus.records.letters import Letters
from salus.records.patients import PatientNumbers
from salus.terms.request import ResourceFacts

if TYPE_CHECKING:
    from salus.accreditations.client import Accreditations
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.consents.client import Consents
    from salus.mail.directory import Directory
    from salus.vault.keys.key_documents import KeyDocument
    from salus.vault.letters.inbox import Inbox
    from salus.vault.vault import Vault

FHIR_JSON = "application/fhir+json"


class RecordActs:
    """One participant's vault, and the parts of the client that records need."""

    def __init__(
        self,
        chain: Chain,
        account: Account,
        vault: Vault,
        *,
        anchors: Anchors,
        consents: Consents,
        accreditations: Accreditations,
        directory: Directory,
    ) -> None:
        self._chain = chain
        self._account = account
        self._vault = vault
        self._anchors = anchors
        self._consents = consents
        self._accreditations = accreditations
        self.directory = directory
        self.letters = Letters(vault)
        self.patients = PatientNumbers(vault)
        self.consulting = Consulting(vault, consents, chain)

    @property
    def _identity(self) -> Address:
        """Whose records these are, and in whose name letters are written."""
        return self._account.identity

    def require_control(self) -> None:
        """Refuse to write in the name of an identity that somebody else controls by now.

        Raises:
            SignerNotInControl: The account does not control the identity; nothing was written.
        """
        require_control(self._chain, self._account)

    def _post(self, inbox: Inbox, kind: str, body: bytes, document: KeyDocument) -> None:
        inbox.send(
            kind,
            body,
            author=self._account,
            recipient=document,
            chain_id=self._chain.chain_id,
            sent_at=self._chain.now(),
        )


def speaks_for_itself(media_type: str) -> bool:
    """Tell whether a record's content says what terms look at.

    Args:
        media_type: What it is (RFC 6838), with or without parameters.

    Returns:
        True for FHIR in JSON.
    """
    return media_type.partition(";")[0].strip().lower() == FHIR_JSON


def facts_in(data: bytes) -> tuple[ResourceFacts, ...]:
    """Read what terms look at in FHIR content.

    Args:
        data: A record's bytes.

    Returns:
        Class, labels and time of each resource in it, at least one.

    Raises:
        InputError: It is no FHIR, or holds no resource.
    """
    found = tuple(each.facts for each in fhir.resources(data))
    if not found:
        raise InputError("the record holds no FHIR resource: nothing says what it is about")
    return found
