"""Who signs: accounts with a key of their own, and anything else that can sign typed data.

Example:
    >>> from salus.chain.signing.signers import Account
    >>> account = Account.create()
    >>> account.signer.hex() == account.address[2:].lower(), "key" in repr(account)
    (True, False)
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from salus.chain.abi.typed import digest
from salus.chain.errors import PrivateKeyMalformed
from salus.chain.node.development import development_key
from salus.chain.signing import key_files as keystores
from salus.errors import CredentialError
from salus.primitives.address import checked_address

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

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
        """Sign a full EIP-712 message, as the contracts take it."""


class Account:
    """A secp256k1 key: signs acts and transactions. Its repr shows addresses alone.

    Made by :meth:`create`, :meth:`from_key` or :meth:`from_keystore`.

    Attributes:
        address: The key's own: who pays.
        identity: In whose name it acts: its own address, unless it is :meth:`acting_for` another.
    """

    __slots__ = ("_local", "address", "identity")

    def __init__(self, local: LocalAccount, *, identity: str | None = None) -> None:
        self._local = local
        self.address: str = str(local.address)
        self.identity: str = identity or self.address

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
            PrivateKeyMalformed: It is no private key of the curve. The message never shows it.
        """
        from eth_account import Account as EthAccount

        try:
            raw = bytes.fromhex(key.removeprefix("0x")) if isinstance(key, str) else bytes(key)
            if len(raw) != 32:  # shorter ones would be padded into another key
                raise PrivateKeyMalformed
            return cls(EthAccount.from_key(raw))
        except Exception:
            # Whatever went wrong, its text may hold the key: nothing of it is passed on.
            raise PrivateKeyMalformed from None

    @classmethod
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

    def to_keystore(
        self, path: str | Path, passphrase: str, *, iterations: int | None = None
    ) -> None:
        """Write the key into an encrypted keystore that only its owner may read.

        Args:
            path: The file; never overwritten.
            passphrase: What to encrypt it with; not empty.
            iterations: Cost of scrypt; the library's own (2^18) unless told.

        Raises:
            KeystoreUnreadable: The file exists, or cannot be written.
            CredentialError: The passphrase is empty.
        """
        if not passphrase:
            raise CredentialError("an empty passphrase protects nothing: choose one")
        keystores.write(Path(path), bytes(self._local.key), passphrase, iterations=iterations)

    def acting_for(self, identity: str) -> Account:
        """Act for an identity that this account controls, after a rotation or a recovery, say.

        Args:
            identity: The identity; the chain tells whether the account controls it.

        Returns:
            The same key, which signs in the name of that identity.

        Raises:
            InputError: It is not an address.
        """
        return Account(self._local, identity=checked_address(identity))

    @property
    def signer(self) -> bytes:
        """The account's 20 bytes."""
        return bytes.fromhex(self.address[2:])

    def sign_typed_data(self, typed: dict[str, Any]) -> bytes:
        """Sign an EIP-712 message.

        Args:
            typed: The full message.

        Returns:
            r, s and v: 65 bytes, with a low s.
        """
        from eth_typing import Hash32

        return bytes(self._local.unsafe_sign_hash(Hash32(digest(typed))).signature)

    def sign_transaction(self, transaction: dict[str, Any]) -> tuple[bytes, str]:
        """Sign a transaction.

        Args:
            transaction: Its fields, as eth-account takes them.

        Returns:
            The raw transaction and its 0x-prefixed hash.
        """
        signed = self._local.sign_transaction(transaction)
        return bytes(signed.raw_transaction), "0x" + bytes(signed.hash).hex()

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


def development_account(index: int) -> Account:
    """Give one of the accounts that local chains fund. Their keys are public knowledge.

    Args:
        index: From 0.

    Returns:
        The account.
    """
    return Account.from_key(development_key(index))


def signer_identity(signer: bytes) -> str:
    """Give the identity of ERC-7913 signer bytes, as the contracts do.

    Args:
        signer: An account's 20 bytes, or a verifier's 20 and a key.

    Returns:
        The account, or the last 20 bytes of keccak256(signer), checksummed.

    Raises:
        CredentialError: Bytes too short to name a signer.
    """
    from eth_utils.address import to_checksum_address
    from eth_utils.crypto import keccak

    if len(signer) < 20:
        raise CredentialError(f"{len(signer)} bytes name no signer: an account has 20")
    return str(to_checksum_address(signer if len(signer) == 20 else keccak(signer)[-20:]))
