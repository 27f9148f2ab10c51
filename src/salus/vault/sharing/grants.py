"""What was given under which consent, and what for: kept until the consent ends.

The key store knows which keys it wrapped under a consent's id. Whether that consent still stands
is decided by its document; so the document is kept beside the wraps, encrypted, and with it the
purposes and actions that keys cannot express.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-grants", "memory:", keys=keys, chain_id=31337)
    >>> vault.grants.note("0x01", b"{}", purpose="TREAT", action="ACCESS")
    >>> vault.grants.find("0x01").uses, vault.grants.given()
    ((('TREAT', 'ACCESS'),), {})
    >>> vault.grants.end("0x01")
    >>> vault.grants.find("0x01"), vault.grants.knows("0x01"), vault.grants.knows("0x02")
    (None, True, False)
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from salus.primitives.documents import canonical
from salus.primitives.values import typed
from salus.vault.crypto.store_cipher import StoreCipher
from salus.vault.keystore.store import KeyStore

_GIVEN = ("record", "compartment")
"""Kinds of shares that hold a wrap; the others tell what was received, or who once had a key."""

ENDED = "ended/"
"""Before a consent's id: the note that counts its revocations."""


@dataclass(frozen=True, slots=True)
@typed
class Grant:
    """Why keys were given.

    Attributes:
        document: The consent's document, its exact bytes.
        uses: Purpose and action of each time that keys were given under it.
    """

    document: bytes = field(repr=False)
    uses: tuple[tuple[str, str], ...]


class Grants:
    """The consents under which a vault gave keys.

    Args:
        store: The key store.
        cipher: What protects it.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher) -> None:
        self._store = store
        self._cipher = cipher

    def note(self, consent: str, document: bytes, *, purpose: str, action: str) -> None:
        """Remember why keys are about to be given.

        Args:
            consent: The consent's id.
            document: Its document.
            purpose: For what it was asked, an HL7 PurposeOfUse code.
            action: What was asked to be done.
        """
        with self._store.transaction():
            known = self.find(consent)
            uses = {(purpose, action), *(known.uses if known else ())}
            values = {"document": document.decode(), "uses": [list(use) for use in sorted(uses)]}
            self._set(consent, canonical(values))

    def find(self, consent: str) -> Grant | None:
        """Find why keys were given.

        Args:
            consent: The consent's id.

        Returns:
            The grant; None where none was noted, or where it has ended.

        Raises:
            WrongKey: The key store was changed.
        """
        sealed = self._store.notes.get(_name(consent))
        values = json.loads(self._cipher.unseal(sealed, about=_about(consent))) if sealed else {}
        if not values:
            return None
        uses = tuple((purpose, action) for purpose, action in values["uses"])
        return Grant(values["document"].encode(), uses)

    def knows(self, consent: str) -> bool:
        """Tell whether a consent was ever used here, to give keys or to receive them.

        Args:
            consent: Its id.

        Returns:
            True also after it ended.
        """
        named = self._store.notes.get(_name(consent)) is not None
        return named or bool(self._store.shares.all(consent=consent))

    def ended(self, consent: str) -> int:
        """Count how often what was given under a consent was revoked: a share under way looks.

        Args:
            consent: Its id.

        Returns:
            Revocations so far.
        """
        return int(self._store.notes.get(f"{ENDED}{consent}") or 0)

    def count_end(self, consent: str) -> None:
        """Count a revocation, in the transaction that drops the wraps.

        Args:
            consent: Its id.
        """
        self._store.notes.set(f"{ENDED}{consent}", str(self.ended(consent) + 1).encode())

    def given(self) -> dict[str, frozenset[bytes]]:
        """List the wraps that are still handed out.

        Returns:
            For each consent's id the keys given under it: record wrap ids and compartment key ids.
        """
        targets: defaultdict[str, set[bytes]] = defaultdict(set)
        for share in self._store.shares.all():
            if share.kind in _GIVEN:
                targets[share.consent].add(share.target)
        return {consent: frozenset(found) for consent, found in targets.items()}

    def end(self, consent: str) -> None:
        """Forget a consent's document, but not that there was one.

        Args:
            consent: Its id.
        """
        self._set(consent, canonical({}))

    def _set(self, consent: str, clear: bytes) -> None:
        self._store.notes.set(_name(consent), self._cipher.seal(clear, about=_about(consent)))


def _name(consent: str) -> str:
    return f"grant/{consent}"


def _about(consent: str) -> bytes:
    return b"grant\x00" + consent.encode()
