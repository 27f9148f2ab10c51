"""Lots after a run that was killed, and packs that came with another file than the one named."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from tests.support.command_line import CommandLine, Result, new_gtin
from tests.support.shells import Shells

from salus.drugs.documents.lot_manifest import LotManifest
from salus.epcis import event_hash
from salus.gs1 import Gtin, LotNumber
from salus.primitives.roles import Role

MAKERS_GLN, PHARMACYS_GLN = "9520001000003", "9520003000001"
SERIALS = "S1\nS2\nS3\n"


@pytest.fixture
def maker(shell: Shells) -> CommandLine:
    opened = shell(Role.REGULATOR, Role.MANUFACTURER)
    opened.write("serials.txt", SERIALS)
    return opened


@pytest.fixture
def pharmacy(shell: Shells) -> CommandLine:
    return shell(Role.PHARMACY)


@pytest.fixture
def gtin(maker: CommandLine) -> str:
    named = new_gtin()
    maker("products", "register", named, "--holder", maker.me, "--maker", maker.me)
    return named


def commission(maker: CommandLine, gtin: str, lot: str = "AB-12", **options: str) -> Result:
    given = {
        "expiry": "2028-12-31",
        "gln": MAKERS_GLN,
        "serials": "serials.txt",
        "manifest": f"{lot}.json",
        **options,
    }
    words = [word for name, value in given.items() for word in (f"--{name}", value)]
    return maker("lots", "commission", gtin, lot, *words)


def ship(
    maker: CommandLine, to: str, out: str, *serials: str, source: str = "AB-12.json"
) -> Result:
    maker.write("shipped.txt", "\n".join(serials))
    return maker(
        *("shipments", "ship", source, "--serials", "shipped.txt", "--to", to, "--out", out),
        *("--gln", MAKERS_GLN, "--to-gln", PHARMACYS_GLN),
    )


def built(maker: CommandLine, gtin: str, expiry: date = date(2028, 12, 31)) -> LotManifest:
    return LotManifest.build(
        Gtin(gtin), LotNumber("AB-12"), maker=maker.me, expiry=expiry, serials=SERIALS.split()
    )


def test_a_lot_whose_run_was_killed_before_it_was_sent_is_commissioned_as_written(
    maker: CommandLine, gtin: str
) -> None:
    left = built(maker, gtin)
    maker.write("AB-12.json", left.to_json())
    assert commission(maker, gtin).data["serialRoot"] == "0x" + left.root.hex()
    assert (maker.folder / "AB-12.json").read_bytes() == left.to_json()


def test_a_lot_whose_run_was_killed_after_it_was_sent_is_not_sent_again(
    maker: CommandLine, gtin: str
) -> None:
    first = commission(maker, gtin).data
    again = commission(maker, gtin).data
    assert (again["serialRoot"], again["transaction"]) == (first["serialRoot"], None)


def test_a_kept_manifest_survives_a_refusal(maker: CommandLine, gtin: str) -> None:
    commission(maker, gtin)
    other = maker.write("other.json", built(maker, gtin).to_json())
    assert commission(maker, gtin, manifest="other.json").error[:2] == (3, "LotExists")
    assert other.exists()


def test_another_manifest_is_never_taken_for_this_lot(maker: CommandLine, gtin: str) -> None:
    for content in (built(maker, gtin, date(2029, 12, 31)).to_json(), b"{}", b"notes"):
        maker.write("AB-12.json", content)
        refused = commission(maker, gtin)
        assert refused.error[:2] == (2, "AnotherManifest")
        assert "is not the manifest of this lot" in refused.error[2]
        assert (maker.folder / "AB-12.json").read_bytes() == content


def test_a_lot_is_not_gone_on_with_at_another_place(maker: CommandLine, gtin: str) -> None:
    commission(maker, gtin)
    assert commission(maker, gtin, gln=PHARMACYS_GLN).error[:2] == (2, "AnotherManifest")


def test_the_event_whose_hash_is_anchored_is_kept_by_all_who_act(
    maker: CommandLine, gtin: str, pharmacy: CommandLine
) -> None:
    made = commission(maker, gtin).data["event"]
    assert kept_event(maker, "AB-12.json") == made == commission(maker, gtin).data["event"]
    shipped = ship(maker, pharmacy.me, "out.json", "S1").data["event"]
    assert kept_event(maker, "out.json") == shipped
    came = str(maker.folder / "out.json")
    places = ("--gln", PHARMACYS_GLN, "--from-gln", MAKERS_GLN, "--event", "arrived.json")
    received = pharmacy("shipments", "receive", came, *places).data["event"]
    event = json.loads((pharmacy.folder / "arrived.json").read_bytes())
    assert event["eventID"] == event_hash(event) == received
    assert event["bizStep"] == "receiving"


def kept_event(who: CommandLine, file: str) -> str:
    """The hash of the event in a manifest or consignment."""
    return event_hash(json.loads((who.folder / file).read_bytes())["event"])


def test_packs_that_nobody_could_receive_are_not_shipped(
    maker: CommandLine, gtin: str, pharmacy: CommandLine
) -> None:
    maker.write("stale.json", built(maker, gtin).to_json())
    unknown = ship(maker, pharmacy.me, "out.json", "S1", source="stale.json")
    assert unknown.error[:2] == (6, "VerificationError")
    commission(maker, gtin)
    refused = ship(maker, pharmacy.me, "out.json", "S1", source="stale.json")
    assert refused.error[:2] == (6, "ManifestNotOfLot")
    assert not (maker.folder / "out.json").exists()


def test_arguments_are_checked_before_serials_are_committed_to(
    maker: CommandLine, gtin: str
) -> None:
    for wrong, words in (
        ({"expiry": "2020-01-31"}, "2020-01-31 has passed: --expiry is the last day of use"),
        ({"expiry": "31.12.2028"}, "is not a day"),
        ({"gln": "9520001000004"}, "check digit"),
        ({"manifest": "no/folder.json"}, "no folder"),
    ):
        wanted = {"expiry": "2028-12-31", "gln": MAKERS_GLN, "manifest": "AB-12.json", **wrong}
        options = [word for name, value in wanted.items() for word in (f"--{name}", value)]
        refused = maker(
            *("lots", "commission", gtin, "AB-12", "--serials", "serials.txt", *options), json=False
        )
        assert words in " ".join(refused.err.split())
        assert "committing" not in refused.err


def test_a_genuine_pack_of_another_shipment_is_not_called_false(
    maker: CommandLine, gtin: str, pharmacy: CommandLine
) -> None:
    commission(maker, gtin)
    commission(maker, gtin, "CD-34")
    ship(maker, pharmacy.me, "a.json", "S1")
    ship(maker, pharmacy.me, "b.json", "S2")
    ship(maker, pharmacy.me, "c.json", "S2", source="CD-34.json")
    code = f"(01){gtin}(17)281231(10)AB-12(21)S2"
    for other, words in (("a.json", "is not in this consignment"), ("c.json", "lot CD-34 of")):
        missed = pharmacy("packs", "scan", code, "--from", maker.folder / other)
        assert missed.error[:2] == (6, "NotInConsignment")
        assert words in missed.error[2]
        assert "says nothing about the pack" in missed.error[2]
    found = pharmacy("packs", "scan", code, "--from", maker.folder / "b.json")
    assert found.data["verdict"] == "genuine"


def test_a_serial_that_the_maker_never_made_is_suspect(maker: CommandLine, gtin: str) -> None:
    commission(maker, gtin)
    code = f"(01){gtin}(17)281231(10)AB-12(21)S9"
    scanned = maker("packs", "scan", code, "--from", "AB-12.json")
    assert scanned.error[:2] == (6, "UnknownSerial")


def test_a_file_that_was_cut_off_is_named(
    maker: CommandLine, gtin: str, pharmacy: CommandLine
) -> None:
    commission(maker, gtin)
    ship(maker, pharmacy.me, "out.json", "S1")
    content = (maker.folder / "out.json").read_bytes()
    maker.write("cut.json", content[:-9])
    maker.write("old.json", content.replace(b"consignment/v1", b"consignment/v9"))
    code = f"(01){gtin}(17)281231(10)AB-12(21)S1"
    for file in ("cut.json", "old.json"):
        assert file in maker("packs", "scan", code, "--from", file).error[2]
        assert file in maker("shipments", "show", file).error[2]


def test_what_is_no_code_and_what_stands_twice_is_told_with_a_next_step(
    maker: CommandLine, gtin: str, pharmacy: CommandLine
) -> None:
    assert "scan the code again" in maker("packs", "scan", "hello").error[2]
    commission(maker, gtin)
    twice = ship(maker, pharmacy.me, "out.json", "S1", "S1")
    assert twice.error[:2] == (2, "DuplicateSerial")
    assert "nothing was sent" in twice.error[2]


def test_days_and_times_are_shown_as_people_read_them(
    maker: CommandLine, gtin: str, pharmacy: CommandLine
) -> None:
    commission(maker, gtin)
    ship(maker, pharmacy.me, "out.json", "S1")
    assert maker("lots", "show", gtin, "AB-12").data["expiry"] == "2028-12-31"
    assert "2028-12-31" in maker("lots", "show", gtin, "AB-12", json=False).out
    seconds = maker("shipments", "show", "out.json").data["shippedAt"]
    when = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert when in maker("shipments", "show", "out.json", json=False).out
    assert "T" in maker("products", "show", gtin, json=False).out.split("registeredAt")[1][:20]
