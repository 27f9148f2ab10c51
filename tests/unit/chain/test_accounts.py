"""Accounts and passkeys: they sign, and they keep their keys to themselves."""

import copy
import hashlib
import json
import pickle
import traceback
from array import array

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.chain.conftest import KEY

from salus.chain import (
    Account,
    Assertion,
    PasskeySigner,
    Signer,
    SoftwarePasskey,
    development_account,
)
from salus.chain.errors import (
    AssertionMalformed,
    PrivateKeyMalformed,
)
from salus.chain.signing.passkey import ORDER, encode_assertion
from salus.chain.signing.verifying import signer_identity
from salus.errors import CredentialError, InvalidValue
from salus.primitives.address import checked_address

ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
VERIFIER = "0x" + "11" * 20
TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Say": [{"name": "n", "type": "uint8"}],
    },
    "primaryType": "Say",
    "domain": {"name": "test"},
    "message": {"n": 5},
}


@pytest.mark.parametrize("key", [KEY, "0x" + KEY, bytes.fromhex(KEY)])
def test_a_key_gives_its_address(key):
    assert Account.from_key(key).address == ADDRESS


def test_development_accounts_are_anvils_and_hardhats():
    assert development_account(0).address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert development_account(1).address == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def test_new_accounts_differ():
    assert Account.create() != Account.create()


def test_a_key_shows_nowhere(account):
    shown = repr(account) + str(account) + f"{account}" + repr([account]) + repr({"a": account})
    assert KEY not in shown.lower()
    assert ADDRESS in shown


def test_a_key_is_not_pickled_or_copied_by_accident(account):
    for attempt in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError) as caught:
            attempt(account)
        assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "bad", [KEY[:-1], KEY + "00", "0x", "", "zz" * 32, "ff" * 32, "00" * 32, b"short"]
)
def test_a_malformed_key_never_shows_in_the_error(bad):
    with pytest.raises(PrivateKeyMalformed) as caught:
        Account.from_key(bad)
    text = "".join(traceback.format_exception(caught.value, chain=True))
    assert caught.value.exit_code == 4
    assert len(str(bad)) < 3 or str(bad) not in text


def test_accounts_and_passkeys_are_signers(account):
    key = SoftwarePasskey.create()
    for each in (account, PasskeySigner(VERIFIER, key.public_key, key)):
        assert isinstance(each, Signer)


def test_signatures_are_65_bytes_with_a_low_s(account):
    signature = account.sign_typed_data(TYPED)
    assert len(signature) == 65
    assert signature[64] in (27, 28)
    assert int.from_bytes(signature[32:64], "big") < 2**255
    assert signature == account.sign_typed_data(TYPED)


# Passkeys ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def passkey():
    return SoftwarePasskey.create("salus.example")


def test_a_passkeys_signer_bytes_are_verifier_and_key(passkey):
    signer = PasskeySigner(VERIFIER, passkey.public_key, passkey)
    assert signer.signer == b"\x11" * 20 + passkey.public_key
    assert signer.identity == signer_identity(signer.signer)
    with pytest.raises(CredentialError):
        PasskeySigner(VERIFIER, passkey.public_key[:-1], passkey)


@pytest.mark.parametrize(
    "wrong", ["", "0x1234", "0x" + "11" * 21, "0xABaBaBaBABabABabAbAbABAbABabababaBaBABab"]
)
def test_a_passkeys_verifier_is_an_address(passkey, wrong):
    with pytest.raises(InvalidValue, match="verifier"):
        PasskeySigner(wrong, passkey.public_key, passkey)


def test_a_passkeys_verifier_has_one_spelling(passkey):
    first = PasskeySigner(checked_address("0x" + "ab" * 20), passkey.public_key, passkey)
    for spelling in ("0x" + "ab" * 20, "0x" + "AB" * 20):
        other = PasskeySigner(spelling, passkey.public_key, passkey)
        assert (other.verifier, other.identity) == (first.verifier, first.identity)


def test_a_passkeys_public_key_is_not_for_others_to_change(passkey):
    given = bytearray(passkey.public_key)
    signer = PasskeySigner(VERIFIER, given, passkey)
    given[0] ^= 1
    assert signer.public_key == passkey.public_key
    with pytest.raises(CredentialError, match="64 bytes, not 256"):
        PasskeySigner(VERIFIER, memoryview(array("I", range(64))), passkey)


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_an_assertion_is_encoded_with_a_low_s_and_both_positions(passkey, challenge):
    from eth_abi.abi import decode

    answer = passkey(challenge)
    kinds = ["bytes32", "bytes32", "uint256", "uint256", "bytes", "string"]
    _, s, challenge_index, type_index, data, client = decode(
        kinds, encode_assertion(answer, challenge)
    )
    assert int.from_bytes(s, "big") <= ORDER // 2
    assert client[challenge_index:].startswith('"challenge":"')
    assert client[type_index:].startswith('"type":"webauthn.get"')
    assert (data, client.encode()) == (answer.authenticator_data, answer.client_data_json)


def test_an_assertion_over_another_challenge_is_refused(passkey):
    with pytest.raises(AssertionMalformed) as caught:
        encode_assertion(passkey(bytes(32)), b"\1" * 32)
    assert "another challenge" in str(caught.value)


def test_a_registration_is_no_assertion(passkey):
    answer = passkey(bytes(32))
    created = answer.client_data_json.replace(b"webauthn.get", b"webauthn.create")
    with pytest.raises(AssertionMalformed):
        encode_assertion(Assertion(answer.authenticator_data, created, answer.signature), bytes(32))


def asked_at(passkey, **said):
    """An authenticator whose browser says where its user was asked."""

    def answer(challenge):
        given = passkey(challenge)
        client = json.dumps(json.loads(given.client_data_json) | said, separators=(",", ":"))
        signed = given.authenticator_data + hashlib.sha256(client.encode()).digest()
        signature = passkey._key.sign(signed, ec.ECDSA(SHA256()))
        return Assertion(given.authenticator_data, client.encode(), signature)

    return answer


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"origin": "https://evil.example"}, "another origin than https://salus.example"),
        ({"origin": None}, "another origin"),
        ({"crossOrigin": True}, "in a frame of another site"),
        ({"crossOrigin": True, "topOrigin": "https://evil.example"}, "in a frame"),
        ({"topOrigin": "https://evil.example"}, "in a frame"),
    ],
)
def test_where_a_user_was_asked_counts_for_who_names_an_origin(passkey, said, reason):
    key, elsewhere = passkey.public_key, asked_at(passkey, **said)
    named = {"origin": "https://salus.example"}
    with pytest.raises(AssertionMalformed, match=reason):
        PasskeySigner(VERIFIER, key, elsewhere, **named).sign_typed_data(TYPED)
    assert PasskeySigner(VERIFIER, key, passkey, **named).sign_typed_data(TYPED)
    assert PasskeySigner(VERIFIER, key, elsewhere).sign_typed_data(TYPED)


def test_a_signature_that_is_not_der_is_refused(passkey):
    answer = passkey(bytes(32))
    with pytest.raises(AssertionMalformed, match="not DER, as WebAuthn has it"):
        encode_assertion(
            Assertion(answer.authenticator_data, answer.client_data_json, b"\0" * 64), bytes(32)
        )
