"""One Safe: propose, sign, execute.

Example:
    >>> Safe.__name__
    'Safe'
"""

from __future__ import annotations

from typing import Any

from salus.chain.abi.codec import encode
from salus.chain.chain import Chain
from salus.chain.contract import Transaction
from salus.chain.errors import ArgumentsInvalid
from salus.chain.sending.acts import TransactionRequest
from salus.chain.signing.signers import Account, Signer
from salus.chain.signing.verifying import signer_identity
from salus.errors import InputError
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.safes import interface
from salus.safes.errors import (
    SafeNonceAhead,
    SafeNonceUsed,
    SafeProposalElsewhere,
    SafeSignaturesMissing,
)
from salus.safes.proposals import OwnerSignature, SafeProposal
from salus.safes.reading import SafeAct, act, act_of
from salus.safes.signatures import agreed, packed, require_signed
from salus.safes.state import SafeState, find_executed, read_state, require_safe, simulate


class Safe:
    """One Safe, of a version from 1.3.0 to 1.4.1.

    Args:
        chain: A connection with its deployment.
        address: The Safe.
        account: Who signs as an owner, and pays for what is executed; None to read only.
    """

    @typed_arguments
    def __init__(self, chain: Chain, address: Address, account: Account | None) -> None:
        self.chain, self.address, self._account = chain, address, account
        require_safe(chain, address)

    def __repr__(self) -> str:
        return f"Safe({self.address} on chain {self.chain.chain_id})"

    def state(self) -> SafeState:
        """Read its owners, threshold and next nonce.

        Returns:
            The state now.
        """
        return read_state(self.chain, self.address)

    @typed_arguments
    def propose(
        self, contract: str, function: str, *arguments: Any, nonce: int | None = None
    ) -> SafeProposal:
        """Propose an act of a registry, or of the Safe's owners; nothing is signed or sent.

        Args:
            contract: The registry, as in Solidity, or ``Safe`` for the Safe's own owners.
            function: Its function.
            *arguments: As `Contract.send` takes them.
            nonce: Its number among the Safe's transactions; defaults to the next.

        Returns:
            The proposal, for owners to sign.

        Raises:
            ArgumentsInvalid: There is no such act, or it does not take these arguments.
            ContractError: The registry would refuse it of this Safe, as things are now.
        """
        to, described = act(self.chain, contract, function)
        try:
            data = described.selector + encode(described.inputs, arguments)
        except (ValueError, TypeError, KeyError) as error:
            called = f"{contract}.{described.signature}"
            raise ArgumentsInvalid(function=called, reason=f"{error}") from None
        return self.propose_call(to or self.address, data, nonce=nonce)

    @typed_arguments
    def propose_call(
        self, to: Address, data: bytes, *, value: int = 0, nonce: int | None = None
    ) -> SafeProposal:
        """Propose any call; owners are asked whether they sign what cannot be read.

        Args:
            to: Whom it calls.
            data: The call.
            value: Wei that it sends.
            nonce: As for :meth:`propose`.

        Returns:
            The proposal.

        Raises:
            ContractError: It would fail, as things are now.
        """
        current = self.state().nonce
        number = current if nonce is None else nonce
        proposal = SafeProposal(self.chain.chain_id, self.address, number, to, value, data)
        if number == current:  # what comes later may rest on what comes before
            simulate(self.chain, proposal)
        return proposal

    @typed_arguments
    def read(self, proposal: SafeProposal) -> SafeAct:
        """Put a proposal into words.

        Args:
            proposal: As it was received.

        Returns:
            What it does; ``words`` are lines to show.

        Raises:
            SafeProposalElsewhere: It is for another chain or Safe.
            SafeCallUnreadable: It cannot be read.
        """
        self._require_here(proposal)
        return act_of(self.chain, proposal)

    @typed_arguments
    def sign(
        self, proposal: SafeProposal, *, by: Signer | None = None, unread: bool = False
    ) -> SafeProposal:
        """Sign a proposal as one of the owners.

        Args:
            proposal: As it was received.
            by: The owner's key; defaults to the client's account.
            unread: Whether to sign what cannot be read.

        Returns:
            The proposal with this signature, to be passed on.

        Raises:
            SafeProposalElsewhere: It is for another chain or Safe.
            SafeNonceUsed: It can never be executed any more.
            SafeCallUnreadable: It cannot be read.
            NotASafeOwner: The key is no owner's.
            CredentialError: The key did not sign, or signed something else.
        """
        if not unread:
            self.read(proposal)
        state = self._require_open(proposal)
        signer = self._payer if by is None else by
        owner = signer_identity(signer.signer)
        state.require_owner(owner, safe=self.address)
        signature = OwnerSignature(owner, signer.sign_typed_data(proposal.typed()))
        require_signed(self.chain, proposal, signature)
        return proposal.with_signature(signature)

    @typed_arguments
    def add(
        self, proposal: SafeProposal, owner: Address, signature: bytes, *, by_contract: bool = False
    ) -> SafeProposal:
        """Take in a signature that an owner made elsewhere, in a wallet or by a contract.

        Args:
            proposal: What was signed.
            owner: Who signed.
            signature: r, s and v of a key (v of 31 or 32 after ``eth_sign``); or whatever the
                owner's contract takes.
            by_contract: Whether the owner is a contract.

        Returns:
            The proposal with this signature.

        Raises:
            NotASafeOwner: It is no owner.
            SignatureMismatch: The Safe would not take it.
        """
        state = self._require_open(proposal)
        state.require_owner(owner, safe=self.address)
        made = OwnerSignature(owner, signature, by_contract)
        require_signed(self.chain, proposal, made)
        return proposal.with_signature(made)

    @typed_arguments
    def approve(self, proposal: SafeProposal, *, unread: bool = False) -> Transaction:
        """Approve a proposal on chain, where the account is an owner that signs nothing off it.

        Args:
            proposal: What is approved.
            unread: As for :meth:`sign`.

        Returns:
            The transaction.

        Raises:
            NotASafeOwner: The account is no owner.
            SafeCallUnreadable: It cannot be read.
        """
        if not unread:
            self.read(proposal)
        state = self._require_open(proposal)
        state.require_owner(self._payer.address, safe=self.address)
        return self._send(interface.call_data("approveHash", proposal.digest))

    @typed_arguments
    def missing(self, proposal: SafeProposal) -> tuple[Address, ...]:
        """List the owners who have not agreed to a proposal, by a valid signature or on chain.

        Args:
            proposal: With its signatures.

        Returns:
            Their addresses.
        """
        owners = self.state().owners
        given = agreed(self.chain, proposal, owners)
        return tuple(each for each in owners if each not in given)

    @typed_arguments
    def execute(self, proposal: SafeProposal, *, unread: bool = False) -> Transaction:
        """Have the Safe do it; the account pays, and agrees by that where it is an owner.

        What was executed before is answered, and not done again.

        Args:
            proposal: With the owners' signatures.
            unread: Whether to execute what cannot be read.

        Returns:
            The transaction, with the registries' events.

        Raises:
            SafeSignaturesMissing: Fewer owners than the threshold agreed.
            SignatureMismatch: A signature in it is not its owner's.
            SafeNonceUsed: Another proposal has used its nonce.
            SafeNonceAhead: Others come first.
            ContractError: The registry refuses it; nothing changed.
        """
        if not unread:
            self.read(proposal)
        self._require_here(proposal)
        state = self.state()
        if proposal.nonce < state.nonce:
            return self._done(proposal, state)
        if proposal.nonce > state.nonce:
            raise SafeNonceAhead(nonce=proposal.nonce, current=state.nonce)
        signatures = self._enough(proposal, state)
        simulate(self.chain, proposal)
        arguments = (*proposal.fields[:-1], packed(signatures))
        return self._send(interface.call_data("execTransaction", *arguments))

    @property
    def _payer(self) -> Account:
        if self._account is None:
            raise InputError("this client has no account: set SALUS_ACCOUNT, or give an account=")
        return self._account

    def _send(self, data: bytes) -> Transaction:
        mined = self.chain.sender.send(TransactionRequest(self.address, data), self._payer)
        return self.chain.transaction(mined)

    def _enough(
        self, proposal: SafeProposal, state: SafeState
    ) -> list[tuple[Address, OwnerSignature | None]]:
        """As many as it takes; who sends agrees by that, where it is an owner."""
        given = agreed(self.chain, proposal, state.owners)
        if len(given) < state.threshold and self._payer.address in state.owners:
            given.setdefault(self._payer.address, None)
        if len(given) < state.threshold:
            missing = tuple(each for each in state.owners if each not in given)
            raise SafeSignaturesMissing(have=len(given), threshold=state.threshold, owners=missing)
        return list(given.items())[: state.threshold]

    def _done(self, proposal: SafeProposal, state: SafeState) -> Transaction:
        """The transaction that executed a proposal before; another one's nonce is refused."""
        found = find_executed(self.chain, proposal)
        if found is None:
            raise SafeNonceUsed(nonce=proposal.nonce, current=state.nonce)
        return self.chain.wait(found)

    def _require_open(self, proposal: SafeProposal) -> SafeState:
        self._require_here(proposal)
        state = self.state()
        if proposal.nonce < state.nonce:
            raise SafeNonceUsed(nonce=proposal.nonce, current=state.nonce)
        return state

    def _require_here(self, proposal: SafeProposal) -> None:
        ours, given = self.chain.chain_id, proposal.chain_id
        if given != ours:
            raise SafeProposalElsewhere(what="chain", wanted=str(ours), given=str(given))
        if proposal.safe != self.address:
            raise SafeProposalElsewhere(what="the Safe", wanted=self.address, given=proposal.safe)
