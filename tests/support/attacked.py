"""A vault whose key database file lies open to whoever writes SQL."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from tests.unit.conftest import CHAIN, NOW, PATIENT, Person

from salus.vault import Compartment, Vault
from salus.vault.storage import MemoryStorage
from salus.vault.versions.adding import Added

LABS = Compartment(patient=PATIENT, resource_class="Observation.laboratory", period="2026")
OTHER = Compartment(patient="0x" + "ee" * 20, resource_class="Observation.laboratory")


class Attacked:
    """The vault, the file, and the storage."""

    def __init__(self, file: Path, person: Person) -> None:
        self.file, self.person, self.storage = file, person, MemoryStorage("attacked")
        self._opened = ExitStack()
        self.vault = self.open()

    def open(self) -> Vault:
        url = f"sqlite://{self.file}"
        vault = Vault(self.storage, url, keys=self.person.keys, chain_id=CHAIN)
        self._opened.callback(vault.close)
        return vault

    def close(self) -> None:
        self._opened.close()

    def add(self, data: bytes, compartment: Compartment = LABS, record: str | None = None) -> Added:
        return self.vault.add(
            data,
            compartment=compartment,
            media_type="text/plain",
            created_at=NOW,
            record=record,
        )

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file)) as database, database:
            found = database.execute(statement, values).fetchall()
        # As if it had been compared with the chain: whether its rows are sound is another matter.
        self.vault.database._db.mark_compared()
        return found

    def kinds(self, **how: bool) -> list[str]:
        return [finding.kind for finding in self.open().upkeep.check(**how).findings]
