"""The client that hides the chain.

Example:
    >>> import salus
    >>> with salus.connect("tester") as me:
    ...     me.identities.did(me.identity).startswith("did:ethr:0x")
    True
    >>> from salus.chain import SoftwarePasskey
    >>> with salus.connect("tester") as hospital:
    ...     patient = hospital.passkey(SoftwarePasskey.create("salus.example"))
    ...     consent = hospital.consents.propose(patient, hospital, salus.Terms.permit("TREAT"))
    ...     signed = hospital.consents.sign(consent, by=patient)
    ...     print(hospital.consents.checks.require(signed).strength)
    signed
"""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING

import salus.receipts  # noqa: F401 - a receipt takes this client's chain as the node it trusts
from salus.anchors.store import LogStore
from salus.chain.registry_client import acting_for
from salus.chain.signing.key_holders import AnyAccount
from salus.chain.signing.signers import Account
from salus.errors import InputError
from salus.primitives.arguments import typed_arguments
from salus.primitives.once import once

if TYPE_CHECKING:
    from salus.accreditations.client import Accreditations
    from salus.anchors.client import Anchors
    from salus.chain.chain import Chain
    from salus.chain.signing.passkey import Authenticator, PasskeySigner
    from salus.consents.client import Consents
    from salus.drugs.client import Drugs
    from salus.emergencies.client import Emergencies
    from salus.fhir.sensitivity.table import SensitivityTable
    from salus.identities.client import Identities
    from salus.mail.client import Mail
    from salus.outbox.client import Outbox
    from salus.records.client import Records
    from salus.records.comparing import Compared
    from salus.records.holder import Holder
    from salus.safes.client import Safes
    from salus.supply.client import Supply
    from salus.thefts.client import Thefts
    from salus.vault.letters.allowlist import InboxAllowlist
    from salus.vault.vault import Vault


