"""What can go wrong with what the vault holds: keys, blobs, manifests, parcels and messages.

What can go wrong with the places that hold it is in `salus.vault.storage.errors`.

::

    InputError
    ├── InvalidArgument · RangeOutOfBounds
    ├── MalformedDocument
    │   ├── MalformedManifest · MalformedKeyDocument · MalformedKeyFile
    │   └── MalformedParcel · MalformedMessage
    ├── MessageTooLarge
    └── UnsafeKeyFileParameters
    CredentialError
    ├── WrongKey
    │   └── TamperedKeyDatabase
    ├── WrongRecipient · WrongPassphrase · MissingKey · ForgedSignature
    └── KeyChanged · SharesRefused · ReleaseRefused
    VerificationError
    ├── TamperedBlob
    │   └── TruncatedBlob · AppendedBlob
    ├── TamperedMessage · CommitmentMismatch
    └── ForkedManifest · RelabelledRecord

No message, attribute or repr in this module ever holds a key, a salt, a passphrase or plaintext.

Example:
    >>> from salus.vault.errors import TamperedBlob, TruncatedBlob
    >>> issubclass(TruncatedBlob, TamperedBlob), TruncatedBlob.exit_code
    (True, 6)
"""

from __future__ import annotations

from salus.errors import CredentialError, InputError, StorageError, VerificationError
from salus.primitives.errors import MalformedDocument


class MalformedManifest(MalformedDocument):
    """A manifest that does not follow ``salus/manifest/v1``."""

    kind = "manifest"


class MalformedKeyDocument(MalformedDocument):
    """A key document that does not follow ``salus/key-document/v1``."""

    kind = "key document"


class MalformedKeyFile(MalformedDocument):
    """A key file that does not follow ``salus/key-file/v1``."""

    kind = "key file"


class MalformedParcel(MalformedDocument):
    """A parcel that does not follow ``salus/parcel/v1``, or facts in one."""

    kind = "parcel"


class MalformedMessage(MalformedDocument):
    """A sealed message or the letter in it does not follow its format."""

    kind = "message"


class MessageTooLarge(InputError):
    """A message over the limit; it was neither sealed nor read."""

    def __init__(self, *, size: int, limit: int) -> None:
        self.size, self.limit = size, limit
        super().__init__(
            f"a message of {size} bytes is over the limit of {limit}: "
            "add large content as a record and send its manifest"
        )


class UnsafeKeyFileParameters(InputError):
    """Argon2id parameters too weak to protect a key, or so large that opening would exhaust us."""

    def __init__(self, name: str, *, value: int, minimum: int, maximum: int) -> None:
        self.name, self.value, self.minimum, self.maximum = name, value, minimum, maximum
        super().__init__(
            f"Argon2id {name} of {value} is refused: it must be from {minimum} to {maximum}; "
            "save the keys again with the default parameters"
        )


class WrongKey(CredentialError):
    """The key is not the one that the manifest or the key database commits to."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the key does not belong to {what}: "
            "check that the key and what it should open come from the same share"
        )


class TamperedKeyDatabase(WrongKey):
    """A row of the key database is not as Salus wrote it with these identity keys."""

    def __init__(self, place: str, *, row: str) -> None:
        self.place, self.row = place, row
        CredentialError.__init__(
            self,
            f"{row} in the key database {place} was changed by something other than Salus, or"
            " comes from another key database: restore a copy that `records.check()` finds sound."
            " Without one, `records.check(accept_rows=True)` drops it",
        )


class DamagedKeyDatabase(TamperedKeyDatabase):
    """Rows of the key database are not found: a failing disk, or somebody changed the file."""

    def __init__(self, place: str) -> None:
        super().__init__(place, row="the order of all rows")
        self.args = (
            f"the key database {place} was damaged, or changed by something other than Salus: rows"
            " in it are not found where they are looked for. `records.check(repair=True)` writes"
            " them anew; where that does not help, restore a copy that `records.check()` finds"
            " sound",
        )


class TornKeyDatabase(TamperedKeyDatabase):
    """Rows of the key database are missing or were put back: revocations may be undone."""

    def __init__(self, place: str) -> None:
        super().__init__(place, row="the set of all rows")
        self.args = (
            f"rows of the key database {place} were deleted, altered, or put back as they were, by"
            " something other than Salus: restore a copy that `records.check()` finds sound."
            " Without one, `records.check(accept_rows=True)` goes on with what is there:"
            " revocations, and keys that were accepted, may be undone",
        )


class WrongRecipient(CredentialError):
    """Something was sealed to a key that these identity keys do not hold."""

    def __init__(self, what: str, *, recipient: str | None = None) -> None:
        self.recipient = recipient
        key = f" (sealed to key document {recipient})" if recipient else ""
        super().__init__(
            f"{what} cannot be opened with these keys{key}: "
            "load the keys that it was sealed to, or ask the sender to seal it to your current ones"
        )


class WrongPassphrase(CredentialError):
    """The passphrase does not open the key file, or the file was changed."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} does not open: the passphrase is wrong or the file was changed. Try the"
            " passphrase again, then a backup of the file, which has the passphrase of its day;"
            " where it is lost, `salus.vault.recover_keys()` makes the keys from their shares"
        )


