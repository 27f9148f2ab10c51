"""The chain: connect, call, sign, send, read events, deploy.

Names are imported when they are first used, so that importing Salus loads no chain library.

Example:
    >>> from salus.chain import Chain
    >>> chain = Chain.connect("tester")
    >>> chain.contract("IdentityRegistry").call("isDeactivated", "0x" + "11" * 20)
    False
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from salus.chain.connection import Block, Chain
    from salus.chain.contract import Call, Contract, Transaction
    from salus.chain.deploying import deploy
    from salus.chain.deployments import DeployedContract, Deployment
    from salus.chain.passkey import Assertion, PasskeySigner, SoftwarePasskey
    from salus.chain.signers import (
        Account,
        Authorization,
        Signer,
        authorize,
        development_account,
        signer_identity,
    )
    from salus.chain.typed import typed_data
    from salus.chain.verifying import verify_typed_data

__all__ = [
    "Account",
    "Assertion",
    "Authorization",
    "Block",
    "Call",
    "Chain",
    "Contract",
    "DeployedContract",
    "Deployment",
    "PasskeySigner",
    "Signer",
    "SoftwarePasskey",
    "Transaction",
    "authorize",
    "deploy",
    "development_account",
    "signer_identity",
    "typed_data",
    "verify_typed_data",
]

_HOMES = {
    "connection": ("Block", "Chain"),
    "contract": ("Call", "Contract", "Transaction"),
    "deploying": ("deploy",),
    "deployments": ("DeployedContract", "Deployment"),
    "passkey": ("Assertion", "PasskeySigner", "SoftwarePasskey"),
    "signers": (
        "Account",
        "Authorization",
        "Signer",
        "authorize",
        "development_account",
        "signer_identity",
    ),
    "typed": ("typed_data",),
    "verifying": ("verify_typed_data",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
