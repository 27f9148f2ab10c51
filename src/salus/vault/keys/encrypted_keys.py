"""Identity keys at rest: one file, encrypted under a passphrase (Argon2id, AES-256-GCM).

Example:
    >>> import pathlib, tempfile
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> from salus.vault.keys.encrypted_keys import FASTEST, load_keys, save_keys
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "keys.json"
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> save_keys(path, keys, passphrase="seven wet otters", cost=FASTEST)
    >>> load_keys(path, passphrase="seven wet otters") == keys
    True
"""

from __future__ import annotations

import hmac
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from salus.errors import InputError
from salus.primitives.address import Address, lower_case
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.files import locked, named_errors, replace_file
from salus.primitives.passphrases import require_long_enough, require_typable
from salus.primitives.values import typed
from salus.vault.errors import MalformedKeyFile, UnsafeKeyFileParameters, WrongPassphrase
from salus.vault.keys.identity_keys import MOST_BYTES, IdentityKeys
from salus_verify.encoding import base64url, canonical
from salus_verify.fields import Fields

KEY_FILE_TYPE = "salus/key-file/v1"
_KDF, _CIPHER = "argon2id", "aes-256-gcm"
_SALT_SIZE, _NONCE_SIZE = 16, 12
# OpenSSL's lanes share one pool of threads: two derivations at once wait for each other in vain,
# and a process that is forked meanwhile could never derive a key.
_ONE_DERIVATION = Lock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_ONE_DERIVATION.acquire,
        after_in_parent=_ONE_DERIVATION.release,
        after_in_child=_ONE_DERIVATION.release,
    )


def _within(name: str, value: int, minimum: int, maximum: int) -> None:
    if not minimum <= value <= maximum:
        raise UnsafeKeyFileParameters(name, value=value, minimum=minimum, maximum=maximum)


@dataclass(frozen=True, slots=True)
@typed
class Cost:
    """Argon2id's parameters (RFC 9106).

    Attributes:
        memory_kib: Memory in KiB, 19,456 to 1,048,576.
        iterations: Passes over it, 2 to 16.
        lanes: Threads, 1 to 16.
    """

    memory_kib: int = 65536
    iterations: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        _within("memory in KiB", self.memory_kib, 19456, 1 << 20)
        _within("iterations", self.iterations, 2, 16)
        _within("lanes", self.lanes, 1, 16)

    def at_least(self, other: Cost) -> Cost:
        """What is as slow to guess as both."""
        return Cost(
            max(self.memory_kib, other.memory_kib),
            max(self.iterations, other.iterations),
            max(self.lanes, other.lanes),
        )

    def derive(self, passphrase: str, salt: bytes) -> bytes:
        """Turn a passphrase into a key; slow on purpose.

        Args:
            salt: 16 random bytes.

        Raises:
            InvalidArgument: The passphrase is not Unicode text.
            InputError: There is too little memory.
        """
        phrase = _prepared(passphrase)
        kdf = Argon2id(
            salt=salt,
            length=32,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        try:
            with _ONE_DERIVATION:
                return kdf.derive(phrase)
        except MemoryError:
            need = f"{self.memory_kib >> 10} MiB of memory"
            raise InputError(f"to make a key of a passphrase takes {need}: free some") from None


def _prepared(passphrase: str) -> bytes:
    """A passphrase as RFC 8265 has it (OpaqueString): one kind of space, NFC, UTF-8."""
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in passphrase)
    try:
        return unicodedata.normalize("NFC", spaced).encode()
    except UnicodeEncodeError:
        raise InvalidArgument("passphrase", "text: its bytes are not UTF-8") from None


DEFAULT = Cost()
"""RFC 9106's second recommendation: 64 MiB, three passes, four lanes."""
FASTEST = Cost(memory_kib=19456, iterations=2, lanes=1)
"""The least that is accepted."""


@typed_arguments
def save_keys(
    path: Path,
    keys: IdentityKeys,
    *,
    passphrase: str,
    cost: Cost = DEFAULT,
    replace: bool = False,
) -> None:
    """Write identity keys to a file in one step; other keys that it holds stay.

    Keys of the same identity and key database take the place of those before, where the newest
    one that the file holds is among them: `rotate_keys` and `retire_keys` go on from the file.

    Args:
        path: The file; readable by its owner only.
        keys: What to protect.
        passphrase: What opens it again, for a new file 8 characters or more. What stands there must
            open with it, too.
        cost: How slow guessing is made, at least: a costlier file stays so.
        replace: Whether to destroy whatever the file holds now: what only those keys open is lost.

    Raises:
        InvalidArgument: The passphrase is too short, or has characters that nobody sees.
        InputError: The file holds another identity's keys, those of another key database, or a
            newer one; it stands.
        WrongPassphrase: The file has another passphrase; it stands.
        MalformedKeyFile: Something else lies there; it stands.
        StorageFull: There is no room; the old file stands.
        StorageUnavailable: The file cannot be written; the old one stands.
        StorageBusy: Another program has it all the time.
    """
    with locked(path):
        if not replace and path.exists():
            there, before = load_with_cost(path, passphrase=passphrase)
            _require_same(path, there, keys)
            cost = cost.at_least(before)
        else:
            require_long_enough(passphrase)
            require_typable(passphrase)
        write_keys(path, keys, passphrase=passphrase, cost=cost)


