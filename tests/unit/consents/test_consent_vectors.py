"""Documents about consents, as third parties reproduce them and later releases must read them."""

from __future__ import annotations

import json
import runpy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak

from salus.consents.actor_statements import SignedActorStatement
from salus.consents.documents import BatchedConsent, read_consent
from salus.consents.passed_documents import PassedConsent
from salus.consents.revocations import SignedRevocation
from salus.consents.rulings import Ruling
from salus.terms import evaluate

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "consents"
VECTORS: dict[str, Any] = json.loads((FOLDER / "consents.json").read_text("utf-8"))
READERS: dict[str, Any] = {
    "consent": read_consent,
    "batchedConsent": read_consent,
    "revocation": SignedRevocation.from_json,
    "passedConsent": PassedConsent.from_json,
    "actorStatement": SignedActorStatement.from_json,
    "ruling": Ruling.from_json,
}
PARTICULARS = "Particulars(address grantee,bytes32 termsDigest,bytes32 salt)"
CONSENT = f"Consent(address patient,bytes32 epoch,Particulars particulars){PARTICULARS}"
GRANT = f"GrantConsent(Consent consent,uint256 deadline){CONSENT}"
REVOKE = "RevokeConsent(address patient,bytes32 consentId,uint256 deadline)"
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(VECTORS[name]["document"])
    return found


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def struct(form: str, kinds: str, *values: Any) -> bytes:
    """A struct's hash by EIP-712's text, with nothing of ours."""
    return keccak(encode(["bytes32", *kinds.split()], [keccak(text=form), *values]))


def consent_id() -> bytes:
    said = document("consent")
    terms = sha256(b"salus/consent-terms/v1\x00" + raw(said["terms"])).digest()
    assert terms == raw(VECTORS["consent"]["termsDigest"])
    particulars = struct(
        PARTICULARS, "address bytes32 bytes32", said["grantee"], terms, raw(said["salt"])
    )
    assert particulars == raw(VECTORS["consent"]["particulars"])
    return struct(
        CONSENT, "address bytes32 bytes32", said["patient"], raw(said["epoch"]), particulars
    )


def signed_digest(message: bytes) -> bytes:
    domain = VECTORS["domain"]
    separator = struct(
        DOMAIN,
        "bytes32 bytes32 uint256 address",
        keccak(text=domain["name"]),
        keccak(text=domain["version"]),
        domain["chainId"],
        domain["verifyingContract"],
    )
    return keccak(b"\x19\x01" + separator + message)


def signer_of(digest: bytes, said: dict[str, Any]) -> str:
    recovered: str = Account._recover_hash(digest, signature=said["signature"])
    return recovered.lower()


def test_the_script_makes_the_file() -> None:
    made = runpy.run_path(str(FOLDER / "make_consents.py"))["made"]()
    assert json.loads(json.dumps(made)) == VECTORS


@pytest.mark.parametrize("name", READERS)
def test_a_document_is_read_and_written_again(name: str) -> None:
    assert READERS[name](VECTORS[name]["document"]).to_json() == VECTORS[name]["document"]


def test_the_consent_and_its_end_follow_from_eip_712_alone() -> None:
    found = consent_id()
    assert found == raw(VECTORS["consent"]["id"])
    granted = document("consent")
    digest = signed_digest(struct(GRANT, "bytes32 uint256", found, granted["deadline"]))
    assert digest == raw(VECTORS["consent"]["signedDigest"])
    assert signer_of(digest, granted) == granted["patient"]
    ended = document("revocation")
    assert raw(ended["consent"]) == found
    message = struct(REVOKE, "address bytes32 uint256", ended["patient"], found, ended["deadline"])
    digest = signed_digest(message)
    assert digest == raw(VECTORS["revocation"]["signedDigest"])
    assert signer_of(digest, ended) == ended["patient"]


def test_links_and_statements_are_named_by_what_is_signed() -> None:
    (link,) = document("passedConsent")["links"]
    statement = document("actorStatement")
    for said, name in (
        (link, VECTORS["passedConsent"]["linkId"]),
        (statement, VECTORS["actorStatement"]["digest"]),
    ):
        members = {key: each for key, each in said.items() if key != "signature"}
        text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert sha256(text.encode()).hexdigest() == name.removeprefix("0x")
    assert raw(link["under"]) == consent_id()


def test_the_batched_consent_proves_its_leaf() -> None:
    batched = read_consent(VECTORS["batchedConsent"]["document"])
    assert isinstance(batched, BatchedConsent)
    batched.inclusion.verify()
    assert batched.inclusion.leaf == consent_id()


def test_the_ruling_is_what_its_consent_decides() -> None:
    ruling = Ruling.from_json(VECTORS["ruling"]["document"])
    (held,) = ruling.presented
    again = evaluate(held.consent.terms, ruling.request, consent_id=held.consent.id, block=17)
    assert again == ruling.decision
    assert str(again.outcome) == VECTORS["ruling"]["outcome"] == "Permit"
