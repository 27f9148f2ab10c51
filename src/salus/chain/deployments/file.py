"""Which contract stands where: one file for each chain, written by the deploy command alone.

Example:
    >>> default_path(31337).as_posix()
    'deployments/31337.json'
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from salus.chain.errors import DeploymentMalformed, DeploymentMissing, DeploymentOfAnotherChain
from salus.chain.node.answers import COUNT
from salus.contracts.specs import SPECS
from salus.primitives.arguments import typed_arguments
from salus.primitives.files import sync
from salus.primitives.values import typed
from salus_verify import json_reader
from salus_verify.address import checked_address
from salus_verify.errors import InputError

VERSION = 1
"""Version of the file's form."""
CONTRACTS = tuple(spec.name for spec in SPECS)
"""What a whole deployment holds, each after those that it is given."""


@dataclass(frozen=True, slots=True)
@typed
class DeployedContract:
    """One contract of a deployment.

    Attributes:
        address: Where it stands, checksummed.
        arguments: Its constructor's arguments, as JSON has them.
        transaction: Hash of the transaction that created it; None when it was found in place.
        code_hash: keccak256 of its runtime code, 0x-prefixed.
        init_code_hash: keccak256 of its creation code with arguments, 0x-prefixed.
        generation: Of the deployment that created it: a later one may keep it.
    """

    address: str
    arguments: tuple[Any, ...]
    transaction: str | None
    code_hash: str
    init_code_hash: str
    generation: int = 1


@dataclass(frozen=True, slots=True)
@typed
class Deployment:
    """What is deployed on one chain.

    Attributes:
        chain_id: EIP-155 chain id.
        genesis_hash: Hash of block 0, 0x-prefixed.
        contracts: Contracts by name.
        where: The file it comes from, for messages.
    """

    chain_id: int
    genesis_hash: str
    contracts: Mapping[str, DeployedContract]
    where: str = field(default="this deployment", compare=False)

    @classmethod
    def load(cls, path: Path) -> Deployment:
        """Read a deployment file."""
        try:
            raw = json_reader.load(path.read_bytes())
            return cls._parse(raw, str(path))
        except OSError as error:
            reason = error.strerror or "no access"
            raise DeploymentMalformed(where=str(path), reason=reason) from None
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise DeploymentMalformed(where=str(path), reason=reason) from None

    @classmethod
    def _parse(cls, raw: Any, where: str) -> Deployment:
        if raw["version"] != VERSION:
            raise ValueError(f"version {raw['version']}, this library reads {VERSION}")
        contracts = {
            name: DeployedContract(
                address=_address(entry["address"]),
                arguments=tuple(map(_argument, entry["arguments"])),
                transaction=entry["transaction"],
                code_hash=str(entry["codeHash"]),
                init_code_hash=str(entry["initCodeHash"]),
                generation=_whole(entry.get("generation", 1), "generation"),
            )
            for name, entry in raw["contracts"].items()
        }
        return cls(_whole(raw["chainId"], "chainId"), str(raw["genesisHash"]), contracts, where)

    @typed_arguments
    def save(self, path: Path) -> None:
        """Write the file, whole or not at all, and its folder if missing."""
        path = Path(os.path.realpath(path))  # a link stays a link
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".salus.{secrets.token_hex(8)}")
        text = json.dumps(self.as_json(), indent=2) + "\n"
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            sync(file.fileno())
        partial.replace(path)

    def as_json(self) -> dict[str, Any]:
        """The file's content."""
        return {
            "version": VERSION,
            "chainId": self.chain_id,
            "genesisHash": self.genesis_hash,
            "contracts": {
                name: {
                    "address": each.address,
                    "arguments": list(each.arguments),
                    "transaction": each.transaction,
                    "codeHash": each.code_hash,
                    "initCodeHash": each.init_code_hash,
                    "generation": each.generation,
                }
                for name, each in self.contracts.items()
            },
        }

    @typed_arguments
    def contract(self, name: str) -> DeployedContract:
        """Find a contract."""
        if name not in self.contracts:
            raise DeploymentMissing(chain_id=self.chain_id, where=self.where, lacks=(name,))
        return self.contracts[name]

    @typed_arguments
    def adding(self, name: str, contract: DeployedContract) -> Deployment:
        """Add or replace a contract."""
        return replace(self, contracts={**self.contracts, name: contract})

    def addresses(self) -> set[str]:
        """List the contracts' addresses."""
        return {each.address for each in self.contracts.values()}

    @typed_arguments
    def require_chain(self, chain_id: int) -> None:
        """Make sure that this is a deployment on that chain."""
        if self.chain_id != chain_id:
            raise DeploymentOfAnotherChain(
                where=self.where, expected=chain_id, actual=self.chain_id
            )


def default_path(chain_id: int) -> Path:
    """SALUS_DEPLOYMENT, or a file named after the chain in ``deployments/``."""
    told = os.environ.get("SALUS_DEPLOYMENT")
    return Path(told) if told else Path("deployments") / f"{chain_id}.json"


def _whole(value: Any, name: str) -> int:
    if type(value) is not int or not 0 < value <= COUNT:
        raise ValueError(f"{name} is not a whole number from 1 to 2^53-1")
    return value


def _argument(value: Any) -> str | int:
    """An address, or a number of seconds: our constructors take nothing else."""
    if isinstance(value, str) or type(value) is int:
        return value
    raise ValueError("an argument is neither an address nor a number")


def _address(value: Any) -> str:
    try:
        return checked_address(value)
    except InputError as error:
        raise ValueError(str(error)) from None
