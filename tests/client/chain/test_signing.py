"""Signed acts, submitted by somebody else: keys, contract accounts and passkeys, on every node."""

import pytest

from salus import Salus
from salus.chain import Account, PasskeySigner, SoftwarePasskey
from salus.chain.control_check import verify_typed_data
from salus.chain.deploying.create2 import create
from salus.chain.deployments.derivation import address_of
from salus.chain.errors import (
    ArgumentsInvalid,
    ChainUnreachable,
    SignatureMismatch,
    SignerNotInControl,
)
from salus.chain.node.answers import RpcFailure
from salus.chain.signing.verifying import signer_identity
from salus.contracts import artifacts
from salus.contracts.anchors.errors import HeadMoved
from salus.contracts.consents.events import ConsentRevoked
from salus.contracts.signed_acts import SignatureExpired, SignatureInvalid
from salus.errors import CredentialError, InputError

CONSENT = b"\7" * 32


@pytest.fixture
def hospital(patient):
    """Somebody with coin, who submits what others signed. (The fixture that funds is `patient`.)"""
    return patient


@pytest.fixture
def signer():
    return Account.create()


@pytest.fixture
def passkey(chain):
    key = SoftwarePasskey.create("salus.example")
    return PasskeySigner(chain.contract("PasskeyVerifier").address, key.public_key, key)


def revoke(chain, signer, payer, *, patient=None, deadline=None, consent=CONSENT):
    consents = chain.contract("ConsentRegistry")
    who = patient or signer.identity
    until = chain.now() + 600 if deadline is None else deadline
    message = {"patient": who, "consentId": consent}
    authorization = consents.authorize(signer, "RevokeConsent", message, until)
    return consents.send("revokeConsentBySig", who, consent, authorization, account=payer)


def test_a_key_signs_and_somebody_else_pays(chain, signer, hospital):
    (event,) = revoke(chain, signer, hospital).events
    assert event == ConsentRevoked(patient=signer.identity, consent_id=CONSENT)
    assert chain.balance(signer.address) == 0


def test_a_passkey_signs_and_somebody_else_pays(chain, passkey, hospital):
    (event,) = revoke(chain, passkey, hospital).events
    assert event == ConsentRevoked(patient=passkey.identity, consent_id=CONSENT)


def test_the_contract_and_the_client_agree_on_identities(chain, passkey, signer):
    registry = chain.contract("IdentityRegistry")
    for each in (passkey, signer):
        assert registry.call("signerIdentity", each.signer) == each.identity
        assert signer_identity(each.signer) == each.identity


def test_an_expired_signature_is_named(chain, signer, hospital):
    with pytest.raises(SignatureExpired) as caught:
        revoke(chain, signer, hospital, deadline=chain.now() - 1)
    assert caught.value.deadline < chain.now()


def test_a_signature_over_other_values_is_named(chain, signer, hospital):
    consents = chain.contract("ConsentRegistry")
    message = {"patient": signer.identity, "consentId": CONSENT}
    authorization = consents.authorize(signer, "RevokeConsent", message, chain.now() + 600)
    other = b"\x08" * 32
    with pytest.raises(SignatureInvalid) as caught:
        consents.send("revokeConsentBySig", signer.identity, other, authorization, account=hospital)
    assert caught.value.signer == signer.identity


def test_an_anchor_signed_for_a_checkpoint_that_moved_is_named(chain, signer, hospital):
    anchors = chain.contract("AnchorRegistry")
    none, stream, root = (bytes(32), bytes(32), 0), b"\1" * 32, b"\2" * 32
    act = {
        "issuer": signer.identity,
        "stream": stream,
        "last": bytes(32),
        "size": 3,
        "root": root,
    }
    signed = anchors.authorize(signer, "Anchor", act, chain.now() + 600)
    arguments = ("anchorBySig", signer.identity, stream, none, 3, root, signed)
    anchors.send(*arguments, account=hospital)
    with pytest.raises(HeadMoved):
        anchors.send(*arguments, account=hospital)


