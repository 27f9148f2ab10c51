"""What every part of the client shares: a contract, an account that pays, and signed twins.

Example:
    >>> from salus.acts import SIGNATURE_LIFETIME
    >>> SIGNATURE_LIFETIME // 60
    60
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from salus.errors import CredentialError, InputError, SignerNotInControl
from salus.models import Address

if TYPE_CHECKING:
    from salus.chain import Chain, Contract, Transaction
    from salus.chain.signers import Account, Signer

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")

SIGNATURE_LIFETIME = 3600
"""Seconds for which a signed act may be submitted, unless told."""


def checked_address(text: str) -> Address:
    """Write an address as its checksum wants it.

    Args:
        text: 0x and 40 hexadecimal digits, in any case, or in mixed case with its checksum.

    Returns:
        The address, checksummed (EIP-55).

    Raises:
        InputError: It is not an address, or its checksum is wrong.
    """
    from eth_utils.address import is_checksum_address, to_checksum_address

    if not isinstance(text, str) or not _ADDRESS.fullmatch(text):
        raise InputError(f"{text!r} is not an address: write 0x and 40 hexadecimal digits")
    plain = text[2:] in (text[2:].lower(), text[2:].upper())
    if not plain and not is_checksum_address(text):
        raise InputError(f"{text} has a wrong checksum: one of its characters is mistyped")
    return str(to_checksum_address(text))


def require_control(chain: Chain, signer: Signer, *, identity: Address | None = None) -> None:
    """Refuse to act for an identity that somebody else controls, before anything is written.

    Args:
        chain: Where control is looked up.
        signer: Who is about to act.
        identity: For whom; the one that the signer names unless told.

    Raises:
        SignerNotInControl: The signer does not control it now.
    """
    from salus.chain.signers import signer_identity

    whose, who = identity or signer.identity, signer_identity(signer.signer)
    owner: Address = chain.contract("IdentityRegistry").call("identityOwner", whose)
    if owner != who:
        raise SignerNotInControl(identity=whose, signer=who, owner=owner)


class Acts:
    """One contract, and the account in whose name or at whose cost it is called."""

    contract_name: ClassVar[str]

    def __init__(self, chain: Chain, account: Account | None) -> None:
        self._chain = chain
        self._account = account
        self._contract: Contract = chain.contract(self.contract_name)

    @property
    def _payer(self) -> Account:
        if self._account is None:
            raise CredentialError(
                "writing needs an account that pays: give Salus an account=, or set SALUS_KEYSTORE"
            )
        return self._account

    @property
    def _identity(self) -> Address:
        """The identity that acts when none is named: the one that the account acts for."""
        return self._payer.identity

    def _send(self, function: str, *arguments: Any) -> Transaction:
        return self._contract.send(function, *arguments, account=self._payer)

    def _typed(self, primary_type: str, message: dict[str, Any]) -> dict[str, Any]:
        from salus.chain.typed import typed_data

        return typed_data(self._contract, primary_type, message)

    def _authorize(
        self,
        by: Signer,
        primary_type: str,
        message: dict[str, Any],
        *,
        deadline: int | None = None,
    ) -> tuple[bytes, int, bytes]:
        from salus.chain.signers import authorize

        until = self._chain.deadline(SIGNATURE_LIFETIME, told=deadline)
        return authorize(by, self._contract, primary_type, message, until)