class MissingKey(CredentialError):
    """No key for this record or compartment was ever received, or it was destroyed."""

    def __init__(
        self, what: str, *, remedy: str = "ask its custodian to share it under a consent"
    ) -> None:
        super().__init__(f"there is no key for {what}: {remedy}")


class UnprovenRecord(CredentialError):
    """A record of one identity came from another, with no proof that the first one anchored it."""

    def __init__(self, record: str, *, issuer: str, sender: str) -> None:
        self.record, self.issuer, self.sender = record, issuer, sender
        super().__init__(
            f"record {record} is said to be {issuer}'s, and came from {sender} without a receipt"
            f" that shows it in {issuer}'s log: ask {issuer} to share it, or for a receipt of it"
        )


class KeyChanged(CredentialError):
    """Somebody's key is not the one that it was; nothing was sealed to the new one."""

    def __init__(self, identity: str, *, known: str, shown: str) -> None:
        self.identity, self.known, self.shown = identity, known, shown
        super().__init__(
            f"the key of {identity} changed from {known} to {shown}: compare the new one with its"
            " owner over another channel, then accept it with `mail.trust()`"
        )


class SharesRefused(CredentialError):
    """Recovery shares that do not give the secret back."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the shares do not open this: {reason}; bring enough different shares of one set"
        )


class ReleaseRefused(CredentialError):
    """A custodian does not give its share; nothing of it was shown."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            f"the share is not released: {reason}; open a window on this patient, have a hospital "
            "countersign the request, and ask again within the window"
        )


class ForgedSignature(CredentialError):
    """A signature does not come from the identity that a document names."""

    def __init__(self, what: str, identity: str) -> None:
        self.identity = identity
        super().__init__(
            f"the signature on {what} was not made by {identity}: discard it and ask for it again"
        )


class TamperedBlob(VerificationError):
    """Ciphertext that was changed, reordered, duplicated, swapped, or belongs to another record."""

    def __init__(self, problem: str, *, segment: int | None = None) -> None:
        self.segment = segment
        place = "" if segment is None else f" (segment {segment})"
        super().__init__(
            f"the blob was changed{place}: {problem}; "
            "nothing of it can be trusted, fetch it from another location"
        )


class TruncatedBlob(TamperedBlob):
    """Ciphertext that ends before its last segment, or a read that came back short."""


class AppendedBlob(TamperedBlob):
    """Ciphertext that goes on after its last segment."""


class TamperedMessage(VerificationError):
    """A message whose content is not what its name promises."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(
            f"message {message_id} was changed in storage: delete it and ask the sender again"
        )


class CommitmentMismatch(VerificationError):
    """Bytes or a manifest that do not open the commitment they are shown with."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} does not match its commitment: "
            "it is not what the issuer committed to, do not rely on it"
        )


class ForkedManifest(VerificationError):
    """A manifest that contradicts another one of the same record."""

    def __init__(self, record: str, version: int, problem: str) -> None:
        self.record, self.version = record, version
        super().__init__(
            f"record {record}: version {version} {problem}; "
            "keep both manifests, together they convict whoever signed them"
        )


class RelabelledRecord(VerificationError):
    """What a record's issuer says of it is not what it said before."""

    def __init__(self, record: str, version: int) -> None:
        self.record, self.version = record, version
        super().__init__(
            f"record {record}, version {version}: its issuer now says other things of it than "
            "before; what came first is kept: ask the issuer which is right"
        )


class InboxOutOfReach(InputError):
    """Somebody named an inbox where this program does not go; nothing was opened."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(
            f"the inbox {url!r} is not one that may be opened here: if its owner can be trusted "
            "with that place, add it to SALUS_INBOXES (URLs or schemes, separated by spaces)"
        )


class MissingMessage(StorageError):
    """The inbox does not hold this message (any more)."""

    def __init__(self, message_id: str) -> None:
        self.message_id = message_id
        super().__init__(f"the inbox holds no message {message_id}: list it again")


class MissingRecord(StorageError):
    """The key database does not know this record."""

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(
            f"record {record} is not in this vault: check the id, or accept its manifest"
        )


class RecordErased(StorageError):
    """The record was erased here; its keys no longer exist."""

    def __init__(self, record: str) -> None:
        self.record = record
        super().__init__(
            f"record {record} was erased and cannot be opened: the receipt of its erasure says"
            " when, and its issuer writes that again with `records.erase()`"
        )


class VersionTaken(StorageError):
    """Another writer added the same version of a record first; nothing of this one was kept."""

    def __init__(self, record: str, version: int) -> None:
        self.record, self.version = record, version
        super().__init__(
            f"record {record} got its version {version} from another writer meanwhile: "
            "read that one, then add yours again"
        )


class KeyDatabaseUnavailable(StorageError):
    """The key database cannot be opened, is of another version, or is locked for too long."""

    def __init__(self, place: str, reason: str) -> None:
        self.place = place
        super().__init__(f"the key database {place} cannot be used: {reason}")
