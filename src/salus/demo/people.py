"""The people of the demonstration: each with a key and a client of their own.

They share the chain and nothing else. Governance pays for nobody; the patient has no account at
all.

Example:
    >>> from salus.demo.people import ROLES
    >>> sorted(ROLES)
    ['clinic', 'hospital', 'maker', 'pharmacy', 'regulator', 'wholesaler']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from salus.client import Salus
from salus.primitives.roles import Role

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.signing.passkey import PasskeySigner
    from salus.chain.signing.signers import Account
    from salus.demo.report import Report

YEAR = 365 * 24 * 3600
FUNDS = 10**18
"""Wei for each account."""

ROLES = {
    "hospital": Role.HOSPITAL,
    "clinic": Role.HOSPITAL,
    "maker": Role.MANUFACTURER,
    "wholesaler": Role.DISTRIBUTOR,
    "pharmacy": Role.PHARMACY,
    "regulator": Role.REGULATOR,
}

TITLES = {
    "hospital": "St. Anna",
    "clinic": "Lakeside",
    "maker": "Helvetia",
    "wholesaler": "Alpine",
    "pharmacy": "Pharmacy",
    "regulator": "Agency",
}
"""Short names: a hospital, a clinic, a maker, a wholesaler, a pharmacy, a medicines agency."""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody's client by role, and the patient's passkey."""

    clients: dict[str, Salus]
    stranger: Salus
    patient: PasskeySigner

    def __getitem__(self, role: str) -> Salus:
        return self.clients[role]

    def identity(self, role: str) -> str:
        """Somebody's identity."""
        return self.clients[role].account.identity


def gather(chain: Chain, governance: Account, report: Report) -> People:
    """Fund fresh accounts, name the accreditor, accredit everybody."""
    from salus.chain.sending.posting import TransactionRequest
    from salus.chain.signing.passkey import PasskeySigner, SoftwarePasskey
    from salus.chain.signing.signers import Account

    accounts = {role: Account.create() for role in (*ROLES, "stranger")}
    with report.step("people", "Governance", "funds seven accounts, names accreditors") as step:
        for account in accounts.values():
            funding = TransactionRequest(account.address, b"", value=FUNDS)
            step.gas += chain.sender.send(funding, governance).gas_used
        governor = Salus(chain, account=governance)
        for role in sorted(set(ROLES.values())):
            if governor.accreditations.accreditor_since(role, governance.identity) is None:
                step.paid(governor.accreditations.name_accreditor(role, governance.identity))
    with report.step("people", "Accreditor", "accredits hospitals, pharmacy and others") as step:
        until = chain.deadline(YEAR)
        for name, role in ROLES.items():
            step.paid(governor.accreditations.accredit(accounts[name].identity, role, until=until))
    verifier = chain.contract("PasskeyVerifier").address
    with report.step("people", "Patient", "makes a passkey: no wallet, no gas"):
        passkey = SoftwarePasskey.create()
        patient = PasskeySigner(verifier, passkey.public_key, passkey)
    clients = {name: Salus(chain, account=accounts[name]) for name in ROLES}
    return People(clients, Salus(chain, account=accounts["stranger"]), patient)
