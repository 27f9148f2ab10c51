"""Consent documents that a vault's owner knows, by patient and grantee, sealed in its key database.

Whether a consent is in force is asked anew at each decision; here is only what must be asked. What
closes something is never forgotten to make room, and nothing is refused for lack of it.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-heard", "memory:", keys=keys, chain_id=31337)
    >>> parties = ("0x" + "cd" * 20, "0x" + "ef" * 20)
    >>> vault.heard.keep(*parties, Heard("0x01", b"{}"))
    1
    >>> [each.consent for each in vault.heard.between(*parties)]
    ['0x01']
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace

from salus.primitives.address import Address, checked_address
from salus.primitives.arguments import typed_arguments
from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.database.key_database import KeyDatabase
from salus.vault.database.rows import HeardRow
from salus_verify.encoding import canonical

MOST = 512
"""Consents between two parties, from which on those that close nothing make room, oldest first."""


@dataclass(frozen=True, slots=True)
@typed
class Heard:
    """A consent that is known here.

    Attributes:
        closes: Whether it can deny anything; what only permits need not be asked.
        told: Whether its grantee was told of it by us, in these very bytes.
        kept_at: When it was kept, Unix seconds of this machine.
        sender: Who showed it in a letter; empty where nobody did.
        over_since: When a node first said that it is over for good, Unix seconds of this machine;
            0 where none did since it was kept, or one said otherwise since.
    """

    consent: str
    document: bytes = field(repr=False)
    closes: bool = True
    told: bool = False
    kept_at: int = 0
    sender: str = ""
    over_since: int = 0


class HeardConsents:
    """The consents that a vault's owner knows."""

    def __init__(self, store: KeyDatabase, cipher: StoreCipher) -> None:
        self._store = store
        self._cipher = cipher

    @typed_arguments
    def keep(self, patient: Address, grantee: Address, heard: Heard) -> int:
        """Keep a consent; another document of the same consent takes its place."""
        parties = self._parties(patient, grantee)
        with self._store.transaction():
            known = self.find(patient, grantee, heard.consent)
            number = self._store.consents.last(parties) + 1
            told, sender = heard.told, heard.sender
            if known is not None:  # who was told of another document may hold one that lapsed
                told, sender = known.told and known.document == heard.document, known.sender
            now = replace(heard, told=told, sender=sender, kept_at=int(time.time()))
            self._put(patient, grantee, now, number)
            self._make_room(patient, grantee, but=heard.consent)
            return self._store.consents.count(parties=parties)

    @typed_arguments
    def find(self, patient: Address, grantee: Address, consent: str) -> Heard | None:
        """Find one consent."""
        name = {"parties": self._parties(patient, grantee), "consent": self._tag(consent)}
        return next(map(self._read, self._store.consents.all(**name)), None)

    @typed_arguments
    def between(self, patient: Address, grantee: Address) -> tuple[Heard, ...]:
        """List what is known between two parties, in force or not.

        Raises:
            WrongKey: The key database was changed.
        """
        return tuple(
            map(self._read, self._store.consents.all(parties=self._parties(patient, grantee)))
        )

    @typed_arguments
    def names(self, patient: Address, grantee: Address) -> frozenset[tuple[bytes, int]]:
        """What finds the consents between two: another set says that a document came or went."""
        rows = self._store.consents.all(parties=self._parties(patient, grantee))
        return frozenset((each.consent, each.number) for each in rows)

    @typed_arguments
    def tell(self, patient: Address, grantee: Address, *, consent: str, document: bytes) -> None:
        """Note that a grantee was told, unless another document took that one's place meanwhile.

        Args:
            document: In which bytes.
        """
        name = {"parties": self._parties(patient, grantee), "consent": self._tag(consent)}
        with self._store.transaction():
            for row in self._store.consents.all(**name):
                known = self._read(row)
                if known.document == document and not known.told:
                    self._change(row, replace(known, told=True))

    def all(self) -> tuple[Heard, ...]:
        """List what is known, between whomever.

        Raises:
            WrongKey: The key database was changed.
        """
        return tuple(map(self._read, self._store.consents.all()))

    def tell_again(self) -> None:
        """Forget that anybody was told: what told them may never have been read."""
        with self._store.transaction():
            for row in self._store.consents.all():
                known = self._read(row)
                if known.told:
                    self._change(row, replace(known, told=False))

    @typed_arguments
    def prove(self, patient: Address, grantee: Address, consent: str, *, document: bytes) -> None:
        """Put a consent's proof in the place of its document, of which nobody was told."""
        name = {"parties": self._parties(patient, grantee), "consent": self._tag(consent)}
        with self._store.transaction():
            for row in self._store.consents.all(**name):
                self._change(row, replace(self._read(row), document=document, told=False))

    @typed_arguments
    def note_over(self, patient: Address, grantee: Address, consent: str, *, since: int) -> None:
        """Note since when a consent is said to be over for good: one answer alone ends nothing.

        Args:
            since: Unix seconds of this machine; 0 where it is not.
        """
        name = {"parties": self._parties(patient, grantee), "consent": self._tag(consent)}
        with self._store.transaction():
            for row in self._store.consents.all(**name):
                self._change(row, replace(self._read(row), over_since=since))

    @typed_arguments
    def drop(self, patient: Address, grantee: Address, consent: str) -> None:
        """Forget a consent, which is over for good."""
        parties, tag = self._parties(patient, grantee), self._tag(consent)
        for row in self._store.consents.all(parties=parties, consent=tag):
            self._store.consents.drop(row)

    @typed_arguments
    def shown_by(self, sender: Address) -> tuple[Heard, ...]:
        """List what somebody showed in letters."""
        return tuple(map(self._read, self._store.consents.all(sender=self._sender(sender))))

    @typed_arguments
    def count_shown_by(self, sender: Address) -> int:
        """Count what somebody showed in letters."""
        return self._store.consents.count(sender=self._sender(sender))

    def _make_room(self, patient: Address, grantee: Address, *, but: str) -> None:
        """Forget the oldest that closes nothing, and under which no keys were given or received."""
        parties = self._parties(patient, grantee)
        if self._store.consents.count(parties=parties) <= MOST:
            return
        for row in self._store.consents.all(parties=parties):
            known = self._read(row)
            used = known.consent == but or self._store.uses(known.consent)
            if not known.closes and not used:
                self._store.consents.drop(row)
                return

    def _put(self, patient: Address, grantee: Address, heard: Heard, number: int) -> None:
        parties, tag = self._parties(patient, grantee), self._tag(heard.consent)
        sender = self._sender(heard.sender) if heard.sender else b""
        self._change(HeardRow(parties, tag, sender, number, b""), heard)

    def _change(self, row: HeardRow, heard: Heard) -> None:
        values = {
            "consent": heard.consent,
            "document": heard.document.decode(),
            "closes": heard.closes,
            "told": heard.told,
            "keptAt": heard.kept_at,
            "sender": heard.sender,
            "overSince": heard.over_since,
        }
        self._store.consents.put(replace(row, document=canonical(values)))

    def _read(self, row: HeardRow) -> Heard:
        values = json.loads(row.document)
        return Heard(
            consent=values["consent"],
            document=values["document"].encode(),
            closes=values["closes"],
            told=values["told"],
            kept_at=values["keptAt"],
            sender=values["sender"],
            over_since=values["overSince"],
        )

    def _parties(self, patient: Address, grantee: Address) -> bytes:
        pair = f"{checked_address(patient)}\x00{checked_address(grantee)}".encode()
        return self._cipher.tag(b"heard\x00" + pair)

    def _tag(self, consent: str) -> bytes:
        return self._cipher.tag(b"heard-consent\x00" + consent.encode())

    def _sender(self, sender: Address) -> bytes:
        return self._cipher.tag(b"heard-sender\x00" + checked_address(sender).encode())
