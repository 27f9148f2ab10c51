"""Which patient of a custodian's an identity stands for, and whose the resources of a file are.

A patient's consent opens what lies under an identity: nobody else's data may come to lie there.

Example:
    >>> from salus.fhir.patient import Patients
    >>> the_patient([Patients(frozenset({"Patient/1"})), Patients()])
    frozenset({'Patient/1'})
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.errors import InputError, SalusError
from salus.fhir.errors import (
    AnotherPatient,
    AnothersRecord,
    PatientNotNamed,
    PatientUnclear,
    SeveralPatients,
)
from salus.primitives.address import Address, AnyIdentity, checked_address, identity_of
from salus.primitives.arguments import typed_arguments

if TYPE_CHECKING:
    from salus.fhir.patient import Patients
    from salus.vault.vault import Vault

_SHOWN = 3


class PatientNumbers:
    """What a custodian says of the identities in its vault; kept encrypted in the key database."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._notes = vault.notebook("patient-numbers")

    @typed_arguments
    def of(self, identity: AnyIdentity) -> frozenset[str]:
        """List the numbers of the patient that an identity stands for here.

        Args:
            identity: The identity that the patient uses here, or a signer that acts for it.

        Returns:
            References (``Patient/1``, whole URLs) and identifiers (``system|value``); none before
            the first record about a patient.
        """
        return frozenset(self._notes.get(identity_of(identity)) or ())

    @typed_arguments
    def say(self, identity: AnyIdentity, numbers: Collection[str]) -> None:
        """Set which numbers of one patient an identity stands for; none forgets the earlier ones.

        A number is a reference (``Patient/1``, a whole URL) or an identifier (``system|value``).

        Args:
            identity: The identity that the patient uses here.
            numbers: All of them, those that are noted already too.

        Raises:
            InputError: One is neither a reference nor an identifier.
        """
        identity = identity_of(identity)
        who, said = checked_address(identity), sorted({checked_number(each) for each in numbers})
        if said:
            self._notes.put(who, said)
        else:
            self._notes.drop(who)

    @typed_arguments
    @contextmanager
    def admitting(
        self, identity: Address, patients: Sequence[Patients], *, number: str | None = None
    ) -> Iterator[Callable[[], None]]:
        """Let in what is about the patient that an identity stands for; the first record says who.

        Args:
            identity: The identity that the records are added under.
            patients: Whom each resource is about; none for a record that is not FHIR.
            number: The patient's number, where resources do not name it.

        Yields:
            What to call in each transaction that keeps a record: it notes whose the identity is
            together with the record, or refuses what another program let in first.

        Raises:
            SeveralPatients: They are about more than one.
            PatientUnclear: Of some it cannot be told.
            PatientNotNamed: Some name nobody, and there is not a ``number``.
            AnotherPatient: The identity stands for another.
        """
        if not patients and number is None:
            yield lambda: None  # of another kind than FHIR: nothing in it is read
            return
        found = the_patient(patients, number=number, same=self.of(identity))
        coming = _Coming(self, identity, found)
        coming.require_same()
        try:
            yield coming.hold
        except BaseException:
            with suppress(SalusError):
                coming.let_go()
            raise
        if not coming.held:  # all of it was kept before, perhaps past FHIR
            coming.hold()

    @typed_arguments
    def hold(self, identity: Address, numbers: frozenset[str]) -> bool:
        """Note whom an identity stands for, where nothing is noted; in a transaction, if any.

        Args:
            identity: The identity that the patient uses here.
            numbers: The patient's numbers in what is added.

        Returns:
            Whether this was the first note; False where there are no numbers.

        Raises:
            AnotherPatient: It stands for another patient.
        """
        with self._notes.transaction():
            said = self.of(identity)
            if said and not numbers <= said:
                raise AnotherPatient(identity, expected=said)
            if numbers and not said:
                self.say(identity, numbers)
            return bool(numbers) and not said

    @typed_arguments
    def let_go(self, identity: Address) -> None:
        """Forget whom an identity stands for, unless a record of its lies in the vault.

        Args:
            identity: The identity that an addition was to lie under.
        """
        with self._notes.transaction():
            keys = self._vault.keyring.compartments.all(identity)
            store, issuer = self._vault.database, self._vault.identity
            if not any(store.records.in_use(issuer, key.key_id) for key in keys):
                self.say(identity, ())

    @typed_arguments
    def require_same(self, record: str, identity: Address) -> None:
        """Refuse a new version that would bring another patient's data into a record.

        Args:
            record: The record's id, 32 hexadecimal digits.
            identity: The identity that the new version is added under.

        Raises:
            MissingRecord: There is no such record.
            AnothersRecord: The record lies under another identity.
        """
        newest = self._vault.manifest(record)
        entry = self._vault.keyring.entries.find(newest.record, newest.version)
        if entry.compartment.patient != identity:
            raise AnothersRecord(record, identity=identity)


@dataclass
class _Coming:
    """One addition: whose it is, and whether it was the first to say so."""

    notes: PatientNumbers
    identity: Address
    numbers: frozenset[str]
    held: bool = False
    first: bool = False

    def require_same(self) -> None:
        said = self.notes.of(self.identity)
        if said and not self.numbers <= said:
            raise AnotherPatient(self.identity, expected=said)

    def hold(self) -> None:
        # Another addition may have let go of it since: each record is kept together with it.
        self.first |= self.notes.hold(self.identity, self.numbers)
        self.held = True

    def let_go(self) -> None:
        if self.first:
            self.notes.let_go(self.identity)


def the_patient(
    patients: Sequence[Patients], *, number: str | None = None, same: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Find the one patient that resources are about."""
    said = frozenset() if number is None else frozenset({checked_number(number)})
    named = said.union(*(each.named for each in patients))
    if len(named) > 1 and not named <= same:
        raise SeveralPatients(count=len(named))
    places = [
        f"resource {at + 1}, {path}" for at, each in enumerate(patients) for path in each.unclear
    ]
    if places:
        raise PatientUnclear(places=_shown(places))
    silent = [f"resource {at + 1}" for at, each in enumerate(patients) if each.is_silent]
    if silent and not said:
        raise PatientNotNamed(places=_shown(silent))
    return named


def checked_number(number: str) -> str:
    """Refuse what no resource could ever name.

    Raises:
        InputError: It is neither a reference nor an identifier.
    """
    if not number.isprintable() or not any(mark in number for mark in "/|:"):
        raise InputError(
            f"{number!r} is not a patient number as FHIR writes it: give a reference such as"
            " Patient/1, or an identifier as system|value"
        )
    return number


def _shown(places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return "; ".join(places[:_SHOWN]) + more
