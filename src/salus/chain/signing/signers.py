"""Who signs: accounts with a key of their own, and anything else that can sign typed data.

Example:
    >>> account = Account.create()
    >>> account.signer == octets_of(account.address), "key" in repr(account)
    (True, False)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from salus.chain.errors import PrivateKeyMalformed
from salus.chain.node.development import development_key
from salus.chain.signing import keystore_files as keystores
from salus.chain.signing.key_holders import AnyAccount, LocalKey, key_of
from salus.primitives.address import checked_address
from salus.primitives.arguments import typed_arguments
from salus_verify.encoding import hex0x, keccak, octets_of

Authorization: TypeAlias = tuple[bytes, int, bytes]
"""ERC-7913 signer bytes, deadline in Unix seconds, signature: the contracts' struct."""


@runtime_checkable
class Signer(Protocol):
    """Anything that signs acts: a key, a passkey, a remote signing service."""

    @property
    def identity(self) -> str:
        """The identity that its signature speaks for, checksummed."""

    @property
    def signer(self) -> bytes:
        """Its ERC-7913 signer bytes: 20 of an account, or a verifier's address and a key."""

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """Sign a message as the contracts take it.

        Args:
            typed: The full EIP-712 message.

        Returns:
            The signature, as the signer's kind has it: 65 bytes of an account.
        """


class Account:
    """A secp256k1 key: signs acts and transactions. Its repr shows addresses alone.

    Made by :meth:`create`, :meth:`from_key`, :meth:`from_keystore`, or :meth:`of` an account that
    an application has already.

    Attributes:
        address: The key's own: who pays.
        identity: In whose name it acts: its own address, unless it is :meth:`acting_for` another.
    """

    __slots__ = ("_key", "address", "identity")

    @typed_arguments
    def __init__(self, account: AnyAccount, *, identity: str | None = None) -> None:
        self._key = key_of(account)
        self.address: str = self._key.address
        self.identity: str = identity or self.address

    @classmethod
    def of(cls, account: AnyAccount) -> Account:
        """Take an account as an application has it already.

        Args:
            account: One of these, one of eth_account's or ape's, or anything with ``address``,
                ``sign_transaction`` and ``sign_typed_data``, called as eth_account's are.

        Returns:
            The account. A key that is elsewhere is held to what it is asked to sign.

        Raises:
            InputError: It is nothing of the kind.
        """
        return account if isinstance(account, Account) else cls(account)

    @classmethod
    def create(cls) -> Account:
        """Make an account with a fresh random key.

        Returns:
            The account.
        """
        from eth_account import Account as EthAccount

        return cls(EthAccount.create())

    @classmethod
    def from_key(cls, key: bytes | str) -> Account:
        """Use a private key.

        Args:
            key: 32 bytes, or as hex.

        Returns:
            The account.

        Raises:
            PrivateKeyMalformed: It is not a private key of the curve. The message never shows it.
        """
        from eth_account import Account as EthAccount

        try:
            raw = octets_of(key) if isinstance(key, str) else bytes(key)
            if len(raw) != 32:  # shorter ones would be padded into another key
                raise PrivateKeyMalformed
            return cls(EthAccount.from_key(raw))
        except Exception:
            # Whatever went wrong, its text may hold the key: nothing of it is passed on.
            raise PrivateKeyMalformed from None

    @classmethod
    @typed_arguments
    def from_keystore(cls, path: str | Path, passphrase: str) -> Account:
        """Open an encrypted keystore (Web3 Secret Storage, version 3).

        Args:
            path: The file.
            passphrase: What it was encrypted with.

        Returns:
            The account.

        Raises:
            KeystoreUnreadable: The file is missing or no keystore.
            KeystorePassphraseWrong: The passphrase does not open it.
        """
        return cls.from_key(keystores.read(Path(path), passphrase))

    @typed_arguments
    def to_keystore(
        self, path: str | Path, passphrase: str, *, iterations: int | None = None
    ) -> None:
        """Write the key into an encrypted keystore that only its owner may read.

        Args:
            path: The file; never overwritten.
            passphrase: What to encrypt it with, 8 characters or more.
            iterations: Cost of scrypt; defaults to the library's own (2^18).

        Raises:
            PassphraseTooShort: It has fewer.
            KeystoreUnreadable: The file exists, or cannot be written.
            CredentialError: The key is held elsewhere.
        """
        keystores.write(Path(path), self._key.secret(), passphrase, iterations=iterations)

    @typed_arguments
    def acting_for(self, identity: str) -> Account:
        """Act for an identity that this account controls, after a rotation or a recovery, say.

        Args:
            identity: The identity; the chain tells whether the account controls it.

        Returns:
            The same key, which signs in the name of that identity.

        Raises:
            InputError: It is not an address.
        """
        return Account(self._key, identity=checked_address(identity))

    @property
    def signs_here(self) -> bool:
        """Whether its key is in this process: then it always signs, and at once."""
        return isinstance(self._key, LocalKey)

    @property
    def signer(self) -> bytes:
        """The account's 20 bytes."""
        return octets_of(self.address)

    @typed_arguments
    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """Sign an EIP-712 message.

        Args:
            typed: The full message.

        Returns:
            r, s and v: 65 bytes, with a low s.

        Raises:
            CredentialError: What holds the key did not sign, or signed something else.
        """
        return self._key.sign_typed_data(typed)

    @typed_arguments
    def sign_transaction(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """Sign a transaction.

        Args:
            transaction: Its fields, as eth-account takes them.

        Returns:
            The raw transaction and its 0x-prefixed hash.

        Raises:
            CredentialError: What holds the key did not sign, or signed something else.
        """
        raw = self._key.sign_transaction(transaction)
        return raw, hex0x(keccak(raw))

    def __repr__(self) -> str:
        whose = "" if self.identity == self.address else f" for {self.identity}"
        return f"Account({self.address}{whose})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and other._names == self._names

    def __hash__(self) -> int:
        return hash(self._names)

    @property
    def _names(self) -> tuple[str, str]:
        return self.address, self.identity

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("an account holds a key and is not pickled: write a keystore")


@typed_arguments
def development_account(index: int) -> Account:
    """Return one of the accounts that local chains fund. Their keys are public knowledge.

    Args:
        index: From 0.

    Returns:
        The account.
    """
    return Account.from_key(development_key(index))
