"""What goes by post: a consent, then parcels of keys; and the notice that a record is erased.

Example:
    >>> Collected().manifests
    ()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from salus.consent_documents import Presented, read_consent
from salus.errors import MissingKey, SalusError
from salus.vault import ErasureNotice, IdentityKeys, Inbox, Manifest, Vault, Verify
from salus.vault.letters import Letter
from salus.vault.parcels import Parcel, pack

TERMS, PARCEL, ERASURE = "terms", "parcel", "erasure"
"""Kinds of letters."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What an inbox held.

    Attributes:
        consents: Consent documents, unchecked: the chain tells whether they are in force.
        manifests: Records that can be opened now.
        erased: Records whose issuers erased them: what was here of them is destroyed.
        problems: Why single messages could not be taken; the others were.
        taken: Ids of the messages that were taken in.
        refused: Ids of those that never will be: garbage, forged, or somebody else's.
    """

    consents: tuple[Presented, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    erased: tuple[ErasureNotice, ...] = ()
    problems: tuple[SalusError, ...] = ()
    taken: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sorting:
    """What became of each message so far."""

    consents: list[Presented] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    erased: list[ErasureNotice] = field(default_factory=list)
    problems: list[SalusError] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def refuse(self, message_id: str, problem: SalusError) -> None:
        self.problems.append(problem)
        self.refused.append(message_id)

    def done(self) -> Collected:
        gone = {(each.issuer, each.record) for each in self.erased}
        return Collected(
            tuple(self.consents),
            tuple(each for each in self.manifests if (each.issuer, each.record) not in gone),
            tuple(self.erased),
            tuple(self.problems),
            tuple(self.taken),
            tuple(self.refused),
        )


def together(parcels: Iterable[Iterable[Parcel]]) -> Iterator[Parcel]:
    """Put the pointers of many small parcels into few: a letter costs a signature and a sealing.

    Args:
        parcels: Parcels of pointers, by compartment.

    Returns:
        Parcels with the same pointers, each small enough for one message.
    """
    pointers = chain.from_iterable(each.pointers for some in parcels for each in some)
    return pack((None, pointer) for pointer in pointers)


def collect(inbox: Inbox, vault: Vault, keys: IdentityKeys, *, verify: Verify) -> Collected:
    """Take in everything in an inbox; what is garbage, foreign or forged does not stop the rest.

    Letters are read in the order in which they were sent. Parcels that wait for a key are tried
    again after the others; letters of kinds that this does not know are left alone.

    Args:
        inbox: Whose messages.
        vault: Where keys and manifests go.
        keys: What opens the messages.
        verify: Tells whether a signer controls an identity and signed.

    Returns:
        What was in it. Nothing was deleted.

    Raises:
        StorageUnavailable: The inbox cannot be read.
    """
    sorting = _Sorting()
    letters: list[tuple[str, Letter]] = []
    for received in inbox.receive(keys, verify=verify):
        if received.letter is not None:
            letters.append((received.message_id, received.letter))
        elif received.problem is not None:
            sorting.refuse(received.message_id, received.problem)
    letters.sort(key=lambda item: item[1].sent_at)
    _take_consents([item for item in letters if item[1].kind == TERMS], sorting)
    _take_parcels([item for item in letters if item[1].kind == PARCEL], vault, verify, sorting)
    # after the parcels: one of them may hold the record among others
    _take_notices([item for item in letters if item[1].kind == ERASURE], vault, sorting)
    return sorting.done()


def _take_consents(letters: list[tuple[str, Letter]], sorting: _Sorting) -> None:
    for message_id, letter in letters:
        try:
            sorting.consents.append(read_consent(letter.body))
            sorting.taken.append(message_id)
        except SalusError as problem:
            sorting.refuse(message_id, problem)


def _take_parcels(
    waiting: list[tuple[str, Letter]], vault: Vault, verify: Verify, sorting: _Sorting
) -> None:
    while waiting:
        later: list[tuple[str, Letter]] = []
        missing: list[SalusError] = []
        for message_id, letter in waiting:
            try:
                body, sender = letter.body, letter.sender
                sorting.manifests += vault.receive(body, sender=sender, verify=verify)
                sorting.taken.append(message_id)
            except MissingKey as problem:
                later.append((message_id, letter))
                missing.append(problem)
            except SalusError as problem:
                sorting.refuse(message_id, problem)
        if len(later) == len(waiting):
            sorting.problems += missing
            return
        waiting = later


def _take_notices(letters: list[tuple[str, Letter]], vault: Vault, sorting: _Sorting) -> None:
    for message_id, letter in letters:
        try:
            notice = ErasureNotice.parse(letter.body)
            if vault.forget(notice, sender=letter.sender):
                sorting.erased.append(notice)
            sorting.taken.append(message_id)
        except SalusError as problem:
            sorting.refuse(message_id, problem)
