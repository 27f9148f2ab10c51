"""A thief ends all of a hospital's streams at once; after the remedy the hospital works on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.support.exchange import NOTE
from tests.support.robbed import Robbed, by_recovery, by_rotation

from salus.chain import Account, Chain
from salus.emergencies.custodians import RELEASES_STREAM
from salus.errors import VerificationError
from salus.primitives.statement import SaltedStatement
from salus.receipts import verify_erasure, verify_receipt
from salus.records.proving import RECORDS_STREAM
from salus.testing import local_salus
from salus_verify.erasure_receipt import ERASURES_STREAM
from salus_verify.log import Checkpoint, stream_id

pytestmark = pytest.mark.slow

LABELS = (RECORDS_STREAM, ERASURES_STREAM, RELEASES_STREAM)
LARGEST = 2**53 - 1


@pytest.fixture(scope="module")
def chain() -> Chain:
    """One of their own: recoveries take days."""
    return local_salus().chain


@pytest.fixture
def robbed(chain: Chain) -> Robbed:
    return Robbed.set_up(chain)


def end_streams(robbed: Robbed, beyond: int) -> None:
    """The thief anchors one false checkpoint in each: of the largest size, or one leaf more."""
    anchors = robbed.thief.anchors
    for label in LABELS:
        history = anchors.history.checkpoints(robbed.who, label)
        last = history[-1].checkpoint if history else Checkpoint.none()
        size = min(last.size + beyond, LARGEST)
        anchors._client.send(
            "anchor", robbed.who, stream_id(label), last.as_tuple(), size, b"\x66" * 32
        )


@pytest.mark.parametrize("beyond", [1, LARGEST])
@pytest.mark.parametrize("remedy", [by_rotation, by_recovery])
def test_records_erasures_and_emergency_releases_go_on(
    robbed: Robbed, remedy: Callable[[Robbed, Account], None], beyond: int
) -> None:
    chain, payer, clinic = robbed.chain, robbed.team.payer, robbed.team.clinic
    payer.records.add(b"kept elsewhere", patient=robbed.patient.identity, about=NOTE)
    made = robbed.deposit(robbed.patient.identity, payer, [robbed.hospital, clinic])
    old, gone = robbed.add(b"before"), robbed.add(b"erased later")
    receipt = robbed.hospital.records.receipt(old)
    erased_before = robbed.hospital.records.erase(robbed.add(b"erased before").record_id)

    end_streams(robbed, beyond)
    with pytest.raises(VerificationError, match="rotate the identity's key"):
        robbed.add(b"in between")
    robbed.act_with(remedy)

    # What was promised before the theft stands, and the old records get receipts as before.
    assert verify_receipt(receipt, document=b"before", trusting=chain).proved
    assert verify_erasure(erased_before.receipt, trusting=chain).proved
    records = robbed.hospital.records
    assert verify_receipt(records.receipt(old), document=b"before", trusting=chain).proved
    # New records, erasures of old ones, releases of shares.
    new = robbed.add(b"after")
    assert verify_receipt(records.receipt(new), document=b"after", trusting=chain).proved
    assert records.open(old) == b"before"
    erased = records.erase(gone.record_id)
    assert erased.receipt.number == 2
    assert verify_erasure(erased.receipt, trusting=chain).proved
    clinician = robbed.team.emergency_clinician
    clinician.emergencies.windows.open(robbed.patient.identity, SaltedStatement.of("unconscious"))
    asked = clinician.emergencies.access.request(made.card)
    asked = clinic.emergencies.access.countersign(asked)
    released = robbed.hospital.emergencies.custodians.release(made.deposits[robbed.who], asked)
    assert released.inclusion.anchored.number == 2
    clinic.anchors.proofs.verify(released.inclusion)
    for label in LABELS:
        line = clinic.anchors.history.line(robbed.who, label)
        assert line.head is not None
        assert line.head.number == 2
        assert len(line.disowned) == 1
