"""The keys of the accounts that anvil, Hardhat and the in-process chain fund: public knowledge.

Example:
    >>> development_key(0).hex()[:8]
    'ac0974be'
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salus.chain.node.rpc import Rpc

PHRASE = "test test test test test test test test test test test junk"
"""Worth nothing anywhere else."""
ACCOUNTS = 20


@cache
def development_key(index: int) -> bytes:
    """Private key number ``index``, from 0."""
    from eth_account.hdaccount import key_from_seed

    return bytes(key_from_seed(_seed(), f"m/44'/60'/0'/0/{index}"))


def development_address(index: int) -> str:
    """Its account, checksummed."""
    from eth_keys.datatypes import PrivateKey

    return str(PrivateKey(development_key(index)).public_key.to_checksum_address())


def mines_on_demand(rpc: Rpc) -> bool:
    """Whether a local node mines each transaction by itself, and keeps none waiting."""
    return any(rpc.attempt(f"{kind}_getAutomine") is True for kind in ("anvil", "hardhat"))


@cache
def _seed() -> bytes:
    from eth_account.hdaccount import seed_from_mnemonic

    return bytes(seed_from_mnemonic(PHRASE, ""))
