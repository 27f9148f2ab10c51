"""What a signed transaction says, to compare with what was to be signed.

Example:
    >>> from salus.chain.signing.signers import Account
    >>> fields = {"to": "0x" + "11" * 20, "data": b"", "value": 1, "nonce": 0, "gas": 21000}
    >>> fields |= {"chainId": 1, "gasPrice": 5}
    >>> me = Account.create()
    >>> require_same(me.sign_transaction(fields)[0], fields, sender=me.address)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salus.chain.errors import SignatureMismatch
from salus_verify import rlp
from salus_verify.encoding import octets_of

DYNAMIC = (
    "chainId",
    "nonce",
    "maxPriorityFeePerGas",
    "maxFeePerGas",
    "gas",
    "to",
    "value",
    "data",
)
"""Fields of a transaction of type 2, in their order (EIP-1559)."""
LEGACY = ("nonce", "gasPrice", "gas", "to", "value", "data")
"""Those of one from before it; its chain is in the signature (EIP-155)."""


def require_same(raw: bytes, wanted: Mapping[str, Any], *, sender: str) -> None:
    """Refuse a signed transaction that is another than was to be signed, or another account's.

    Raises:
        SignatureMismatch: It is; which field differs is in the message.
    """
    from eth_account import Account

    try:
        said = _fields(raw)
        signer = str(Account.recover_transaction(raw))
    except Exception:  # whatever the decoders make of bytes that are not a transaction
        raise SignatureMismatch(signer=sender, reason="it made no transaction") from None
    names = DYNAMIC if "maxFeePerGas" in wanted else LEGACY
    differ = [name for name in names if said.get(name) != plain(wanted[name])]
    if differ:
        reason = f"it signed a transaction with another {', '.join(differ)}"
        raise SignatureMismatch(signer=sender, reason=reason)
    if signer != sender:
        raise SignatureMismatch(signer=sender, reason=f"{signer} signed the transaction")
    if names is LEGACY and said["v"] not in (
        35 + 2 * wanted["chainId"],
        36 + 2 * wanted["chainId"],
    ):
        raise SignatureMismatch(signer=sender, reason="it signed for another chain")


def _fields(raw: bytes) -> dict[str, Any]:
    decoded: Any = rlp.decode(raw[1:] if raw[0] == 2 else raw)
    if raw[0] == 2:
        *values, access, _, _, _ = decoded
        if access:
            raise ValueError("an access list was not asked for")
        return dict(zip(DYNAMIC, values, strict=True))
    *values, v, _, _ = decoded
    return {**dict(zip(LEGACY, values, strict=True)), "v": int.from_bytes(v, "big")}


def plain(value: Any) -> bytes:
    """A field as RLP has it."""
    if isinstance(value, int):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    return octets_of(value) if isinstance(value, str) else bytes(value)
