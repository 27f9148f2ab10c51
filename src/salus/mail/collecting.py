"""What goes by post: a consent, then parcels of keys; and the notice that a record is erased.

Anybody can leave letters in an inbox, as many and in any order. So each is opened for itself, those
that are read twice are held only as far as there is room, and what a run costs grows with what
there is to read, not faster.

Example:
    >>> Collected().manifests
    ()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain

from salus.consents.documents import Presented, read_consent
from salus.errors import ChainError, CredentialError, InputError, SalusError, VerificationError
from salus.mail.kinds import Letters
from salus.mail.taken import TakenLetters
from salus.primitives.documents import identity
from salus.primitives.values import typed
from salus.records.admitting import Admission
from salus.vault.documents.erasure import ErasureNotice
from salus.vault.documents.manifest import Manifest, SignedManifest
from salus.vault.documents.parcels import Parcel, pack
from salus.vault.documents.statements import Verify, once
from salus.vault.errors import (
    MalformedMessage,
    MissingKey,
    SenderOverMeasure,
    TamperedKeyStore,
    TooManyConsents,
    UnaskedRecord,
)
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.letters.inbox import Inbox
from salus.vault.letters.letters import Letter
from salus.vault.vault import Vault

TERMS, PARCEL, ERASURE = "terms", "parcel", "erasure"
"""Kinds of letters."""

RUN_LIMIT = 64 << 20
"""After so many bytes of letters a run ends, as what it gives is held in memory."""

UNJUDGED_FOR = 7 * 86400.0
"""Seconds after which a letter that no node could judge may be dropped: most outages end sooner."""
_HELD_LIMIT = 16 << 20
_FINAL = (InputError, CredentialError, VerificationError)
_UNASKED = (UnaskedRecord, SenderOverMeasure, TooManyConsents)
_NOT_ITS_FAULT = (MissingKey, TamperedKeyStore, *_UNASKED)


@dataclass(frozen=True, slots=True)
@typed
class Collected:
    """What an inbox held.

    Attributes:
        consents: Consent documents, unchecked: the chain tells whether they are in force. Several
            of one id may differ: replace none that ``consents.checks.require`` accepts, but by one
            that ``consents.checks.outlasts`` it.
        manifests: Records that can be opened now.
        erased: Records whose issuers erased them: what was here of them is destroyed.
        problems: Why single messages could not be taken; the others were.
        taken: Ids of the messages that were taken in.
        already: Ids of those that were taken in before, and that nobody could take in any more: a
            key of their sender, or of the reader, or the consent, has ended since. What they
            brought stays.
        refused: Ids of those that never will be: garbage, forged, or somebody else's.
        unasked: Ids of consents that are not in force now; of parcels under a consent that their
            senders did not show, or that is not in force, and notices of erasure beside them; of
            letters beyond their sender's measure. Nothing of them was taken in: they wait, and
            may be dropped.
        unjudged: Ids of those that the chain could not vouch for now: they wait, and may be dropped
            where that lasts.
        unknown: Ids of letters of kinds that nothing here handles: they may be dropped.
        left: Ids of those that the run did not come to; the next one goes on with them.
    """

    consents: tuple[Presented, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    erased: tuple[ErasureNotice, ...] = ()
    problems: tuple[SalusError, ...] = ()
    taken: tuple[str, ...] = ()
    already: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def together(parcels: Iterable[Iterable[Parcel]]) -> Iterator[Parcel]:
    """Put the pointers of many small parcels into few: a letter costs a signature and a sealing.

    Args:
        parcels: Parcels of pointers, by compartment.

    Returns:
        Parcels with the same pointers, each small enough for one message.
    """
    pointers = chain.from_iterable(each.pointers for some in parcels for each in some)
    return pack((None, pointer) for pointer in pointers)


def collect(
    inbox: Inbox,
    vault: Vault,
    keys: IdentityKeys,
    *,
    verify: Verify,
    admission: Admission,
    letters: Letters,
    after: Collected | None = None,
) -> Collected:
    """Take in what is in an inbox; what is garbage, foreign or forged does not stop the rest.

    All consents are heard first and all compartment keys taken, then notices of erasure, then the
    other letters in the order in which they were sent, until :data:`RUN_LIMIT` bytes were read.
    Letters of kinds that nothing handles are left alone, and named.

    Args:
        inbox: Whose messages.
        vault: Where keys and manifests go.
        keys: What opens the messages.
        verify: Tells whether a signer controls an identity and signed.
        admission: Tells under which consents a sender may bring records.
        letters: Who handles further kinds.
        after: The run before, to go on with what it left.

    Returns:
        What was in it. Deleted were only parcels that held an erased record, once everything else
        in them was taken in: the record's key and salt would lie there still.

    Raises:
        StorageUnavailable: The inbox cannot be read.
    """
    run = _Run(inbox, vault, keys, once(verify), admission, letters, TakenLetters(vault))
    waiting = run.survey() if after is None else after.left
    return run.take(waiting)


@dataclass(slots=True)
class _Run:
    """One reading of an inbox, and what became of each message so far."""

    inbox: Inbox
    vault: Vault
    keys: IdentityKeys
    verify: Verify
    admission: Admission
    letters: Letters
    noted: TakenLetters
    present: frozenset[str] | None = None
    held: dict[str, Letter] = field(default_factory=dict)
    holding: int = 0
    consents: list[Presented] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    erased: list[ErasureNotice] = field(default_factory=list)
    problems: list[SalusError] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def survey(self) -> list[str]:
        """Open everything once, take the compartment keys, and put the rest into its order."""
        found, early = [], []
        waiting = self.inbox.list()
        self.present = frozenset(waiting)
        for message_id in waiting:
            letter = self._open(message_id)
            if letter is None:
                continue
            if letter.kind not in (TERMS, PARCEL, ERASURE) and letter.kind not in self.letters:
                self.unknown.append(message_id)
                continue
            if letter.kind == TERMS:
                self._hear(letter)
            elif not self._take_compartment_keys(letter):
                early.append(message_id)
            if self.holding + len(letter.body) <= _HELD_LIMIT:
                self.held[message_id] = letter
                self.holding += len(letter.body)
            found.append((letter.kind, letter.sender, letter.sent_at, message_id))
        for message_id in early:  # of those some consents came after them
            late = self.held.get(message_id) or self._open(message_id)
            if late is not None:
                self._take_compartment_keys(late)
        return [each[-1] for each in sorted(map(self._place, found))]

    def _place(self, found: tuple[str, str, int, str]) -> tuple[int, int, bool, str]:
        """Notices first: what is erased is then not taken in before it is forgotten.

        Last are those of who may bring nothing: others may have passed that record on. Of one
        second a consent comes before what is under it.
        """
        kind, sender, sent_at, message_id = found
        rank = 1
        if kind == ERASURE:
            rank = 0 if self.admission.knows(sender) else 2
        return rank, sent_at, kind != TERMS, message_id

    def take(self, waiting: Sequence[str]) -> Collected:
        """Take in letters until a run's worth of them is read."""
        read = come_to = 0
        for message_id in waiting:
            if read >= RUN_LIMIT:
                break
            come_to += 1
            letter = self.held.pop(message_id, None) or self._open(message_id)
            if letter is not None:
                read += len(letter.body)
                self._take_one(message_id, letter)
        self.noted.save(present=self.present)
        return Collected(
            tuple(self.consents),
            tuple(self.manifests),
            tuple(self.erased),
            tuple(self.problems),
            tuple(self.taken),
            tuple(self.already),
            tuple(self.refused),
            tuple(self.unasked),
            tuple(self.unjudged),
            tuple(self.unknown),
            tuple(waiting[come_to:]),
        )

    def _open(self, message_id: str) -> Letter | None:
        try:
            letter = self.inbox.open(message_id, self.keys, verify=self.verify)
            if letter.chain_id != self.vault.chain_id:
                raise MalformedMessage(f"it is of chain {letter.chain_id}")
        except SalusError as problem:
            if isinstance(problem, CredentialError) and message_id in self.noted:
                self.already.append(message_id)
            else:
                self._refuse(message_id, problem)
            return None
        return letter

    def _hear(self, letter: Letter) -> None:
        with suppress(SalusError):  # when it is taken in, that names the problem
            self.admission.hear(read_consent(letter.body), sender=letter.sender)

    def _take_compartment_keys(self, letter: Letter) -> bool:
        """False where a consent is missing that may come in a letter yet to be opened."""
        if letter.kind != PARCEL:
            return True
        with suppress(SalusError):  # when all of the parcel is taken in, that names the problem
            wraps = Parcel.parse(letter.body).wraps
            keys = Parcel(tuple(wrap for wrap in wraps if wrap.kind == "compartment"))
            try:
                self._require_asked(keys, letter.sender)
            except UnaskedRecord:
                return False
            self.vault.readers.receive(keys, sender=letter.sender, verify=self.verify)
        return True

    def _require_asked(self, parcel: Parcel, sender: str) -> None:
        """Keys come under the consents that they name, pointers under those of a key before."""
        for consent in sorted({wrap.consent for wrap in parcel.wraps}):
            if not self.admission.admits(sender, consent):
                raise UnaskedRecord(consent, sender=sender)
        come = {wrap.target for wrap in parcel.wraps}
        for key_id in {each.compartment_key or b"" for each in parcel.pointers} - come - {b""}:
            under = sorted(self.vault.keyring.received.under(sender, key_id))
            if under and not any(self.admission.admits(sender, each) for each in under):
                raise UnaskedRecord(under[0], sender=sender)

    def _take_one(self, message_id: str, letter: Letter) -> None:
        act = {TERMS: self._take_consent, ERASURE: self._take_notice, PARCEL: self._take_parcel}
        try:
            taken = act.get(letter.kind, self._take_other)(message_id, letter)
            # No stranger's mail fills the key store.
            if taken and self.admission.knows(letter.sender):
                self.noted.add(message_id)
        except SalusError as problem:
            self._refuse(message_id, problem)

    def _take_consent(self, message_id: str, letter: Letter) -> bool:
        """One that is not in force may be so to a node that is not behind: its letter waits."""
        presented = read_consent(letter.body)
        stands = self.admission.hear(presented, sender=letter.sender)
        self.consents.append(presented)
        other = self.already if message_id in self.noted else self.unasked
        (self.taken if stands else other).append(message_id)
        return stands

    def _take_other(self, message_id: str, letter: Letter) -> bool:
        self.letters.take(message_id, letter, present=self.present)
        self.taken.append(message_id)
        return True

    def _take_notice(self, message_id: str, letter: Letter) -> bool:
        """One of who may bring nothing yet waits beside what was sent: that may come in later."""
        notice = ErasureNotice.parse(letter.body)
        own = notice.issuer == identity(letter.sender)
        held = self.vault.keystore.records.all(notice.issuer, record=notice.record)
        if own and not held and not self.admission.knows(letter.sender):
            self.unasked.append(message_id)
            return False
        if self.vault.forget(notice, sender=letter.sender):
            self.erased.append(notice)
        self.taken.append(message_id)
        return True

    def _take_parcel(self, message_id: str, letter: Letter) -> bool:
        parcel = Parcel.parse(letter.body)
        try:
            self._require_asked(parcel, letter.sender)
        except UnaskedRecord:
            if message_id not in self.noted:
                raise
            return self._pass_over(message_id, parcel)
        manifests = self.vault.readers.receive(parcel, sender=letter.sender, verify=self.verify)
        self.manifests += manifests
        self.taken.append(message_id)
        if len(manifests) < len(parcel.pointers):
            # All but what was erased is in the vault now; here lies the erased record's key.
            self.inbox.delete(message_id)
        return True

    def _pass_over(self, message_id: str, parcel: Parcel) -> bool:
        """What it brought came in before its consent ended."""
        self.already.append(message_id)
        signed = (SignedManifest.parse_unverified(each.manifest) for each in parcel.pointers)
        records = {(each.manifest.issuer, each.manifest.record) for each in signed}
        if any(self.vault.keystore.erasures.find(*each) is not None for each in records):
            self.inbox.delete(message_id)
        return True

    def _refuse(self, message_id: str, problem: SalusError) -> None:
        """Remember a problem; what is refused may be deleted, so it must be the message's own."""
        # What raised it holds the message that was being read, and its cause the text.
        problem.__traceback__ = problem.__cause__ = problem.__context__ = None
        self.problems.append(problem)
        if isinstance(problem, _UNASKED):
            self.unasked.append(message_id)
        if isinstance(problem, _FINAL) and not isinstance(problem, _NOT_ITS_FAULT):
            self.refused.append(message_id)
        if isinstance(problem, ChainError):
            self.unjudged.append(message_id)
