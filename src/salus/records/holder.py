"""Whose records these are: a vault, and the account and chain with which its owner acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.chain.control_check import require_control
from salus.fhir.sensitivity.standard import standard

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.fhir.sensitivity.table import SensitivityTable
    from salus.primitives.address import Address
    from salus.vault.vault import Vault


class Holder:
    """One participant, as every part of `Records` needs it."""

    def __init__(
        self,
        chain: Chain,
        account: Account,
        vault: Vault,
        *,
        sensitivity: SensitivityTable | None = None,
    ) -> None:
        self.chain = chain
        self.account = account
        self.vault = vault
        self.sensitivity = standard() if sensitivity is None else sensitivity

    @property
    def identity(self) -> Address:
        """In whose name records are kept and letters written."""
        return self.account.identity

    def require_control(self) -> None:
        """Refuse to write in the name of an identity that somebody else controls by now.

        What is written is seen by others: never within a transaction, which may be undone.

        Raises:
            TransactionOpen: A transaction of the key database is open; nothing was written.
            SignerNotInControl: The account does not control the identity; nothing was written.
        """
        self.vault.database.require_no_transaction()
        require_control(self.chain, self.account)
