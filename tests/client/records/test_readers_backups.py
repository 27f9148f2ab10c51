"""A reader's old key database: what its senders tell again closes what they closed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.closing import ClosedLater
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.consents.documents import SignedConsent
from salus.errors import SalusError
from salus.terms import Effect, Rule, Terms
from salus.testing import fund
from salus.vault import IdentityKeys, Vault

pytestmark = pytest.mark.slow

WIDE = Terms(base=Rule(effect=Effect.PERMIT, purposes=frozenset({"TREAT"})))
NOTHING = Terms(base=Rule(effect=Effect.DENY))


class Reader:
    """A clinic whose key database is a file."""

    def __init__(self, exchange: Exchange, folder: Path) -> None:
        self._exchange, self._folder = exchange, folder
        self._account = Account.create()
        chain = exchange.custodian.chain
        fund(chain, self._account.address, payer=development_account(8))
        self._keys = IdentityKeys.generate(self._account.identity, created_at=chain.now())
        self.client = self._opened()
        inbox = f"memory://{self._account.address.lower()}"
        self.client.mail.directory.announce(self._keys.document, inbox)

    def _opened(self) -> Salus:
        chain, store = self._exchange.custodian.chain, f"sqlite://{self._folder}/keys.db"
        storage = self._exchange.storage
        vault = Vault(storage, store, keys=self._keys, chain_id=chain.chain_id)
        logs = LogStore.open(f"sqlite://{self._folder}/logs.db", chain_id=chain.chain_id)
        return Salus(chain, account=self._account, vault=vault, logs=logs)

    def close(self) -> None:
        """Close what is open, and never the chain."""
        self.client.vault.close()
        self.client._logs.close()

    def copies(self, source: str, to: str) -> None:
        self.close()
        shutil.copy(self._folder / source, self._folder / to)
        self.client = self._opened()

    def collects(self) -> None:
        came = self.client.records.collect()
        assert came.problems == ()
        self.client.records.discard(came)


class Ward:
    """A patient's two records, one of whom is erased, and then all is denied."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.exchange = Exchange.set_up(chain, development_account(8))
        self.hospital, self.patient = self.exchange.custodian, self.exchange.patient
        self.reader = Reader(self.exchange, folder)
        other = Account.create()
        self.erased = self.exchange.add(b"erased later")
        self.denied = self.exchange.add(b"denied later", NOTE, patient=other)
        self.consents = [self.signed(WIDE, self.patient), self.signed(WIDE, other)]
        for each in self.consents:
            self.hospital.records.share(each, purpose="TREAT")
        self.reader.collects()
        self.reader.copies("keys.db", "backup.db")
        blobs, name = self.exchange.storage.blobs, self.erased.blob.name
        kept = blobs[name]
        self.hospital.records.erase(self.erased.record_id)
        blobs[name] = kept  # by a storage that keeps what it was told to delete
        assert self.hospital.records.heed(self.signed(NOTHING, other))

    def signed(self, terms: Terms, patient: Account) -> SignedConsent:
        consents, grantee = self.hospital.consents, self.reader.client.account.identity
        consent = consents.propose(patient.identity, grantee, terms)
        return consents.sign(consent, by=patient, deadline=(1 << 53) - 1)

    def opens(self) -> list[bytes]:
        found = []
        for manifest, under in zip((self.erased, self.denied), self.consents, strict=True):
            try:
                records = self.reader.client.records
                found.append(records.open(manifest, under=under, purpose="TREAT"))
            except SalusError:
                continue
        return found


@pytest.mark.parametrize("ended", [False, True], ids=["standing", "after revoke-ended"])
def test_what_was_erased_and_denied_is_closed_again_once_its_senders_told_again(
    chain: Chain, tmp_path: Path, closed_later: ClosedLater, ended: bool
) -> None:
    ward = Ward(chain, tmp_path)
    closed_later(ward.reader)
    if ended:
        ward.hospital.records.revoke_ended()
    ward.reader.collects()
    assert ward.opens() == []
    ward.reader.copies("backup.db", "keys.db")
    assert len(ward.opens()) == 2, "nothing in the file, nor on chain, says otherwise"
    assert ward.reader.client.compare().ask == (ward.hospital.account.identity,)

    ward.hospital.records.resend()
    ward.reader.collects()
    assert ward.opens() == []

    # And goes on.
    new = ward.exchange.add(b"new")
    ward.hospital.records.share(ward.consents[0], purpose="TREAT")
    ward.reader.collects()
    records = ward.reader.client.records
    assert records.open(new, under=ward.consents[0], purpose="TREAT") == b"new"
