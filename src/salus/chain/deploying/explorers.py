"""What block explorers and Sourcify want in order to show a contract's sources as verified.

Written as files, sent by nobody: publishing is the user's own act.

Example:
    >>> import tempfile, pathlib
    >>> from salus.chain import Chain, connect
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> sorted(file.name for file in write_requests(connect("tester"), folder))[:1]
    ['AccreditationRegistry.explorer.json']
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salus.chain.deployments.derivation import constructor_arguments
from salus.contracts import artifacts

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.deployments.file import DeployedContract

STANDARD_INPUT = "standard-input.json"
_APACHE_2 = "12"
"""Number of the licence among those that explorers list."""


def write_requests(chain: Chain, folder: Path) -> list[Path]:
    """Write the compiler's input, and for each contract the two requests that go with it.

    ``standard-input.json`` is what gave the shipped code, for the form of any explorer.
    ``<name>.explorer.json`` holds the fields of Etherscan's ``verifysourcecode`` but the API key;
    ``<name>.sourcify.json`` is the body of Sourcify's ``POST /v2/verify/{chainId}/{address}``. The
    folder is made if missing.

    Raises:
        DeploymentMissing: Nothing is known to be deployed on this chain.
        ArgumentsInvalid: A constructor does not take the deployment's arguments.
    """
    given = artifacts.standard_input()
    contents: dict[str, Any] = {STANDARD_INPUT: given}
    for name, deployed in chain.deployment.contracts.items():
        contents[f"{name}.explorer.json"] = _explorer(chain.chain_id, name, deployed, given)
        contents[f"{name}.sourcify.json"] = _sourcify(name, deployed, given)
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / file, content) for file, content in contents.items()]


def _explorer(
    chain_id: int, name: str, deployed: DeployedContract, given: dict[str, Any]
) -> dict[str, str]:
    artifact = artifacts.load(name)
    settings = artifact.compiler_settings
    return {
        "chainid": str(chain_id),
        "module": "contract",
        "action": "verifysourcecode",
        "contractaddress": deployed.address,
        "sourceCode": json.dumps(given),
        "codeformat": "solidity-standard-json-input",
        "contractname": f"{artifact.source_name}:{name}",
        "compilerversion": f"v{artifact.compiler_version}",
        "optimizationUsed": "1" if settings["optimizer"]["enabled"] else "0",
        "runs": str(settings["optimizer"]["runs"]),
        "constructorArguments": constructor_arguments(name, deployed.arguments).hex(),
        "evmVersion": str(settings["evmVersion"]),
        "licenseType": _APACHE_2,
    }


def _sourcify(name: str, deployed: DeployedContract, given: dict[str, Any]) -> dict[str, Any]:
    artifact = artifacts.load(name)
    body = {
        "stdJsonInput": given,
        "compilerVersion": artifact.compiler_version,
        "contractIdentifier": f"{artifact.source_name}:{name}",
    }
    if deployed.transaction:
        body["creationTransactionHash"] = deployed.transaction
    return body


def _write(file: Path, content: Any) -> Path:
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return file
