"""What goes wrong between a Safe, its owners, and what they sign.

Example:
    >>> SafeSignaturesMissing(have=1, threshold=2, owners=("0xab",)).exit_code
    4
"""

from __future__ import annotations

from salus.errors import ChainError, CredentialError, InputError
from salus_verify.errors import MalformedDocument


class MalformedSafeProposal(MalformedDocument):
    """It is not a proposal to a Safe."""

    kind = "a proposal to a Safe"


class NotASafe(ChainError):
    """What stands at an address is no Safe of a version that is known."""

    def __init__(self, *, address: str, reason: str) -> None:
        self.address, self.reason = address, reason
        super().__init__(
            f"{address} is not a Safe that is known here ({reason}): nothing was signed or sent;"
            " compare its address and the chain"
        )


class SafeProposalElsewhere(InputError):
    """A proposal is for another chain or another Safe."""

    def __init__(self, *, what: str, wanted: str, given: str) -> None:
        self.what, self.wanted, self.given = what, wanted, given
        super().__init__(
            f"the proposal is for {what} {given}, not {wanted}: nothing was signed or sent; open"
            " that one, or ask for a proposal to this one"
        )


class SafeNonceUsed(InputError):
    """The Safe has used a proposal's nonce: for this proposal it never will again."""

    def __init__(self, *, nonce: int, current: int) -> None:
        self.nonce, self.current = nonce, current
        super().__init__(
            f"the Safe used nonce {nonce} for another proposal, and is at {current}: nothing was"
            " signed or sent; propose it anew, if it is still wanted"
        )


class SafeNonceAhead(InputError):
    """Other proposals come before this one."""

    def __init__(self, *, nonce: int, current: int) -> None:
        self.nonce, self.current = nonce, current
        super().__init__(
            f"the proposal has nonce {nonce}, and the Safe is at {current}: execute those before"
            " it first, or propose it anew"
        )


class SafeCallUnreadable(InputError):
    """What a proposal does cannot be put into words: nobody knows what would be signed."""

    def __init__(self, *, to: str, reason: str) -> None:
        self.to, self.reason = to, reason
        super().__init__(
            f"what the proposal calls at {to} cannot be read ({reason}): nothing was signed or"
            " sent; whoever knows what it does may go on with `unread=True`"
        )


class NotASafeOwner(CredentialError):
    """Who signed is no owner of the Safe, now."""

    def __init__(self, *, signer: str, safe: str, owners: tuple[str, ...]) -> None:
        self.signer, self.safe, self.owners = signer, safe, owners
        super().__init__(
            f"{signer} is no owner of the Safe {safe}: its owners are {', '.join(owners)}; sign"
            " with one of them"
        )


class SafeSignaturesMissing(CredentialError):
    """Fewer owners than it takes have signed; ``owners`` are those who have not."""

    def __init__(self, *, have: int, threshold: int, owners: tuple[str, ...]) -> None:
        self.have, self.threshold, self.owners = have, threshold, owners
        super().__init__(
            f"{have} of the {threshold} signatures that it takes are there: pass the proposal on to"
            f" {', '.join(owners)}"
        )
