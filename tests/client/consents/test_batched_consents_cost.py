"""Consents anchored one by one beside an intruder's number: judged by one reading of the stream."""

from __future__ import annotations

import pytest
from tests.support.exchange import Exchange

from salus.chain import Chain, development_account
from salus.chain.abi import logs
from salus.consents.timelines import CONSENT_STREAM
from salus.terms import Effect, Rule, Terms
from salus_verify.log import Checkpoint, stream_id

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NO_PSYCHIATRY = Terms(base=Rule(effect=Effect.DENY, sensitivities=frozenset({"PSY"})))


def logs_read(chain: Chain, monkeypatch: pytest.MonkeyPatch, *, consents: int) -> int:
    """Logs that a share reads where a patient anchored so many consents, and moved once."""
    exchange = Exchange.set_up(chain, development_account(8))
    custodian, patient = exchange.custodian, exchange.patient
    exchange.add(b"note")
    custodian.consents.revoke_all(patient.identity, by=patient)
    for _ in range(consents):
        grantee = exchange.grantee.account.identity
        consent = custodian.consents.propose(patient.identity, grantee, NO_PSYCHIATRY)
        custodian.consents.batches.grant([consent], by=patient)
    intruder = Checkpoint(bytes(32), b"\x66" * 32, 5)
    name = stream_id(CONSENT_STREAM, 2)
    custodian.anchors._extending.send(patient.identity, name, Checkpoint.none(), intruder, patient)
    count, decode = [0], logs.decode_log

    def counted(log: object) -> object:
        count[0] += 1
        return decode(log)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(logs, "decode_log", counted)
        assert len(custodian.records.share(exchange.consent(WIDE), purpose="TREAT")) == 1
    return count[0]


def test_logs_read_grow_no_faster_than_the_consents(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, some, many = (logs_read(chain, monkeypatch, consents=each) for each in (4, 8, 16))
    assert few > 0, "what reads logs is counted elsewhere"
    assert many - some <= 2 * (some - few)
