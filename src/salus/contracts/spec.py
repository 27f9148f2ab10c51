"""Every contract as a value: its name in Solidity, and the modules that mirror what it says.

A new registry gets a module here and a row in ``SPECS``; nothing else reads contracts by name.

Example:
    >>> spec_of("AnchorRegistry").errors()["HeadMoved"].__name__
    'HeadMoved'
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from salus.contracts import accreditations, anchors, consents, identities, openzeppelin
from salus.contracts.drugs import errors as drug_errors
from salus.contracts.drugs import events as drug_events
from salus.contracts.drugs import pack_errors
from salus.contracts.event import Event
from salus.contracts.reverts import NamedRevert
from salus.errors import InputError
from salus.primitives.values import typed


@dataclass(frozen=True, slots=True)
@typed
class ContractSpec:
    """A contract, and where its events and errors are mirrored."""

    name: str
    modules: tuple[ModuleType, ...]

    def events(self) -> dict[str, type[Event]]:
        """Its events by name."""
        return self._classes(Event)

    def errors(self) -> dict[str, type[NamedRevert]]:
        """Its errors by name."""
        return self._classes(NamedRevert)

    def _classes(self, base: type[Any]) -> dict[str, type[Any]]:
        return {
            name: value
            for module in self.modules
            for name, value in vars(module).items()
            if isinstance(value, type)
            and issubclass(value, base)
            and value.__module__ == module.__name__
        }


SPECS = (
    ContractSpec("IdentityRegistry", (identities, openzeppelin)),
    ContractSpec("AccreditationRegistry", (accreditations, identities, openzeppelin)),
    ContractSpec("ConsentRegistry", (consents, identities, openzeppelin)),
    ContractSpec("AnchorRegistry", (anchors, identities, openzeppelin)),
    ContractSpec(
        "DrugProvenance", (drug_errors, drug_events, pack_errors, identities, openzeppelin)
    ),
    ContractSpec("PasskeyVerifier", (identities,)),
)


def spec_of(name: str) -> ContractSpec:
    """Find a contract by its name in Solidity.

    Raises:
        InputError: There is none of that name.
    """
    for spec in SPECS:
        if spec.name == name:
            return spec
    raise InputError(f"{name!r} is not a contract: {', '.join(each.name for each in SPECS)}")
