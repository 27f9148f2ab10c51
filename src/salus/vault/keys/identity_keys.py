"""The secret keys of one identity: what opens sealed things, and what protects its key database.

Example:
    >>> from salus.vault.keys.identity_keys import IdentityKeys
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=1_800_000_000)
    >>> rotated = keys.rotate(created_at=1_900_000_000)
    >>> rotated.document.previous == keys.document.digest
    True
    >>> rotated
    IdentityKeys(identity='0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB', keys=2, secret hidden)
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.errors import InvalidArgument
from salus.primitives.secrets import never_pickled
from salus.primitives.times import Moment, moment_of
from salus.primitives.values import typed
from salus.vault.crypto import hpke
from salus.vault.errors import MalformedKeyFile, WrongRecipient
from salus.vault.keys.key_documents import KeyDocument
from salus_verify.encoding import base64url, canonical
from salus_verify.fields import Fields

KEYS_TYPE = "salus/identity-keys/v1"
STORE_KEY_SIZE = 32
MOST_KEYS = 4096
"""Keys of one identity: a new one each week for 78 years."""
MOST_BYTES = 64 << 20
"""The most that a document of so many keys may have, encrypted or not."""


@never_pickled
@dataclass(frozen=True, slots=True, repr=False)
@typed
class EncryptionKey:
    """One decryption key and the document that publishes its public half.

    Attributes:
        seed: 32 random bytes.
        document: The key document.
    """

    seed: bytes
    document: KeyDocument

    def __post_init__(self) -> None:
        if hpke.public_key(self.seed) != self.document.public_key:
            raise InvalidArgument("key document", "the one of this very key")

    @classmethod
    @typed_arguments
    def generate(
        cls, owner: Address, *, created_at: int, previous: bytes | None = None
    ) -> EncryptionKey:
        """Make a key at random.

        Args:
            created_at: Seconds since 1970 (UTC).

        Raises:
            InputError: ``owner`` is not an address.
        """
        seed = hpke.generate_seed()
        return cls(seed, KeyDocument(owner, hpke.public_key(seed), created_at, previous))

    def __repr__(self) -> str:
        return f"EncryptionKey({self.document.id}, secret hidden)"


@never_pickled
@dataclass(frozen=True, slots=True, repr=False)
@typed
class IdentityKeys:
    """Everything secret that an identity needs to use a vault.

    Attributes:
        keys: Newest first; others seal to the newest, the older ones still open what they got.
        store_key: 32 random bytes that protect this identity's key database; rotation keeps them.
    """

    keys: tuple[EncryptionKey, ...]
    store_key: bytes

    def __post_init__(self) -> None:
        if not self.keys or len({key.document.identity for key in self.keys}) != 1:
            raise InvalidArgument("keys", "one or more of a single identity")
        if len(self.keys) > MOST_KEYS:
            raise InvalidArgument(
                "keys", f"at most {MOST_KEYS}: `salus.vault.retire_keys()` ends old ones"
            )
        before = set[bytes]()
        for document in (key.document for key in self.keys):
            if document.digest in before or document.previous in before:
                raise InvalidArgument("keys", "each there once, newest first")
            before.add(document.digest)
        if len(self.store_key) != STORE_KEY_SIZE:
            raise InvalidArgument("store key", f"{STORE_KEY_SIZE} bytes")

    @classmethod
    @typed_arguments
    def generate(cls, owner: Address, *, created_at: Moment) -> IdentityKeys:
        """Make the keys of an identity, at random.

        Args:
            owner: The identity's address.
            created_at: A datetime, or seconds since 1970 (UTC).

        Returns:
            New keys. Publish ``document`` and put its digest on chain.

        Raises:
            InputError: ``owner`` is not an address.
        """
        made = moment_of(created_at, name="created_at")
        first = EncryptionKey.generate(owner, created_at=made)
        return cls((first,), os.urandom(STORE_KEY_SIZE))

    @property
    def identity(self) -> Address:
        """Whose keys these are."""
        return self.document.identity

    @property
    def document(self) -> KeyDocument:
        """The key document in force, for others to seal to."""
        return self.keys[0].document

    @typed_arguments
    def holds(self, document: str | None) -> bool:
        """Whether the key of a document is among these.

        Args:
            document: The key document's id.

        Returns:
            Whether what is sealed to it can be opened.
        """
        return any(key.document.id == document for key in self.keys)

    @typed_arguments
    def rotate(self, *, created_at: Moment) -> IdentityKeys:
        """Start a new encryption key and keep the old ones for what was sealed to them.

        Args:
            created_at: A datetime, or seconds since 1970 (UTC).

        Returns:
            Keys whose document names the old one as ``previous``.
        """
        made, previous = moment_of(created_at, name="created_at"), self.document.digest
        new = EncryptionKey.generate(self.identity, created_at=made, previous=previous)
        return IdentityKeys((new, *self.keys), self.store_key)

    @typed_arguments
    def retire(self, *, before: Moment) -> IdentityKeys:
        """End the overlap: destroy keys that were replaced before a time.

        What was sealed to them cannot be opened afterwards; take it in first.

        Args:
            before: A datetime, a date, or seconds since 1970 (UTC).

        Returns:
            Keys without those; the one in force always stays.
        """
        limit = moment_of(before, name="before")
        newer = zip(self.keys, self.keys[1:], strict=False)
        kept = [old for new, old in newer if new.document.created_at >= limit]
        return IdentityKeys((self.keys[0], *kept), self.store_key)

    @typed_arguments
    def open_sealed(self, sealed: bytes, *, recipient: str, info: bytes, what: str) -> bytes:
        """Open what was sealed to one of these keys.

        Args:
            sealed: The sealed bytes.
            recipient: Id of the key document that they name.
            info: What they are bound to.
            what: What they are, for the error.

        Returns:
            The plaintext.

        Raises:
            WrongRecipient: They were sealed to somebody else, or were changed.
        """
        for key in self.keys:
            if key.document.id == recipient:
                try:
                    return hpke.open_sealed(key.seed, info=info, sealed=sealed)
                except WrongRecipient:
                    break
        raise WrongRecipient(what, recipient=recipient)

    def to_secret_bytes(self) -> bytes:
        """All of it as a document, **in clear**: only for a key file that encrypts it.

        Returns:
            Canonical JSON.
        """
        pairs = [
            {"seed": base64url(key.seed), "document": base64url(key.document.to_bytes())}
            for key in self.keys
        ]
        return canonical({"type": KEYS_TYPE, "storeKey": base64url(self.store_key), "keys": pairs})

    @classmethod
    def from_secret_bytes(cls, data: bytes) -> IdentityKeys:
        """Read what :meth:`to_secret_bytes` wrote.

        Args:
            data: The decrypted document.

        Returns:
            The keys.

        Raises:
            MalformedKeyFile: It does not follow the format.
        """
        fields = Fields.parse(data, kind=KEYS_TYPE, error=MalformedKeyFile, longest=MOST_BYTES)
        store_key = fields.data("storeKey", size=STORE_KEY_SIZE)
        keys = tuple(_read_key(entry) for entry in fields.objects("keys", most=MOST_KEYS))
        fields.end()
        try:
            return cls(keys, store_key)
        except InvalidArgument as error:
            raise MalformedKeyFile(str(error)) from None

    def __repr__(self) -> str:
        return f"IdentityKeys(identity={self.identity!r}, keys={len(self.keys)}, secret hidden)"


def _read_key(entry: Fields) -> EncryptionKey:
    seed = entry.data("seed", size=hpke.SEED_SIZE)
    document = KeyDocument.parse(entry.data("document"), digest=None)
    entry.end()
    try:
        return EncryptionKey(seed, document)
    except InvalidArgument:
        raise MalformedKeyFile("a seed and its key document do not belong together") from None
