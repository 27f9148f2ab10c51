"""Which consents a sender showed: under them its records may come in while they are in force.

Example:
    >>> import salus
    >>> clinic = salus.connect("tester", storage="memory://example-shown")
    >>> Shown(clinic.vault).patient("0x" + "ab" * 20, "0x01") is None
    True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus_verify.encoding import hex0x

if TYPE_CHECKING:
    from salus.consents.documents import Consent
    from salus.primitives.address import Address
    from salus.vault.keyring.heard import Heard
    from salus.vault.vault import Vault

_SHELVES = tuple(f"{number:02x}" for number in range(256))
"""By the first byte of their ids: what is written for one consent stays small beside many."""


class Shown:
    """Notes of who showed which consents that name a vault's owner."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._notes = vault.notebook("shown")

    @typed_arguments
    def add(self, sender: Address, consent: Consent) -> None:
        """Note a consent that is kept; those beside it that are kept no more are forgotten.

        Raises:
            StorageError: The key database cannot be written.
        """
        consent_id = hex0x(consent.id)
        name, known = self._manifests(sender, consent_id)
        if consent_id in known:
            return
        kept = {each: who for each, who in known.items() if self._heard(who, each)}
        with self._notes.transaction():
            self._notes.put(name, {**kept, consent_id: consent.patient})
            self._notes.put(sender, True)

    @typed_arguments
    def patient(self, sender: Address, consent: str) -> Address | None:
        """Return who granted a consent that a sender showed."""
        found: Address | None = self._manifests(sender, consent)[1].get(consent)
        return found

    @typed_arguments
    def knows(self, sender: Address) -> bool:
        """Whether a sender ever showed one."""
        return self._notes.get(sender) is not None

    @typed_arguments
    def of(self, sender: Address) -> dict[str, Address]:
        """List what a sender showed."""
        shelves = (self._manifests(sender, f"0x{each}")[1] for each in _SHELVES)
        return {consent: patient for manifests in shelves for consent, patient in manifests.items()}

    @typed_arguments
    def drop(self, sender: Address, consent: str) -> None:
        """Forget that a sender showed a consent."""
        name, known = self._manifests(sender, consent)
        if known.pop(consent, None) is None:
            return
        with self._notes.transaction():
            if known:
                self._notes.put(name, known)
                return
            self._notes.drop(name)
            if not self.of(sender):
                self._notes.drop(sender)

    def _heard(self, patient: Address, consent: str) -> Heard | None:
        return self._vault.heard.find(patient, self._vault.identity, consent)

    def _manifests(self, sender: Address, consent: str) -> tuple[str, dict[str, Address]]:
        name = f"{sender}/{consent[2:4]}"
        return name, self._notes.get(name) or {}
