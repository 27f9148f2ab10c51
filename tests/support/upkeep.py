"""Records that are looked after, and what a check says of them."""

from __future__ import annotations

from tests.unit.conftest import NOW, PATIENT, Person

from salus.vault import Compartment, Vault
from salus.vault.versions.adding import Added


def add(vault: Vault, by: Person, source: object = b"48 mmol/mol", **more: object) -> Added:
    values: dict[str, object] = {
        "compartment": Compartment(patient=PATIENT, resource_class="Observation"),
        "media_type": "text/plain",
        "created_at": NOW,
        **more,
    }
    return vault.add(source, **values)  # type: ignore[arg-type]


def kinds(vault: Vault, **how: bool) -> list[tuple[str, bool]]:
    return [(each.kind, each.repaired) for each in vault.upkeep.check(**how).findings]


def blobs(vault: Vault) -> set[str]:
    return set(vault.storage.list("blobs"))
