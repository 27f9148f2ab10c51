"""A Safe as it stands on chain, and what it did before.

Example:
    >>> SafeState(("0x" + "11" * 20,), 1, 0).threshold
    1
"""

from __future__ import annotations

from dataclasses import dataclass

from salus.chain.abi.logs import fetch_logs
from salus.chain.chain import Chain
from salus.chain.node.answers import RpcFailure, elements, member, octets
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.refusals import named_failure
from salus.primitives.address import Address
from salus.primitives.values import typed
from salus.safes import interface
from salus.safes.errors import NotASafe, NotASafeOwner
from salus.safes.proposals import SafeProposal
from salus_verify.encoding import hex0x


@dataclass(frozen=True, slots=True)
@typed
class SafeState:
    """A Safe as it is now: its owners, how many must sign, and its next nonce."""

    owners: tuple[Address, ...]
    threshold: int
    nonce: int

    def require_owner(self, who: Address, *, safe: Address) -> None:
        """Refuse who is no owner."""
        if who not in self.owners:
            raise NotASafeOwner(signer=who, safe=safe, owners=self.owners)


def read_state(chain: Chain, safe: Address) -> SafeState:
    """Ask a Safe for its state."""
    names = ("getOwners", "getThreshold", "nonce")
    owners, threshold, nonce = interface.ask_each(chain, safe, *names)
    return SafeState(tuple(owners), threshold, nonce)


def require_safe(chain: Chain, address: Address) -> None:
    """Refuse what is no Safe of a known version, or signs for another chain or address."""
    version, separator = interface.ask_each(chain, address, "VERSION", "domainSeparator")
    if version not in interface.VERSIONS:
        reason = f"its version is not {', '.join(interface.VERSIONS)}"
        raise NotASafe(address=address, reason=reason)
    nothing = SafeProposal(chain.chain_id, address, 0, address, 0, b"")
    if separator != nothing.content[2:34]:
        raise NotASafe(address=address, reason="it signs for another chain or address")


def simulate(chain: Chain, proposal: SafeProposal) -> None:
    """Call as the Safe would: it hides why what it calls refuses.

    Raises:
        ContractError: It is refused.
    """
    call = TransactionRequest(proposal.to, proposal.data, proposal.value).call(proposal.safe)
    answer = chain.rpc.attempt("eth_call", call, "latest")
    if isinstance(answer, RpcFailure):
        url, sender = chain.rpc.url, proposal.safe
        raise named_failure(answer, target=proposal.to, sender=sender, url=url)


def find_executed(chain: Chain, proposal: SafeProposal) -> str | None:
    """The hash of the transaction that executed a proposal; None where there is none."""
    query = {"address": proposal.safe, "topics": [hex0x(interface.EXECUTION_SUCCESS)]}
    for log in fetch_logs(chain.rpc, query, first=0, last=chain.block().number):
        named = [octets(each) for each in elements(member(log, "topics"))[1:]]
        if proposal.digest in (*named, octets(member(log, "data"))[:32]):  # 1.3.0: the latter
            return hex0x(octets(member(log, "transactionHash")))
    return None
