"""What a transaction may cost: a node that lies about prices takes nothing, and strands nobody."""

from __future__ import annotations

from typing import Any

import pytest

from salus import Salus
from salus.chain import Account, Chain, deploy, development_account
from salus.chain.node import answers
from salus.chain.node.networks import in_process
from salus.chain.sending.acts import TransactionRequest
from salus.chain.sending.errors import FeeTooHigh, TransactionTooLarge, coin
from salus.chain.sending.fees import MAX_FEE, TRANSACTION_GAS, Fees
from salus.config import Settings, wei
from salus.consents.revocations import SignedRevocation
from salus.errors import ConfigurationInvalid
from salus.primitives.address import Address
from salus.terms import Effect, Rule, Terms

PATIENT, CLINIC, RELAY = (development_account(i) for i in (1, 2, 3))
TREATMENT = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
LIE = 13 * 10**16
"""Wei for each gas: one revocation would cost 6,800 coin."""


class Liar:
    """A node between a person and the chain that names its own prices."""

    def __init__(self, upstream: Any, **lies: Any) -> None:
        self.upstream, self.lies = upstream, lies
        self.url, self.loopback, self.sent = "the liar", False, 0

    def request(self, method: str, *params: Any) -> Any:
        return answers.granted(self.attempt(method, *params), url=self.url)

    def attempt(self, method: str, *params: Any) -> Any:
        self.sent += method == "eth_sendRawTransaction"
        if method in self.lies:
            return self.lies[method]
        answer = self.upstream.attempt(method, *params)
        if method == "eth_getBlockByNumber":
            return {**answer, **self.lies.get("block", {})}
        return answer

    def batch(self, requests: Any) -> list[Any]:
        return [self.attempt(method, *params) for method, params in requests]

    def web3(self) -> Any:
        return self.upstream.web3()

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def honest() -> Chain:
    chain = Chain(in_process(), network="tester")
    deploy(chain, development_account(0), path=None)
    return chain


def through(chain: Chain, account: Account, *, max_fee: int | None = None, **lies: Any) -> Salus:
    """The chain behind a node that lies. It is no local one: its node runs elsewhere."""
    node = Liar(chain.rpc, **lies)
    found = Chain(node, network="x", deployment=chain.deployment, max_fee=max_fee)
    return Salus(found, account=account)


TIP = {"eth_maxPriorityFeePerGas": LIE}
BASE = {"block": {"baseFeePerGas": LIE}}
PRICE = {"block": {"baseFeePerGas": None}, "eth_gasPrice": LIE}


@pytest.mark.parametrize("lies", [TIP, BASE, PRICE], ids=["tip", "base", "price"])
def test_a_lie_about_prices_takes_nothing(honest: Chain, lies: dict[str, Any]) -> None:
    client, before = through(honest, PATIENT, **lies), honest.balance(PATIENT.address)
    with pytest.raises(FeeTooHigh) as caught:
        client.consents.revoke_all(PATIENT.identity)
    assert caught.value.cost > 1000 * 10**18
    assert caught.value.most == MAX_FEE
    assert client.chain.rpc.sent == 0  # type: ignore[attr-defined]
    assert honest.balance(PATIENT.address) == before
    contract = client.chain.contract("ConsentRegistry")
    call = contract.prepare("revokeAllConsents", PATIENT.identity, bytes(32))
    with pytest.raises(FeeTooHigh):
        client.chain.send_many([call, call], account=PATIENT)
    assert client.chain.rpc.sent == 0  # type: ignore[attr-defined]


def granted(chain: Chain) -> bytes:
    client = Salus(chain, account=PATIENT)
    consent = client.consents.propose(PATIENT.identity, CLINIC.identity, TREATMENT)
    client.consents.grant(consent)
    return consent.id


def is_active(chain: Chain, consent: bytes, patient: Address = PATIENT.identity) -> bool:
    return Salus(chain).consents.checks.status(patient, consent).active


