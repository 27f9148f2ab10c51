"""Assertions that others published: our client and the deployed verifier judge them alike."""

import json
import runpy
from dataclasses import dataclass
from pathlib import Path

import pytest

from salus.chain import Assertion, PasskeySigner
from salus.chain.errors import AssertionMalformed
from salus.chain.signing import passkey
from salus.chain.signing.passkey import encode_assertion

FOLDER = Path(__file__).parents[2] / "vectors" / "webauthn"
VERIFIED, REFUSED = bytes.fromhex("024ad318"), b"\xff" * 4
"""What `IERC7913SignatureVerifier.verify` returns: its own selector, or anything else."""


@dataclass(frozen=True)
class Published:
    name: str
    user_verified: bool
    public_key: bytes
    challenge: bytes
    assertion: Assertion
    signature: bytes

    def sign(self, monkeypatch, assertion=None):
        """Let the client ask for this challenge, which no act of ours hashes to."""
        monkeypatch.setattr(passkey, "digest", lambda typed: self.challenge)
        answer = assertion or self.assertion
        return PasskeySigner("0x" + "11" * 20, self.public_key, lambda _: answer).sign_typed_data(
            {}
        )


def raw(text):
    return bytes.fromhex(text[2:])


def read(entry):
    given = Assertion(
        raw(entry["authenticatorData"]), entry["clientDataJSON"].encode(), raw(entry["der"])
    )
    key, challenge = raw(entry["publicKey"]), raw(entry["challenge"])
    verified, signature = entry["userVerified"], raw(entry["signature"])
    return Published(entry["name"], verified, key, challenge, given, signature)


FILE = json.loads((FOLDER / "published.json").read_text(encoding="utf-8"))
ALL = [read(entry) for entry in FILE["assertions"]]
VERIFIED_USERS = [each for each in ALL if each.user_verified]
OTHER_USERS = [each for each in ALL if not each.user_verified]


def named(each):
    return each.name


def test_the_committed_vectors_are_what_their_script_writes(monkeypatch, tmp_path):
    script = runpy.run_path(str(FOLDER / "make_published.py"))
    monkeypatch.setitem(script["main"].__globals__, "HERE", tmp_path)
    script["main"]()
    assert (tmp_path / "published.json").read_bytes() == (FOLDER / "published.json").read_bytes()


def test_both_sources_give_assertions_of_verified_users_and_of_others():
    for part in (FILE["assertions"][:10], FILE["assertions"][10:]):
        assert {entry["userVerified"] for entry in part} == {True, False}


@pytest.mark.parametrize("each", VERIFIED_USERS, ids=named)
def test_a_published_assertion_of_a_verified_user_is_taken(each, monkeypatch):
    assert encode_assertion(each.assertion, each.challenge) == each.signature
    assert each.sign(monkeypatch) == each.signature


@pytest.mark.parametrize("each", VERIFIED_USERS, ids=named)
def test_it_is_no_assertion_of_another_key_or_over_another_challenge(each, monkeypatch):
    other = next(one for one in VERIFIED_USERS if one is not each)
    with pytest.raises(AssertionMalformed, match="another challenge"):
        each.sign(monkeypatch, other.assertion)
    data, client = each.assertion.authenticator_data, each.assertion.client_data_json
    with pytest.raises(AssertionMalformed, match="not this passkey's"):
        each.sign(monkeypatch, Assertion(data, client, other.assertion.signature))


@pytest.mark.parametrize("each", OTHER_USERS, ids=named)
def test_a_published_assertion_without_a_verified_user_is_refused(each, monkeypatch):
    with pytest.raises(AssertionMalformed, match="not verified"):
        each.sign(monkeypatch)


@pytest.mark.parametrize("kind", ["tester", "anvil"])
def test_the_deployed_verifier_agrees_with_the_precompile_and_without(chains, kind):
    verifier = chains[kind].contract("PasskeyVerifier")
    ours = [each for each in ALL if len(each.challenge) == 32]
    assert len(ours) == 10
    for each in ours:
        said = verifier.call("verify", each.public_key, each.challenge, each.signature)
        assert said == (VERIFIED if each.user_verified else REFUSED), each.name
