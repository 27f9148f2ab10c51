"""What every part of the client shares: a contract, an account that pays, and signed twins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from salus.errors import CredentialError
from salus.primitives.address import Address, AnyIdentity, identity_of

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Contract, Transaction
    from salus.chain.signing.signers import Account, Signer
    from salus.primitives.times import Deadline

SIGNATURE_LIFETIME = 3600
"""Seconds for which a signed act may be submitted, by default."""


def acting_for(account: Account | None) -> str:
    """Whose a part of a client is, as its repr says."""
    return "reading only" if account is None else account.identity


class RegistryClient:
    """One contract, and the account that signs and pays for writes; None to read only."""

    def __init__(self, chain: Chain, account: Account | None, contract_name: str) -> None:
        self.chain = chain
        self.contract: Contract = chain.contract(contract_name)
        self._account = account

    @property
    def payer(self) -> Account:
        """The account that signs and pays."""
        if self._account is None:
            raise CredentialError(
                "writing needs an account that pays: give Salus an account=, or set SALUS_ACCOUNT"
            )
        return self._account

    @property
    def identity(self) -> Address:
        """The identity that acts when none is named: the one that the account acts for."""
        return self.payer.identity

    @property
    def own(self) -> Address | None:
        """The identity that the account acts for; None where this client reads only."""
        return None if self._account is None else self._account.identity

    def whose(self, identity: AnyIdentity | None = None, by: Signer | None = None) -> Address:
        """Return the identity that is meant: the one named, the signer's, or the account's own."""
        if identity is None:
            identity = self.identity if by is None else by.identity
        return identity_of(identity)

    @property
    def who(self) -> str:
        """Whose acts these are, as a part's repr says."""
        return acting_for(self._account)

    def __repr__(self) -> str:
        return f"RegistryClient({self.contract.name}, {self.who})"

    def send(self, function: str, *arguments: Any) -> Transaction:
        """Send a transaction at the account's cost; see `Contract.send`."""
        return self.contract.send(function, *arguments, account=self.payer)

    def send_parts(self, function: str, parts: Sequence[Sequence[Any]]) -> list[Transaction]:
        """Send a transaction for the arguments of each part; all are simulated before any is sent.

        Raises:
            ContractError: It refuses one; nothing was sent, or what was sent alone changed nothing.
            BatchIncomplete: Of several, some reverted or are not known; it holds all outcomes.
        """
        if len(parts) == 1:
            return [self.send(function, *parts[0])]
        calls = [self.contract.prepare(function, *each) for each in parts]
        return self.chain.send_many(calls, account=self.payer)

    def typed(self, primary_type: str, message: dict[str, Any]) -> dict[str, Any]:
        """Return the EIP-712 document of an act, in the contract's domain."""
        return self.contract.typed_data(primary_type, message)

    def authorize(
        self,
        by: Signer,
        primary_type: str,
        message: dict[str, Any],
        *,
        deadline: Deadline | None = None,
    ) -> tuple[bytes, int, bytes]:
        """Sign an act that another account may submit until its deadline (Unix seconds)."""
        until = self.chain.deadline(SIGNATURE_LIFETIME, told=deadline)
        return self.contract.authorize(by, primary_type, message, until)
