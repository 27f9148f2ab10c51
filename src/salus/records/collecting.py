"""Taking in what others left in one's inbox.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-collecting",
    ...                        inboxes=["memory:"])
    >>> clinic.mail.announce("memory://inbox-of-example-collecting").gas_used > 0
    True
    >>> clinic.records.collect().manifests
    ()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.mail.collecting import UNJUDGED_FOR, Collected, collect
from salus.mail.directory import verifier
from salus.records.admitting import Admitting, drop_shown

if TYPE_CHECKING:
    from salus.mail.client import Mail
    from salus.primitives.address import Address
    from salus.records.consulting import Consulting
    from salus.records.holder import Holder


class Collecting:
    """What a grantee does with its inbox."""

    def __init__(self, holder: Holder, consulting: Consulting, mail: Mail) -> None:
        self._holder = holder
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
        return collect(
            inbox,
            vault,
            vault.keys,
            verify=verifier(chain),
            admission=Admitting(vault, self._consulting, chain),
            letters=self._mail.letters,
            after=after,
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
            unjudged: Delete also what no node could judge, of what lies there for a week.

        Returns:
            How many were deleted.

        Raises:
            StorageError: The inbox refuses.
        """
        inbox, _ = self._mail.directory.find(self._holder.identity)
        others = (*collected.refused, *collected.unasked) if refused else ()
        stale = inbox.older(UNJUDGED_FOR) if unjudged else set[str]()
        ids = (
            *collected.taken,
            *collected.already,
            *others,
            *(collected.unknown if unknown else ()),
            *(each for each in collected.unjudged if each in stale),
        )
        return sum(inbox.delete(each) for each in ids)

    def drop_shown(self, sender: Address) -> int:
        """Forget the consents that somebody showed in letters, and take no records under them.

        Returns:
            How many were forgotten. Those stay that records came under, and what may deny these.

        Raises:
            StorageError: The key store cannot be written.
        """
        return drop_shown(self._holder.vault, sender)
