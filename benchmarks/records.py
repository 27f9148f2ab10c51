"""What sharing and opening cost, with few and with many patients in the vault.

Run ``python benchmarks/records.py``: one JSON object of figures, all measured in this run, on a
chain in this process. ``--toy`` does the same work for few patients: its figures mean nothing.

- ``share_few_ms``, ``share_many_ms``: sharing one patient's record under a consent, with 10 and
  with 400 patients in the vault. They should be alike.
- ``open_received_ms``: opening one received record of 100 bytes, its consent asked about already.
- ``open_received_calls``: questions to the node for it.

Example:
    >>> few, many = PATIENTS
    >>> few < many
    True
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import Any

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.terms import Effect, ResourceFacts, Rule, Terms
from salus.testing import fund, local_salus, participant
from salus.vault import Compartment
from salus.vault.storage.memory import MemoryStorage

TOY = "--toy" in sys.argv
PATIENTS = (2, 6) if TOY else (10, 400)
RECORDS = 5 if TOY else 50
PERMIT = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NOTE = ResourceFacts(resource_class="DocumentReference")


@dataclass
class Ward:
    """A custodian and a reader, on one chain."""

    custodian: Salus
    reader: Salus

    @classmethod
    def open(cls, chain: Chain) -> Ward:
        """Make both."""
        storage = MemoryStorage("bench")
        both = []
        for _ in range(2):
            account = Account.create()
            fund(chain, account.address, payer=development_account(8))
            both.append(participant(chain, account, storage=storage, inbox=True))
        return cls(*both)

    def fill(self, patients: int) -> None:
        """Keep one record for each of so many other patients."""
        for number in range(patients):
            self.custodian.vault.add(
                b"note",
                compartment=Compartment(
                    patient=f"0x{number + 1:040x}", resource_class="DocumentReference"
                ),
                media_type="text/plain",
                created_at=0,
            )

    def consent(self, patient: Account) -> SignedConsent:
        """A patient's permit for the reader."""
        consents = self.custodian.consents
        consent = consents.propose(patient.identity, self.reader.account.identity, PERMIT)
        return consents.sign(consent, by=patient)

    def add(self, patient: Account, data: bytes) -> None:
        """Add one record of a patient."""
        self.custodian.records.add(data, patient=patient.identity, about=NOTE)


def share_ms(ward: Ward) -> float:
    """Share one patient's record; the best of three patients."""
    took = []
    for _ in range(3):
        patient = Account.create()
        ward.add(patient, b"note")
        consent = ward.consent(patient)
        start = time.perf_counter()
        ward.custodian.records.share(consent, purpose="TREAT")
        took.append(time.perf_counter() - start)
    return round(min(took) * 1e3, 2)


def opening(ward: Ward) -> dict[str, float]:
    """Open many received records of one patient."""
    patient = Account.create()
    for number in range(RECORDS):
        ward.add(patient, b"%100d" % number)
    consent = ward.consent(patient)
    ward.custodian.records.share(consent, purpose="TREAT")
    came = ward.reader.records.collect().manifests[-RECORDS:]
    ward.reader.records.open(came[0], under=consent, purpose="TREAT")
    calls = 0
    rpc: Any = ward.reader.chain.rpc
    really = rpc.request

    def counted(*asked: Any) -> Any:
        nonlocal calls
        calls += 1
        return really(*asked)

    rpc.request = counted
    start = time.perf_counter()
    for each in came:
        ward.reader.records.open(each, under=consent, purpose="TREAT")
    took = time.perf_counter() - start
    rpc.request = really
    return {
        "records.open_received_ms": round(took * 1e3 / len(came), 2),
        "records.open_received_calls": calls / len(came),
    }


def figures() -> dict[str, float]:
    """Measure everything.

    Returns:
        Each figure by its name.
    """
    ward, (few, many) = Ward.open(local_salus().chain), PATIENTS
    ward.fill(few)
    first = share_ms(ward)
    ward.fill(many - few)
    return {
        "records.share_few_ms": first,
        "records.share_many_ms": share_ms(ward),
        **opening(ward),
    }


if __name__ == "__main__":
    print(json.dumps(figures(), indent=2))
