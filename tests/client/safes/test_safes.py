"""A Safe of regulators: propose, collect signatures, execute; and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct
from tests.client.safes.conftest import CLERK, REGULATORS
from tests.support.lots import new_gtin
from tests.support.safes import SafeFactory, safe_message
from tests.support.signing_services import signing_service

import salus
from salus import Salus
from salus.chain import Account, Chain, SoftwarePasskey, open_account
from salus.chain.errors import ArgumentsInvalid, NodeRefused, SignatureMismatch
from salus.chain.node.answers import RpcFailure
from salus.chain.node.development import development_key
from salus.contracts.drugs.errors import NotRegulator
from salus.contracts.drugs.events import ProductRegistered
from salus.errors import ContractError
from salus.primitives.address import checked_address
from salus.safes import Safe, SafeProposal
from salus.safes.errors import (
    NotASafe,
    NotASafeOwner,
    SafeCallUnreadable,
    SafeNonceAhead,
    SafeNonceUsed,
    SafeProposalElsewhere,
    SafeSignaturesMissing,
)
from salus.safes.proposals import OwnerSignature

FIRST, SECOND, THIRD = REGULATORS
HOLDER, MAKER = "0x" + "aa" * 20, "0x" + "bb" * 20
HOLDER_CHECKED, MAKER_CHECKED = map(checked_address, (HOLDER, MAKER))
Open = Callable[[Account], Safe]


def product(safe: str, holder: str = HOLDER) -> tuple[Any, ...]:
    """The act of registering a product that nobody registered yet."""
    return ("DrugProvenance", "registerProduct", safe, int(new_gtin()), holder, [MAKER])


# Together ----------------------------------------------------------------------------------------


def test_two_of_three_regulators_register_a_product(opened: Open, regulator: str) -> None:
    proposal = opened(FIRST).propose(*product(regulator))
    signed = opened(FIRST).sign(proposal)
    travelled = SafeProposal.from_bytes(signed.to_bytes())
    assert opened(SECOND).missing(travelled) == (SECOND.address, THIRD.address)
    complete = opened(SECOND).sign(travelled)
    done = opened(CLERK).execute(complete)
    (event,) = [each for each in done.events if isinstance(each, ProductRegistered)]
    assert (event.regulator, event.holder) == (regulator, HOLDER_CHECKED)
    assert opened(CLERK).execute(complete) == done  # what was done is answered
    assert opened(CLERK).state().nonce == 1


def test_copies_that_were_signed_apart_are_joined(opened: Open, regulator: str) -> None:
    proposal = opened(FIRST).propose(*product(regulator))
    copies = [opened(each).sign(proposal) for each in (THIRD, SECOND)]
    joined = copies[0].joined(copies[1])
    assert joined == copies[1].joined(copies[0])
    assert opened(CLERK).execute(joined).events
    other = opened(FIRST).propose(*product(regulator))
    with pytest.raises(SafeProposalElsewhere, match="another act"):
        joined.joined(other)


def test_what_is_signed_is_shown_in_words(opened: Open, regulator: str, anvil: Chain) -> None:
    safe = opened(FIRST)
    act = safe.read(safe.propose(*product(regulator)))
    address = anvil.contract("DrugProvenance").address
    assert act.words[0] == f"DrugProvenance.registerProduct at {address}"
    assert f"  holder: {HOLDER_CHECKED}" in act.words
    assert f"  makers: [{MAKER_CHECKED}]" in act.words
    later = safe.propose(
        *("AccreditationRegistry", "accredit", regulator, MAKER, 5, 2**31, bytes(32)), nonce=9
    )
    assert "  role: 5 (manufacturer)" in safe.read(later).words
    assert any("2038-01-19" in line for line in safe.read(later).words)


def test_an_owner_who_executes_agrees_by_that(opened: Open, regulator: str) -> None:
    signed = opened(FIRST).sign(opened(FIRST).propose(*product(regulator)))
    with pytest.raises(SafeSignaturesMissing, match="1 of the 2"):
        opened(CLERK).execute(signed)
    assert opened(THIRD).execute(signed).events


def test_an_owner_approves_on_chain(opened: Open, regulator: str) -> None:
    signed = opened(FIRST).sign(opened(FIRST).propose(*product(regulator)))
    opened(SECOND).approve(signed)
    assert opened(CLERK).missing(signed) == (THIRD.address,)
    assert opened(CLERK).execute(signed).events
    with pytest.raises(NotASafeOwner):
        opened(CLERK).approve(opened(FIRST).propose(*product(regulator)))


def test_a_wallet_signs_as_eth_sign_does(opened: Open, regulator: str) -> None:
    proposal = opened(FIRST).sign(opened(FIRST).propose(*product(regulator)))
    wallet = EthAccount.from_key(development_key(4))
    made = bytes(wallet.sign_message(encode_defunct(proposal.digest)).signature)
    shifted = made[:64] + bytes([made[64] + 4])
    with pytest.raises(SignatureMismatch):
        opened(CLERK).add(proposal, SECOND.address, made)
    assert opened(CLERK).execute(opened(CLERK).add(proposal, SECOND.address, shifted)).events


@pytest.mark.parametrize("kind", ["web3signer", "rpc", "clef"])
def test_an_owner_s_key_is_in_a_signing_service(opened: Open, regulator: str, kind: str) -> None:
    proposal = opened(FIRST).propose(*product(regulator))
    with signing_service(development_key(3)) as service:
        owner = open_account(f"{kind}+{service.url}")
        signed = opened(CLERK).sign(proposal, by=owner)
        service.changes, service.signs_with = {"chainId": 1}, bytes([9]) * 32
        with pytest.raises(SignatureMismatch):
            opened(CLERK).sign(proposal, by=owner)
    assert signed == opened(FIRST).sign(proposal)
    assert opened(SECOND).execute(signed).events


def test_a_node_in_trouble_says_nothing_of_a_safe(
    opened: Open, anvil: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe = opened(FIRST)
    failure = RpcFailure("header not found")
    monkeypatch.setattr(anvil.rpc, "batch", lambda asked: [failure] * len(asked))
    with pytest.raises(NodeRefused, match="header not found"):
        safe.state()


def test_a_safe_is_an_owner_of_a_safe(anvil: Chain, factory: SafeFactory) -> None:
    inner = factory.make([SECOND.address], 1)
    outer = factory.make([FIRST.address, inner], 2)
    safe = Salus(anvil, account=FIRST).safes.open(outer)
    proposal = safe.sign(safe.propose("Safe", "changeThreshold", 1))
    signature = SECOND.sign_typed_data(safe_message(anvil, inner, proposal.content))
    with pytest.raises(SignatureMismatch, match="does not say that it signed"):
        safe.add(proposal, inner, signature[:64] + b"\x1d", by_contract=True)
    complete = safe.add(proposal, inner, signature, by_contract=True)
    assert SafeProposal.from_bytes(complete.to_bytes()) == complete
    safe.execute(complete)
    assert safe.state().threshold == 1


def test_owners_change_owners(opened: Open) -> None:
    safe = opened(FIRST)
    proposal = safe.propose("Safe", "addOwnerWithThreshold", CLERK.address, 2)
    assert safe.read(proposal).words[1:] == (f"  owner: {CLERK.address}", "  threshold: 2")
    safe.execute(opened(SECOND).sign(proposal))
    assert set(safe.state().owners) == {each.address for each in (*REGULATORS, CLERK)}


def end(*_: object) -> None:
    """The process ends here."""
    raise KeyboardInterrupt


def test_an_execution_is_written_down_before_it_leaves(
    place: tuple[Chain, str, Path], regulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, url, file = place
    monkeypatch.setenv("SALUS_DEPLOYMENT", str(file))
    monkeypatch.setenv("SALUS_RPC_URL", url)
    with salus.connect("anvil", account=FIRST, state=tmp_path) as me:
        safe = me.safes.open(regulator)
        proposal = safe.propose(*product(regulator))
        signed = Salus(chain, account=SECOND).safes.open(regulator).sign(proposal)
        with monkeypatch.context() as ended:
            ended.setattr(me.chain.sender._posting, "post", end)
            with pytest.raises(KeyboardInterrupt):
                safe.execute(signed)
        (left,) = me.outbox
        assert safe.execute(signed).hash == left.transactions[0]
        assert list(me.outbox) == []


# Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"chain_id": 1}, SafeProposalElsewhere),
        ({"safe": "0x" + "11" * 20}, SafeProposalElsewhere),
        ({"to": "0x" + "22" * 20}, SafeCallUnreadable),
        ({"data": b"\1\2\3\4"}, SafeCallUnreadable),
    ],
)
def test_what_is_for_elsewhere_or_unreadable_is_not_signed(
    opened: Open, regulator: str, changes: dict[str, Any], error: type[Exception]
) -> None:
    safe = opened(FIRST)
    changed = replace(safe.propose(*product(regulator)), **changes)
    for attempt in (safe.read, safe.sign, safe.execute, safe.approve):
        with pytest.raises(error):
            attempt(changed)


def test_arguments_that_two_readers_could_read_in_two_ways_are_not_signed(
    opened: Open, regulator: str
) -> None:
    safe = opened(FIRST)
    proposal = safe.propose(*product(regulator))
    for data in (proposal.data + bytes(32), proposal.data[:-32], proposal.data[:4]):
        with pytest.raises(SafeCallUnreadable, match="registerProduct"):
            safe.sign(replace(proposal, data=data))


def test_what_cannot_be_read_is_signed_by_who_asks_for_it(opened: Open, anvil: Chain) -> None:
    safe = opened(FIRST)
    proposal = safe.propose_call("0x" + "22" * 20, b"\1\2\3\4")
    complete = opened(SECOND).sign(safe.sign(proposal, unread=True), unread=True)
    with pytest.raises(SafeCallUnreadable):
        safe.execute(complete)
    assert safe.execute(complete, unread=True).hash


@pytest.mark.parametrize("name", ["enableModule", "setGuard", "setFallbackHandler", "nonce"])
def test_a_safe_is_told_nothing_else_of_itself(opened: Open, name: str) -> None:
    with pytest.raises(ArgumentsInvalid, match="of itself only"):
        opened(FIRST).propose("Safe", name, "0x" + "22" * 20)


@pytest.mark.parametrize(
    "act",
    [
        ("Nowhere", "act"),
        ("DrugProvenance", "act"),
        ("DrugProvenance", "productOf", 1),
        ("DrugProvenance", "registerProduct", 1),
    ],
)
def test_what_is_no_act_is_not_proposed(opened: Open, act: tuple[Any, ...]) -> None:
    with pytest.raises(ArgumentsInvalid):
        opened(FIRST).propose(*act)


def test_a_nonce_is_used_once_and_in_order(opened: Open, regulator: str) -> None:
    safe = opened(FIRST)
    first, other = (safe.propose(*product(regulator)) for _ in range(2))
    later = safe.propose(*product(regulator), nonce=2)
    with pytest.raises(SafeNonceAhead):
        safe.execute(opened(SECOND).sign(later))
    safe.execute(opened(SECOND).sign(first))
    for attempt in (safe.sign, safe.approve, safe.execute):
        with pytest.raises(SafeNonceUsed):
            attempt(other)


def test_who_is_no_owner_signs_nothing(opened: Open, regulator: str) -> None:
    proposal = opened(FIRST).propose(*product(regulator))
    with pytest.raises(NotASafeOwner, match=CLERK.address):
        opened(CLERK).sign(proposal)
    with pytest.raises(NotASafeOwner):
        opened(FIRST).add(proposal, CLERK.address, CLERK.sign_typed_data(proposal.typed()))


def test_a_passkey_is_no_owner(anvil: Chain, opened: Open, regulator: str) -> None:
    passkey = Salus(anvil, account=FIRST).passkey(SoftwarePasskey.create("salus.example"))
    with pytest.raises(NotASafeOwner):
        opened(FIRST).sign(opened(FIRST).propose(*product(regulator)), by=passkey)


def test_a_false_signature_in_a_proposal_is_named(opened: Open, regulator: str) -> None:
    safe = opened(FIRST)
    proposal, other = (safe.propose(*product(regulator)) for _ in range(2))
    stolen = OwnerSignature(SECOND.address, SECOND.sign_typed_data(other.typed()))
    with pytest.raises(SignatureMismatch, match="not over this proposal"):
        safe.execute(safe.sign(proposal).with_signature(stolen))


def test_signatures_of_former_owners_do_not_count(opened: Open, regulator: str) -> None:
    safe, former = opened(FIRST), CLERK.address
    proposal = safe.propose(*product(regulator))
    made = OwnerSignature(former, CLERK.sign_typed_data(proposal.typed()))
    with pytest.raises(SafeSignaturesMissing):
        opened(CLERK).execute(safe.sign(proposal).with_signature(made))


def test_what_the_registry_refuses_is_named_before_anything_is_sent(
    opened: Open, regulator: str, anvil: Chain, factory: SafeFactory
) -> None:
    nobody = factory.make([FIRST.address], 1)
    safe = Salus(anvil, account=FIRST).safes.open(nobody)
    with pytest.raises(NotRegulator):
        safe.propose(*product(nobody))
    again, act = opened(FIRST), product(regulator)
    proposal = again.propose(*act)
    again.execute(opened(SECOND).sign(proposal))
    twice = replace(proposal, nonce=1)
    before = anvil.sender.posted
    with pytest.raises(ContractError, match=r"exists|registered"):
        again.execute(opened(SECOND).sign(twice))
    assert anvil.sender.posted == before


def test_what_is_no_safe_is_named(anvil: Chain, factory: SafeFactory) -> None:
    safes = Salus(anvil, account=FIRST).safes
    for address in (FIRST.address, anvil.contract("DrugProvenance").address):
        with pytest.raises(NotASafe):
            safes.open(address)


def test_a_node_that_shows_another_domain_is_found_out(
    anvil: Chain, regulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anvil, "chain_id", 1)
    with pytest.raises(NotASafe, match="another chain"):
        Salus(anvil, account=FIRST).safes.open(regulator)


def test_who_is_not_in_control_is_told_of_the_safe(anvil: Chain, regulator: str) -> None:
    from salus.chain.control_check import require_control
    from salus.chain.errors import SignerNotInControl

    with pytest.raises(SignerNotInControl, match=r"me\.safes\.open"):
        require_control(anvil, FIRST, identity=regulator)
    with pytest.raises(SignerNotInControl) as caught:
        require_control(anvil, FIRST, identity=CLERK.address)
    assert "safes" not in str(caught.value)