def change_of(chain, signer):
    """A signed change that has a nested list of structs."""
    registry = chain.contract("IdentityRegistry")
    change = {
        "kind": 2,
        "name": b"n".ljust(32, b"\0"),
        "delegate": "0x" + "0" * 40,
        "value": b"some value",
        "validity": 600,
    }
    nonce = registry.call("nonces", signer.identity)
    act = {"identity": signer.identity, "changes": [change], "nonce": nonce}
    signed = registry.authorize(signer, "ApplyChanges", act, chain.now() + 600)
    return registry, ("applyChangesBySig", signer.identity, [change], nonce, signed)


def test_a_list_of_changes_is_signed_as_the_contract_hashes_it(chain, signer, hospital):
    registry, arguments = change_of(chain, signer)
    (event,) = registry.send(*arguments, account=hospital).events
    assert event.value == b"some value"


# Checked off chain ------------------------------------------------------------------------------


@pytest.fixture
def consent(chain, signer):
    """A consent as typed data, not sent anywhere."""
    registry = chain.contract("ConsentRegistry")
    particulars = {"grantee": "0x" + "22" * 20, "termsDigest": b"\3" * 32, "salt": b"\4" * 32}
    given = {
        "patient": signer.identity,
        "epoch": registry.call("epochOf", signer.identity),
        "particulars": particulars,
    }
    return registry.typed_data("GrantConsent", {"consent": given, "deadline": 2**40})


def test_a_signature_is_checked_without_a_transaction(chain, signer, consent):
    signature = signer.sign_typed_data(consent)
    verify_typed_data(chain, signer.identity, consent, signer.signer, signature)


def test_a_passkey_is_checked_without_a_transaction(chain, passkey, consent):
    signature = passkey.sign_typed_data(consent)
    verify_typed_data(chain, passkey.identity, consent, passkey.signer, signature)
    with pytest.raises(SignatureMismatch):
        verify_typed_data(
            chain,
            passkey.identity,
            {**consent, "message": {**consent["message"], "deadline": 5}},
            passkey.signer,
            signature,
        )


@pytest.mark.parametrize("damage", ["short", "long", "flipped", "high s", "another v", "zero"])
def test_a_damaged_signature_is_refused(chain, signer, consent, damage):
    good = signer.sign_typed_data(consent)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = order - int.from_bytes(good[32:64], "big")
    bad = {
        "short": good[:64],
        "long": good + b"\0",
        "flipped": bytes([good[0] ^ 1]) + good[1:],
        "high s": good[:32] + high.to_bytes(32, "big") + bytes([55 - good[64]]),
        "another v": good[:64] + bytes([good[64] - 27]),
        "zero": bytes(64) + b"\x1b",
    }[damage]
    with pytest.raises(SignatureMismatch) as caught:
        verify_typed_data(chain, signer.identity, consent, signer.signer, bad)
    assert caught.value.exit_code == 4


def test_a_good_signature_of_a_stranger_is_refused(chain, signer, consent):
    stranger = Account.create()
    signature = stranger.sign_typed_data(consent)
    with pytest.raises(SignerNotInControl) as caught:
        verify_typed_data(chain, signer.identity, consent, stranger.signer, signature)
    assert caught.value.owner == signer.identity
    with pytest.raises(SignatureMismatch):
        verify_typed_data(chain, signer.identity, consent, signer.signer, signature)


def test_a_rotated_key_no_longer_counts_but_did_before(chain, patient):
    registry = chain.contract("IdentityRegistry")
    act = {"patient": patient.identity, "consentId": CONSENT, "deadline": 2**40}
    typed = chain.contract("ConsentRegistry").typed_data("RevokeConsent", act)
    signature = patient.sign_typed_data(typed)
    successor = Account.create()
    sent = registry.send("changeOwner", patient.identity, successor.identity, account=patient)
    with pytest.raises(SignerNotInControl):
        verify_typed_data(chain, patient.identity, typed, patient.signer, signature)
    verify_typed_data(
        chain,
        patient.identity,
        typed,
        patient.signer,
        signature,
        block=sent.block_number - 1,
    )
    verify_typed_data(
        chain, patient.identity, typed, successor.signer, successor.sign_typed_data(typed)
    )


def contract_account(chain, payer, answer):
    """Deploy an account that answers every question with the same 32 bytes."""
    return account_of(chain, payer, b"\x7f" + answer + bytes.fromhex("60005260206000f3"))


