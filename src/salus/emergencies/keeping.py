"""Emergency keys, as who keeps the records: made, split among custodians, and kept up to date.

Keys for emergencies lie ready in a storage, sealed to a key that nobody has. What is added later,
or after a revocation, is not among them until it is sealed too: run that daily.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-emergency-keys")
    >>> clinic.emergencies.keeping.seal()
    SealedForEmergencies(patients=0, keys=0, records=0, removed=0, refused=())
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from salus.emergencies.cards import EmergencyCard
from salus.emergencies.checking import Readiness
from salus.emergencies.emergency_keys import EMERGENCY, Deposit, deposit_key, emergency_identity
from salus.emergencies.notes import EmergencyNote, emergency_notes
from salus.errors import InputError
from salus.primitives.address import Address, AnyIdentity, identity_of
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.records.sharing import PARCEL
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import Parcel, Pointer, pack
from salus.vault.documents.record_keys import CompartmentKey, Plan
from salus.vault.letters.inbox import Inbox, message_name
from salus.vault.letters.letters import seal_letter

if TYPE_CHECKING:
    from salus.emergencies.windows import Windows
    from salus.identities.client import Identities
    from salus.mail.directory import Directory
    from salus.records.client import Records
    from salus.records.holder import Holder
    from salus.vault.database.rows import RecordRow
    from salus_verify.erasure_receipt import Erasure

_RowsByKey = Mapping[bytes, Sequence["RecordRow"]]


@dataclass(frozen=True, slots=True)
@typed
class NewEmergencyKey:
    """An emergency key that was made: nobody has it any more.

    Attributes:
        card: For the patient, and for whoever may have to help; no secret.
        deposits: For each custodian its share, sealed to it.
    """

    card: EmergencyCard
    deposits: Mapping[Address, Deposit]


@dataclass(frozen=True, slots=True)
@typed
class SealedForEmergencies:
    """What was done for emergencies.

    Attributes:
        patients: How many have an emergency key here.
        keys: Compartment keys that were sealed, and were not before.
        records: Record versions that were pointed to, and were not before.
        removed: Messages that were deleted: what they named is erased, or lies under new keys, or
            who signed them no longer controls this identity.
        refused: Patients who refuse break-glass: nothing is handed out any more for them.
    """

    patients: int
    keys: int
    records: int
    removed: int
    refused: tuple[Address, ...]


class EmergencyKeeping:
    """What a custodian of records does before, and between, emergencies."""

    def __init__(self, holder: Holder, windows: Windows, directory: Directory) -> None:
        self._holder = holder
        self._chain, self._account, self._vault = holder.chain, holder.account, holder.vault
        self._notes = emergency_notes(holder.vault)
        self._windows = windows
        self._directory = directory

    @typed_arguments
    def join(self, records: Records, identities: Identities) -> None:
        """Have records tell of erasures, ends and checks that concern emergency keys.

        Args:
            records: Of the same client.
            identities: Whose keys the chain names.
        """
        records.erasing.register(self._told)
        records.grounds.register(EMERGENCY, self._ended)
        readiness = Readiness(self._holder, identities=identities, leave_again=self.seal)
        records.checking.register("emergencies", readiness.find)

    @typed_arguments
    def deposit(
        self,
        patient: AnyIdentity,
        custodians: Sequence[AnyIdentity],
        *,
        needed: int,
        inbox: str,
        replacing: bool = False,
    ) -> NewEmergencyKey:
        """Make a patient's emergency key, and give each custodian a share of it.

        Hand out deposits and card, then :meth:`seal`.

        Args:
            patient: The identity that the patient uses here, the one on the emergency card.
            custodians: Who hold shares; each announced a key.
            needed: How many of them give it back, at least 2.
            inbox: URL of the storage where they will lie: readable by who may have to help.
            replacing: Put it in the place of an earlier one, because that was used, say: its keys
                and messages are deleted, and what follows goes under new keys.

        Returns:
            The card and the deposits. The whole key is forgotten.

        Raises:
            InputError: The patient refuses break-glass, or has a key and this is not to replace
                it; or the numbers do not fit.
            MissingKey: A custodian announced no key.
            KeyChanged: A custodian's key is not the one that it was.
            SignerNotInControl: The account does not control this identity (any more).
        """
        self._holder.require_control()
        who = identity_of(patient)
        if self._windows.opted_out(who):
            raise InputError(f"{who} refuses break-glass: no emergency key is made against that")
        earlier = self._notes.find(who)
        if earlier is not None and not replacing:
            raise InputError(
                f"{who} has an emergency key here: seal to that, or replace it after it was used"
            )
        holders = [identity_of(each) for each in custodians]
        documents = [self._directory.find(each)[1] for each in holders]
        for each in documents:
            self._vault.contacts.require(each)
        made = deposit_key(
            who,
            documents,
            needed=needed,
            issuer=self._holder.identity,
            chain_id=self._chain.chain_id,
            created_at=self._chain.now(),
        )
        card = EmergencyCard(
            chain_id=self._chain.chain_id,
            patient=who,
            issuer=self._holder.identity,
            document=made.document,
            inbox=Inbox(inbox).url,
            needed=needed,
            custodians=tuple(holders),
        )
        if earlier is not None:
            self._withdraw(earlier)
        self._vault.contacts.accept(made.document)
        self._notes.keep(EmergencyNote(card))
        return NewEmergencyKey(card, dict(zip(holders, made.deposits, strict=True)))

    @typed_arguments
    def seal(self, patient: AnyIdentity | None = None) -> SealedForEmergencies:
        """Seal to emergency keys what is new: compartments, generations, records.

        Run again it does what is left to do; messages that were lost from the storage, or signed
        with a key that was rotated away, are left there again, and those that name what was erased
        or re-encrypted are deleted.

        Args:
            patient: Only this one; None for all.

        Returns:
            What was done.

        Raises:
            InputError: That patient has no emergency key here.
            StorageError: A storage refuses; run it again.
            SignerNotInControl: The account does not control this identity (any more).
        """
        self._holder.require_control()
        keys: defaultdict[str, list[CompartmentKey]] = defaultdict(list)
        for key in self._vault.keyring.compartments.all():
            keys[key.compartment.patient].append(key)
        patients = [*keys] if patient is None else [identity_of(patient)]
        notes = [note for each in patients if (note := self._notes.find(each))]
        if patient is not None and not notes:
            raise InputError(
                f"{patient} has no emergency key here: `emergencies.keeping.deposit()` makes one"
            )
        listed = cache(lambda url: frozenset(Inbox(url).list()))
        done = [
            self._seal_for(note, keys[note.card.patient], there=listed(note.card.inbox))
            for note in notes
        ]
        return SealedForEmergencies(
            len(notes),
            sum(each.keys for each in done),
            sum(each.records for each in done),
            sum(each.removed for each in done),
            tuple(refused for each in done for refused in each.refused),
        )

    def _told(self, reader: Address, report: Erasure) -> bool:
        """An emergency key has no inbox of its own: what names the record is deleted from ours."""
        patients = {key.compartment.patient for key in self._vault.keyring.compartments.all()}
        for patient in patients:
            if emergency_identity(patient, self._vault.identity) == reader:
                self.seal(patient)
                return True
        return False

    def _ended(self, patients: Collection[Address]) -> str:
        refused = any(self._windows.opted_out(each) for each in patients)
        return "the patient refuses break-glass" if refused else ""

    def _seal_for(
        self, note: EmergencyNote, keys: Sequence[CompartmentKey], *, there: frozenset[str]
    ) -> SealedForEmergencies:
        who = note.card.patient
        if self._windows.opted_out(who):
            return SealedForEmergencies(1, 0, 0, self._withdraw(note), (who,))
        owner = self._vault.identity
        rows = {
            key.key_id: self._vault.database.records.all(owner, sealed_under=key.key_id)
            for key in keys
        }
        present, removed = self._cleaned(note, rows, there)
        new = self._new_keys(present, [key for key in keys if key.current or rows[key.key_id]])
        pointers = self._new_pointers(present, keys, rows)
        self._leave(present, new, pointers)
        records = sum(len(parcel.pointers) for parcel in pointers)
        return SealedForEmergencies(
            1, sum(len(parcel.keys) for parcel in new), records, removed, ()
        )

    def _cleaned(
        self, note: EmergencyNote, rows: _RowsByKey, there: frozenset[str]
    ) -> tuple[EmergencyNote, int]:
        """The note without what is lost; and what names erased records is deleted.

        A message holds many pointers: with one of them the others go too, and are left anew; so
        is everything that a key signed which was rotated away.
        """
        inbox, signer = Inbox(note.card.inbox), self._account.signer
        live = {row.key_id for some in rows.values() for row in some}
        stale = {message for key, message in note.pointers.items() if key not in live} | {
            message for key, message in note.keys.items() if key not in rows
        }
        if note.signer != signer:
            stale = note.messages
        removed = sum(inbox.delete(message) for message in stale & there)
        given = {
            share.target for share in self._vault.database.given.all(consent=note.card.consent)
        }
        kept = there - stale
        keys = {k: m for k, m in note.keys.items() if m in kept and k in given}
        pointers = {k: m for k, m in note.pointers.items() if m in kept}
        return replace(note, keys=keys, pointers=pointers, signer=signer), removed

    def _new_keys(self, note: EmergencyNote, keys: Iterable[CompartmentKey]) -> list[Parcel]:
        new = tuple(key for key in keys if key.key_id not in note.keys)
        if not new:
            return []
        plan = Plan(compartments=new)
        return self._vault.readers.share(plan, note.card.document, consent=note.card.consent)

    def _new_pointers(
        self, note: EmergencyNote, keys: Iterable[CompartmentKey], rows: _RowsByKey
    ) -> list[Parcel]:
        new: list[Pointer] = []
        for key in keys:
            missing = {row.key_id for row in rows[key.key_id]} - set(note.pointers)
            if missing:
                all_of_them = (
                    p for parcel in self._vault.readers.pointers(key) for p in parcel.pointers
                )
                new += [each for each in all_of_them if _key_id(each) in missing]
        return list(pack((None, pointer) for pointer in new))

    def _leave(
        self, note: EmergencyNote, keys: Sequence[Parcel], pointers: Sequence[Parcel]
    ) -> None:
        """Note every message before it is left: what lies there unnoted could never be erased."""
        sealed = [(parcel, self._sealed(parcel, note.card)) for parcel in (*keys, *pointers)]
        by_key, by_record = dict(note.keys), dict(note.pointers)
        for parcel, message in sealed:
            name = message_name(message)
            by_key |= {key.target: name for key in parcel.keys}
            by_record |= {_key_id(pointer): name for pointer in parcel.pointers}
        self._notes.keep(replace(note, keys=by_key, pointers=by_record))
        inbox = Inbox(note.card.inbox)
        for _, message in sealed:
            inbox.deliver(message)

    def _sealed(self, parcel: Parcel, card: EmergencyCard) -> bytes:
        return seal_letter(
            PARCEL,
            parcel.to_bytes(),
            author=self._account,
            recipient=card.document,
            chain_id=self._chain.chain_id,
            sent_at=self._chain.now(),
        )

    def _withdraw(self, note: EmergencyNote) -> int:
        """Take back what was left for a key, and put what follows under new ones."""
        inbox = Inbox(note.card.inbox)
        removed = sum(inbox.delete(each) for each in note.messages & set(inbox.list()))
        self._vault.readers.revoke(note.card.consent)
        self._notes.keep(EmergencyNote(note.card))
        return removed


def _key_id(pointer: Pointer) -> bytes:
    return Manifest.parse(pointer.manifest).blob.key_id
