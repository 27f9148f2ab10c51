"""Keys as values: none of them shows itself in a repr."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.secrets import never_pickled
from salus.primitives.values import typed
from salus.vault.crypto.segments import KEY_SIZE
from salus.vault.documents.compartments import Compartment
from salus.vault.documents.facts import RecordFacts
from salus.vault.errors import WrongKey

ID_SIZE = 16
SALT_SIZE = 32
_KEY_ID = b"salus/vault/compartment-key/v1\0"


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class RecordKey:
    """What opens one record version.

    Attributes:
        key_id: Its name, 16 random bytes.
        key: The blob's key, 32 bytes.
        salt: What salts the commitment and the leaf, 32 bytes.
    """

    key_id: bytes
    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    @property
    def secret(self) -> bytes:
        """Key and salt as they are given, 64 bytes."""
        return self.key + self.salt

    @classmethod
    def from_secret(cls, key_id: bytes, secret: bytes) -> RecordKey:
        """Read what was given.

        Args:
            secret: Key and salt, 64 bytes.

        Raises:
            WrongKey: It has another length.
        """
        if len(secret) != KEY_SIZE + SALT_SIZE:
            raise WrongKey("any record version")
        return cls(key_id, secret[:KEY_SIZE], secret[KEY_SIZE:])


@never_pickled
@dataclass(frozen=True, slots=True)
@typed
class CompartmentKey:
    """What opens the record keys of a compartment.

    Attributes:
        key_id: Its name, :func:`compartment_key_id` of the key.
        compartment: Of which compartment.
        generation: From 1; every revocation that concerns the compartment starts the next.
        current: Whether new records go under it.
        key: 32 bytes.
    """

    key_id: bytes
    compartment: Compartment
    generation: int
    current: bool
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
@typed
class KeyringEntry:
    """A record version, as somebody who decides about it sees it."""

    record: bytes
    version: int
    compartment: Compartment
    facts: RecordFacts


@dataclass(frozen=True, slots=True)
@typed
class Plan:
    """Which keys a grant needs: as few as possible, and none that opens too much."""

    compartments: tuple[CompartmentKey, ...] = ()
    records: tuple[tuple[bytes, int], ...] = ()


def compartment_key_id(key: bytes) -> bytes:
    """Derive the id of a compartment key from it: no other key can be sent under that id.

    Args:
        key: 32 random bytes.

    Returns:
        16 bytes: the first of HMAC-SHA-256 of the label under the key.
    """
    return hmac.digest(key, _KEY_ID, "sha256")[:ID_SIZE]


@typed_arguments
def received_name(issuer: Address, name: bytes) -> bytes:
    """Derive the name of a received key: what its issuer calls it is of the issuer's choosing.

    Args:
        name: A compartment's key id, 16 bytes.

    Returns:
        16 bytes that no other issuer's names lead to.
    """
    return hashlib.sha256(b"salus/received/v1\0" + issuer.encode() + name).digest()[:ID_SIZE]


@typed_arguments
def received_version(issuer: Address, record: bytes, version: int) -> bytes:
    """Derive the name of a received version: a key id is in what anybody may write of its place.

    Returns:
        16 bytes that no other version leads to.
    """
    name = issuer.encode() + record + version.to_bytes(8, "big")
    return hashlib.sha256(b"salus/received-version/v1\0" + name).digest()[:ID_SIZE]
