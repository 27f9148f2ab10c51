"""The people of the demonstration: testing's, each with a key and a client of their own.

They share the chain and nothing else. Governance pays for nobody; the patient has no account at
all.

Example:
    >>> sorted(TITLES)
    ['clinic', 'distributor', 'hospital', 'manufacturer', 'pharmacist', 'regulator']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.client import Salus
from salus.testing.participants import ROLES, People, accredit, fund, passkey_signer

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.signers import Account
    from salus.demo.report import Report

TITLES = {
    "hospital": "St. Anna",
    "clinic": "Lakeside",
    "manufacturer": "Helvetia",
    "distributor": "Alpine",
    "pharmacist": "Pharmacy",
    "regulator": "Agency",
}
"""Short names: a hospital, a clinic, a maker, a wholesaler, a pharmacy, a medicines agency."""


def gather(chain: Chain, governance: Account, report: Report) -> People:
    """Fund fresh accounts, name the accreditor, accredit everybody but the stranger."""
    from salus.chain.signing.signers import Account

    accounts = {role: Account.create() for role in (*TITLES, "stranger")}
    with report.step("people", "Governance", "funds seven accounts") as step:
        for account in accounts.values():
            step.gas += fund(chain, account.address, payer=governance)
    with report.step("people", "Governance", "names accreditors, who accredit everybody") as step:
        governor = Salus(chain, account=governance)
        for role in TITLES:
            for transaction in accredit(governor, accounts[role].identity, ROLES[role]):
                step.paid(transaction)
    with report.step("people", "Patient", "makes a passkey: no wallet, no gas"):
        patient = passkey_signer(chain)
    return People(patient, {role: Salus(chain, account=each) for role, each in accounts.items()})
