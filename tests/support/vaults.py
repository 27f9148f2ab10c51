"""A record added to a vault, whatever it is about."""

from __future__ import annotations

from tests.unit.conftest import NOW, Person

from salus.vault import Compartment, Vault
from salus.vault.versions.adding import Added

TEXT = b'{"resourceType":"Observation","valueQuantity":{"value":48.00}}'


def add(vault: Vault, by: Person, source: object = TEXT, **more: object) -> Added:
    values: dict[str, object] = {
        "compartment": Compartment(patient="0x" + "cd" * 20, resource_class="Observation"),
        "media_type": "application/fhir+json",
        "created_at": NOW,
        **more,
    }
    return vault.add(source, **values)  # type: ignore[arg-type]
