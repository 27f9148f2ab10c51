"""The whole demonstration on one chain.

Example:
    >>> from salus.demo import run_story
    >>> run_story.__name__
    'run_story'
"""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from salus.demo import health, medicine
from salus.demo.people import gather

if TYPE_CHECKING:
    from salus.chain import Chain
    from salus.chain.signers import Account
    from salus.demo.report import Report


def run_story(chain: Chain, governance: Account, bundle: bytes, report: Report) -> None:
    """Deploy what is missing, then run both halves.

    Args:
        chain: Where it plays.
        governance: Pays for everybody's first coin and governs accreditation; on a chain where the
            contracts stand
            already it must be their governance.
        bundle: A FHIR R4 bundle; nothing of it is printed.
        report: Where steps and proofs are noted.
    """
    from salus.chain import deploy

    with report.step("people", "Developer", "deploys six contracts where missing") as step:
        before = chain.block().number
        deployment = deploy(chain, governance, path=None)
        step.gas = sum_of_gas(chain, before)
    report.addresses = {name: each.address for name, each in deployment.contracts.items()}
    people = gather(chain, governance, report)
    with tempfile.TemporaryDirectory(prefix="salus-demo-") as folder:
        health.tell(people, report, bundle, _places(Path(folder)))
    medicine.tell(people, report)


def sum_of_gas(chain: Chain, after: int) -> int:
    """Gas used by all blocks after one."""
    last = chain.block().number
    return sum(int(chain.web3.eth.get_block(n)["gasUsed"]) for n in range(after + 1, last + 1))


def _places(folder: Path) -> health.Places:
    """Folders as storage, new ones each time."""
    token = secrets.token_hex(4)
    urls = [
        (folder / f"{name}-{token}").as_uri() for name in ("hospital", "clinic", "in-h", "in-c")
    ]
    return health.Places(*urls)
