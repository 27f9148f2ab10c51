"""Keys in AWS KMS (moto's server of it), and in anything that signs 32 bytes and answers in DER."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from tests.support.s3_servers import environment, s3_server

import salus
from salus.chain import Account, Chain, open_account
from salus.chain.errors import SignatureMismatch
from salus.chain.signing.errors import (
    SignerAnswerMalformed,
    SignerLacksKey,
    SignerRefused,
    SignerUnreachable,
)
from salus.chain.signing.kms import ORDER, AwsKey, DigestAccount
from salus.chain.signing.verifying import HALF_ORDER
from salus.errors import ConfigurationInvalid

TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Say": [{"name": "n", "type": "uint8"}],
    },
    "primaryType": "Say",
    "domain": {"name": "test"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server(str(Path(__file__).parents[2] / "support" / "kms_server.py")) as url:
        yield url


@pytest.fixture
def kms(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in environment(server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    client = boto3.client("kms")
    yield client
    client.close()


def made(kms: Any, spec: str = "ECC_SECG_P256K1") -> str:
    return str(kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"])


def message(number: int) -> dict[str, Any]:
    return {**TYPED, "message": {"n": number}}


def test_a_key_in_kms_pays_and_signs(tester: Chain, kms: Any) -> None:
    account = open_account(f"kms:{made(kms)}")
    tester.sender.send(paying(account), salus.chain.development_account(0))
    registry = tester.contract("IdentityRegistry")
    sent = registry.send("setAttribute", account.identity, b"a" * 32, b"value", 60, account=account)
    assert sent.events[0].identity == account.address  # type: ignore[attr-defined]


def paying(account: Account) -> Any:
    from salus.chain.sending.acts import TransactionRequest

    return TransactionRequest(account.address, b"", value=10**18)


def test_whatever_kms_makes_of_s_it_is_low_here(kms: Any) -> None:
    account = open_account(f"kms:{made(kms)}")
    signatures = [account.sign_typed_data(message(number)) for number in range(12)]
    assert all(int.from_bytes(each[32:64], "big") <= HALF_ORDER for each in signatures)
    assert {each[64] for each in signatures} <= {27, 28}


def test_a_key_is_named_by_its_alias_and_arn_too(kms: Any) -> None:
    key = made(kms)
    kms.create_alias(AliasName=f"alias/hospital-{key}", TargetKeyId=key)
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    named = {open_account(f"kms:{each}") for each in (key, f"alias/hospital-{key}", arn)}
    assert len(named) == 1


def test_an_alias_that_was_led_to_another_key_is_found_out(kms: Any) -> None:
    first, second = made(kms), made(kms)
    kms.create_alias(AliasName=f"alias/led-{first}", TargetKeyId=first)
    address = open_account(f"kms:{first}").address
    pinned = f"kms:alias/led-{first}#{address}"
    assert open_account(pinned).address == address
    kms.update_alias(AliasName=f"alias/led-{first}", TargetKeyId=second)
    with pytest.raises(SignerLacksKey, match=f"no key of {address}"):
        open_account(pinned)


def test_a_key_of_another_curve_is_refused(kms: Any) -> None:
    with pytest.raises(SignerRefused, match="not one of secp256k1"):
        open_account(f"kms:{made(kms, 'ECC_NIST_P256')}")


def test_a_key_that_is_not_there_is_named(kms: Any) -> None:
    with pytest.raises(SignerLacksKey, match="alias/nobody"):
        open_account("kms:alias/nobody")


REFUSALS = [
    ("DisabledException", 400, SignerRefused),
    ("AccessDeniedException", 400, SignerRefused),
    ("key arn:aws:kms:1", 400, SignerRefused),
    ("ThrottlingException", 400, SignerUnreachable),
    ("KMSInternalException", 500, SignerUnreachable),
]


@pytest.mark.parametrize(("code", "status", "error"), REFUSALS)
def test_what_kms_refuses_is_named_and_its_text_is_not_repeated(
    kms: Any, code: str, status: int, error: type[Exception]
) -> None:
    with Stubber(kms) as answers:
        answers.add_client_error("sign", code, "arn:aws:kms:1 is disabled", status)
        with pytest.raises(error) as caught:
            AwsKey("hospital", client=kms).sign_digest(bytes(32))
    assert "arn" not in str(caught.value)


def test_kms_is_given_a_digest_to_sign_and_not_a_message(kms: Any) -> None:
    wanted = {"KeyId": "hospital", "Message": bytes(32), "MessageType": "DIGEST"}
    with Stubber(kms) as answers:
        expected = {**wanted, "SigningAlgorithm": "ECDSA_SHA_256"}
        answers.add_response("sign", {"Signature": b"made"}, expected)
        assert AwsKey("hospital", client=kms).sign_digest(bytes(32)) == b"made"


def test_a_service_that_is_not_there_is_named() -> None:
    client = boto3.client(
        "kms",
        region_name="eu-central-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=boto3.session.Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(SignerUnreachable, match="EndpointConnectionError"):
        AwsKey("hospital", client=client).public_key()


def test_without_a_region_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    with pytest.raises(ConfigurationInvalid, match="AWS_REGION"):
        open_account("kms:hospital")


# A service that lies ------------------------------------------------------------------------------


class Module:
    """A hardware module; what it answers is told."""

    def __init__(self, curve: ec.EllipticCurve | None = None) -> None:
        self.key = ec.derive_private_key(77, curve or ec.SECP256K1())
        self.answer: bytes | None = None
        self.flipped = False

    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign_digest(self, digest: bytes) -> bytes:
        if self.answer is not None:
            return self.answer
        made = self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        r, s = utils.decode_dss_signature(made)
        return utils.encode_dss_signature(r, ORDER - s if self.flipped else s)


def test_both_spellings_of_s_give_a_signature_of_the_account() -> None:
    module = Module()
    account = Account.of(DigestAccount(module))
    for module.flipped in (False, True):
        assert len(account.sign_typed_data(message(1))) == 65


encode = utils.encode_dss_signature


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x30\x00", bytes(64), encode(0, 1), encode(1, ORDER), encode(2**300, 1)],
)
def test_an_answer_that_is_no_signature_is_named(answer: bytes) -> None:
    module = Module()
    account = Account.of(DigestAccount(module))
    module.answer = answer
    with pytest.raises(SignerAnswerMalformed):
        account.sign_typed_data(message(1))


def test_a_signature_over_something_else_is_found_out() -> None:
    module = Module()
    account = Account.of(DigestAccount(module))
    module.answer = module.sign_digest(bytes(32))
    with pytest.raises(SignatureMismatch):
        account.sign_typed_data(message(1))
    with pytest.raises(SignatureMismatch):
        account.sign_transaction(
            {"to": account.address, "data": b"", "value": 0, "nonce": 0, "gas": 21000}
            | {"chainId": 1, "gasPrice": 5}
        )


def test_a_public_key_of_another_curve_or_none_is_refused() -> None:
    with pytest.raises(SignerRefused, match="secp256k1"):
        DigestAccount(Module(ec.SECP256R1()))
    module = Module()
    module.public_key = lambda: b"no key"  # type: ignore[method-assign]
    with pytest.raises(SignerAnswerMalformed, match="not DER"):
        DigestAccount(module)
