"""One release's folder, and the people who write into it; nothing here protects anybody."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import salus
from salus.chain import Account, Chain, development_account
from salus.terms import ResourceFacts
from salus.vault.storage.memory import MemoryStorage

PASSPHRASE = "nothing here is secret"
PATIENT = Account.from_key("0x" + "5a" * 32)
NOTE = ResourceFacts(resource_class="DocumentReference")
ACCOUNTS = {"hospital": 1, "clinic": 2, "custodian": 5, "clinician": 6, "archive": 7}
"""Whose state folders there are, and which of the node's accounts they have."""


@dataclass
class Release:
    """One release's folder, and a node to write it with."""

    folder: Path
    url: str
    chain: Chain
    opened: ExitStack

    def participant(self, name: str, *, state: Path | None = None, **places: str) -> salus.Salus:
        """Somebody with a state folder and a storage, whose name says nothing of this machine."""
        client = salus.connect(
            self.url,
            account=development_account(ACCOUNTS[name]),
            state=state or self.folder / name,
            storage=places.get("storage", f"memory://{name}"),
            read_from=places.get("read_from", "").split(),
        )
        return self.opened.enter_context(client)

    def somebody(self, number: int) -> salus.Salus:
        """Who handles no records, by the number of an account."""
        return salus.Salus(self.chain, account=development_account(number))

    @property
    def governor(self) -> salus.Salus:
        """Who deployed, and says who is accredited."""
        return self.somebody(0)

    def document(self, name: str, data: bytes | str) -> None:
        """Keep a document."""
        path = self.folder / "documents" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def blobs(self, *names: str) -> None:
        """Lay out what storages in memory hold as a folder does."""
        for name in names:
            for blob, data in MemoryStorage.named(name).blobs.items():
                path = self.folder / "blobs" / name / blob
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
