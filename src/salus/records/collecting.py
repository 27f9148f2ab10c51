"""Taking in what others left in one's inbox.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-collecting",
    ...                        inboxes=["memory:"])
    >>> clinic.mail.announce("memory://inbox-of-example-collecting").gas_used > 0
    True
    >>> [received.open("TREAT") for received in clinic.records.collect()]
    []
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, cast

from salus.consents.documents import BatchedConsent, Presented, SignedConsent
from salus.errors import SalusError
from salus.mail import receiving as mail
from salus.mail.directory import verifier
from salus.mail.fates import Fate, Read
from salus.mail.receiving import UNJUDGED_FOR
from salus.primitives.address import AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.records.admitting import Admitting, drop_shown
from salus.records.doubts import Unproven
from salus.records.letter_takers import takers
from salus.records.provenance import InLog
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.statements import Verify, once
from salus.vault.sharing.readers import nothing_is_proven
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.mail.client import Mail
    from salus.mail.letter_kinds import LetterKinds
    from salus.records.admitting import Admission
    from salus.records.consulting import Consulting
    from salus.records.doubts import Doubts
    from salus.records.holder import Holder
    from salus.records.reading import Reading
    from salus.records.received import Received
    from salus.vault.letters.inbox import Inbox
    from salus.vault.sharing.asking import AnchorCheck
    from salus.vault.vault import Vault


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
        letters: What became of the letters.
        records: The same records, to be opened: what iterating over this gives.
        unproven: Of issuers whose letters came, and who disowned what a thief anchored: what
            nothing here shows to be theirs. Ask them about it, then `records.received.drop` it.
        new_records: Of the records, those that were not here before.
        new_consents: Of the consents, those that nothing here had heard of.
    """

    def __iter__(self) -> Iterator[Received]:
        return iter(cast("tuple[Received, ...]", self.records))

    consents: tuple[Presented, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    erased: tuple[ErasureNotice, ...] = ()
    letters: Read = Read()  # noqa: RUF009 - a value
    records: tuple[object, ...] = field(default=(), compare=False, repr=False)
    unproven: tuple[Unproven, ...] = ()
    new_records: tuple[Manifest, ...] = ()
    new_consents: tuple[Presented, ...] = ()

    @classmethod
    @typed_arguments
    def of(cls, letters: Read) -> Collected:
        """Sort what letters brought."""
        brought = letters.brought
        return cls(
            tuple(each for each in brought if isinstance(each, SignedConsent | BatchedConsent)),
            tuple(each for each in brought if isinstance(each, Manifest)),
            tuple(each for each in brought if isinstance(each, ErasureNotice)),
            letters,
        )

    @property
    def problems(self) -> tuple[SalusError, ...]:
        """Why single letters could not be taken in; the others were."""
        return self.letters.problems

    @property
    def left(self) -> tuple[str, ...]:
        """Ids of letters that the run did not come to; the next one goes on with them."""
        return self.letters.left

    @property
    def taken(self) -> tuple[str, ...]:
        """Ids of letters that were taken in."""
        return self.letters.of(Fate.TAKEN)

    @property
    def already(self) -> tuple[str, ...]:
        """Ids of those that were taken in before."""
        return self.letters.of(Fate.ALREADY)

    @property
    def refused(self) -> tuple[str, ...]:
        """Ids of those that never will be taken in."""
        return self.letters.of(Fate.REFUSED)

    @property
    def unasked(self) -> tuple[str, ...]:
        """Ids of those that nobody asked for: they wait."""
        return self.letters.of(Fate.UNASKED)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Ids of those that no node could judge now: they wait."""
        return self.letters.of(Fate.UNJUDGED)

    @property
    def waiting(self) -> tuple[str, ...]:
        """Ids of those that lack a key, or contradict what is held here: they wait."""
        return self.letters.of(Fate.WAITING)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Ids of those of kinds that nothing here handles."""
        return self.letters.of(Fate.UNKNOWN)


class _HereBefore:
    """What is here before a run: the same letters may lie in an inbox for years."""

    def __init__(self, vault: Vault) -> None:
        self._records = {_version_of(each) for each in vault.received()}
        self._consents = {each.consent for each in vault.heard.all()}

    def without(self, came: Collection[Manifest]) -> tuple[Manifest, ...]:
        """Those that were not here, each once."""
        by_version = {_version_of(each): each for each in came}
        return tuple(each for name, each in by_version.items() if name not in self._records)

    def unheard(self, came: Collection[Presented]) -> tuple[Presented, ...]:
        """Those that were not heard of, each once."""
        by_id = {hex0x(each.consent.id): each for each in came}
        return tuple(each for name, each in by_id.items() if name not in self._consents)


def _version_of(manifest: Manifest) -> tuple[str, bytes, int]:
    return manifest.issuer, manifest.record, manifest.version


class Collecting:
    """What a grantee does with its inbox."""

    def __init__(
        self,
        holder: Holder,
        *,
        anchors: Anchors,
        consulting: Consulting,
        reading: Reading,
        doubts: Doubts,
        mail: Mail,
    ) -> None:
        self._holder = holder
        self._anchors = anchors
        self._reading = reading
        self._doubts = doubts
        self._consulting = consulting
        self._mail = mail

    def collect(self, *, after: Collected | None = None) -> Collected:
        """Take in what others left in this participant's inbox.

        One run reads up to 64 MiB of letters; while ``left`` is not empty, go on with ``after``.
        A record comes in only under a consent in force that names this reader, and that the sender
        of the record showed in a letter. Deleted are only parcels that held an erased record, once
        all else in them was taken in.

        Args:
            after: The run before, to go on where it ended.

        Returns:
            Consents, records and problems; keep the consents, then :meth:`discard` the messages.

        Raises:
            MissingKey: This participant announced no inbox.
            StorageError: The inbox cannot be read.
        """
        vault, chain = self._holder.vault, self._holder.chain
        inbox, _ = self._mail.directory.find(self._holder.identity)
        admission, before = Admitting(vault, self._consulting, chain), _HereBefore(vault)
        came = collect(
            inbox,
            vault,
            verify=verifier(chain),
            admission=admission,
            letters=self._mail.letters,
            anchored=InLog(self._anchors),
            named=partial(self._mail.directory.ever_named, vault.identity),
            after=after,
        )
        records = tuple(map(self._reading.received, came.manifests))
        unproven: tuple[Unproven, ...] = ()
        with suppress(SalusError):  # what came in is told in any case; a check tells this again
            unproven = self._doubts.left_by({each.issuer for each in came.manifests})
        return replace(
            came,
            records=records,
            unproven=unproven,
            new_records=before.without(came.manifests),
            new_consents=before.unheard(came.consents),
        )

    def discard(
        self,
        collected: Collected,
        *,
        refused: bool = False,
        unknown: bool = False,
        unjudged: bool = False,
    ) -> int:
        """Delete messages from this participant's inbox, once the consents in them are kept.

        Args:
            collected: What :meth:`collect` returned.
            refused: Delete also those that were refused, and what nobody asked for.
            unknown: Delete also letters of kinds that nothing here handles.
            unjudged: Delete also what no node could judge, and what lacks a key or contradicts what
                is held here, of what lies there for a week.

        Returns:
            How many were deleted.

        Raises:
            StorageError: The inbox refuses.
        """
        inbox, _ = self._mail.directory.find(self._holder.identity)
        fates = {Fate.TAKEN, Fate.ALREADY}
        fates |= {Fate.REFUSED, Fate.UNASKED} if refused else set()
        fates |= {Fate.UNKNOWN} if unknown else set()
        stale = inbox.older(UNJUDGED_FOR) if unjudged else set[str]()
        ids = (
            *collected.letters.of(*fates),
            *(each for each in (*collected.unjudged, *collected.waiting) if each in stale),
        )
        return sum(inbox.delete(each) for each in ids)

    def drop_shown(self, sender: AnyIdentity) -> int:
        """Forget the consents that somebody showed in letters, and take no records under them.

        Args:
            sender: Who showed them.

        Returns:
            How many were forgotten. Those stay that records came under, and what may deny these.

        Raises:
            StorageError: The key database cannot be written.
        """
        return drop_shown(self._holder.vault, identity_of(sender))


def collect(
    inbox: Inbox,
    vault: Vault,
    *,
    verify: Verify,
    admission: Admission,
    letters: LetterKinds,
    anchored: AnchorCheck = nothing_is_proven,
    named: Callable[[], Collection[str]] = frozenset,
    after: Collected | None = None,
) -> Collected:
    """Take in what is in an inbox, by who may bring what; see `salus.mail.receiving.collect`."""
    read = mail.collect(
        inbox,
        vault,
        verify=once(verify),
        letters=letters,
        takers=takers(vault, admission, anchored),
        knows=admission.knows,
        named=named,
        after=None if after is None else after.letters,
    )
    return Collected.of(read)
