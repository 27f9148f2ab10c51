"""Settings: what arguments say, then the environment, then a ``.env`` file.

Example:
    >>> settings = Settings.load(network="anvil", environment={"SALUS_STORAGE": "memory://"})
    >>> settings.network, settings.storage, settings.private_key is None
    ('anvil', 'memory://', True)
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING

from salus.errors import ConfigurationInvalid, CredentialError
from salus.primitives import env_file
from salus.primitives.env_file import PREFIX
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.chain.node.networks import Network
    from salus.chain.sending.journal import Journal
    from salus.chain.signing.signers import Account
    from salus.primitives.times import Wait

_log = logging.getLogger(__name__)
ELSEWHERE = frozenset({"SALUS_SOLC"})
"""Read from the environment where it is needed: no setting of a participant's."""


CONFIRMATIONS = 12
"""Blocks on top of its own after which an act is final outside local chains, by default."""
_PATHS = frozenset(
    {
        "deployment",
        "index",
        "outbox",
        "sensitivity_table",
        "signer_ca",
        "signer_certificate",
        "state",
    }
)


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class Settings:
    """What is configured; None where nothing is. Passphrases and keys stay out of the repr.

    Attributes:
        network: SALUS_NETWORK: ``tester``, ``anvil``, ``hardhat``, or an RPC URL.
        rpc_url: SALUS_RPC_URL: where ``anvil`` or ``hardhat`` listen.
        chain_id: SALUS_CHAIN_ID: the chain that is expected; any other ends the session.
        checked_by: SALUS_CHECKED_BY: URL of another node, which the answers of this one are
            compared with.
        unchecked: SALUS_UNCHECKED: what is done where that one does not answer: ``refuse``, or
            ``warn`` and go on; defaults to the first.
        local: SALUS_LOCAL: ``1`` for a development chain wherever its node runs, ``0`` for none;
            by default, the node must run on this machine and serve the id of such a chain.
        deployment: SALUS_DEPLOYMENT: the deployment file.
        max_fee: SALUS_MAX_FEE: the most that one transaction may cost, in units of the coin;
            defaults to 0.05 outside local chains.
        confirmations: SALUS_CONFIRMATIONS: blocks on top of its own after which an act is final;
            defaults to 12 outside local chains.
        account: SALUS_ACCOUNT: the account that pays: ``keystore:FILE``, a signing service
            (``web3signer+https://…``, ``rpc+https://…``, ``clef+http://…``), or ``kms:KEY``.
        passphrase: SALUS_PASSPHRASE: what opens the keystore.
        signer_token: SALUS_SIGNER_TOKEN: what a signing service knows us by.
        signer_ca: SALUS_SIGNER_CA: file of the certificates that a signing service's is checked
            with; defaults to the system's.
        signer_certificate: SALUS_SIGNER_CERTIFICATE: file of our certificate and its key (PEM).
        private_key: SALUS_PRIVATE_KEY: a bare key, for local chains.
        storage: SALUS_STORAGE: URL of the blob storage.
        read_from: SALUS_READ_FROM: URLs of further storages that blobs may be read from, separated
            by spaces; others are never contacted.
        inboxes: SALUS_INBOXES: which inboxes that others chose may be opened: schemes such as
            ``s3:`` and URLs under which all is allowed, separated by spaces. Defaults to every
            scheme on a local chain, ``s3:`` elsewhere.
        key_database: SALUS_KEY_DATABASE: URL or path of the key database of records.
        index: SALUS_INDEX: an index of the chain's events, which lists are read from: a file, or a
            Postgres database by its URL.
        sensitivity_table: SALUS_SENSITIVITY_TABLE: file of one's own table of sensitive codes,
            which counts beside the standard one.
        state: SALUS_STATE: folder for this participant's own files.
        outbox: SALUS_OUTBOX: where acts on chain are written down before they leave: a file, or a
            Postgres database by its URL, which several machines share; defaults to
            ``outbox.sqlite`` in the state folder.
        identity: SALUS_IDENTITY: the identity that the account acts for, where that is not the
            account's own: after a rotation or a recovery.
        webhook: SALUS_WEBHOOK: URL that `salus index run` sends notices to.
        webhook_secret: SALUS_WEBHOOK_SECRET: what it signs them with, ``whsec_`` and base64.
    """

    network: str | None = None
    rpc_url: str | None = field(default=None, repr=False)
    chain_id: str | None = None
    checked_by: str | None = field(default=None, repr=False)
    unchecked: str | None = None
    local: str | None = None
    deployment: str | None = None
    max_fee: str | None = None
    confirmations: str | None = None
    account: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    signer_token: str | None = field(default=None, repr=False)
    signer_ca: str | None = None
    signer_certificate: str | None = None
    private_key: str | None = field(default=None, repr=False)
    storage: str | None = field(default=None, repr=False)
    read_from: str | None = field(default=None, repr=False)
    inboxes: str | None = field(default=None, repr=False)
    key_database: str | None = field(default=None, repr=False)
    index: str | None = field(default=None, repr=False)
    outbox: str | None = field(default=None, repr=False)
    sensitivity_table: str | None = None
    state: str | None = None
    identity: str | None = None
    webhook: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)

    @classmethod
    def load(
        cls,
        *,
        dotenv: Path | None = Path(".env"),
        environment: Mapping[str, str] | None = None,
        **arguments: str | None,
    ) -> Settings:
        """Read the settings.

        Args:
            dotenv: A file that fills in what the environment leaves open; None reads none.
            **arguments: Settings by name, which go before both; None counts as not given.

        Raises:
            ConfigurationInvalid: There is no setting of that name, in the arguments or in the
                file, or the file cannot be read to the letter.
        """
        names = {each.name for each in fields(cls)}
        unknown = sorted(set(arguments) - names)
        if unknown:
            known = ", ".join(sorted(names))
            raise ConfigurationInvalid(
                setting=unknown[0], reason=f"is not a setting: give one of {known}"
            )
        from_file = {} if dotenv is None else env_file.read(dotenv)
        around = os.environ if environment is None else environment
        _require_known(from_file, where=str(dotenv))
        for variable in sorted(set(_unknown(around)) - ELSEWHERE):
            _log.warning("%s is not a setting and changes nothing%s", variable, _near(variable))
        found: dict[str, str | None] = {}
        taken: list[str] = []
        for name in sorted(names):
            variable = PREFIX + name.upper()
            given = arguments.get(name)
            # An empty variable is how shells and compose files say "not set".
            told = given or around.get(variable)
            found[name] = told or from_file.get(variable) or None
            if found[name] and not told:
                taken.append(variable)
        if taken:
            _log.info("settings from %s: %s", Path(str(dotenv)).resolve(), ", ".join(taken))
        for name in _PATHS & names:
            if path := found[name]:
                found[name] = os.path.expanduser(path)  # no shell reads .env and compose files
        return cls(**found)

    def connect(
        self,
        node: Network | None = None,
        *,
        timeout: Wait | None = None,
        journal: Callable[[Chain], Journal] | None = None,
    ) -> Chain:
        """Connect to the configured network, or to the node of a web3 client or provider.

        Raises:
            ChainError: The node cannot be reached, or serves another chain than SALUS_CHAIN_ID or
                the deployment file says.
            ConfigurationInvalid: The network is neither a known name nor a URL, or a setting says
                nothing that is known.
        """
        from salus.chain.deployments.file import Deployment
        from salus.chain.lookup import connect
        from salus.chain.node.networks import TESTER_CHAIN_ID

        path = Path(self.deployment) if self.deployment else None
        network: Network = self.network or "tester"
        if node is not None and not isinstance(node, str):
            network = node
        expected, local = self.expected_chain(), self._told_local()
        if network == "tester" and path is not None:
            # In process every run is a new chain: a file says at most that another is meant.
            if path.exists():
                Deployment.load(path).require_chain(TESTER_CHAIN_ID)
            path = None
        return connect(
            network,
            deployment=path,
            url=self.rpc_url,
            chain_id=expected,
            local=local,
            max_fee=None if self.max_fee is None else wei(self.max_fee),
            timeout=timeout,
            checked_by=self.checked_by,
            unchecked=self.unchecked or "refuse",
            journal=journal,
        )

    def expected_chain(self) -> int | None:
        """Return the chain id that SALUS_CHAIN_ID names, if any.

        Raises:
            ConfigurationInvalid: It is not a chain id.
        """
        told = self.chain_id
        if told is not None and not re.fullmatch(r"[1-9][0-9]{0,18}", told):
            raise ConfigurationInvalid(
                setting="SALUS_CHAIN_ID", reason="is not a chain id: write it in decimal digits"
            )
        return None if told is None else int(told)

    def confirmations_of(self, chain: Chain) -> int:
        """Blocks on top of its own after which an act is final.

        Raises:
            ConfigurationInvalid: The setting is not such a number.
        """
        told = self.confirmations
        if told is None:
            return 0 if chain.is_local else CONFIRMATIONS
        if not re.fullmatch(r"[0-9]{1,5}", told):
            raise ConfigurationInvalid(
                setting="SALUS_CONFIRMATIONS", reason="is not a number of blocks: write digits"
            )
        return int(told)

    def _told_local(self) -> bool | None:
        if self.local not in (None, "0", "1"):
            raise ConfigurationInvalid(
                setting="SALUS_LOCAL", reason="is neither 1 nor 0: give one, or leave it out"
            )
        return None if self.local is None else self.local == "1"

    def open_account(self, chain: Chain, *, allow_raw_key: bool = False) -> Account | None:
        """Open the configured account: the one that is named first, then a bare key.

        Without one, the first funded account on a local chain, and None elsewhere.

        Raises:
            CredentialError: The keystore does not open, the key is not valid, or a signing service
                does not answer or does not have it.
            InputError: The identity is not an address.
            RawKeyRefused: A bare key outside a local chain.
            ConfigurationInvalid: The name of no account, or a keystore without its passphrase.
        """
        account = self._key(chain, allow_raw_key=allow_raw_key)
        return account.acting_for(self.identity) if account and self.identity else account

    def _key(self, chain: Chain, *, allow_raw_key: bool) -> Account | None:
        from salus.chain.signing.signers import Account, development_account

        if self.account:
            from salus.chain.signing.account_names import open_account
            from salus.chain.signing.signer_http import SignerAccess

            access = SignerAccess(self.signer_token, self.signer_ca, self.signer_certificate)
            return open_account(self.account, passphrase=self.passphrase, access=access)
        if self.private_key:
            if not chain.is_local and not allow_raw_key:
                raise RawKeyRefused(chain_id=chain.chain_id)
            return Account.from_key(self.private_key)
        return development_account(0) if chain.is_local else None


