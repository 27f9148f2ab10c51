"""Encrypted keystore files: Web3 Secret Storage, version 3, which every wallet reads.

Example:
    >>> from pathlib import Path
    >>> from salus.chain.errors import KeystoreUnreadable
    >>> try:
    ...     read(Path("no-such-file.json"), "passphrase")
    ... except KeystoreUnreadable as error:
    ...     print(error.reason)
    No such file or directory
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from salus.chain.errors import KeystorePassphraseWrong, KeystoreUnreadable
from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.primitives.files import locked, replace_file, written
from salus.primitives.passphrases import require_long_enough
from salus_verify import json_reader

_CIPHER = "aes-128-ctr"
MOST_MEMORY = 2**31
"""Bytes that scrypt may take: twice what any wallet asks for."""
MOST_ROUNDS = 10**8
"""Of PBKDF2: a minute."""


def read(path: Path, passphrase: str) -> bytes:
    """Decrypt a keystore; return its private key, 32 bytes."""
    from eth_account import Account

    content = _content(path)
    _require_bearable(path, content)
    _require_known_cipher(path, content)
    try:
        key = bytes(Account.decrypt(content, passphrase))
    except UnicodeEncodeError:  # bytes of a variable that are not UTF-8 encrypt nothing
        raise KeystorePassphraseWrong(where=str(path)) from None
    except ValueError as error:
        if "MAC" in str(error):
            raise KeystorePassphraseWrong(where=str(path)) from None
        raise KeystoreUnreadable(where=str(path), reason="unknown cipher or version") from None
    except (KeyError, TypeError, NotImplementedError, AttributeError):
        raise KeystoreUnreadable(where=str(path), reason="fields are missing") from None
    named, found = content.get("address"), Account.from_key(key).address
    if named is not None and str(named).lower().removeprefix("0x") != found[2:].lower():
        reason = f"its key is {found}'s, and it says that it is of {str(named)[:42]!r}"
        raise KeystoreUnreadable(where=str(path), reason=reason)
    return key


def write(path: Path, key: bytes, passphrase: str, *, iterations: int | None = None) -> None:
    """Encrypt a key into a new file, whole or not at all, readable by its owner alone.

    The cost of scrypt defaults to the library's own.
    """
    content = _encrypted(path, key, passphrase, iterations)
    try:
        with written(path, content) as part:
            made = part.link(path)
    except OSError as error:
        raise KeystoreUnreadable(where=str(path), reason=error.strerror or "no access") from None
    if not made:
        raise KeystoreUnreadable(where=str(path), reason="File exists")


@typed_arguments
def change_keystore_passphrase(
    path: Path, *, passphrase: str, new: str, iterations: int | None = None
) -> Address:
    """Encrypt an account's keystore under another passphrase; copies made before keep the old one.

    Args:
        path: The file.
        passphrase: What opens it now.
        new: What opens it from now on, 8 characters or more.
        iterations: Cost of scrypt; defaults to the library's own (2^18).

    Returns:
        Whose key it holds.

    Raises:
        KeystorePassphraseWrong: The passphrase does not open it.
        PassphraseTooShort: The new one has fewer characters.
        KeystoreUnreadable: It is no keystore, or the new one is not text.
        StorageError: The file cannot be written, and stands as it was; or the error says that the
            new one is there.
    """
    from eth_account import Account

    path = Path(os.path.realpath(path))  # a link stays a link
    _content(path)  # where there is no file, none is made to be locked
    with locked(path):
        key = read(path, passphrase)
        replace_file(path, _encrypted(path, key, new, iterations))
    return checked_address(Account.from_key(key).address)


def _encrypted(path: Path, key: bytes, passphrase: str, iterations: int | None) -> bytes:
    from eth_account import Account

    require_long_enough(passphrase)
    try:
        return json.dumps(Account.encrypt(key, passphrase, iterations=iterations)).encode()
    except UnicodeEncodeError:
        raise KeystoreUnreadable(where=str(path), reason="a passphrase must be UTF-8") from None


def _require_bearable(path: Path, content: dict[str, object]) -> None:
    """Refuse a file that would take this machine's memory, or hours."""
    inner = content.get("crypto", content.get("Crypto"))
    costs = inner.get("kdfparams") if isinstance(inner, dict) else None
    if not isinstance(costs, dict):
        return  # it has another fault, which is named
    n, r, p, c = (costs.get(each, 0) for each in "nrpc")
    if not all(type(each) is int for each in (n, r, p, c)):
        return
    if 128 * n * r * max(p, 1) > MOST_MEMORY or c > MOST_ROUNDS:
        raise KeystoreUnreadable(where=str(path), reason="it asks for too much memory or time")


def _require_known_cipher(path: Path, content: dict[str, object]) -> None:
    """Refuse another cipher, whose bytes decrypt to a key all the same: another one."""
    inner = content.get("crypto", content.get("Crypto"))
    cipher = inner.get("cipher") if isinstance(inner, dict) else None
    if cipher not in (None, _CIPHER):
        reason = f"its cipher is {str(cipher)[:40]!r}, and not {_CIPHER}"
        raise KeystoreUnreadable(where=str(path), reason=reason)


def _content(path: Path) -> dict[str, object]:
    try:
        content = json_reader.load(path.read_bytes())
    except OSError as error:
        raise KeystoreUnreadable(where=str(path), reason=error.strerror or "no access") from None
    except ValueError:
        reason = json_reader.why_not_utf8(path.read_bytes()) or "it is not JSON"
        raise KeystoreUnreadable(where=str(path), reason=reason) from None
    if not isinstance(content, dict):
        raise KeystoreUnreadable(where=str(path), reason="it is not a JSON object")
    return content
