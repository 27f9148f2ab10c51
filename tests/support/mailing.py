"""Letters of two institutions and of strangers, and who admits them."""

from __future__ import annotations

from tests.unit.conftest import CHAIN, NOW, Person

from salus.consents.documents import Presented
from salus.records.sharing import PARCEL
from salus.vault import Compartment, Vault
from salus.vault.documents.manifest import Manifest
from salus.vault.documents.parcels import GivenKey
from salus.vault.documents.record_keys import CompartmentKey, Plan
from salus.vault.letters.inbox import Inbox

CONSENT = "0x" + "01" * 32


class Asked:
    """A reader who asked everybody for everything."""

    def hear(self, presented: Presented, *, sender: str) -> bool:
        return True

    def admits(self, sender: str, consent: str) -> bool:
        return True

    def knows(self, sender: str) -> bool:
        return True


ANY = Asked()


def add(vault: Vault, by: Person, number: int = 0) -> Manifest:
    """A record in a compartment of its own."""
    labs = Compartment(patient=f"0x{number:040x}", resource_class="Observation")
    return vault.add(
        b"%d" % number, compartment=labs, media_type="text/plain", created_at=NOW
    ).manifest


def keys_of(vault: Vault) -> list[CompartmentKey]:
    found = vault.keyring.compartments.all()
    return sorted(found, key=lambda key: key.compartment.patient)


def send(inbox: Inbox, kind: str, body: bytes, *, by: Person, to: Person, **other: int) -> str:
    said = {"chain_id": CHAIN, "sent_at": NOW, **other}
    return inbox.send(kind, body, author=by, recipient=to.keys.document, **said)


def given(key: CompartmentKey) -> GivenKey:
    return GivenKey("compartment", key.key_id, key.key)


def share_everything(
    ours: Vault, inbox: Inbox, hospital: Person, clinician: Person, *, records: int
) -> list[str]:
    for number in range(records):
        add(ours, hospital, number)
    plan = Plan(compartments=tuple(keys_of(ours)))
    parcels = [
        *ours.readers.share(plan, clinician.keys.document, consent=CONSENT),
        *(each for key in plan.compartments for each in ours.readers.pointers(key)),
    ]
    return [
        send(inbox, PARCEL, each.to_bytes(), by=hospital, to=clinician, sent_at=NOW + number)
        for number, each in enumerate(reversed(parcels))
    ]
