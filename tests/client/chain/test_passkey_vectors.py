"""The passkey client and the deployed verifier say the same of every assertion in the vectors."""

import json
import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from salus.chain import Assertion, Chain, PasskeySigner
from salus.chain.abi.eip712 import digest
from salus.chain.errors import AssertionMalformed
from salus.chain.signing.passkey import ORDER, encode_assertion
from salus.primitives.address import lower_case
from salus.testing import FakeNode

FOLDER = Path(__file__).parents[2] / "vectors" / "webauthn"
VECTORS = json.loads((FOLDER / "assertions.json").read_text(encoding="utf-8"))
GOOD = ("securityKey", "syncedPasskey")
BAD = tuple(VECTORS["refused"])
ACT = VECTORS["act"]
VERIFIED, REFUSED = bytes.fromhex("024ad318"), b"\xff" * 4
"""What `IERC7913SignatureVerifier.verify` returns: its own selector, or anything else."""


def raw(text):
    return bytes.fromhex(text[2:])


def answer(vector, *, high=False):
    """The vector's assertion as an authenticator gives it, with either of the two valid s."""
    r, s = (int(vector[name], 16) for name in "rs")
    der = encode_dss_signature(r, ORDER - s if high else s)
    return Assertion(raw(vector["authenticatorData"]), vector["clientDataJSON"].encode(), der)


def signer(vector, given):
    whole = raw(vector["signer"])
    verifier = "0x" + whole[:20].hex()
    assert verifier == ACT["verifier"]
    return PasskeySigner(verifier, whole[20:], lambda _: given)


def typed(vector):
    """The act that the vectors sign, as the client builds it."""
    chain = Chain(FakeNode(chain_id=ACT["chainId"]), network="fake")
    registry = chain.contract_at("IdentityRegistry", ACT["registry"])
    message = {"identity": vector["identity"], **{n: ACT[n] for n in ("newOwner", "nonce")}}
    return registry.typed_data("ChangeOwner", {**message, "deadline": ACT["deadline"]})


def test_the_committed_vectors_are_what_their_script_writes(monkeypatch, tmp_path):
    script = runpy.run_path(str(FOLDER / "make.py"))
    monkeypatch.setitem(script["main"].__globals__, "HERE", tmp_path)
    script["main"]()
    written = (tmp_path / "assertions.json").read_bytes()
    assert written == (FOLDER / "assertions.json").read_bytes()


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("high", [False, True])
def test_a_good_assertion_becomes_the_signature_of_the_vectors(kind, high):
    vector = VECTORS[kind]
    passkey = signer(vector, answer(vector, high=high))
    assert lower_case(passkey.identity) == vector["identity"]
    assert digest(typed(vector)) == raw(vector["challenge"])
    assert passkey.sign_typed_data(typed(vector)) == raw(vector["signature"])


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_assertion_is_refused(kind):
    vector = VECTORS["refused"][kind]
    with pytest.raises(AssertionMalformed):
        signer(vector, answer(vector)).sign_typed_data(typed(vector))


@pytest.mark.parametrize("kind", GOOD)
def test_one_changed_byte_of_a_good_assertion_is_refused(kind):
    vector = VECTORS[kind]
    good = answer(vector)
    for name in ("authenticator_data", "client_data_json", "signature"):
        value = getattr(good, name)
        for at in (0, len(value) // 2, len(value) - 1):
            changed = value[:at] + bytes([value[at] ^ 0x80]) + value[at + 1 :]
            with pytest.raises(AssertionMalformed):
                signer(vector, replace(good, **{name: changed})).sign_typed_data(typed(vector))


@pytest.mark.parametrize("r", [0, ORDER])
def test_numbers_that_the_curve_does_not_have_are_refused(r):
    vector = VECTORS["securityKey"]
    wrong = replace(answer(vector), signature=encode_dss_signature(r, 1))
    with pytest.raises(AssertionMalformed, match="P-256"):
        encode_assertion(wrong, raw(vector["challenge"]))


def test_a_public_key_that_is_no_point_signs_nothing():
    vector = VECTORS["securityKey"]
    passkey = PasskeySigner(ACT["verifier"], b"\1" * 64, lambda _: answer(vector))
    with pytest.raises(AssertionMalformed, match="not this passkey's"):
        passkey.sign_typed_data(typed(vector))


@pytest.mark.parametrize("kind", [*GOOD, *BAD])
def test_the_deployed_verifier_agrees(chains, kind):
    vector = VECTORS.get(kind) or VECTORS["refused"][kind]
    verifier = chains["anvil"].contract("PasskeyVerifier")
    said = verifier.call(
        "verify", raw(vector["signer"])[20:], raw(vector["challenge"]), raw(vector["signature"])
    )
    assert said == (VERIFIED if kind in GOOD else REFUSED)
