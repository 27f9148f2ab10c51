"""Checking what a custodian keeps, together with what the chain says of its keys.

Example:
    >>> from salus import Salus
    >>> clinic = Salus.connect("tester", storage="memory://example-checking")
    >>> clinic.records.check().sound
    True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from itertools import chain

from eth_utils.address import to_checksum_address

from salus.chain.abi.typed import digest
from salus.chain.signing.signers import signer_identity
from salus.chain.signing.verifying import key_signed
from salus.contracts.identities import DIDOwnerChanged
from salus.emergencies.keeping import EmergencyKeeping
from salus.emergencies.notes import EmergencyNote
from salus.errors import CredentialError, SalusError, StorageError, VerificationError
from salus.identities.client import Identities
from salus.identities.history import walk
from salus.mail.directory import find_key, verifier
from salus.primitives.address import checked_address
from salus.primitives.documents import hex0x
from salus.records.adding import RECORDS_STREAM
from salus.vault.documents.manifest import SignedManifest
from salus.vault.documents.statements import Verify
from salus.vault.keys.recovery import split_is_stale
from salus.vault.letters.inbox import Inbox
from salus.vault.upkeep.checking import CheckReport, Finding

_ADDRESS_SIZE = 20


class Checking(EmergencyKeeping):
    """What nobody would notice before it is needed: in an emergency, or after a loss."""

    def check(
        self, *, deep: bool = False, repair: bool = False, accept_rows: bool = False
    ) -> CheckReport:
        """Check the vault, what lies ready for emergencies, and the keys behind both.

        Args:
            deep: Read and hash every blob.
            repair: Mend what can be mended, as the vault's own check does; what lies ready for
                emergencies is left there again.
            accept_rows: As for the vault's own check.

        Returns:
            What was found.

        Raises:
            StorageError: The storage or the key store cannot be read.
            ChainError: The node does not answer, and nothing else is wrong: what was found is told
                beside any error.
        """
        report = self._vault.check(deep=deep, repair=repair, accept_rows=accept_rows)
        found, problems = list(report.findings), list[SalusError]()
        unchecked: list[Finding] = []
        for what, half in (
            ("anchored records", self._missing()),
            ("streams", self._passed_by()),
            ("identity keys", self._keys()),
            ("manifests", self._unsigned()),
            ("emergencies", self._emergencies(repair=repair)),
        ):
            try:
                found.extend(half)  # all that it finds before it fails
            except SalusError as problem:
                problems.append(problem)
                unchecked.append(Finding("unchecked", what, str(problem)))
        if problems and not found:
            raise problems[0]
        return CheckReport(report.versions, (*found, *unchecked))

    def _missing(self) -> Iterator[Finding]:
        """Records that are anchored, and of which the key store knows nothing."""
        try:
            leaves = self._anchors.leaves(RECORDS_STREAM)
        except VerificationError as unexplained:
            yield Finding("unchecked", "anchored records", str(unexplained))
            return
        missing = self._vault.unknown(leaves)
        if missing:
            yield Finding(
                "missing records",
                self._vault.keystore.url,
                f"{len(missing)} of {len(leaves)} anchored record versions are not in it: it is an"
                " older copy, or lost rows. Put the newest copy in its place; without one these"
                f" records stay closed. Their leaves: {', '.join(map(hex0x, missing))}",
            )

    def _passed_by(self) -> Iterator[Finding]:
        """Streams that are written where no reader counts what is written."""
        for label, number in self._anchors.passed_by():
            yield Finding(
                "stream passed by",
                f"{label}/{number}",
                f"no reader counts what was anchored in number {number} of your stream {label!r}:"
                " a node lied when it was begun, or the chain took back what it disowns."
                " `salus records anchor` anchors all of it anew where readers look; receipts from"
                " that number prove when something was there, and count in no stream: make new"
                " ones",
            )

    def _keys(self) -> Iterator[Finding]:
        keys, named = self._vault.keys, find_key(self._identities, self._identity)
        if named is not None and named not in {each.document.digest for each in keys.keys}:
            yield Finding(
                "missing identity key",
                "0x" + named.hex(),
                "the chain names it, and it is not here: what others seal to it stays closed."
                " `salus vault recover` with shares that were split since it was made; if it is"
                " lost, `salus records announce --yes` names the one that is here",
            )
        if split_is_stale(self._vault.keystore, keys):
            yield Finding(
                "stale recovery shares",
                keys.document.id,
                "recovery shares were split before this key was made and do not bring it back:"
                " `salus vault split-keys` again",
            )

    def _unsigned(self) -> Iterator[Finding]:
        """Records that a letter vouched for, and whose manifests prove nothing to anybody else."""
        verify = verifier(self._chain)
        held = cache(self._holders)
        for signed in self._vault.received():
            if not _is_signed(signed, verify, held):
                yield Finding(
                    "unsigned record",
                    signed.manifest.record_id,
                    f"what {signed.manifest.issuer} sent carries no signature of a key that has, or"
                    " once had, its identity: it can be read, and proves nothing. Ask them to"
                    " share it again: a true one replaces it",
                )

    def _emergencies(self, *, repair: bool) -> Iterator[Finding]:
        patients = {key.compartment.patient for key in self._vault.keyring.compartment_keys()}
        for note in map(self._vault.emergencies.find, sorted(patients)):
            problem = "" if note is None else self._unreadable(note)
            if note is not None and problem:
                patient = checked_address(note.card.patient)
                done = repair and bool(self.wrap_for_emergencies(patient))
                yield Finding("unreadable in emergencies", patient, problem, repaired=done)

    def _unreadable(self, note: EmergencyNote) -> str:
        """Why whoever put the emergency key together would not read all that was left for it."""
        helps = "`salus vault custody wrap` leaves all of it there again"
        if not note.messages:
            return ""
        signer = signer_identity(note.signer)
        if signer != self._identities.controller(self._identity):
            return f"it is signed by {signer}, who does not control {self._identity}: {helps}"
        try:
            lost = note.messages - set(Inbox(note.card.inbox).list())
        except StorageError as problem:
            return f"{problem}: {helps}"
        return f"{len(lost)} messages are gone from {note.card.inbox}: {helps}" if lost else ""

    def _holders(self, issuer: str) -> frozenset[str]:
        """Every account that ever controlled an identity: its own, and those it was given to."""
        whose = to_checksum_address(issuer)
        changes = chain.from_iterable(walk(self._chain.contract("IdentityRegistry"), whose))
        owners = (each.owner for each in changes if isinstance(each, DIDOwnerChanged))
        return frozenset({whose, *owners})

    @property
    def _identities(self) -> Identities:
        return Identities(self._chain, self._account)


def _is_signed(
    signed: SignedManifest, verify: Verify, held: Callable[[str], frozenset[str]]
) -> bool:
    """Whether a key that controls the issuer's identity, or once did, made the signature.

    Any key signs well, a throwaway one too: only one that had the identity proves something.
    """
    signer, statement = signed.signed.signer, signed.manifest.statement
    with suppress(CredentialError):
        signed.check(verify)
        return True
    if len(signer) != _ADDRESS_SIZE:
        return False
    who = to_checksum_address(signer)
    made = key_signed(who, digest(statement.typed_data()), signed.signed.signature)
    return made and who in held(signed.manifest.issuer)
