"""Write what a release leaves behind: state folders, blobs and documents that later ones must read.

Run once for each release, on an anvil of its own: ``python tests/vectors/written/make.py``. Nothing
here protects anybody: the accounts are anvil's, and the passphrase stands below.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import salus
from salus.chain import Account, connect, development_account
from salus.chain.deploying.deploy import deploy
from salus.chain.node.local import local_node
from salus.contracts.identities.guardian_set import GuardianSet
from salus.drugs.documents.lot_manifest import LotManifest
from salus.gs1.fields import LotNumber
from salus.gs1.identification_keys import Gln, Gtin
from salus.identities.guardian_documents import write_guardians
from salus.primitives.roles import Role
from salus.terms import ResourceFacts, Terms
from salus.testing.participants import accredit
from salus.vault.storage.memory import MemoryStorage

HERE = Path(__file__).parent
MADE_ANEW = {".lock", ".compared", ".place", ".reserve"}
PASSPHRASE = "nothing here is secret"
PATIENT = Account.from_key("0x" + "5a" * 32)
NOTE = ResourceFacts(resource_class="DocumentReference")
GTIN, LOT = Gtin("09520123456788"), LotNumber("W-0.1.0")
MAKER_GLN, PHARMACY_GLN = Gln("9520001000003"), Gln("9520003000001")
NAMES = ("hospital", "clinic")


@dataclass
class Release:
    """One release's folder, and a node to write it with."""

    folder: Path
    url: str
    opened: ExitStack

    def participant(self, name: str) -> salus.Salus:
        """Somebody with a state folder and a storage."""
        client = salus.connect(
            self.url,
            account=development_account(1 + NAMES.index(name)),
            state=self.folder / name,
            storage=f"memory://{name}",  # a place whose name says nothing of this machine
        )
        return self.opened.enter_context(client)

    def document(self, name: str, data: bytes | str) -> None:
        """Keep a document."""
        path = self.folder / "documents" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())


def write_blobs(folder: Path) -> None:
    """Lay out what the storages hold as a folder does."""
    for name in ("hospital", "inbox"):
        for blob, data in MemoryStorage.named(name).blobs.items():
            path = folder / "blobs" / name / blob
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def write_records(release: Release) -> None:
    """A hospital adds, shares, erases; a clinic collects; the patient revokes one consent."""
    hospital, clinic = release.participant("hospital"), release.participant("clinic")
    clinic.mail.announce("memory://inbox")
    first = hospital.records.add(b"first note", patient=PATIENT.identity, about=NOTE).records[0]
    amended = b"first note, amended"
    hospital.records.add(amended, patient=PATIENT.identity, about=NOTE, record=first)
    gone = hospital.records.add(b"erased note", patient=PATIENT.identity, about=NOTE).records[0]
    consents = hospital.consents
    terms = Terms.permit("TREAT", classes="DocumentReference").except_(sensitivities="PSY")
    consent = consents.sign(consents.propose(PATIENT.identity, clinic.identity, terms), by=PATIENT)
    hospital.records.share(consent, purpose="TREAT")
    assert len(clinic.records.collect().manifests) == 3
    erased = hospital.records.erase(gone)
    clinic.records.collect()
    revocation = consents.revocations.sign(PATIENT.identity, consent.consent.id, by=PATIENT)
    release.document("consent.json", consent.to_json())
    release.document("revocation.json", revocation.to_json())
    release.document("receipt.json", hospital.records.receipt(first).to_json())
    release.document("erasure.json", erased.receipt.to_json())
    guardians = GuardianSet.of([hospital.identity, clinic.identity], threshold=2)
    release.document("guardians.json", write_guardians(guardians))


def write_lot(release: Release, governor: salus.Salus) -> None:
    """A maker commissions and ships; a pharmacy receives."""
    maker, pharmacy = (
        salus.Salus(governor.chain, account=development_account(number)) for number in (3, 4)
    )
    for who, role in ((maker, Role.MANUFACTURER), (pharmacy, Role.PHARMACY)):
        accredit(governor, who.identity, role)
    accredit(governor, governor.identity, Role.REGULATOR)
    governor.drugs.products.register(GTIN, holder=maker.identity, makers=[maker.identity])
    when = datetime.fromtimestamp(maker.chain.now(), UTC)
    lot = LotManifest.build(
        GTIN,
        LOT,
        maker=maker.identity,
        expiry=date(2036, 12, 31),
        serials=[f"W{number:03d}" for number in range(10)],
        at=MAKER_GLN,
        when=when,
    )
    maker.drugs.lots.commission(lot)
    sent = maker.drugs.shipments.ship(
        lot, ["W001", "W002"], to=pharmacy.identity, at=MAKER_GLN, towards=PHARMACY_GLN, when=when
    )
    pharmacy.drugs.shipments.receive(sent, at=PHARMACY_GLN, sent_from=MAKER_GLN, when=when)
    release.document("lot.json", lot.to_json())
    release.document("consignment.json", sent.to_json())
    release.document("pack.json", lot.opening("W003").to_json())


def main() -> None:
    """Write the folder of this release anew."""
    folder = HERE / version("salus")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    os.environ["SALUS_PASSPHRASE"] = PASSPHRASE
    os.environ["SALUS_DEPLOYMENT"] = str(folder / "deployment.json")
    with local_node("anvil") as node, ExitStack() as opened:
        chain = opened.enter_context(connect(node.url))
        deploy(chain, development_account(0), path=folder / "deployment.json")
        release = Release(folder, node.url, opened)
        write_records(release)
        write_lot(release, salus.Salus(chain, account=development_account(0)))
    write_blobs(folder)
    for each in folder.rglob("*"):  # what is made anew, and holds nothing that is read
        if each.suffix in MADE_ANEW or each.name.startswith("outbox.sqlite"):
            each.unlink()


if __name__ == "__main__":
    main()
