"""Checking what a custodian keeps, together with what the chain says of it and of its keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from salus.errors import SalusError, VerificationError
from salus.mail.directory import find_key
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.fence import fenced
from salus.primitives.times import Wait, wait_of
from salus.records.proving import RECORDS_STREAM
from salus.vault.keyring.splits import split_is_stale
from salus.vault.upkeep.checking import CheckReport, Finding
from salus.vault.upkeep.unused_blobs import DAY, RemovedBlobs
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.identities.client import Identities
    from salus.records.holder import Holder

VaultCheck: TypeAlias = Callable[[bool], Iterator[Finding]]
"""Looks for what is wrong; told whether to mend what it can."""


class Checking:
    """What nobody would notice before it is needed."""

    def __init__(self, holder: Holder, *, anchors: Anchors, identities: Identities) -> None:
        self._holder = holder
        self._vault = holder.vault
        self._anchors = anchors
        self._identities = identities
        self._checks: dict[str, VaultCheck] = {
            "anchored records": lambda repair: self._missing(),
            "streams": lambda repair: self._passed_by(),
            "identity keys": lambda repair: self._keys(),
        }

    @typed_arguments
    def register(self, what: str, check: VaultCheck) -> None:
        """Have a feature look after what it keeps, in every :meth:`check`; it may fail alone.

        Args:
            what: What is looked after, as a report names it where the check fails.
            check: Called with whether to mend what can be; finds what is wrong.

        Raises:
            InvalidArgument: A check of that name is registered.
        """
        if not what or what in self._checks:
            raise InvalidArgument("what", "a name that no check has yet")
        self._checks[what] = check

    @typed_arguments
    def check(
        self, *, deep: bool = False, repair: bool = False, accept_rows: bool = False
    ) -> CheckReport:
        """VaultCheck the vault, the keys behind it, and what features keep ready.

        Args:
            deep: Read and hash every blob.
            repair: Mend what can be mended, as the vault's own check does; what lies ready for
                emergencies is left there again.
            accept_rows: As for the vault's own check.

        Returns:
            What was found.

        Raises:
            StorageError: The storage or the key database cannot be read.
            ChainError: The node does not answer, and nothing else is wrong: what was found is told
                beside any error.
        """
        report = self._vault.upkeep.check(deep=deep, repair=repair, accept_rows=accept_rows)
        found, problems = list(report.findings), list[SalusError]()
        unchecked: list[Finding] = []
        for what, check in self._checks.items():
            try:
                # All that it finds before it fails is told.
                fenced(f"the check of {what}", partial(_check, check, repair, found))
            except SalusError as problem:
                problems.append(problem)
                unchecked.append(Finding("unchecked", what, str(problem)))
        if problems and not found:
            raise problems[0]
        return CheckReport(report.versions, (*found, *unchecked))

    @typed_arguments
    def collect_unused(self, *, older_than: Wait = DAY) -> RemovedBlobs:
        """Remove blobs of this vault that nothing points to, unless the chain knows of more.

        A node that is behind does not know of newer records: nothing is removed for what it says,
        and no blob that was finished since the latest block that it shows, less the age.

        Args:
            older_than: Seconds, or a timedelta, since a blob was finished, counted from the latest
                block's time where that is earlier; see `Upkeep.collect`.

        Returns:
            What was removed.

        Raises:
            KeyDatabaseUnavailable: Records are anchored that the key database lacks: it is an older
                copy.
            VerificationError: The log store does not explain what the chain holds.
            NodeBehind: The node shows less of the logs than was seen: ask another.
            ClocksDiffer: The node's latest block is old, outside local chains.
            SalusError: As for `Upkeep.collect`.
        """
        age = wait_of(older_than, name="older_than")
        behind = max(0.0, time.time() - self._holder.chain.now())
        self._anchors.log.require_current()
        anchored = self._anchors.log.leaves(RECORDS_STREAM)
        return self._vault.upkeep.collect(older_than=age + behind, anchored=anchored)

    def _missing(self) -> Iterator[Finding]:
        """Records that are anchored, and of which the key database knows nothing."""
        try:
            leaves = self._anchors.log.leaves(RECORDS_STREAM)
        except VerificationError as unexplained:
            yield Finding("unchecked", "anchored records", str(unexplained))
            return
        missing = self._vault.upkeep.unknown(leaves)
        if missing:
            yield Finding(
                "missing records",
                self._vault.database.url,
                f"{len(missing)} of {len(leaves)} anchored record versions are not in it: it is an"
                " older copy, or lost rows, or somebody else anchored with this identity's"
                " account. Put the newest copy in its place; without one these records stay"
                " closed. If the account was stolen, and replaced since,"
                " `anchors.rebuild(disown=True)` with a new log store disowns what the thief"
                " anchored, and `records.resend()` then outranks it at readers. Their leaves:"
                f" {', '.join(map(hex0x, missing))}",
            )

    def _passed_by(self) -> Iterator[Finding]:
        """Streams that are written where no reader counts what is written."""
        for label, number in self._anchors.log.passed_by():
            yield Finding(
                "stream passed by",
                f"{label}/{number}",
                f"no reader counts what was anchored in number {number} of your stream {label!r}:"
                " a node lied when it was begun, or the chain took back what it disowns."
                " `records.anchor_pending()` anchors all of it anew where readers look; receipts"
                " from that number prove when something was there, and count in no stream: make"
                " new ones",
            )

    def _keys(self) -> Iterator[Finding]:
        own, named = self._vault.own_keys, find_key(self._identities, self._holder.identity)
        if named is not None and not own.look_again(hex0x(named)):
            yield Finding(
                "missing identity key",
                hex0x(named),
                "the chain names it, and it is not here: what others seal to it stays closed."
                " `salus.vault.recover_keys()` with shares that were split since it was made; if"
                " it is lost, `mail.announce(replacing=True)` names the one that is here",
            )
        if split_is_stale(self._vault.database, own.now):
            yield Finding(
                "stale recovery shares",
                own.now.document.id,
                "recovery shares were split before this key was made and do not bring it back:"
                " `mail.split_keys()` again",
            )


def _check(check: VaultCheck, repair: bool, found: list[Finding]) -> None:
    found.extend(check(repair))
