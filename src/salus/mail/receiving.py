"""Reading an inbox: anybody can leave letters in it, as many and in any order.

So each is opened for itself, those that are read twice are held only as far as there is room, and
what a run costs grows with what there is to read, not faster. What letters are about is known to
the takers that features register.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from salus.errors import ChainError, CredentialError, InputError, SalusError, VerificationError
from salus.mail.errors import OwnKeyMissing, Unasked
from salus.mail.fates import Fate, Read
from salus.mail.taken import TakenLetters
from salus.primitives.fence import FeatureFailed
from salus.vault.documents.statements import Verify
from salus.vault.errors import (
    ForkedManifest,
    MalformedMessage,
    MissingKey,
    RelabelledRecord,
    TamperedKeyDatabase,
    WrongRecipient,
)

if TYPE_CHECKING:
    from salus.mail.letter_kinds import LetterKinds, Taker
    from salus.vault.letters.inbox import Inbox
    from salus.vault.letters.letters import Letter
    from salus.vault.vault import Vault

RUN_LIMIT = 64 << 20
"""After so many bytes of letters a run ends, as what it gives is held in memory."""

UNJUDGED_FOR = 7 * 86400.0
"""Seconds after which a letter that nothing could judge may be dropped: most outages end sooner."""
_HELD_LIMIT = 16 << 20
_FINAL = (InputError, CredentialError, VerificationError)
_WAITING = (MissingKey, OwnKeyMissing, ForkedManifest, RelabelledRecord)
_IN_ORDER = (Fate.REFUSED, Fate.UNASKED, Fate.WAITING, Fate.UNJUDGED, None)


def collect(
    inbox: Inbox,
    vault: Vault,
    *,
    verify: Verify,
    letters: LetterKinds,
    takers: Mapping[str, Taker],
    knows: Callable[[str], bool],
    named: Callable[[], Collection[str]] = frozenset,
    after: Read | None = None,
) -> Read:
    """Take in what is in an inbox; what is garbage, foreign or forged does not stop the rest.

    All letters are looked at first, then each is taken in, in the order that their takers and the
    times of sending give, until :data:`RUN_LIMIT` bytes were read. Letters of kinds that nothing
    handles are left alone, and named. What is sealed to a key document of ``named``, those of this
    identity, is opened with the key that another process made of it, or waits for that key.

    Raises:
        StorageUnavailable: The inbox cannot be read.
    """
    present = None if after is not None else inbox.list()
    there = None if present is None else frozenset(present)
    every = {**letters.takers(present=there), **takers}
    run = _Run(inbox, vault, verify, every, knows, TakenLetters(vault), cache(named))
    waiting = after.left if after is not None else run.survey(present or [])
    return run.take(waiting, present=there)


@dataclass(slots=True)
class _Run:
    """One reading of an inbox, and what became of each message so far."""

    inbox: Inbox
    vault: Vault
    verify: Verify
    takers: Mapping[str, Taker]
    knows: Callable[[str], bool]
    noted: TakenLetters
    named: Callable[[], Collection[str]] = frozenset
    looked: bool = False
    held: dict[str, Letter] = field(default_factory=dict)
    holding: int = 0
    brought: list[object] = field(default_factory=list)
    problems: list[SalusError] = field(default_factory=list)
    fates: dict[str, Fate] = field(default_factory=dict)

    def survey(self, waiting: Sequence[str]) -> list[str]:
        """Open everything once, have its taker look at it, and put it all into its order."""
        found, early = [], []
        for message_id in waiting:
            letter = self._open(message_id)
            if letter is None:
                continue
            taker = self.takers.get(letter.kind)
            if taker is None:
                self.fates[message_id] = Fate.UNKNOWN
                continue
            if not taker.look(letter):
                early.append(message_id)
            if self.holding + len(letter.body) <= _HELD_LIMIT:
                self.held[message_id] = letter
                self.holding += len(letter.body)
            found.append((letter.kind, letter.sender, letter.sent_at, message_id))
        for message_id in early:  # what some waited for came after them
            late = self.held.get(message_id) or self._open(message_id)
            if late is not None:
                self.takers[late.kind].look(late)
        return [each[-1] for each in sorted(map(self._place, found))]

    def _place(self, found: tuple[str, str, int, str]) -> tuple[int, int, int, str]:
        kind, sender, sent_at, message_id = found
        rank, within = self.takers[kind].rank(sender)
        return rank, sent_at, within, message_id

    def take(self, waiting: Sequence[str], *, present: Collection[str] | None) -> Read:
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
        self.noted.save(present=present)
        left = tuple(waiting[come_to:])
        return Read(tuple(self.brought), tuple(self.problems), dict(self.fates), left)

    def _open(self, message_id: str) -> Letter | None:
        try:
            letter = self._unsealed(message_id)
            if letter.chain_id != self.vault.chain_id:
                raise MalformedMessage(f"it is of chain {letter.chain_id}")
        except SalusError as problem:
            if isinstance(problem, CredentialError) and message_id in self.noted:
                self.fates[message_id] = Fate.ALREADY
            else:
                self._refuse(message_id, problem)
            return None
        return letter

    def _unsealed(self, message_id: str) -> Letter:
        """Open a letter, with keys that another process made since, which are read once a run."""
        keys = self.vault.keys
        try:
            return self.inbox.open(message_id, keys, verify=self.verify)
        except WrongRecipient as problem:
            document = problem.recipient
            if document is None or keys.holds(document) or document not in self.named():
                raise  # garbage, or somebody else's
        if self.looked or not self.vault.own_keys.look_again(document):
            self.looked = True
            raise OwnKeyMissing(document)
        return self.inbox.open(message_id, self.vault.keys, verify=self.verify)

    def _take_one(self, message_id: str, letter: Letter) -> None:
        noted = message_id in self.noted
        try:
            outcome = self.takers[letter.kind].take(message_id, letter, noted=noted)
            self.fates[message_id] = outcome.fate
            self.brought += outcome.brought
            # Last, what says that the letter is to stay: parts of it may be good later.
            for problem in sorted(outcome.problems, key=_patience):
                self.fates.pop(message_id, None)
                self._refuse(message_id, problem)
            if outcome.spent:
                self.inbox.delete(message_id)
            if self.fates.get(message_id) is Fate.TAKEN and self.knows(letter.sender):
                self.noted.add(message_id)
        except SalusError as problem:
            self._refuse(message_id, problem)

    def _refuse(self, message_id: str, problem: SalusError) -> None:
        """Remember a problem; what is refused may be deleted, so it must be the message's own."""
        # What raised it holds the message that was being read, and its cause the text.
        problem.__traceback__ = problem.__cause__ = problem.__context__ = None
        self.problems.append(problem)
        fate = _fate(problem)
        if fate is not None:
            self.fates[message_id] = fate


def _fate(problem: SalusError) -> Fate | None:
    """What becomes of a letter by what is wrong with it; None where that is none of its own."""
    if isinstance(problem, Unasked):
        return Fate.UNASKED
    if isinstance(problem, _WAITING):
        return Fate.WAITING
    if isinstance(problem, FeatureFailed | ChainError):
        return Fate.UNJUDGED
    if isinstance(problem, _FINAL) and not isinstance(problem, TamperedKeyDatabase):
        return Fate.REFUSED
    return None


def _patience(problem: SalusError) -> int:
    """What is wrong for good comes first, and what is not a fault of the letter last."""
    return _IN_ORDER.index(_fate(problem))
