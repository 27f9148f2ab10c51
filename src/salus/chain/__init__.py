"""The chain: connect, call, sign, send, read events, deploy.

Example:
    >>> from salus.chain import Chain
    >>> chain = Chain.connect("tester")
    >>> chain.contract("IdentityRegistry").call("isDeactivated", "0x" + "11" * 20)
    False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.chain.abi.typed import typed_data
    from salus.chain.chain import Block, Chain
    from salus.chain.contract import Call, Contract, Transaction
    from salus.chain.deploying.deploy import deploy
    from salus.chain.deployments import DeployedContract, Deployment
    from salus.chain.signing.passkey import Assertion, PasskeySigner, SoftwarePasskey
    from salus.chain.signing.signers import (
        Account,
        Authorization,
        Signer,
        authorize,
        development_account,
        signer_identity,
    )
    from salus.chain.signing.verifying import verify_typed_data

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

__getattr__ = door(
    __name__,
    {
        "abi.typed": "typed_data",
        "chain": "Block Chain",
        "contract": "Call Contract Transaction",
        "deploying.deploy": "deploy",
        "deployments": "DeployedContract Deployment",
        "signing.passkey": "Assertion PasskeySigner SoftwarePasskey",
        "signing.signers": (
            "Account Authorization Signer authorize development_account signer_identity"
        ),
        "signing.verifying": "verify_typed_data",
    },
)
