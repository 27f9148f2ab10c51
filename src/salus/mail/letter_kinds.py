"""Kinds of letters are an open set: a feature registers who takes its kind in.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-letters")
    >>> clinic.mail.letters.register("recall", lambda letter: None)
    >>> "recall" in clinic.mail.letters, "newspaper" in clinic.mail.letters
    (True, False)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from salus.errors import SalusError
from salus.mail.errors import SenderOverMeasure
from salus.mail.fates import TAKEN, LetterOutcome
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.fence import FeatureFailed, fenced
from salus.vault.letters.letters import KIND

if TYPE_CHECKING:
    from salus.vault.letters.letters import Letter
    from salus.vault.vault import Vault

MEASURE = 1 << 20
"""Bytes of letters that are taken in from one sender, until it is given a new measure."""

Handler: TypeAlias = "Callable[[Letter], None]"
"""Takes a letter in, whose sender signed it, perhaps again: by its digest it acts on it once."""


class Taker(Protocol):
    """Takes letters of one kind in, during one collection."""

    def look(self, letter: Letter) -> bool:
        """Look at a letter before any is taken; False to be shown it again after all others."""

    def rank(self, sender: str) -> tuple[int, int]:
        """Which letters come first: before all others (0, 1, 2), and among those of one second."""

    def take(self, message_id: str, letter: Letter, *, noted: bool) -> LetterOutcome:
        """Take a letter in; ``noted`` where it was before."""


class LetterKinds:
    """Who takes which kind of letter in."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._read = vault.notebook("letters read")
        self._kinds: dict[str, Handler | None] = {}

    def __contains__(self, kind: str) -> bool:
        return kind in self._kinds

    @typed_arguments
    def register(self, kind: str, handler: Handler) -> None:
        """Have letters of a kind handled: each at least once, with a measure for each sender.

        The handler runs outside of any transaction, so it may share, add and erase. Where it raises
        anything, or the program ends before it is noted that the letter was taken in, the letter
        stays and comes again: note ``letter.digest`` with what was done, and do it once.

        Args:
            kind: A word of a-z, 0-9 and ``-``.
            handler: What it raises is told among the problems of a collection, and stops no other
                letter; the text of errors that are not of Salus is not shown.

        Raises:
            InvalidArgument: The kind has a handler, is Salus's own, or is not such a word.
        """
        self._claim(kind, handler)

    @typed_arguments
    def claim(self, *kinds: str) -> None:
        """Keep kinds for takers that are made for each run; see `Taker`.

        Args:
            kinds: Words of a-z, 0-9 and ``-``.

        Raises:
            InvalidArgument: A kind has a handler.
        """
        for kind in kinds:
            self._claim(kind, None)

    @typed_arguments
    def takers(self, *, present: Collection[str] | None = None) -> dict[str, Taker]:
        """Return each handler as a taker.

        Args:
            present: Ids of the messages that the inbox holds; None where that is not known.

        Returns:
            Who takes letters in, by their kind.
        """
        return {
            kind: _Measured(self, handler, present)
            for kind, handler in self._kinds.items()
            if handler is not None
        }

    @typed_arguments
    def take(
        self,
        message_id: str,
        letter: Letter,
        handler: Handler,
        *,
        present: Collection[str] | None = None,
    ) -> None:
        """Hand a letter over while its sender's measure is not full, and note then that it was.

        Args:
            message_id: The message's name in the inbox.
            letter: What it holds.
            handler: Who takes it in.
            present: Ids of the messages that the inbox holds; None where that is not known.

        Raises:
            FeatureFailed: Its handler failed: the letter is handed over again the next time.
            StorageError: It was handed over, which cannot be noted: so it is the next time.
            SenderOverMeasure: More came from its sender than is taken in; it was not handed over.
        """
        if not self._is_new(message_id, letter):
            return
        _handle(letter, handler)
        with self._vault.database.transaction():
            known = self._known(letter.sender)
            before = [each for each in known["before"] if present is None or each in present]
            size, ids = known["bytes"] + len(letter.body), [*known["ids"], message_id]
            self._read.put(letter.sender, {"bytes": size, "ids": ids, "before": before})

    @typed_arguments
    def renew(self, sender: AnyIdentity) -> None:
        """Start a new measure for a sender; what lies in the inbox still is not handled again.

        Args:
            sender: Whose letters are taken in again, once 1 MiB of them was.
        """
        with self._vault.database.transaction():
            who = identity_of(sender)
            known = self._known(who)
            if not known["ids"]:
                return
            before = [*known["before"], *known["ids"]]
            self._read.put(who, {"bytes": 0, "ids": [], "before": before})

    def _is_new(self, message_id: str, letter: Letter) -> bool:
        known = self._known(letter.sender)
        if message_id in known["ids"] or message_id in known["before"]:
            return False
        size = known["bytes"] + len(letter.body)
        if size > MEASURE or len(known["ids"]) >= MEASURE >> 10:
            raise SenderOverMeasure(letter.sender, measure=MEASURE)
        return True

    def _claim(self, kind: str, handler: Handler | None) -> None:
        if not KIND.fullmatch(kind):
            raise InvalidArgument("kind", "a word of a-z, 0-9 and '-', from a letter on")
        if kind in self._kinds:
            own = self._kinds[kind] is None
            whose = "is Salus's own" if own else "has a handler already"
            raise InvalidArgument("kind", f"another word: {kind} {whose}")
        self._kinds[kind] = handler

    def _known(self, sender: str) -> dict[str, Any]:
        return self._read.get(sender) or {"bytes": 0, "ids": [], "before": []}


def _handle(letter: Letter, handler: Handler) -> None:
    """Whatever a handler raises is not a fault of the letter, which may be good to keep."""
    what = f"the handler of letters of the kind {letter.kind}"
    try:
        fenced(what, lambda: handler(letter))
    except FeatureFailed:
        raise
    except SalusError as problem:
        raise FeatureFailed(what, str(problem)) from problem


class _Measured:
    """A handler as a taker: its letters come in their order, with what each sender may fill."""

    def __init__(
        self, letters: LetterKinds, handler: Handler, present: Collection[str] | None
    ) -> None:
        self._letters, self._handler, self._present = letters, handler, present

    def look(self, letter: Letter) -> bool:
        return True

    def rank(self, sender: str) -> tuple[int, int]:
        return 1, 1

    def take(self, message_id: str, letter: Letter, *, noted: bool) -> LetterOutcome:
        self._letters.take(message_id, letter, self._handler, present=self._present)
        return TAKEN
