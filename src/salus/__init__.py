"""Salus: a health-data trust layer on Ethereum.

Example:
    >>> from salus import Salus
    >>> salus = Salus.connect("tester")
    >>> salus.identities.controller(salus.account.identity) == salus.account.identity
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salus.chain.signing.signers import Account
    from salus.client import Salus
    from salus.errors import SalusError

__version__ = "0.1.0"

__all__ = ["Account", "Salus", "SalusError", "__version__"]

_HOMES = {
    "Account": "salus.chain.signing.signers",
    "Salus": "salus.client",
    "SalusError": "salus.errors",
}


def __getattr__(name: str) -> Any:
    # Imported at first use: `salus --help` must not wait for the chain libraries.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