class Salus:
    """One participant's view: a chain, an account that pays, a vault, a store for logs.

    Each part is imported when it is first used: a command loads no more than it needs.

    Args:
        chain: A connection with its deployment.
        account: Who signs and pays for each write: a `salus.Account`, an account of eth_account or
            ape, or anything with ``address``, ``sign_transaction`` and ``sign_typed_data``; None to
            read only.
        vault: Where records are kept encrypted; None for a client that handles none.
        logs: Where this participant's own log leaves are kept.
        inboxes: Which inboxes that others chose may be opened; defaults to what the kind of chain
            allows.
        identity: In whose name the account acts, which must control it; defaults to whose vault it
            is, then to the account's own. An identity outlives its keys: after a rotation or a
            recovery another account acts for it.
        sensitivity: What codes and words tell of a record; defaults to the standard table.

    Raises:
        InputError: The identity is not an address, or the vault is another identity's.
    """

    @typed_arguments
    def __init__(
        self,
        chain: Chain,
        *,
        account: AnyAccount | None = None,
        vault: Vault | None = None,
        logs: LogStore | None = None,
        inboxes: InboxAllowlist | None = None,
        identity: str | None = None,
        sensitivity: SensitivityTable | None = None,
    ) -> None:
        self._making = RLock()
        self.chain = chain
        payer = None if account is None else Account.of(account)
        self._account = _acting(payer, identity, vault)
        self._vault = vault
        self._inboxes = inboxes
        self._sensitivity = sensitivity
        self._logs = logs or LogStore.open("memory:", chain_id=chain.chain_id)
        if vault is not None:
            vault.database.comparison.set(self.compare)

    @property
    def identity(self) -> str:
        """Who acts: an address, checksummed.

        Raises:
            InputError: When the client reads only.
        """
        return self.account.identity

    @property
    def account(self) -> Account:
        """The account that signs and pays.

        Raises:
            InputError: When the client reads only.
        """
        if self._account is None:
            raise InputError(
                "this client has no account: set SALUS_ACCOUNT, or give Salus an account="
            )
        return self._account

    @property
    def vault(self) -> Vault:
        """Where records are kept.

        Raises:
            InputError: When the client was made without storage, or without an account.
        """
        if self._vault is None:
            raise InputError(
                f"this client of {self.identity} handles no records: set SALUS_STORAGE and"
                " SALUS_STATE, or give salus.connect a storage= URL and a state= folder"
            )
        return self._vault

    @typed_arguments
    def passkey(
        self,
        authenticator: Authenticator,
        *,
        public_key: bytes | None = None,
        origin: str | None = None,
    ) -> PasskeySigner:
        """Make a signer of a passkey, whose signatures this deployment's verifier checks.

        Args:
            authenticator: Called with a challenge for each signature; returns an `Assertion`.
            public_key: x and y, 64 bytes; defaults to the authenticator's ``public_key``.
            origin: The one site that may ask the user, as ``https://portal.example``; None for any.

        Returns:
            The signer; its identity follows from the verifier and the key.

        Raises:
            InputError: The authenticator has no ``public_key``, and none was given.
            CredentialError: It is not 64 bytes.
        """
        from salus.chain.signing.passkey import PasskeySigner

        key = getattr(authenticator, "public_key", None) if public_key is None else public_key
        if key is None:
            raise InputError("the authenticator has no public_key: give it as public_key=")
        verifier = self.chain.contract("PasskeyVerifier").address
        return PasskeySigner(verifier, key, authenticator, origin=origin)

    def compare(self) -> Compared:
        """Compare the key database with the chain: what was erased before it was put back is again.

        Done by itself before a key database that was copied or put back opens anything.

        Returns:
            What was erased again.

        Raises:
            VerificationError: The log of erasures lacks leaves that the chain has; then the key
                database opens nothing before they are back.
            ChainError: The node does not answer, or is behind: nothing was marked.
        """
        from salus.records.comparing import compare

        return compare(self.chain, self.vault, self.anchors)

    def close(self) -> None:
        """Close the connection, the key database and the logs, those that were given too.

        What is asked afterwards raises `ConnectionClosed`, or a `StorageError`.
        """
        if self._vault is not None:
            self._vault.close()
        self._logs.close()
        self.chain.close()

    def __enter__(self) -> Salus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Salus({self.chain!r}, {acting_for(self._account)})"

    @once
    def identities(self) -> Identities:
        """Who controls an identity."""
        from salus.identities.client import Identities

        return Identities(self.chain, self._account)

    @once
    def thefts(self) -> Thefts:
        """What a new owner does after a theft."""
        from salus.thefts.client import Thefts

        return Thefts(self.chain, self._account, identities=self.identities, consents=self.consents)

    @once
    def accreditations(self) -> Accreditations:
        """Who is a licensed clinician, maker, pharmacy and so on."""
        from salus.accreditations.client import Accreditations

        return Accreditations(self.chain, self._account)

    @once
    def anchors(self) -> Anchors:
        """Append-only logs."""
        from salus.anchors.client import Anchors

        journal = None if self._vault is None else self._vault.database
        handovers = self.identities.history.handovers
        return Anchors(self.chain, self._account, self._logs, handovers=handovers, journal=journal)

    @once
    def outbox(self) -> Outbox:
        """Acts under way, and those that an ended process left open."""
        from salus.outbox.client import Outbox

        return Outbox(self.chain, self._account)

    @once
    def consents(self) -> Consents:
        """Who may see what, and why."""
        from salus.consents.client import Consents
        from salus.records.hearing import Hearing

        consents = Consents(self.chain, self._account, self.anchors, self.accreditations)
        if self._vault is not None:
            consents.actors.keep_in(self._vault.notebook("actor statements"))
            consents.fhir.keep_in(self._vault.notebook("fhir consents"))
            consents.handled_by(Hearing(self._vault, consents, self.chain))
        return consents

    @once
    def emergencies(self) -> Emergencies:
        """Break-glass, and the keys that custodians hold in shares."""
        from salus.emergencies.client import Emergencies

        return Emergencies(
            self.chain,
            self._account,
            identities=self.identities,
            accreditations=self.accreditations,
            anchors=self.anchors,
            holder=lambda: self._holder,
            directory=lambda: self.mail.directory,
        )

    @once
    def records(self) -> Records:
        """Encrypted, anchored, shared records."""
        from salus.records.client import Records

        records = Records(
            self._holder,
            anchors=self.anchors,
            consents=self.consents,
            identities=self.identities,
            mail=self.mail,
        )
        self.emergencies.keeping.join(records, self.identities)
        return records

    @once
    def mail(self) -> Mail:
        """Sealed letters between identities."""
        from salus.mail.client import Mail
        from salus.records.letter_takers import KINDS

        mail = Mail(
            self.chain, self.account, self.vault, identities=self.identities, inboxes=self._inboxes
        )
        mail.letters.claim(*KINDS)
        return mail

    @property
    def _holder(self) -> Holder:
        from salus.records.holder import Holder

        return Holder(self.chain, self.account, self.vault, sensitivity=self._sensitivity)

    @once
    def drugs(self) -> Drugs:
        """Lots, custody, recall, dispensing, scans."""
        from salus.drugs.client import Drugs

        return Drugs(self.chain, self._account)

    @once
    def safes(self) -> Safes:
        """Contract accounts whose owners sign together."""
        from salus.safes.client import Safes

        return Safes(self.chain, self._account)

    @once
    def supply(self) -> Supply:
        """Lots from a list of serials to the chain, in runs that may be killed."""
        from salus.supply.client import Supply

        return Supply(self.chain, self._account, self.drugs)


def _acting(account: Account | None, identity: str | None, vault: Vault | None) -> Account | None:
    """The account in the name that it acts in; a vault is opened in its owner's name alone."""
    if account is None:
        return None
    acting = account.acting_for(identity) if identity else account
    if vault is None or vault.identity == acting.identity:
        return acting
    if acting.identity != account.address:  # somebody named it
        raise InputError(
            f"the vault is {vault.identity}'s, and the account acts for {acting.identity}: open"
            " the vault of that identity, or name the vault's as identity="
        )
    return account.acting_for(vault.identity)
