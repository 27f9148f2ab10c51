"""The did:ethr resolver from npm, which is not ours, reads our identities."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak
from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint, TxReceipt

from salus.chain.node.local import local_node
from salus.chain.signing.passkey import PasskeySigner, SoftwarePasskey
from salus.contracts import artifacts

ROOT = Path(__file__).resolve().parents[2]
RESOLVER = ROOT / "tests" / "resolver" / "resolve.mjs"
YEAR, WEEK = 365 * 86_400, 7 * 86_400  # seconds
NOBODY = "0x" + "00" * 20
ADD_DELEGATE, REVOKE_DELEGATE, SET_ATTRIBUTE, REVOKE_ATTRIBUTE = range(4)
INBOX = b"https://inbox.example/patient"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (ROOT / "node_modules" / "ethr-did-resolver").is_dir(),
    reason="needs Node and node_modules: run `make setup`",
)


def name32(name: str) -> bytes:
    """As ERC-1056 clients write delegate types and attribute names."""
    return name.encode().ljust(32, b"\0")


@dataclass(frozen=True, slots=True)
class Registry:
    """A deployed IdentityRegistry on a local chain whose accounts the node signs for."""

    web3: Web3
    url: str
    contract: Any

    def send(self, by: str, function: str, *arguments: object) -> TxReceipt:
        """Call a function as ``by`` and wait until it is mined."""
        sent = self.contract.functions[function](*arguments).transact({"from": by})
        receipt = self.web3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1
        return receipt

    def did(self, identity: str) -> str:
        return f"did:ethr:{self.web3.eth.chain_id:#x}:{identity}"

    def resolve(self, identity: str, query: str = "") -> dict[str, Any]:
        """What the resolver says of an identity."""
        chain_id = str(self.web3.eth.chain_id)
        arguments = [self.url, self.contract.address, chain_id, self.did(identity) + query]
        run = subprocess.run(
            ["node", str(RESOLVER), *arguments], capture_output=True, text=True, timeout=600
        )
        assert run.returncode == 0, run.stderr
        result: dict[str, Any] = json.loads(run.stdout)[0]
        assert result["didResolutionMetadata"].get("error") is None, result
        return result

    def request(self, method: str, *parameters: object) -> Any:
        return self.web3.provider.make_request(RPCEndpoint(method), list(parameters))["result"]


@pytest.fixture(scope="module")
def registry() -> Iterator[Registry]:
    with local_node("anvil", arguments=["--accounts", "12"]) as node:
        web3 = Web3(HTTPProvider(node.url))
        compiled = artifacts.load("IdentityRegistry")
        factory = web3.eth.contract(abi=compiled.abi, bytecode=compiled.bytecode)
        deployed = factory.constructor().transact({"from": web3.eth.accounts[0]})
        address = web3.eth.wait_for_transaction_receipt(deployed)["contractAddress"]
        contract = web3.eth.contract(address=address, abi=compiled.abi)
        yield Registry(web3, node.url, contract)


@pytest.fixture(scope="module")
def fresh(registry: Registry) -> Iterator[str]:
    """Accounts whose identities nobody has touched, one after the other."""
    return iter(registry.web3.eth.accounts)


@pytest.fixture
def patient(fresh: Iterator[str]) -> str:
    return next(fresh)


@pytest.fixture
def carer(fresh: Iterator[str]) -> str:
    return next(fresh)


def methods(result: dict[str, Any]) -> dict[str, str]:
    """Verification methods of a document: which account stands behind which name."""
    listed: Sequence[dict[str, str]] = result["didDocument"]["verificationMethod"]
    return {each["id"].split("#")[1]: each.get("blockchainAccountId", "") for each in listed}


def account(registry: Registry, address: str) -> str:
    return f"eip155:{registry.web3.eth.chain_id}:{address}"


def test_resolves_an_identity_that_was_never_touched(registry: Registry, patient: str) -> None:
    result = registry.resolve(patient)

    assert methods(result) == {"controller": account(registry, patient)}
    assert "service" not in result["didDocument"]


def test_resolves_a_rotated_owner_a_delegate_and_a_service(
    registry: Registry, patient: str, carer: str
) -> None:
    registry.send(patient, "changeOwner", patient, carer)
    registry.send(carer, "addDelegate", patient, name32("sigAuth"), NOBODY[:-1] + "9", YEAR)
    registry.send(carer, "setAttribute", patient, name32("did/svc/inbox"), INBOX, YEAR)

    result = registry.resolve(patient)
    document = result["didDocument"]

    assert methods(result) == {
        "controller": account(registry, carer),
        "delegate-1": account(registry, NOBODY[:-1] + "9"),
    }
    assert document["authentication"] == [
        f"{registry.did(patient)}#controller",
        f"{registry.did(patient)}#delegate-1",
    ]
    assert document["service"] == [
        {
            "id": f"{registry.did(patient)}#service-1",
            "type": "inbox",
            "serviceEndpoint": INBOX.decode(),
        }
    ]


def test_resolves_several_changes_of_one_call_and_their_revocation(
    registry: Registry, patient: str
) -> None:
    key = b"\x02" * 33
    delegate = NOBODY[:-1] + "8"
    made = registry.send(
        patient,
        "applyChanges",
        patient,
        [
            (ADD_DELEGATE, name32("veriKey"), delegate, b"", YEAR),
            (SET_ATTRIBUTE, name32("did/pub/X25519/enc"), NOBODY, key, YEAR),
            (SET_ATTRIBUTE, name32("did/svc/inbox"), NOBODY, INBOX, YEAR),
        ],
    )
    registry.send(
        patient,
        "applyChanges",
        patient,
        [
            (REVOKE_DELEGATE, name32("veriKey"), delegate, b"", 0),
            (REVOKE_ATTRIBUTE, name32("did/svc/inbox"), NOBODY, INBOX, 0),
        ],
    )

    before = registry.resolve(patient, f"?versionId={made['blockNumber']}")
    after = registry.resolve(patient, f"?versionId={made['blockNumber'] + 1}")

    assert set(methods(before)) == {"controller", "delegate-1", "delegate-2"}
    assert len(before["didDocument"]["service"]) == 1
    assert set(methods(after)) == {"controller", "delegate-2"}
    assert "service" not in after["didDocument"]


def test_resolves_a_deactivated_identity_as_such(registry: Registry, patient: str) -> None:
    registry.send(patient, "setAttribute", patient, name32("did/svc/inbox"), INBOX, YEAR)
    registry.send(patient, "deactivate", patient)

    result = registry.resolve(patient)

    assert result["didDocumentMetadata"]["deactivated"] is True
    assert result["didDocument"]["verificationMethod"] == []


def test_resolves_a_passkeys_identity(registry: Registry) -> None:
    passkey = SoftwarePasskey.create("salus.example")
    signer = PasskeySigner("0x" + "11" * 20, passkey.public_key, passkey)

    result = registry.resolve(signer.identity)

    assert methods(result) == {"controller": account(registry, signer.identity)}


def approval(registry: Registry, identity: str, new_owner: str, guardian: Any) -> dict[str, Any]:
    """A lone guardian's set, deadline and approval: unanimous, because it is all of them."""
    members = {
        "identity": "address",
        "newOwner": "address",
        "guardians": "bytes32",
        "unanimous": "bool",
        "round": "uint256",
        "deadline": "uint256",
    }
    chosen = ([guardian.address], 1, b"salt".ljust(32))
    commitment = keccak(encode(["address[]", "uint256", "bytes32"], chosen))
    deadline = registry.web3.eth.get_block("latest")["timestamp"] + YEAR
    values = (identity, new_owner, commitment, True, 0, deadline)
    signed = Account.sign_typed_data(
        guardian.key,
        domain_data={
            "name": "IdentityRegistry",
            "version": "1",
            "chainId": registry.web3.eth.chain_id,
            "verifyingContract": registry.contract.address,
        },
        message_types={
            "ApproveRecovery": [{"name": name, "type": kind} for name, kind in members.items()]
        },
        message_data=dict(zip(members, values, strict=True)),
    )
    approvals = [(0, bytes.fromhex(guardian.address[2:]), signed.signature)]
    return {
        "commitment": commitment,
        "proposal": (identity, new_owner, chosen, deadline, approvals),
    }


