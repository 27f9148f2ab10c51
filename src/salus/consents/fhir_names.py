"""Which identity the ``patient`` of a FHIR Consent is, and how an identity is written as one.

Nobody is guessed, and nobody is believed about itself: the name is bound by the statement of
somebody accredited, by this client's own, by being the identity's DID or address; or by argument.

Example:
    >>> import salus
    >>> me = salus.connect("tester")
    >>> names = FhirNames(me.consents.actors, me.chain)
    >>> names.patient(me.identities.did(me), told=None) == (me.identity, [])
    True
    >>> names.patient("Patient/1", told=None)[0] is None
    True
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from salus.consents.actor_statements import kind_of
from salus.errors import InputError
from salus.fhir.codings import is_place
from salus.primitives.address import Address, checked_address

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.consents.actors import ActorDirectory

_PATIENT = "Consent.patient"
_NUMBER = re.compile(r"[^|\s]+\|[^|\s]+")


class FhirNames:
    """Names of patients, by the statements that count here."""

    def __init__(self, actors: ActorDirectory, chain: Chain) -> None:
        self._actors, self._chain = actors, chain

    def patient(
        self, name: str | None, *, told: Address | None
    ) -> tuple[Address | None, list[tuple[str, str]]]:
        """Find whose a Consent is: who, and what keeps it from being that."""
        known = set() if name is None else self._known(name)
        if told is not None:
            others = known - {told}
            why = f"{name} is {', '.join(sorted(others))}, by a statement, and not {told}"
            return told, [(_PATIENT, why)] if others else []
        if len(known) == 1:
            return known.pop(), []
        if known:
            return None, [(_PATIENT, f"statements say that {name} is {len(known)} identities")]
        why = "names nobody" if name is None else f"no statement says which identity {name} is"
        return None, [(_PATIENT, f"{why}: give the identity that signs as `patient=`")]

    def written(self, patient: Address, *, told: str | None) -> str:
        """How an identity is written as a patient: as told, by its one name, or as its DID."""
        if told is not None:
            if not (is_place(told) or told.startswith("did:") or _NUMBER.fullmatch(told)):
                raise InputError(
                    f"{told!r} is no patient's name in FHIR: give a reference as Patient/1, a"
                    " number as system|value, or a DID"
                )
            others = self._known(told) - {patient}
            if others:
                raise InputError(
                    f"{told} is {', '.join(sorted(others))}, by a statement, and not {patient}:"
                    " give the name of this patient, or leave `patient=` out"
                )
            return told
        names = {
            each.actor
            for each in self._actors.vouched()
            if each.subject == patient and kind_of(each.actor) == "Patient"
        }
        return names.pop() if len(names) == 1 else f"{self._did}{patient}"

    @property
    def _did(self) -> str:
        return f"did:ethr:{hex(self._chain.chain_id)}:"

    def _known(self, name: str) -> set[Address]:
        bare = name.removeprefix(self._did)
        if bare != name or name.startswith("0x"):
            try:
                return {checked_address(bare)}
            except InputError:
                return set()
        return {each.subject for each in self._actors.vouched() if each.actor == name}