def account_of(chain, payer, runtime):
    """Deploy an account that runs this code."""
    init = bytes.fromhex(f"60{len(runtime):02x}600c60003960{len(runtime):02x}6000f3") + runtime
    if not chain.code(address_of(init)):
        create(chain, payer, init)
    return address_of(init)


def test_a_contract_account_speaks_for_itself(chain, patient, consent):
    yes = contract_account(chain, patient, bytes.fromhex("1626ba7e").ljust(32, b"\0"))
    verify_typed_data(chain, yes, consent, bytes.fromhex(yes[2:]), b"whatever")


@pytest.mark.parametrize("answer", [bytes(32), b"\x16\x26\xba\x7e" + b"\xff" * 28, b"\xff" * 32])
def test_a_contract_account_that_says_anything_else_says_no(chain, patient, consent, answer):
    no = contract_account(chain, patient, answer)
    with pytest.raises(SignatureMismatch):
        verify_typed_data(chain, no, consent, bytes.fromhex(no[2:]), b"whatever")


@pytest.mark.parametrize(
    "code",
    ["60006000fd", "fe", "600164ffffffffff52", "600456", "50"],
    ids=["reverts", "invalid opcode", "out of gas", "bad jump", "empty stack"],
)
def test_a_contract_account_that_fails_says_no(chain, patient, consent, code):
    no = account_of(chain, patient, bytes.fromhex(code))
    with pytest.raises(SignatureMismatch):
        verify_typed_data(chain, no, consent, bytes.fromhex(no[2:]), b"whatever")


@pytest.mark.parametrize(
    "words",
    [
        "daily request count exceeded, request rate limited",
        "missing trie node 0x12 (path ) state is not available",
        "header not found",
        "request timed out",
    ],
)
def test_a_node_that_fails_says_nothing_about_a_signature(tester, monkeypatch, words):
    key = SoftwarePasskey.create("salus.example")
    verifier = tester.contract("PasskeyVerifier").address
    passkey = PasskeySigner(verifier, key.public_key, key)
    act = {"patient": passkey.identity, "consentId": CONSENT, "deadline": 2**40}
    typed = tester.contract("ConsentRegistry").typed_data("RevokeConsent", act)
    signature = passkey.sign_typed_data(typed)
    ask = tester.rpc.attempt

    def attempt(method, *params):
        if method == "eth_call" and params[0]["to"].lower() == verifier.lower():
            return RpcFailure(words)
        return ask(method, *params)

    monkeypatch.setattr(tester.rpc, "attempt", attempt)
    with pytest.raises(ChainUnreachable, match=words.split()[0]):
        verify_typed_data(tester, passkey.identity, typed, passkey.signer, signature)


def test_a_verifier_that_does_not_exist_says_no(chain, consent, signer):
    key = b"\x99" * 20 + bytes(64)
    with pytest.raises(SignatureMismatch):
        verify_typed_data(chain, signer_identity(key), consent, key, b"")


def test_signer_bytes_that_are_too_short_are_refused(chain, consent, signer):
    with pytest.raises(CredentialError):
        verify_typed_data(chain, signer.identity, consent, b"\1" * 19, b"")


def test_an_act_that_the_contract_does_not_take_is_refused(tester, signer):
    consents = tester.contract("ConsentRegistry")
    with pytest.raises(ArgumentsInvalid):
        consents.authorize(signer, "Anchor", {}, 5)
    with pytest.raises(ArgumentsInvalid) as caught:
        consents.authorize(signer, "RevokeConsent", {"patient": signer.identity}, 5)
    assert "patient, consentId, deadline" in str(caught.value)


def test_every_artifact_of_the_kernel_is_deployed(tester):
    assert set(tester.deployment.contracts) == set(artifacts.names())


def test_a_client_makes_a_passkeys_signer(chain, passkey):
    client, key = Salus(chain), SoftwarePasskey.create()
    signer = client.passkey(key)
    assert signer.verifier == passkey.verifier
    assert client.passkey(lambda _: None, public_key=key.public_key).identity == signer.identity


def test_a_passkey_without_its_public_key_is_refused(chain):
    with pytest.raises(InputError, match="public_key="):
        Salus(chain).passkey(lambda _: None)