def write_keys(path: Path, keys: IdentityKeys, *, passphrase: str, cost: Cost) -> None:
    """Replace a key file, whatever it holds: for who has its lock and read it."""
    path = Path(os.path.realpath(path))  # a link stays a link
    replace_file(path, _encrypted(keys, passphrase, cost))  # a passphrase that opened it stays


def _require_same(path: Path, there: IdentityKeys, keys: IdentityKeys) -> None:
    same = hmac.compare_digest(there.store_key, keys.store_key)
    if there.identity != keys.identity or not same:
        raise InputError(
            f"{path} holds other keys, of {there.identity}: nothing was written, since what they"
            " open could never be opened again. Load them with `load_keys()`, or name another file"
        )
    if not keys.holds(there.document.id):
        raise InputError(
            f"{path} holds a newer key than these: nothing was written, since what is sealed to it"
            " could never be opened again. Load the file anew with `load_keys()`;"
            " `rotate_keys()` and `retire_keys()` do so themselves"
        )


@typed_arguments
def load_keys(path: Path, *, passphrase: str) -> IdentityKeys:
    """Read identity keys from a file.

    Args:
        path: The file.
        passphrase: What it was saved with.

    Returns:
        The keys.

    Raises:
        StorageUnavailable: The file cannot be read.
        MalformedKeyFile: It is not a key file of this format.
        UnsafeKeyFileParameters: Its parameters are too weak or too costly to be honest.
        WrongPassphrase: The passphrase is wrong or the file was changed.
    """
    return load_with_cost(path, passphrase=passphrase)[0]


def load_with_cost(path: Path, *, passphrase: str) -> tuple[IdentityKeys, Cost]:
    """Read identity keys, and what guessing costs at their file: for who writes it anew."""
    with named_errors(str(path)), path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    return _decrypted(data, passphrase, str(path))


def encrypt_keys(keys: IdentityKeys, *, passphrase: str, cost: Cost = DEFAULT) -> bytes:
    """Encrypt identity keys under a passphrase.

    Raises:
        InvalidArgument: The passphrase is empty, or has characters that nobody sees.
    """
    if not passphrase:
        raise InvalidArgument("passphrase", "at least one character long")
    require_typable(passphrase)
    return _encrypted(keys, passphrase, cost)


def _encrypted(keys: IdentityKeys, passphrase: str, cost: Cost) -> bytes:
    salt, nonce = os.urandom(_SALT_SIZE), os.urandom(_NONCE_SIZE)
    header = _header(keys.identity, cost, salt, nonce)
    gcm = AESGCM(cost.derive(passphrase, salt))
    sealed = gcm.encrypt(nonce, keys.to_secret_bytes(), canonical(header))
    return canonical({**header, "ciphertext": base64url(sealed)})


def decrypt_keys(data: bytes, *, passphrase: str, place: str = "the key file") -> IdentityKeys:
    """Decrypt a key file.

    Raises:
        UnsafeKeyFileParameters: Its parameters are too weak or too costly to be honest.
        MalformedKeyFile: It is not a key file of this version.
        WrongPassphrase: The passphrase does not open it.
    """
    return _decrypted(data, passphrase, place)[0]


def _decrypted(data: bytes, passphrase: str, place: str) -> tuple[IdentityKeys, Cost]:
    fields = Fields.parse(data, kind=KEY_FILE_TYPE, error=MalformedKeyFile, longest=MOST_BYTES)
    owner, kdf, cipher = fields.address("identity"), fields.nested("kdf"), fields.nested("cipher")
    sealed = fields.data("ciphertext", longest=MOST_BYTES)
    if kdf.text("name") != _KDF or cipher.text("name") != _CIPHER:
        fields.fail(f"it is not protected by {_KDF} and {_CIPHER}")
    cost = Cost(kdf.integer("memoryKib"), kdf.integer("iterations"), kdf.integer("lanes"))
    salt, nonce = kdf.data("salt", size=_SALT_SIZE), cipher.data("nonce", size=_NONCE_SIZE)
    for part in (kdf, cipher, fields):
        part.end()
    gcm = AESGCM(cost.derive(passphrase, salt))
    try:
        clear = gcm.decrypt(nonce, sealed, canonical(_header(owner, cost, salt, nonce)))
    except InvalidTag:
        raise WrongPassphrase(place) from None
    return keys_of(owner, clear), cost


def keys_of(owner: Address, clear: bytes) -> IdentityKeys:
    """Read decrypted keys, which are whose the document around them says.

    Raises:
        MalformedKeyFile: They are another's, or do not follow the format.
    """
    keys = IdentityKeys.from_secret_bytes(clear)
    if keys.identity != owner:
        raise MalformedKeyFile(f"its keys are of {keys.identity}, and it names {owner}")
    return keys


def _header(owner: Address, cost: Cost, salt: bytes, nonce: bytes) -> dict[str, Any]:
    return {
        "type": KEY_FILE_TYPE,
        "identity": lower_case(owner),
        "kdf": {
            "name": _KDF,
            "memoryKib": cost.memory_kib,
            "iterations": cost.iterations,
            "lanes": cost.lanes,
            "salt": base64url(salt),
        },
        "cipher": {"name": _CIPHER, "nonce": base64url(nonce)},
    }
