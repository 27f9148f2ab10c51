"""What is stolen without an account's key: played from the theft to the owner's normal work."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.support.exchange import NOTE, TREATMENT, Exchange
from tests.support.shared_chain import on_shared_chain

from salus import Salus
from salus.anchors.store import LogStore
from salus.chain import Account, Chain, development_account
from salus.consents.errors import ConsentNotInForce
from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import CredentialError, SalusError
from salus.testing import advance, fund, local_salus, people
from salus.vault import IdentityKeys, Vault
from salus.vault.errors import WrongRecipient
from salus.vault.letters.letters import open_letter, seal_letter
from salus.vault.storage.errors import MissingBlob

DAY = 24 * 3600


@pytest.fixture(scope="module")
def chain() -> Chain:
    """One of their own: recoveries take days."""
    return local_salus().chain


class Ward:
    """A hospital with its state in a folder, its storage, and a mirror of that."""

    def __init__(self, chain: Chain, folder: Path) -> None:
        self.chain, self.folder, self.account = chain, folder, Account.create()
        fund(chain, self.account.address, payer=development_account(8))
        self.keys = IdentityKeys.generate(self.account.identity, created_at=chain.now())
        self.storage, self.mirror = folder.parent / "home", folder.parent / "mirror"
        self.patient = Account.create()

    def open(self, folder: Path | None = None, keys: IdentityKeys | None = None) -> Salus:
        state = folder or self.folder
        vault = Vault(
            self.storage.as_uri(),
            f"sqlite://{state}/keys.db",
            keys=keys or self.keys,
            chain_id=self.chain.chain_id,
            read_from=[self.mirror.as_uri()],
        )
        logs = LogStore.open(f"sqlite://{state}/logs.db", chain_id=self.chain.chain_id)
        return Salus(self.chain, account=self.account, vault=vault, logs=logs)

    def add(self, content: bytes) -> str:
        with on_shared_chain(self.open()) as me:
            added = me.records.add(content, patient=self.patient.identity, about=NOTE)
            return added.records[0].manifest.record_id

    def read(self, record: str) -> bytes:
        with on_shared_chain(self.open()) as me:
            return me.records.open(me.vault.manifest(record))


@pytest.fixture
def ward(chain: Chain, tmp_path: Path) -> Ward:
    (tmp_path / "state").mkdir()
    return Ward(chain, tmp_path / "state")


def test_a_stolen_key_database_file_opens_nothing_and_its_owner_goes_on(
    ward: Ward, tmp_path: Path
) -> None:
    record = ward.add(b"a note")
    stolen = tmp_path / "stolen"
    shutil.copytree(ward.folder, stolen)
    assert b"a note" not in (stolen / "keys.db").read_bytes()
    own = IdentityKeys.generate(ward.account.identity, created_at=1)
    with pytest.raises(CredentialError):
        ward.open(stolen, own)  # the thief makes keys of its own
    assert ward.read(record) == b"a note"
    assert ward.read(ward.add(b"another")) == b"another"


def test_a_stolen_state_folder_with_its_passphrase_ends_with_new_record_keys(
    ward: Ward, tmp_path: Path
) -> None:
    """The worst: keys and file, and the storage in reach. What was copied is read for good."""
    record = ward.add(b"a note")
    shutil.copytree(ward.storage, ward.mirror, dirs_exist_ok=True)
    stolen = tmp_path / "stolen"
    shutil.copytree(ward.folder, stolen)
    with on_shared_chain(ward.open(stolen)) as thief:
        thief.compare()
        manifest = thief.vault.manifest(record)
        assert thief.records.open(manifest) == b"a note"

    with on_shared_chain(
        ward.open()
    ) as me:  # the remedy: new keys for every record, and the old blobs go
        done = me.vault.upkeep.rekey()
        me.records.anchor_pending()
        assert done.complete
    taken, ward.keys = ward.keys, ward.keys.rotate(created_at=ward.chain.now())
    later = ward.add(b"later")
    with on_shared_chain(ward.open(stolen, taken)) as thief:
        thief.compare()
        with pytest.raises(MissingBlob):
            thief.records.open(manifest)
        with pytest.raises(SalusError):
            thief.vault.manifest(later)
    assert (ward.read(record), ward.read(later)) == (b"a note", b"later")
    sealed = letter_to(ward)
    assert open_letter(sealed, ward.keys, verify=lambda *_: True).body == b"hello"
    with pytest.raises(WrongRecipient):
        open_letter(sealed, taken, verify=lambda *_: True)
    with on_shared_chain(ward.open()) as me:
        assert me.records.check(deep=True).sound


def letter_to(ward: Ward) -> bytes:
    """What somebody seals to the key that the ward announced last."""
    return seal_letter(
        "terms",
        b"hello",
        author=ward.account,
        recipient=ward.keys.document,
        chain_id=ward.chain.chain_id,
        sent_at=ward.chain.now(),
    )


def test_who_has_the_storage_reads_nothing_and_what_it_destroys_is_copied_back(
    ward: Ward,
) -> None:
    record = ward.add(b"a note")
    shutil.copytree(ward.storage, ward.mirror, dirs_exist_ok=True)
    assert all(b"a note" not in each.read_bytes() for each in files(ward.storage))
    for each in files(ward.storage / "blobs"):
        each.unlink()
    assert ward.read(record) == b"a note"  # the mirror is asked
    with on_shared_chain(ward.open()) as me:
        found = me.records.check(repair=True)
        assert [(each.kind, each.repaired) for each in found.findings] == [("missing blob", True)]
    for each in files(ward.mirror / "blobs"):
        each.unlink()
    assert ward.read(record) == b"a note"
    assert ward.read(ward.add(b"another")) == b"another"


def files(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_a_stolen_passkey_ends_with_a_recovery_and_the_patient_goes_on(chain: Chain) -> None:
    """Whoever has the device signs as the patient, until guardians give the identity another."""
    exchange = Exchange.set_up(chain, development_account(8))
    helper, passkey = exchange.custodian, people(chain, ["hospital"]).patient
    who, new = passkey.identity, Account.create()
    guardians = [Account.create() for _ in range(3)]
    opening = GuardianSet.of([each.identity for each in guardians], threshold=2)
    helper.identities.guardians.set(who, opening, by=passkey)
    helper.records.add(b"a note", patient=who, about=NOTE)
    proposed = helper.consents.propose(who, exchange.grantee.identity, TREATMENT)
    stolen = helper.consents.sign(proposed, by=passkey, deadline=chain.now() + 400 * DAY)
    assert len(helper.records.share(stolen, purpose="TREAT")) == 1  # to a friend of the thief's

    deadline, shown = chain.now() + 3600, (who, new.address, opening)
    approvals = [
        helper.identities.recovery.approve(
            *shown, guardian=each.identity, by=each, deadline=deadline, unanimous=True
        )
        for each in guardians
    ]
    helper.identities.recovery.propose(approvals, opening)
    advance(chain, 7 * DAY)
    helper.identities.recovery.execute(who)
    helper.thefts.clear(who, by=new)
    with pytest.raises(ConsentNotInForce):
        helper.records.share(stolen, purpose="TREAT")
    helper.records.revoke_ended()
    assert not helper.vault.grants.given()

    honest = helper.consents.propose(who, exchange.grantee.identity, TREATMENT)
    with pytest.raises(ConsentNotInForce):
        helper.records.share(helper.consents.sign(honest, by=passkey), purpose="TREAT")
    signed = helper.consents.sign(honest, by=new)
    helper.records.add(b"later", patient=who, about=NOTE)
    assert len(helper.records.share(signed, purpose="TREAT")) == 2
