"""An emergency, from the side of those who help: ask for shares, vouch, open what was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.chain.control_check import require_control
from salus.emergencies.cards import EmergencyCard
from salus.emergencies.emergency_keys import restore
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.errors import InputError, SalusError
from salus.mail.directory import find_key, verifier
from salus.mail.letter_kinds import LetterKinds
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.roles import Role
from salus.primitives.values import typed
from salus.records.collecting import collect
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import MissingKey, ReleaseRefused, WrongRecipient
from salus.vault.letters.inbox import Inbox
from salus.vault.vault import Vault
from salus.vault.versions.opened import OpenedRecord
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from collections.abc import Callable

    from salus.accreditations.client import Accreditations
    from salus.chain.registry_client import RegistryClient
    from salus.consents.documents import Presented
    from salus.emergencies.windows import Windows
    from salus.identities.client import Identities
    from salus.mail.directory import Directory


@dataclass(frozen=True, slots=True)
@typed
class EmergencyRecords:
    """What could be opened.

    Attributes:
        records: The newest version of each record of the card's issuer, ready to be read.
        wrong: Custodians in whose name shares came that were no part of the key. Ask them: it
            need not have been them, as a released share is not signed.
        problems: Why single records could not be opened; the others were.
        refused: Why messages were not taken in; those sealed to other keys are not counted.
    """

    records: tuple[OpenedRecord, ...] = ()
    wrong: tuple[Address, ...] = ()
    problems: tuple[SalusError, ...] = ()
    refused: tuple[SalusError, ...] = ()


class EmergencyAccess:
    """The acts of a clinician and of the hospital beside it."""

    def __init__(
        self,
        client: RegistryClient,
        windows: Windows,
        *,
        identities: Identities,
        accreditations: Accreditations,
        vault: Callable[[], Vault],
        directory: Callable[[], Directory],
    ) -> None:
        self._client, self._windows = client, windows
        self._identities, self._accreditations = identities, accreditations
        self._vault, self._directory = vault, directory

    @typed_arguments
    def request(self, card: EmergencyCard) -> SignedRequest:
        """Ask the custodians for their shares, as the clinician who opened a window.

        Args:
            card: The patient's.

        Returns:
            The signed request, for an accredited hospital to countersign.

        Raises:
            InputError: No window of this clinician is open on the patient.
            MissingKey: The chain does not name this clinician's present key.
            SignerNotInControl: The account does not control the clinician's identity (any more).
        """
        client, patient = self._client, card.patient
        require_control(client.chain, client.payer)
        me, own = client.identity, self._vault().own_keys
        window = self._windows.last(patient, me)
        if window is None or not self._windows.is_open(patient, me):
            raise InputError(
                f"no window of {me} is open on {patient}: `emergencies.windows.open()` first"
            )
        named = find_key(self._identities, me)
        if named is not None:
            own.look_again(hex0x(named))  # another process may have rotated them
        document = own.now.document
        if named != document.digest:
            raise MissingKey(
                f"{me} on chain",
                remedy="custodians seal to the key named there: `mail.announce()` this one",
            )
        request = ReleaseRequest(
            chain_id=client.chain.chain_id,
            patient=card.patient,
            clinician=me,
            window=window,
            key=card.document.id,
            document=document,
        )
        return request.sign(client.payer)

    @typed_arguments
    def countersign(self, asked: SignedRequest) -> SignedRequest:
        """Vouch, as an accredited hospital, that an emergency is one.

        Args:
            asked: The clinician's request.

        Returns:
            The request with both signatures.

        Raises:
            ForgedSignature: The clinician did not sign it.
            ReleaseRefused: Its window is not open, or this is not an accredited hospital, or the
                clinician itself.
            SignerNotInControl: The account does not control the hospital's identity (any more).
        """
        client = self._client
        require_control(client.chain, client.payer)
        me = client.identity
        asked.check_request(verifier(client.chain))
        self._windows.require(asked.request)
        if me == asked.request.clinician:
            raise ReleaseRefused("nobody countersigns for oneself")
        if not self._accreditations.holds(me, Role.HOSPITAL):
            raise ReleaseRefused(f"{me} is not an accredited hospital")
        return asked.countersign(client.payer)

    @typed_arguments
    def open(self, card: EmergencyCard, released: Sequence[ReleasedShare]) -> EmergencyRecords:
        """Open what the card's issuer sealed for emergencies.

        The key is put together in memory and written nowhere. Blobs are read from this client's
        own storages.

        Args:
            card: The patient's.
            released: What custodians gave; wrong ones among them do no harm.

        Returns:
            The records, and in whose name wrong shares came.

        Raises:
            SharesRefused: Too few of the shares are of this key.
            InboxOutOfReach: The card names a place that may not be opened here.
            StorageUnavailable: What was sealed cannot be read.
        """
        ours, chain = self._vault(), self._client.chain
        restored = restore(card.document, released, ours.keys)
        reader = Vault(
            ours.storage,
            "memory:",
            keys=restored.keys,
            chain_id=chain.chain_id,
            read_from=ours.read_from,
        )
        inbox = self._directory().inbox_at(card.inbox)
        refused = self._collect(inbox, reader, card)
        records, problems = [], []
        for manifest in _newest(reader.manifests(issuer=card.issuer)):
            try:
                records.append(reader.open(manifest))
            except SalusError as problem:
                problems.append(problem)
        return EmergencyRecords(tuple(records), restored.wrong, tuple(problems), refused)

    def _collect(self, inbox: Inbox, reader: Vault, card: EmergencyCard) -> tuple[SalusError, ...]:
        """Take in all that is sealed to the key; messages of other patients lie there too."""
        verify, admission = verifier(self._client.chain), OfTheCard(card)
        came = collect(
            inbox, reader, verify=verify, admission=admission, letters=LetterKinds(reader)
        )
        problems = list(came.problems)
        while came.left:
            came = collect(
                inbox,
                reader,
                verify=verify,
                admission=admission,
                letters=LetterKinds(reader),
                after=came,
            )
            problems += came.problems
        return tuple(each for each in problems if not isinstance(each, WrongRecipient))


class OfTheCard:
    """In the place of consents: what the card's issuer sealed for emergencies."""

    def __init__(self, card: EmergencyCard) -> None:
        self._card = card

    def hear(self, presented: Presented, *, sender: str) -> bool:
        """Nobody shows a consent to an emergency key."""
        return False

    def admits(self, sender: str, consent: str) -> bool:
        """Only the issuer, only for this key."""
        return (sender, consent) == (self._card.issuer, self._card.consent)

    def knows(self, sender: str) -> bool:
        """Only the issuer's notices count."""
        return sender == self._card.issuer


def _newest(manifests: Sequence[Manifest]) -> list[Manifest]:
    """Anybody can seal to a card's key: only what its issuer signed was handed over."""
    by_record = {each.record: each for each in sorted(manifests, key=lambda each: each.version)}
    return list(by_record.values())
