"""Consent documents that a vault's owner knows, by patient and grantee, sealed in its key store.

Whether a consent is in force is asked anew at each decision; here is only what must be asked.

Example:
    >>> from salus.vault import IdentityKeys, Vault
    >>> keys = IdentityKeys.generate("0x" + "ab" * 20, created_at=0)
    >>> vault = Vault("memory://example-heard", "memory:", keys=keys, chain_id=31337)
    >>> parties = ("0x" + "cd" * 20, "0x" + "ef" * 20)
    >>> vault.heard.keep(*parties, "0x01", b"{}")
    >>> vault.heard.between(*parties)
    (Heard(consent='0x01', told=False),)
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from salus.errors import InvalidArgument
from salus.values import typed
from salus.vault.documents import canonical, identity
from salus.vault.keystore import KeyStore
from salus.vault.store_cipher import StoreCipher

MOST = 512
"""Consents between two parties; whoever has more forgets none in silence."""


@dataclass(frozen=True, slots=True)
@typed
class Heard:
    """A consent that is known here.

    Attributes:
        consent: Its id.
        document: Its exact bytes.
        told: Whether its grantee was told of it by us.
    """

    consent: str
    document: bytes = field(repr=False)
    told: bool = False


class HeardConsents:
    """The consents that a vault's owner knows.

    Args:
        store: The key store.
        cipher: What protects it: who consented to what shows to nobody.
    """

    def __init__(self, store: KeyStore, cipher: StoreCipher) -> None:
        self._store = store
        self._cipher = cipher

    def keep(self, patient: str, grantee: str, consent: str, document: bytes) -> None:
        """Keep a consent; another document of the same consent takes its place.

        Args:
            patient: Who granted it.
            grantee: Whom it names.
            consent: Its id.
            document: Its exact bytes.

        Raises:
            InvalidArgument: There are too many between these two.
        """
        with self._store.transaction():
            known = {each.consent: each for each in self.between(patient, grantee)}
            told = consent in known and known[consent].told
            known[consent] = Heard(consent, document, told)
            if len(known) > MOST:
                raise InvalidArgument("consents", f"at most {MOST} between two; revoke some")
            self._set(patient, grantee, known.values())

    def between(self, patient: str, grantee: str) -> tuple[Heard, ...]:
        """List what is known between two parties, in force or not.

        Args:
            patient: Who granted.
            grantee: Whom they name.

        Returns:
            The consents, oldest first.

        Raises:
            WrongKey: The key store was changed.
        """
        sealed = self._store.meta(self._name(patient, grantee))
        if sealed is None:
            return ()
        clear = self._cipher.unseal(sealed, about=self._about(patient, grantee))
        rows = json.loads(clear)["heard"]
        return tuple(Heard(consent, document.encode(), told) for consent, document, told in rows)

    def tell(self, patient: str, grantee: str, consents: Iterable[str]) -> None:
        """Note that a grantee was told.

        Args:
            patient: Who granted.
            grantee: Who was told.
            consents: Of which.
        """
        now = set(consents)
        with self._store.transaction():
            known = self.between(patient, grantee)
            told = (replace(each, told=each.told or each.consent in now) for each in known)
            self._set(patient, grantee, told)

    def tell_again(self, patient: str, grantee: str) -> None:
        """Forget that a grantee was told: what told it may never have been read.

        Args:
            patient: Who granted.
            grantee: Who is to be told once more.
        """
        with self._store.transaction():
            known = self.between(patient, grantee)
            self._set(patient, grantee, (replace(each, told=False) for each in known))

    def _set(self, patient: str, grantee: str, heard: Iterable[Heard]) -> None:
        rows = [[each.consent, each.document.decode(), each.told] for each in heard]
        sealed = self._cipher.seal(canonical({"heard": rows}), about=self._about(patient, grantee))
        self._store.set_meta(self._name(patient, grantee), sealed)

    def _name(self, patient: str, grantee: str) -> str:
        return "heard/" + self._cipher.tag(self._about(patient, grantee)).hex()

    @staticmethod
    def _about(patient: str, grantee: str) -> bytes:
        return b"heard\x00" + f"{identity(patient)}\x00{identity(grantee)}".encode()
