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
    from salus.chain.chain import Chain
    from salus.chain.deploying.deploy import deploy
    from salus.chain.lookup import connect
    from salus.chain.signing.account_names import open_account
    from salus.chain.signing.keystore_files import change_keystore_passphrase
    from salus.chain.signing.passkey import Assertion, PasskeySigner, SoftwarePasskey
    from salus.chain.signing.signers import Account, Signer, development_account

__all__ = [
    "Account",
    "Assertion",
    "Chain",
    "PasskeySigner",
    "Signer",
    "SoftwarePasskey",
    "change_keystore_passphrase",
    "connect",
    "deploy",
    "development_account",
    "open_account",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "chain": "Chain",
        "lookup": "connect",
        "deploying.deploy": "deploy",
        "signing.account_names": "open_account",
        "signing.keystore_files": "change_keystore_passphrase",
        "signing.passkey": "Assertion PasskeySigner SoftwarePasskey",
        "signing.signers": "Account Signer development_account",
    },
)
