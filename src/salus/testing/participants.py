"""People by role on a chain in this process: each with a key, a client and a vault of their own.

Example:
    >>> salus = local_salus()
    >>> team = people(salus.chain, ["pharmacist"])
    >>> from salus.primitives.roles import Role
    >>> salus.accreditations.holds(team.pharmacist.account.identity, Role.PHARMACY)
    True
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from salus.client import Salus
from salus.errors import InputError
from salus.primitives.roles import Role
from salus.vault.keys.identity_keys import IdentityKeys
from salus.vault.storage.base import Storage
from salus.vault.storage.memory import MemoryStorage
from salus.vault.vault import Vault

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.contract import Transaction
    from salus.chain.signing.passkey import PasskeySigner
    from salus.chain.signing.signers import Account

YEAR = 365 * 24 * 3600
COIN = 10**18
"""Wei that everybody starts with."""

ROLES: Mapping[str, Role | None] = {
    "clinician": Role.CLINICIAN,
    "emergency_clinician": Role.EMERGENCY_CLINICIAN,
    "hospital": Role.HOSPITAL,
    "clinic": Role.HOSPITAL,
    "pharmacist": Role.PHARMACY,
    "manufacturer": Role.MANUFACTURER,
    "distributor": Role.DISTRIBUTOR,
    "payer": Role.PAYER,
    "regulator": Role.REGULATOR,
    "stranger": None,
}
"""Who there is, and what each is accredited as."""


class People:
    """Clients by role, and a patient with a passkey, who has no coin and needs none.

    Attributes:
        patient: Signs; anybody submits. Made anew with every :func:`people`.
        clients: Everybody else, by role.
    """

    def __init__(self, patient: PasskeySigner, clients: Mapping[str, Salus]) -> None:
        self.patient, self.clients = patient, dict(clients)

    def __getitem__(self, role: str) -> Salus:
        return self.clients[role]

    def identity(self, role: str) -> str:
        """Return the identity of a role: ``patient``, or one of the clients."""
        return self.patient.identity if role == "patient" else self[role].account.identity

    if TYPE_CHECKING:
        clinician: Salus
        emergency_clinician: Salus
        hospital: Salus
        clinic: Salus
        pharmacist: Salus
        manufacturer: Salus
        distributor: Salus
        payer: Salus
        regulator: Salus
        stranger: Salus
    else:

        def __getattr__(self, role: str) -> Salus:
            try:
                return self.__dict__["clients"][role]
            except KeyError:
                raise AttributeError(f"nobody here is a {role}") from None


def local_salus(*, storage: str | Storage | None = None) -> Salus:
    """Start a chain in this process with every contract, and connect its governance to it.

    Args:
        storage: Where its records go; defaults to one in memory of its own.

    Returns:
        A client whose account has coin and governs accreditations.
    """
    from salus.chain.lookup import connect
    from salus.chain.signing.signers import development_account

    return participant(connect("tester"), development_account(0), storage=storage)


def participant(
    chain: Chain, account: Account, *, storage: str | Storage | None = None, inbox: bool = False
) -> Salus:
    """Make a client with a vault in memory.

    Args:
        chain: Where it acts.
        account: Who pays and writes.
        storage: Where its blobs go; defaults to one in memory of its own.
        inbox: Announce an inbox in memory, so that others can share with it; costs a transaction.

    Returns:
        The client.
    """
    keys = IdentityKeys.generate(account.identity, created_at=chain.now())
    where = MemoryStorage(secrets.token_hex(8)) if storage is None else storage
    vault = Vault(where, "memory:", keys=keys, chain_id=chain.chain_id)
    client = Salus(chain, account=account, vault=vault)
    if inbox:
        name = f"memory://inbox-{secrets.token_hex(8)}"
        client.mail.directory.announce(keys.document, name)
    return client


def people(
    chain: Chain,
    roles: Iterable[str] = tuple(ROLES),
    *,
    governance: Account | None = None,
    storage: str | Storage | None = None,
) -> People:
    """Fund fresh accounts, name an accreditor, accredit everybody for a year.

    Args:
        chain: Where they act: in process, or a local node.
        roles: Who is wanted, of :data:`ROLES`; each costs one to three transactions.
        governance: Who governs accreditation and pays; defaults to the first development account.
        storage: Where all of them keep their blobs; defaults to one in memory.

    Returns:
        The people; hospital and clinic have an inbox.

    Raises:
        InputError: There is no such role.
    """
    from salus.chain.signing.signers import Account, development_account

    wanted = list(roles)
    unknown = sorted(set(wanted) - set(ROLES))
    if unknown:
        raise InputError(f"nobody is a {unknown[0]}: choose of {', '.join(ROLES)}")
    payer = governance or development_account(0)
    governor = Salus(chain, account=payer)
    where = MemoryStorage(secrets.token_hex(8)) if storage is None else storage
    clients = {}
    for name in wanted:
        account = Account.create()
        fund(chain, account.address, payer=payer)
        accredit(governor, account.identity, ROLES[name])
        inbox = name in ("hospital", "clinic")
        clients[name] = participant(chain, account, storage=where, inbox=inbox)
    return People(passkey_signer(chain), clients)


def fund(chain: Chain, address: str, *, payer: Account, wei: int = COIN) -> int:
    """Send somebody coin.

    Args:
        chain: Where.
        address: Whom.
        payer: Whose coin.
        wei: How much.

    Returns:
        Units of gas that it took.
    """
    from salus.chain.sending.acts import TransactionRequest

    return chain.sender.send(TransactionRequest(address, b"", value=wei), payer).gas_used


def accredit(governor: Salus, subject: str, role: Role | None) -> list[Transaction]:
    """Accredit somebody for a year; who governs is named accreditor of the role where needed."""
    if role is None:
        return []
    accreditations, who = governor.accreditations, governor.account.identity
    sent = []
    if accreditations.accreditor_since(role, who) is None:
        sent.append(accreditations.name_accreditor(role, who))
    until = governor.chain.now() + YEAR
    return [*sent, accreditations.accredit(subject, role, until=until)]


def passkey_signer(chain: Chain) -> PasskeySigner:
    """Make a passkey in memory, and what signs with it."""
    from salus.chain.signing.passkey import PasskeySigner, SoftwarePasskey

    passkey = SoftwarePasskey.create()
    verifier = chain.contract("PasskeyVerifier").address
    return PasskeySigner(verifier, passkey.public_key, passkey)
