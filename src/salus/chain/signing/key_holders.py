"""What holds a key: eth_account's accounts, ape's, and whatever signs as they do.

A key that is elsewhere (a wallet, a signing service) is believed in nothing: what it signed is
taken apart, and is refused unless it is what it was given to sign, signed with the key of its
address.

Example:
    >>> from eth_account import Account
    >>> key_of(Account.from_key(bytes([7]) * 32)).address
    '0x4a62316623ad457F02cDC5D997deD67a383EC569'
"""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from salus.chain.abi.eip712 import digest
from salus.chain.errors import SignatureMismatch
from salus.chain.signing.raw_transactions import (
    is_plain,
    require_plain,
    require_same,
    signed,
    signing,
)
from salus.chain.signing.verifying import recover
from salus.errors import CredentialError, InputError, SalusError
from salus.primitives.address import checked_address
from salus_verify.encoding import octets_of

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


AnyAccount: TypeAlias = Any
"""A `salus.Account`, an account of eth_account or ape, or anything that signs as they do."""


class Key(Protocol):
    """Signs with the key of one address."""

    address: str

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """Sign a full EIP-712 message: r, s and v, 65 bytes."""

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """Sign a transaction's fields, as eth-account takes them: the raw transaction."""

    def secret(self) -> bytes:
        """The key's 32 bytes, where they are here."""


class LocalKey:
    """A key in this process's memory, in an account of eth_account's."""

    def __init__(self, account: LocalAccount) -> None:
        self.account = account
        self.address = str(account.address)
        self._sign = signing(bytes(account.key))

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """See `Key`."""
        from eth_typing import Hash32

        return bytes(self.account.unsafe_sign_hash(Hash32(digest(typed))).signature)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """See `Key`."""
        if is_plain(transaction):
            return signed(transaction, self._sign)
        try:
            return bytes(self.account.sign_transaction(transaction).raw_transaction)
        except Exception as error:  # whatever eth_account makes of fields; they hold no secret
            raise InputError(f"these fields are not those of a transaction: {error}") from None

    def secret(self) -> bytes:
        """See `Key`."""
        return bytes(self.account.key)


class ForeignKey:
    """A key that somebody else holds, who signs as eth_account does."""

    def __init__(self, account: Any) -> None:
        self._account = account
        self.address = checked_address(str(account.address))

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """See `Key`."""
        signature = self._signed(self._typed, deepcopy(typed))  # theirs to change, not ours
        if len(signature) == 65 and signature[64] < 27:  # some hardware counts from 0
            signature = signature[:64] + bytes([signature[64] + 27])
        if recover(digest(typed), signature) != self.address:
            raise SignatureMismatch(signer=self.address, reason="it is another key's or message's")
        return signature

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """See `Key`."""
        require_plain(transaction)
        raw = self._signed(self._transaction, deepcopy(transaction))
        require_same(raw, transaction, sender=self.address)
        return raw

    def secret(self) -> bytes:
        """Refuse: the key is not here."""
        raise CredentialError(
            f"the key of {self.address} is held elsewhere and is not written to a file: write it"
            " where it was made"
        )

    def _typed(self, typed: dict[str, Any]) -> Any:
        return self._account.sign_typed_data(full_message=typed)

    def _transaction(self, transaction: dict[str, Any]) -> Any:
        return self._account.sign_transaction(transaction)

    def _signed(self, sign: Any, what: dict[str, Any]) -> bytes:
        """What it made, as bytes; nothing of a failure's text is passed on: it may hold a key."""
        try:
            made = sign(what)
        except SalusError:
            raise
        except Exception as error:
            raise CredentialError(
                f"{self.address} could not sign ({type(error).__name__}): look at what holds its"
                " key, then try again"
            ) from None
        if made is None:
            raise CredentialError(
                f"{self.address} did not sign: agree to it where its key is held, and try again"
            )
        for name in ("signature", "raw_transaction"):
            made = getattr(made, name, made)
        with suppress(ValueError):
            made = octets_of(made) if isinstance(made, str) else made
        if not isinstance(made, bytes | bytearray | memoryview):
            raise CredentialError(f"{self.address} gave no signature, but {type(made).__name__}")
        return bytes(made)


class ApeKey(ForeignKey):
    """An account of ape's, as ``ape.accounts.load`` gives it."""

    def _typed(self, typed: dict[str, Any]) -> Any:
        from eth_account.messages import encode_typed_data

        signature = self._account.sign_message(encode_typed_data(full_message=typed))
        return None if signature is None else signature.encode_rsv()

    def _transaction(self, transaction: dict[str, Any]) -> Any:
        make = self._account.network_manager.ethereum.create_transaction
        signed = self._account.sign_transaction(make(**transaction))
        return None if signed is None else signed.serialize_transaction()


def key_of(account: object) -> Key:
    """Take an account of eth_account's, of ape's, or anything that signs as they do."""
    from eth_account.signers.local import LocalAccount

    if isinstance(account, LocalKey | ForeignKey):
        return account
    if isinstance(account, LocalAccount):
        return LocalKey(account)
    if hasattr(account, "network_manager") and hasattr(account, "sign_message"):
        return ApeKey(account)
    wanted = ("address", "sign_transaction", "sign_typed_data")
    if isinstance(account, type) or not all(hasattr(account, each) for each in wanted):
        raise InputError(
            "an account must be a salus.Account, an account of eth_account or ape, or have address,"
            f" sign_transaction and sign_typed_data, not {type(account).__name__}"
        )
    return ForeignKey(account)
