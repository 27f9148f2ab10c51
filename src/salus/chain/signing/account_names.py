"""Accounts by name: a keystore file, a signing service, a key of a key management service.

Example:
    >>> from salus.errors import ConfigurationInvalid
    >>> try:
    ...     open_account("hospital.json")
    ... except ConfigurationInvalid as error:
    ...     print(str(error)[:40])
    SALUS_ACCOUNT is not the name of an acco
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TypeAlias

from salus.chain.signing.signer_http import SignerAccess, SignerHttp
from salus.chain.signing.signers import Account
from salus.errors import ConfigurationInvalid, InputError
from salus.primitives.address import checked_address
from salus.primitives.arguments import typed_arguments

Passphrase: TypeAlias = str | Callable[[], str] | None
"""What opens a keystore, or what asks for it once it is needed."""
FORMS = (
    "keystore:FILE, web3signer+https://HOST:PORT#0xADDRESS, rpc+https://HOST:PORT#0xADDRESS,"
    " clef+http://127.0.0.1:8550#0xADDRESS or kms:KEY"
)
_SERVICE = re.compile(r"(web3signer|rpc|clef)\+(https?://[^#]+)(?:#(.*))?", re.DOTALL)


@typed_arguments
def open_account(
    name: str, *, passphrase: Passphrase = None, access: SignerAccess | None = None
) -> Account:
    """Open the account of a name; what a signing service makes of it is believed in nothing.

    Args:
        name: ``keystore:FILE``, ``web3signer+https://HOST:PORT#0xADDRESS``, ``rpc+https://…``,
            ``clef+http://…`` or ``kms:KEY``.
        passphrase: Opens a keystore; a callable is asked for it once it is needed.
        access: What lets a signing service know us; defaults to nothing.

    Returns:
        The account.

    Raises:
        ConfigurationInvalid: It is no such name, or what it needs is missing.
        CredentialError: The keystore does not open, or the service does not have the key.
    """
    kind, _, rest = name.partition(":")
    if kind == "keystore" and rest:
        return _of_keystore(rest, passphrase)
    if kind == "kms" and rest:
        return _of_kms(rest)
    found = _SERVICE.fullmatch(name)
    if found is None:
        raise ConfigurationInvalid(
            setting="SALUS_ACCOUNT", reason=f"is not the name of an account: write {FORMS}"
        )
    return _of_service(found[1], found[2], found[3], access)


def _of_keystore(path: str, passphrase: Passphrase) -> Account:
    told = passphrase() if callable(passphrase) else passphrase
    if told and not isinstance(told, str):
        raise ConfigurationInvalid(setting="passphrase", reason="gave no text: return a str")
    if not told:
        raise ConfigurationInvalid(
            setting="SALUS_PASSPHRASE", reason="is not set: it opens the keystore of SALUS_ACCOUNT"
        )
    return Account.from_keystore(os.path.expanduser(path), told)


def _of_kms(name: str) -> Account:
    from salus.chain.signing.errors import SignerLacksKey
    from salus.chain.signing.kms import AwsKey, DigestAccount

    key, _, address = name.partition("#")
    named, found = _address(address), AwsKey(key)
    account = Account.of(DigestAccount(found, where=found.where))
    if named not in (None, account.address):  # an alias may be led to another key
        raise SignerLacksKey(url=found.where, wanted=named, holds=(account.address,))
    return account


def _of_service(kind: str, url: str, address: str | None, access: SignerAccess | None) -> Account:
    from salus.chain.signing import rpc_signers, web3signer

    named = _address(address)
    if kind == "web3signer":
        http = SignerHttp(url, timeout=web3signer.TIMEOUT, access=access)
        return Account.of(web3signer.Web3Signer(http, named))
    dialect = rpc_signers.CLEF if kind == "clef" else rpc_signers.ETH
    http = SignerHttp(url, timeout=dialect.timeout, access=access)
    return Account.of(rpc_signers.RpcSigner(http, dialect, named))


def _address(address: str | None) -> str | None:
    if not address:
        return None
    try:
        return str(checked_address(address))
    except InputError:
        raise ConfigurationInvalid(
            setting="SALUS_ACCOUNT",
            reason="has something else than an address after #: write 0x and its 40 digits",
        ) from None
