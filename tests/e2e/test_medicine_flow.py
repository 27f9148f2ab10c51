"""A lot from its maker to a patient: sealed consignments, scans, doubles, fakes, a recall."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from salus import Salus
from salus.contracts.drugs.errors import LotIsRecalled, MakerNotPermitted, ShipmentOverage
from salus.contracts.drugs.pack_errors import PackDecommissionedAlready, PackNotInLot
from salus.drugs import Verdict
from salus.drugs.documents.consignment import Consignment
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import contents_root
from salus.drugs.errors import NotInConsignment
from salus.gs1 import Gln, Gtin, LotNumber, Serial, parse_scan
from salus.gs1.identification_keys import check_digit
from salus.gs1.scan import Scan
from salus.mail.directory import verifier
from salus.testing import local_salus, people
from salus.testing.participants import People
from salus.vault.errors import WrongRecipient
from salus.vault.letters.inbox import Inbox

PLACES = {
    "manufacturer": Gln("9520001000003"),
    "distributor": Gln("9520002000002"),
    "pharmacist": Gln("9520003000001"),
}


@pytest.fixture(scope="module")
def team() -> People:
    chain = local_salus().chain
    roles = ["regulator", "manufacturer", "distributor", "pharmacist", "stranger"]
    team = people(chain, roles)
    for name in PLACES:
        document = team[name].vault.keys.document
        team[name].mail.directory.announce(document, f"memory://{name}-{secrets.token_hex(4)}")
    return team


def commission(team: People) -> LotManifest:
    payload = f"0952{secrets.randbelow(10**9):09d}"
    gtin, lot = Gtin(f"{payload}{check_digit(payload)}"), LotNumber("L7")
    maker, now = team.manufacturer, datetime.fromtimestamp(team.manufacturer.chain.now(), UTC)
    me = maker.account.identity
    team.regulator.drugs.products.register(gtin, holder=me, makers=[me])
    expiry = (now + timedelta(days=365)).date()
    serials = [f"{number:04d}" for number in range(50)]
    manifest = LotManifest.build(
        gtin, lot, maker=me, expiry=expiry, serials=serials, at=PLACES["manufacturer"], when=now
    )
    maker.drugs.lots.commission(manifest)
    return manifest


def hand_over(team: People, source: LotManifest | Consignment, way: tuple[str, str]) -> Consignment:
    """Ship ten packs; their openings travel sealed, through the consignee's inbox."""
    sender, consignee = team[way[0]], team[way[1]]
    if isinstance(source, LotManifest):
        serials = source.serials[:10]
    else:
        serials = tuple(map(str, source.openings))[:5]
    at = datetime.fromtimestamp(sender.chain.now(), UTC)
    sent = sender.drugs.shipments.ship(
        source,
        serials,
        to=consignee.account.identity,
        at=PLACES[way[0]],
        towards=PLACES[way[1]],
        when=at,
    )
    came = Consignment.from_json(post(sender, consignee, sent.to_json()))
    assert came == sent
    consignee.drugs.shipments.receive(came, at=PLACES[way[1]], sent_from=PLACES[way[0]], when=at)
    return came


def post(sender: Salus, recipient: Salus, body: bytes) -> bytes:
    """Seal to the recipient's published key, leave in its inbox, open there."""
    inbox, document = sender.mail.directory.find(recipient.account.identity)
    message = inbox.send(
        "consignment",
        body,
        author=sender.account,
        recipient=document,
        chain_id=sender.chain.chain_id,
        sent_at=sender.chain.now(),
    )
    assert body[:40] not in b"".join(inbox._storage.get(f"messages/{message}"))
    letter = inbox.open(message, recipient.vault.keys, verify=verifier(recipient.chain))
    assert letter.sender == sender.account.identity
    inbox.delete(message)
    return letter.body


def test_from_commissioning_to_recall(team: People) -> None:
    manifest = commission(team)
    at_wholesaler = hand_over(team, manifest, ("manufacturer", "distributor"))
    at_pharmacy = hand_over(team, at_wholesaler, ("distributor", "pharmacist"))
    pharmacy, held = team.pharmacist.drugs, team.regulator.drugs.lots.held
    gtin, lot = manifest.gtin, manifest.lot

    # Scanned as it is printed, dispensed once.
    code = Scan(gtin, lot, Serial("0000"), expiry=manifest.expiry).element_string()
    scanned = parse_scan(code)
    opening = at_pharmacy.opening(scanned.pack().serial)
    assert pharmacy.scan(scanned, opening).verdict is Verdict.GENUINE
    pharmacy.packs.dispense(opening)
    with pytest.raises(PackDecommissionedAlready):
        pharmacy.packs.dispense(opening)
    assert team.stranger.drugs.scan(scanned, opening).verdict is Verdict.DECOMMISSIONED

    # A counterfeit is exposed offline and on chain, and no other maker makes this product.
    forged = replace(opening, serial=Serial("9999"))
    assert pharmacy.scan(Scan(gtin, lot, Serial("9999")), forged).verdict is Verdict.COUNTERFEIT
    with pytest.raises(PackNotInLot):
        pharmacy.packs.dispense(forged)
    with pytest.raises(NotInConsignment):
        at_pharmacy.opening(Serial("9999"))
    with pytest.raises(MakerNotPermitted):
        team.distributor.drugs.lots.commission(
            replace(manifest, maker=team.identity("distributor")), event_hash=bytes(32)
        )

    # Quantities are conserved.
    partners = [team.identity(name) for name in PLACES]
    assert [held(gtin, lot, partner=each) for each in partners] == [40, 5, 4]

    # One write stops the whole lot; it goes back, and nowhere else.
    team.manufacturer.drugs.safety.recall(gtin, lot)
    assert pharmacy.scan(Scan(gtin, lot, Serial("0001"))).verdict is Verdict.RECALLED
    with pytest.raises(LotIsRecalled):
        pharmacy.packs.dispense(at_pharmacy.opening(Serial("0001")))
    back, _ = pharmacy.shipments.send(
        gtin,
        lot,
        to=team.identity("manufacturer"),
        quantity=4,
        contents_root=contents_root(list(at_pharmacy.openings.values())[1:]),
        event_hash=secrets.token_bytes(32),
    )
    with pytest.raises(ShipmentOverage):
        team.manufacturer.drugs.shipments.take(back, gtin, lot, event_hash=bytes(32), counted=5)
    team.manufacturer.drugs.shipments.take(back, gtin, lot, event_hash=bytes(32))
    assert [held(gtin, lot, partner=each) for each in partners] == [44, 5, 0]


def test_a_stranger_reads_no_consignment(team: People) -> None:
    directory = team.manufacturer.mail.directory
    inbox, document = directory.find(team.identity("pharmacist"))
    assert isinstance(inbox, Inbox)
    message = inbox.send(
        "consignment",
        b"openings",
        author=team.manufacturer.account,
        recipient=document,
        chain_id=team.manufacturer.chain.chain_id,
        sent_at=0,
    )
    with pytest.raises(WrongRecipient):
        inbox.open(message, team.stranger.vault.keys, verify=verifier(team.stranger.chain))
