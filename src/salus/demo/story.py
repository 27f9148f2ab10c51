"""The whole demonstration on one chain."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from salus.demo import health, medicine
from salus.demo.people import gather
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.demo.report import Report


def check_bundle(bundle: bytes) -> None:
    """Refuse a bundle that the story cannot be told with, before anything is sent."""
    from salus.fhir.bundle import resources
    from salus.records.facts import require_one_patient

    found = list(resources(bundle))
    if not found:
        raise InputError("the bundle holds no resource: give one that does")
    require_one_patient(found)


def run_story(
    chain: Chain,
    governance: Account,
    bundle: bytes,
    report: Report,
    *,
    storage: str | None = None,
) -> None:
    """Deploy what is missing, then run both halves.

    Args:
        chain: Where it plays.
        governance: Pays for everybody's first coin and governs accreditation; on a chain where the
            contracts stand already it must be their governance.
        bundle: A FHIR R4 bundle; nothing of it is printed.
        report: Where steps and proofs are noted.
        storage: URL under which blobs and inboxes are made, and stay; a folder that is removed in
            the end by default.

    Raises:
        SalusError: Something was refused that must not be, or was not refused that must be.
    """
    from salus.chain.deploying.deploy import deploy

    with report.step("people", "Developer", "deploys six contracts where missing") as step:
        before = chain.block().number
        deployment = deploy(chain, governance, path=None)
        step.gas = sum_of_gas(chain, before)
    report.addresses = {name: each.address for name, each in deployment.contracts.items()}
    people = gather(chain, governance, report)
    with tempfile.TemporaryDirectory(prefix="salus-demo-") as folder:
        health.tell(people, report, bundle, _places(storage or Path(folder).as_uri()))
    medicine.tell(people, report)


def sum_of_gas(chain: Chain, after: int) -> int:
    """Gas used by all blocks after one."""
    last = chain.block().number
    return sum(int(chain.web3.eth.get_block(n)["gasUsed"]) for n in range(after + 1, last + 1))


def _places(storage: str) -> health.DemoStorages:
    """Storages under one, new ones each time."""
    under = f"{storage.rstrip('/')}/salus-demo-{secrets.token_hex(4)}"
    return health.DemoStorages(
        *(f"{under}/{name}" for name in ("hospital", "clinic", "in-h", "in-c"))
    )
