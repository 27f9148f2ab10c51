"""Salus: a health-data trust layer on Ethereum.

Example:
    >>> import salus
    >>> terms = salus.Terms.permit("TREAT").except_(sensitivities="PSY")
    >>> with salus.connect("tester") as me:
    ...     consent = me.consents.propose(me, "0x" + "ab" * 20, terms)
    ...     transaction = me.consents.grant(consent)
    ...     print(me.consents.checks.require(consent).strength)
    registered
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import salus_verify  # noqa: F401 - whole and first, before threads touch parts of it
from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.chain.signing.signers import Account
    from salus.client import Salus
    from salus.connecting.connect import connect
    from salus.connecting.open_vault import open_vault
    from salus.errors import SalusError
    from salus.terms import Effect, Rule, Terms

__version__ = "0.1.0"

__all__ = [
    "Account",
    "Effect",
    "Rule",
    "Salus",
    "SalusError",
    "Terms",
    "__version__",
    "connect",
    "open_vault",
]

# Imported at first use: `salus --help` must not wait for the chain libraries.
__getattr__, __dir__ = door(
    __name__,
    {
        "chain.signing.signers": "Account",
        "client": "Salus",
        "connecting.connect": "connect",
        "connecting.open_vault": "open_vault",
        "errors": "SalusError",
        "terms": "Effect Rule Terms",
    },
)
