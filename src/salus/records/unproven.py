"""What a reader does after a theft at an issuer: tell its records from the thief's, and drop those.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-received-records")
    >>> clinic.records.received.unproven()
    ()
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salus.errors import InputError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.records.received import Received
from salus.vault.documents.manifest import Manifest
from salus.vault.errors import MissingRecord
from salus.vault.versions.pointers import record_bytes

if TYPE_CHECKING:
    from salus.records.doubts import Doubts, Unproven
    from salus.records.reading import Reading
    from salus.vault.vault import Vault


class ReceivedRecords:
    """The records of others that are here."""

    def __init__(self, vault: Vault, *, doubts: Doubts, reading: Reading) -> None:
        self._vault, self._doubts, self._reading = vault, doubts, reading

    def __iter__(self) -> Iterator[Received]:
        """Every version that others shared, with the consents under which it came."""
        return map(self._reading.received, self._vault.received())

    @typed_arguments
    def unproven(self, *, issuer: AnyIdentity | None = None) -> tuple[Unproven, ...]:
        """List what no receipt shows to stand in its issuer's log now.

        An issuer whose account was replaced sends receipts along, with `Resending.resend` at the
        latest. What is on this list after that has been collected, a thief may have written; or it
        came under a consent that has ended, or from an issuer that never sent receipts.

        Args:
            issuer: Only what this identity is said to have issued.

        Returns:
            The versions, and why.

        Raises:
            ChainError: The node does not answer.
        """
        whose = None if issuer is None else identity_of(issuer)
        return tuple(self._doubts.of(lambda each: whose in (None, each)))

    @typed_arguments
    def drop(self, record: Received | Manifest | str, *, issuer: AnyIdentity | None = None) -> None:
        """Forget a record that was received, in all its versions, as if it had never come.

        It may come again: what of it lies in the inbox is taken in by the next collection.

        Args:
            record: It, its manifest, or its id.
            issuer: Whose, where several are said to have issued that id.

        Raises:
            MissingRecord: No such record was received.
            InvalidArgument: The record id is not valid, or the record is one's own.
            InputError: Several identities are said to have issued it.
            KeyDatabaseUnavailable: The key database cannot be written; nothing was dropped.
        """
        manifest = getattr(record, "manifest", record)
        if isinstance(manifest, Manifest):
            name, whose = manifest.record_id, manifest.issuer
        else:
            name = record_bytes(str(record)).hex()
            whose = self._issuer(name, issuer)
        if not self._vault.readers.drop(whose, record_bytes(name)):
            raise MissingRecord(name)

    def _issuer(self, record: str, issuer: AnyIdentity | None) -> Address:
        if issuer is not None:
            return identity_of(issuer)
        issuers = {e.issuer for e in self._vault.received() if e.record_id == record}
        if not issuers:
            raise MissingRecord(record)
        if len(issuers) > 1:
            named = ", ".join(sorted(issuers))
            raise InputError(f"record {record} came from several issuers, {named}: give `issuer=`")
        return issuers.pop()
