"""A contract as a value: what it mirrors, what it is made with, and what may be signed for it.

Each package here mirrors a contract: its ``errors``, ``events`` and ``values``, and its ``SPEC``,
which `salus.contracts.specs` finds.

Example:
    >>> from salus.contracts.anchors import SPEC
    >>> SPEC.errors()["HeadMoved"].__name__
    'HeadMoved'
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.contracts.event import Event
    from salus.contracts.reverts import NamedRevert

SIGNED_ACTS, OPENZEPPELIN = "salus.contracts.signed_acts", "salus.contracts.openzeppelin"
"""Modules with errors and events that most contracts share."""


@dataclass(frozen=True, slots=True)
@typed
class ContractSpec:
    """A contract.

    Attributes:
        name: As in Solidity.
        modules: Names of the modules that mirror its events and errors.
        given_as: The constructor's parameter, in snake_case, by which others are given it.
        needs: Contracts that its constructor is given.
        signed: EIP-712 ``encodeType`` of each act that may be signed.
    """

    name: str
    modules: tuple[str, ...]
    given_as: str = ""
    needs: tuple[str, ...] = ()
    signed: tuple[str, ...] = ()

    def events(self) -> dict[str, type[Event]]:
        """Its events by name."""
        from salus.contracts.event import Event

        return self._classes(Event)

    def errors(self) -> dict[str, type[NamedRevert]]:
        """Its errors by name."""
        from salus.contracts.reverts import NamedRevert

        return self._classes(NamedRevert)

    def _classes(self, base: type[Any]) -> dict[str, type[Any]]:
        return {
            name: value
            for module in self.modules
            for name, value in vars(import_module(module)).items()
            if isinstance(value, type) and issubclass(value, base) and value.__module__ == module
        }