def test_a_refused_revocation_goes_through_a_relay(honest: Chain) -> None:
    """The patient keeps the lying node, signs at no cost, and the clinic submits and pays."""
    consent, patient = granted(honest), through(honest, PATIENT, **TIP)
    with pytest.raises(FeeTooHigh, match=r"revocations\.sign"):
        patient.consents.revoke(PATIENT.identity, consent)
    assert is_active(honest, consent)
    deadline = honest.now() + 3600
    signed = patient.consents.revocations.sign(
        PATIENT.identity, consent, by=PATIENT, deadline=deadline
    )
    handed = SignedRevocation.from_json(signed.to_json())
    Salus(honest, account=RELAY).consents.revocations.submit(handed)
    assert not is_active(honest, consent)
    assert is_active(honest, granted(honest))  # and the patient goes on


def test_a_refused_revocation_goes_through_with_a_higher_maximum(honest: Chain) -> None:
    consent, dear = granted(honest), {"eth_maxPriorityFeePerGas": 10**13}
    with pytest.raises(FeeTooHigh) as caught:
        through(honest, PATIENT, **dear).consents.revoke(PATIENT.identity, consent)
    told = caught.value.cost
    before = honest.balance(PATIENT.address)
    willing = through(honest, PATIENT, max_fee=told, **dear)
    willing.consents.revoke(PATIENT.identity, consent)
    assert not is_active(honest, consent)
    assert before - honest.balance(PATIENT.address) <= told


def test_who_is_asked_decides(honest: Chain) -> None:
    consent, client = granted(honest), through(honest, PATIENT, max_fee=1)
    asked: list[tuple[int, int]] = []
    client.chain.spending.ask = lambda cost, most: bool(asked.append((cost, most)))
    with pytest.raises(FeeTooHigh):
        client.consents.revoke(PATIENT.identity, consent)
    client.chain.spending.ask = lambda cost, most: not asked.append((cost, most))
    client.consents.revoke(PATIENT.identity, consent)
    assert [most for _, most in asked] == [1, 1]
    assert not is_active(honest, consent)


def test_a_local_chain_has_no_maximum_unless_told(honest: Chain) -> None:
    assert honest.spending.most is None
    with pytest.raises(FeeTooHigh):
        Salus(
            Chain(honest.rpc, network="tester", deployment=honest.deployment, max_fee=0),
            account=PATIENT,
        ).consents.revoke_all(PATIENT.identity)


def test_gas_is_bounded_by_the_transaction_and_the_block(honest: Chain) -> None:
    nobody = "0x" + "99" * 20
    for lies, most in (
        ({"eth_estimateGas": hex(2**40)}, TRANSACTION_GAS),
        ({"eth_estimateGas": 50_001, "block": {"gasLimit": 50_000}}, 50_000),
    ):
        chain = through(honest, PATIENT, **lies).chain
        with pytest.raises(TransactionTooLarge) as caught:
            chain.sender.send(TransactionRequest(nobody, b""), PATIENT)
        assert caught.value.most == most
        with pytest.raises(TransactionTooLarge):
            chain.sender.send_many([TransactionRequest(nobody, b"")], PATIENT)
    with pytest.raises(TransactionTooLarge):
        honest.sender.send(TransactionRequest(nobody, b"", gas=TRANSACTION_GAS + 1), PATIENT)


def test_a_margin_takes_no_room_that_there_is_not() -> None:
    fees = Fees(base=1, tip=1, block_gas=30_000_000)
    assert fees.limit(TRANSACTION_GAS, margin=1.2) == TRANSACTION_GAS
    assert fees.limit(14_000_000, margin=1.2) == TRANSACTION_GAS
    assert fees.limit(100_000, margin=1.2) == 120_000


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0.05", 5 * 10**16), ("7", 7 * 10**18), ("0", 0), ("0." + "0" * 17 + "1", 1)],
)
def test_amounts_are_read_and_written_in_coin(text: str, amount: int) -> None:
    assert wei(text) == amount
    assert coin(amount) == text


@pytest.mark.parametrize("text", ["-1", "1e3", "0,05", ".5", "1.", "1." + "0" * 19, "\uff11"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    around = {"SALUS_MAX_FEE": text}
    with pytest.raises(ConfigurationInvalid, match="SALUS_MAX_FEE"):
        Settings.load(dotenv=None, environment=around).connect()
