"""Erasing records: every key destroyed, the report signed and anchored, and readers told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from salus.anchors.streams import Inclusion
from salus.errors import SalusError
from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.primitives.fence import fenced
from salus.primitives.values import typed
from salus.receipts.issue import issue_erasure_receipt
from salus.records.naming import AnyRecord, id_of
from salus.vault.documents.erasure_notice import ErasureNotice, erased_leaf
from salus.vault.documents.statements import Signed, vouch
from salus_verify.erasure_receipt import ERASURES_STREAM, Erasure, ErasureReceipt
from salus_verify.errors import ReceiptMismatch

if TYPE_CHECKING:
    from salus.anchors.client import Anchors
    from salus.mail.client import Mail
    from salus.records.holder import Holder
    from salus.records.telling import Told

ERASURE = "erasure"
"""The kind of letters that tell a reader of an erasure."""

ATTEMPTS = 3
"""How often an erasure is proved anew while others move its stream."""

Teller = Callable[[Address, Erasure], bool]
"""Notifies a reader that is not an identity; False where it is not one of the feature's."""


@dataclass(frozen=True, slots=True)
@typed
class ErasedRecord:
    """The proof of an erasure, and which readers were told.

    Attributes:
        report: What was destroyed and what was not.
        signed: Its issuer's signature.
        inclusion: Where its digest stands in the ``erasures`` stream.
        receipt: All of it in one document that anybody can check.
        told: Readers in whose inboxes a notice lies: their software destroys what it has.
        untold: Readers who could not be told, and why: erase again to try once more.
    """

    report: Erasure
    signed: Signed
    inclusion: Inclusion
    receipt: ErasureReceipt
    told: tuple[Address, ...] = ()
    untold: tuple[tuple[Address, SalusError], ...] = ()


class Erasing:
    """What a custodian does to destroy a record for good."""

    def __init__(self, holder: Holder, anchors: Anchors, mail: Mail) -> None:
        self._holder = holder
        self._anchors = anchors
        self._mail = mail
        self._tellers: list[Teller] = []

    @typed_arguments
    def register(self, teller: Teller) -> None:
        """Have a feature tell readers that have no inbox; asked before a letter is written.

        Where it raises anything, the reader counts as untold, and all others are told.

        Args:
            teller: Called with the reader and the report; returns whether it told the reader.
        """
        self._tellers.append(teller)

    def erase(self, record: AnyRecord) -> ErasedRecord:
        """Destroy every key, salt, manifest and blob of a record, and tell its readers.

        Args:
            record: It, its manifest, or its id, 32 hexadecimal digits.

        Returns:
            The signed report of what was destroyed and what was not, with the checkpoint of the
            ``erasures`` stream that holds its digest, a receipt for anybody to check
            (`verify_erasure`), and who was told. Erase again to try what and
            whom was out of reach, and for another receipt; telling twice does no harm.

        Raises:
            InputError: The record id is not valid.
            MissingRecord: There is none, and never was.
            ChainError: The record is destroyed, and its report waits to be anchored: erase again.
            SignerNotInControl: The account does not control this identity (any more): nothing
                was destroyed.
        """
        self._holder.require_control()
        report = self._holder.vault.erase(id_of(record), erased_at=self._holder.chain.now())
        signed = vouch(self._holder.account, "erasure", report.digest, self._holder.chain.chain_id)
        self._holder.vault.database.with_room(lambda: self._log_erasure(report))
        inclusion, receipt = self._prove_erasure(report, signed)
        return ErasedRecord(report, signed, inclusion, receipt, *self.tell(report))

    @typed_arguments
    def tell(self, report: Erasure) -> Told:
        """Notify all that had a key; one that cannot be told now stops no other.

        Args:
            report: What was erased, and who had keys to it.

        Returns:
            Whom it was told, and whom not, each with the error.
        """
        told, untold = [], []
        for each in report.grantees:
            reader = checked_address(each)
            try:
                self._tell_reader(reader, report)
                told.append(reader)
            except SalusError as problem:
                untold.append((reader, problem))
        return tuple(told), tuple(untold)

    def _tell_reader(self, reader: Address, report: Erasure) -> None:
        """By a feature or by letter; where a feature failed, who has an inbox has a letter too."""
        problems = []
        for tell in self._tellers:
            try:
                if fenced("what tells readers of erasures", partial(tell, reader, report)):
                    return
            except SalusError as problem:
                problems.append(problem)
        try:
            self._post_notice(reader, report)
        except SalusError:
            if not problems:
                raise
        if problems:
            raise problems[0]

    def _post_notice(self, reader: Address, report: Erasure) -> None:
        inbox, document = self._mail.directory.find(reader)
        self._holder.vault.contacts.require(document)
        self._mail.post(inbox, ERASURE, ErasureNotice.of(report).to_bytes(), document)

    def _log_erasure(self, report: Erasure) -> None:
        # The digest for who has the report; the other leaf for a key database from an old backup.
        leaves = [erased_leaf(report.issuer, report.record), report.digest]
        self._anchors.ensure(ERASURES_STREAM, leaves)

    def _prove_erasure(
        self, report: Erasure, signed: Signed, *, attempts: int = ATTEMPTS
    ) -> tuple[Inclusion, ErasureReceipt]:
        """At the latest block: who signed just now controls the issuer there, for nodes to see."""
        inclusion = self._anchors.proofs.prove(ERASURES_STREAM, report.digest)
        try:
            return inclusion, issue_erasure_receipt(self._holder.chain, inclusion, report, signed)
        except ReceiptMismatch:  # another writer was between the two
            if attempts == 1:
                raise
        return self._prove_erasure(report, signed, attempts=attempts - 1)