def test_resolves_a_recovered_owner(registry: Registry, patient: str, carer: str) -> None:
    guardian = Account.create()
    recovery = approval(registry, patient, carer, guardian)
    registry.send(patient, "scheduleGuardians", patient, recovery["commitment"])
    registry.send(carer, "proposeRecovery", *recovery["proposal"])
    registry.request("evm_increaseTime", WEEK)
    registry.request("evm_mine")
    registry.send(carer, "executeRecovery", patient)

    result = registry.resolve(patient)

    assert methods(result) == {"controller": account(registry, carer)}


def test_nobody_can_put_a_foreign_event_among_an_identitys(
    registry: Registry, patient: str, carer: str
) -> None:
    """The resolver reads all logs of a block whose first indexed argument is the identity."""
    guardian = Account.create()
    forged = bytes.fromhex(patient[2:]).rjust(32, b"\0")
    recovery = approval(registry, carer, patient, guardian)
    registry.send(carer, "scheduleGuardians", carer, recovery["commitment"])
    registry.request("evm_setAutomine", False)
    calls = [
        (patient, "setAttribute", (patient, name32("did/svc/inbox"), INBOX, YEAR)),
        (carer, "proposeRecovery", recovery["proposal"]),
        (carer, "scheduleGuardians", (carer, forged)),
        (carer, "cancelGuardians", (carer,)),
    ]
    sent = [
        registry.contract.functions[name](*values).transact({"from": by, "gas": 500_000})
        for by, name, values in calls
    ]
    registry.request("evm_mine")
    registry.request("evm_setAutomine", True)
    receipts = [registry.web3.eth.wait_for_transaction_receipt(each) for each in sent]

    assert {each["blockNumber"] for each in receipts} == {receipts[0]["blockNumber"]}
    assert all(each["status"] == 1 for each in receipts)
    block = hex(receipts[0]["blockNumber"])
    topics = [None, "0x" + forged.hex()]
    found = registry.request(
        "eth_getLogs", {"fromBlock": block, "toBlock": block, "topics": topics}
    )
    assert [each["transactionHash"] for each in found] == [sent[0].to_0x_hex()]
    assert len(registry.resolve(patient)["didDocument"]["service"]) == 1
