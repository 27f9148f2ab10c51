"""Every contract, each after those that its constructor is given.

A new registry gets a package beside this module, with its ``SPEC``: nothing is edited here, and
nothing else reads contracts by name.

Example:
    >>> SPECS[0].name, spec_of("AnchorRegistry").needs
    ('IdentityRegistry', ('IdentityRegistry',))
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import salus.contracts
from salus.contracts.spec import ContractSpec
from salus.errors import InputError


def _found() -> list[ContractSpec]:
    names = sorted(each.name for each in iter_modules(salus.contracts.__path__))
    modules = [import_module(f"salus.contracts.{each}") for each in names if each != "specs"]
    return [module.SPEC for module in modules if hasattr(module, "SPEC")]


def _in_order(specs: list[ContractSpec]) -> tuple[ContractSpec, ...]:
    ordered: list[ContractSpec] = []
    while waiting := [each for each in specs if each not in ordered]:
        made = {each.name for each in ordered}
        ordered.append(next(each for each in waiting if made.issuperset(each.needs)))
    return tuple(ordered)


SPECS = _in_order(_found())
"""What a whole deployment holds."""


def spec_of(name: str) -> ContractSpec:
    """Find a contract by its name in Solidity."""
    for spec in SPECS:
        if spec.name == name:
            return spec
    raise InputError(f"{name!r} is not a contract: {', '.join(each.name for each in SPECS)}")
