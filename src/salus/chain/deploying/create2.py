"""The proxy that creates our contracts (EIP-1014), so that they stand at one address everywhere.

Where a chain lacks it, it is put there by the transaction that its author signed once for all
chains, without a chain id.

Example:
    >>> from salus.chain import connect, development_account
    >>> ensure_proxy(connect("tester"), development_account(0))
    False
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.deployments.derivation import PROXY, salt
from salus.chain.errors import DeploymentMismatch
from salus.chain.node.answers import octets
from salus.chain.sending.acts import TransactionRequest

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account

PROXY_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
)

_PROXY_SIGNER = "0x3fAB184622Dc19b6109349B94811493BF2a45362"
_PROXY_TRANSACTION = (
    "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0"
    "3601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
    "1ba02222222222222222222222222222222222222222222222222222222222222222"
    "a02222222222222222222222222222222222222222222222222222222222222222"
)
_PROXY_COST = 10**16  # wei: 100,000 gas at 100 gwei, as signed


def create(chain: Chain, account: Account, init_code: bytes, *, generation: int = 1) -> str:
    """Create a contract through the proxy; return the transaction's 0x-prefixed hash.

    Raises:
        ContractError: The constructor refuses.
        TransactionError: The node does not take it, or does not mine it in time.
    """
    return chain.sender.send(TransactionRequest(PROXY, salt(generation) + init_code), account).hash


def ensure_proxy(chain: Chain, account: Account) -> bool:
    """Put the proxy where it belongs, paid by the account; False when it was there.

    Raises:
        TransactionError: The node takes no transaction without a chain id, or none unpaid.
        DeploymentMismatch: Something else stands there.
    """
    code = chain.code(PROXY)
    if not code:
        _deploy_proxy(chain, account)
        code = chain.code(PROXY)
    elif code == PROXY_CODE:
        return False
    if code != PROXY_CODE:
        raise DeploymentMismatch(
            name="the CREATE2 proxy", address=PROXY, what="its code is another one"
        )
    return True


def _deploy_proxy(chain: Chain, account: Account) -> None:
    lacking = _PROXY_COST - chain.balance(_PROXY_SIGNER)
    if lacking > 0:
        chain.sender.send(TransactionRequest(_PROXY_SIGNER, b"", value=lacking), account)
    chain.sender.pass_on(octets(_PROXY_TRANSACTION), sender=_PROXY_SIGNER)
