"""What a proposal does, in words: which act of which registry, with which arguments.

Example:
    >>> SafeAct("0x" + "11" * 20, 5).words
    ('send 5 wei to 0x1111111111111111111111111111111111111111',)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from salus.chain.abi import catalogue
from salus.chain.abi.catalogue import Function
from salus.chain.abi.codec import Parameter, decode, encode
from salus.chain.chain import Chain
from salus.chain.errors import ArgumentsInvalid
from salus.contracts import artifacts
from salus.contracts.specs import SPECS
from salus.errors import ChainError
from salus.primitives.address import Address
from salus.primitives.roles import Role
from salus.primitives.times import utc
from salus.primitives.values import typed
from salus.safes.errors import SafeCallUnreadable
from salus.safes.interface import FUNCTIONS, OWNERS_ACTS
from salus.safes.proposals import SafeProposal
from salus_verify.encoding import hex0x

ITSELF = "Safe"
"""What a Safe is called where it is told something about itself."""
_TIMES = ("until", "deadline", "expiry", "void_from")
_FIRST_TIME, _LAST_TIME = 10**9, 10**11
"""Numbers that may be Unix seconds: from 2001 on."""


@dataclass(frozen=True, slots=True)
@typed
class SafeAct:
    """What a Safe is to do.

    Attributes:
        to: Whom it calls.
        value: Wei that it sends.
        contract: Which registry that is, or ``Safe``; empty for a payment.
        function: Its function, as in Solidity.
        arguments: Name and value of each, as text.
    """

    to: Address
    value: int = 0
    contract: str = ""
    function: str = ""
    arguments: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """A line for each thing that an owner should know."""
        if not self.contract:
            return (f"send {self.value} wei to {self.to}",)
        lines = [f"{self.contract}.{self.function} at {self.to}"]
        lines += [f"  {name}: {value}" for name, value in self.arguments]
        return (*lines, f"  and send {self.value} wei") if self.value else tuple(lines)


def act_of(chain: Chain, proposal: SafeProposal) -> SafeAct:
    """Put a proposal into words.

    Raises:
        SafeCallUnreadable: It calls what is no part of this deployment, or not in its form.
    """
    if not proposal.data and proposal.to != proposal.safe:
        return SafeAct(proposal.to, proposal.value)
    contract, functions = _known(chain, proposal)
    function = functions.get(proposal.data[:4])
    if function is None:
        raise SafeCallUnreadable(to=proposal.to, reason=f"no act of {contract} that is known here")
    try:
        values = decode(function.inputs, proposal.data[4:])
        exact = encode(function.inputs, values) == proposal.data[4:]
    except (ValueError, TypeError):
        exact, values = False, ()
    if not exact:  # two readers could read two things
        raise SafeCallUnreadable(
            to=proposal.to, reason=f"its arguments are not those of {contract}.{function.name}"
        )
    return SafeAct(
        proposal.to,
        proposal.value,
        contract,
        function.name,
        tuple(
            (each.name, _shown(each, v)) for each, v in zip(function.inputs, values, strict=True)
        ),
    )


def act(chain: Chain, contract: str, function: str) -> tuple[Address | None, Function]:
    """Find an act by its names: where, None for the Safe itself, and how it is called.

    Raises:
        ArgumentsInvalid: There is no such act, or it only reads.
    """
    if contract == ITSELF:
        if function not in OWNERS_ACTS:
            reason = f"a Safe is told of itself only {', '.join(OWNERS_ACTS)}"
            raise ArgumentsInvalid(function=f"{contract}.{function}", reason=reason)
        return None, FUNCTIONS[function]
    if contract not in {each.name for each in SPECS}:
        names = ", ".join(sorted(each.name for each in SPECS))
        raise ArgumentsInvalid(function=contract, reason=f"the contracts are {names}, and Safe")
    if function not in {each.name for each in _acts(contract)}:
        reason = "it has no such function that writes"
        raise ArgumentsInvalid(function=f"{contract}.{function}", reason=reason)
    return chain.contract(contract).address, catalogue.function(contract, function)


def _known(chain: Chain, proposal: SafeProposal) -> tuple[str, dict[bytes, Function]]:
    if proposal.to == proposal.safe:
        return ITSELF, {FUNCTIONS[each].selector: FUNCTIONS[each] for each in OWNERS_ACTS}
    for spec in SPECS:
        try:
            here = chain.deployment.contract(spec.name).address == proposal.to
        except ChainError:
            continue
        if here:
            chain.contract(spec.name)  # that it is what it is called is checked
            return spec.name, {each.selector: each for each in _acts(spec.name)}
    raise SafeCallUnreadable(to=proposal.to, reason="it is no contract of this deployment")


def _acts(contract: str) -> list[Function]:
    return [
        catalogue.function(contract, entry["name"])
        for entry in artifacts.load(contract).abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    ]


def _shown(parameter: Parameter, value: Any) -> str:
    if parameter.is_array:
        return f"[{', '.join(_shown(parameter.item, each) for each in value)}]"
    if parameter.fields:
        return f"{{{_members(parameter.fields, value)}}}"
    if isinstance(value, bytes):
        return hex0x(value)
    if parameter.name == "role" and parameter.kind == "uint8" and value in set(Role):
        return f"{value} ({Role(value).label})"
    if isinstance(value, int) and parameter.name.endswith(_TIMES):
        return f"{value} ({utc(value)})" if _FIRST_TIME <= value < _LAST_TIME else str(value)
    return repr(value) if isinstance(value, str) and parameter.kind == "string" else str(value)


def _members(fields: Sequence[Parameter], values: Sequence[Any]) -> str:
    pairs = zip(fields, values, strict=True)
    return ", ".join(f"{each.name}: {_shown(each, value)}" for each, value in pairs)
