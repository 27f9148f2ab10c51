"""A hospital whose files are lost, put back and copied."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import ExitStack
from pathlib import Path

from tests.support.exchange import NOTE

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.testing import fund
from salus.vault import IdentityKeys, Vault
from salus.vault.documents.manifest import Manifest
from salus.vault.storage.memory import MemoryStorage

PATIENT = development_account(7).identity
KEY_DATABASE, LOGS = "keys.sqlite", "logs.sqlite"


class Hospital:
    """A hospital that keeps its state in a folder, and is opened anew for each act."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.chain, self.folder = chain, folder
        self.account = Account.create()
        fund(chain, self.account.address, payer=development_account(8))
        self.keys = IdentityKeys.generate(self.account.identity, created_at=chain.now())
        self.storage = MemoryStorage(secrets.token_hex(8))
        self._opened = ExitStack()

    def vault(self, folder: Path | None = None) -> Vault:
        url = f"sqlite://{folder or self.folder}/{KEY_DATABASE}"
        vault = Vault(self.storage, url, keys=self.keys, chain_id=self.chain.chain_id)
        self._opened.callback(vault.close)
        return vault

    def open(self, folder: Path | None = None, *, chain: Chain | None = None) -> Salus:
        url = f"sqlite://{folder or self.folder}/{LOGS}"
        logs = LogStore.open(url, chain_id=self.chain.chain_id)
        self._opened.callback(logs.close)
        return Salus(chain or self.chain, account=self.account, vault=self.vault(folder), logs=logs)

    def close(self) -> None:
        """Close whatever is still open, and never the chain."""
        self._opened.close()

    def add(self, data: bytes) -> Manifest:
        with self.opened() as client:
            added = client.records.add(data, patient=PATIENT, about=NOTE)
            return added.records[0].manifest

    def erase(self, *manifests: Manifest) -> None:
        with self.opened() as client:
            for each in manifests:
                client.records.erase(each.record_id)

    def opened(self, *, chain: Chain | None = None) -> Open:
        return Open(self, chain)

    def back_up(self, to: Path, *names: str) -> Path:
        to.mkdir()
        for name in names or tuple(os.listdir(self.folder)):
            shutil.copy2(self.folder / name, to / name)
        return to

    def put_back(self, backup: Path) -> None:
        """As cp does it: over the file that is there, whose place on the disk stays the same."""
        for each in backup.iterdir():
            shutil.copy2(each, self.folder / each.name)


class Open:
    """A client that is closed without ending the chain."""

    def __init__(self, hospital: Hospital, chain: Chain | None) -> None:
        self.hospital, self.chain = hospital, chain

    def __enter__(self) -> Salus:
        self.client = self.hospital.open(chain=self.chain)
        return self.client

    def __exit__(self, *_: object) -> None:
        self.client.vault.close()
        self.client._logs.close()


def lose(*files: Path) -> None:
    for file in files:
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()


def rotates(clinic: Hospital) -> None:
    """The identity gets another key; the clinic acts with it from now on."""
    new, who = Account.create(), clinic.account.identity
    fund(clinic.chain, new.address, payer=development_account(8))
    with clinic.opened() as client:
        client.identities.control.rotate(who, new.identity)
    clinic.account = new.acting_for(who)
