"""The chain: connect, call, sign, send, read events, deploy.

Example:
    >>> from salus.chain import connect
    >>> chain = connect("tester")
    >>> chain.contract("IdentityRegistry").call("isDeactivated", "0x" + "11" * 20)
    False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.doors import door

if TYPE_CHECKING:
    from salus.chain.chain import Block, Chain
    from salus.chain.contract import Call, Contract, Transaction
    from salus.chain.control_check import verify_typed_data
    from salus.chain.deploying.deploy import deploy
    from salus.chain.deployments.file import DeployedContract, Deployment
    from salus.chain.lookup import connect
    from salus.chain.signing.passkey import Assertion, PasskeySigner, SoftwarePasskey
    from salus.chain.signing.signers import Account, Authorization, Signer, development_account
    from salus.chain.signing.verifying import signer_identity

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
    "connect",
    "deploy",
    "development_account",
    "signer_identity",
    "verify_typed_data",
]

__getattr__ = door(
    __name__,
    {
        "chain": "Block Chain",
        "lookup": "connect",
        "contract": "Call Contract Transaction",
        "control_check": "verify_typed_data",
        "deploying.deploy": "deploy",
        "deployments.file": "DeployedContract Deployment",
        "signing.passkey": "Assertion PasskeySigner SoftwarePasskey",
        "signing.signers": "Account Authorization Signer development_account",
        "signing.verifying": "signer_identity",
    },
)
