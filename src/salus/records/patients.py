"""Which patient of a custodian's an identity stands for, and whose the resources of a file are.

A patient's consent opens what lies under an identity: nobody else's data may come to lie there.

Example:
    >>> from salus.fhir.patient import Patients
    >>> the_patient([Patients(frozenset({"Patient/1"})), Patients()])
    frozenset({'Patient/1'})
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from salus.errors import (
    AnotherPatient,
    ChainError,
    InputError,
    PatientNotNamed,
    PatientUnclear,
    SeveralPatients,
)

if TYPE_CHECKING:
    from salus.fhir.patient import Patients
    from salus.models import Address
    from salus.vault import Vault

_SHOWN = 3


class PatientNumbers:
    """What a custodian says of the identities in its vault; kept encrypted in the key store.

    Args:
        vault: The custodian's.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._notes = vault.notebook("patient-numbers")

    def of(self, identity: Address) -> frozenset[str]:
        """The numbers that an identity stands for here; none before its first record."""
        return frozenset(self._notes.get(identity.lower()) or ())

    def say(self, identity: Address, numbers: Collection[str]) -> None:
        """Say which numbers an identity stands for, in the place of what was said before.

        Args:
            identity: What the patient uses with this custodian.
            numbers: References (``Patient/1``, a whole URL) or identifiers (``system|value``), all
                of this one patient; none forgets what was said.

        Raises:
            InputError: One is neither a reference nor an identifier.
        """
        said = sorted({checked_number(each) for each in numbers})
        if said:
            self._notes.put(identity.lower(), said)
        else:
            self._notes.drop(identity.lower())

    @contextmanager
    def admitting(
        self, identity: Address, patients: Sequence[Patients], *, number: str | None = None
    ) -> Iterator[None]:
        """Let in what is about the patient that an identity stands for; the first file says who.

        Args:
            identity: Where the resources are to lie.
            patients: Whose each of them is.
            number: Whose the custodian says they are, where they name nobody.

        Raises:
            SeveralPatients: They are about more than one.
            PatientUnclear: Of some it cannot be told.
            PatientNotNamed: Some name nobody, and there is no ``number``.
            AnotherPatient: The identity stands for another.
        """
        if not patients and number is None:
            yield  # of another kind than FHIR: nothing in it is read
            return
        with self._notes.transaction():
            before = self.of(identity)
            found = the_patient(patients, number=number, same=before)
            if before and not found <= before:
                raise AnotherPatient(identity)
            if found and not before:
                self.say(identity, found)
        try:
            yield
        except ChainError:
            raise  # the records are kept, and so is whose they are
        except BaseException:
            if found and not before:
                self.say(identity, before)
            raise

    def require_same(self, record: str, identity: Address) -> None:
        """Refuse a new version that would bring another patient's data into a record.

        Raises:
            AnotherPatient: The record lies under another identity.
            MissingRecord: There is no such record.
        """
        newest = self._vault.manifest(record).manifest
        entry = self._vault.keyring.entry(newest.record, newest.version)
        if entry.compartment.patient.lower() != identity.lower():
            raise AnotherPatient(identity)


def the_patient(
    patients: Sequence[Patients], *, number: str | None = None, same: frozenset[str] = frozenset()
) -> frozenset[str]:
    """Find the one patient that resources are about.

    Args:
        patients: Whose each of them is.
        number: Whose those are that name nobody.
        same: Numbers that are known to be one patient's.

    Returns:
        The patient's number, or several of ``same``; empty where they are about nobody.

    Raises:
        SeveralPatients: They are about more than one.
        PatientUnclear: Of some it cannot be told.
        PatientNotNamed: Some name nobody, and there is no ``number``.
    """
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
            f"{number!r} is no patient number as FHIR writes it: give a reference such as"
            " Patient/1, or an identifier as system|value"
        )
    return number


def _shown(places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return "; ".join(places[:_SHOWN]) + more