def _unknown(variables: Mapping[str, str]) -> list[str]:
    """Names that look like settings and are not: a mistyped expectation expects nothing."""
    known = {PREFIX + each.name.upper() for each in fields(Settings)}
    return sorted(each for each in variables if each.startswith(PREFIX) and each not in known)


def _require_known(variables: Mapping[str, str], *, where: str) -> None:
    for variable in _unknown(variables):
        raise ConfigurationInvalid(
            setting=where,
            reason=f"sets {variable}, which is not a setting: correct its name{_near(variable)}",
        )


def _near(variable: str) -> str:
    """The setting that a mistyped name comes near to, to be said beside it."""
    from difflib import get_close_matches

    known = [PREFIX + each.name.upper() for each in fields(Settings)]
    near = get_close_matches(variable, known, n=1, cutoff=0.8)
    return f" (is {near[0]} meant?)" if near else ""


def wei(coins: str) -> int:
    """Read an amount in units of the chain's coin, such as ``0.05``, in wei."""
    found = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{1,18}))?", coins)
    if not found:
        reason = "is not an amount of the coin: write digits and a point, as in 0.05"
        raise ConfigurationInvalid(setting="SALUS_MAX_FEE", reason=reason)
    return int(found[1]) * 10**18 + int((found[2] or "").ljust(18, "0"))


class RawKeyRefused(CredentialError):
    """A bare private key was given for a chain that is not a local one."""

    def __init__(self, *, chain_id: int) -> None:
        self.chain_id = chain_id
        super().__init__(
            f"a bare private key is refused on chain {chain_id}, which is not a local chain: keep"
            " it in an encrypted keystore (SALUS_ACCOUNT, SALUS_PASSPHRASE), or pass"
            " allow_raw_key=True"
        )
