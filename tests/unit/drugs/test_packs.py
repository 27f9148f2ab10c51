from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening, contents_root
from salus.drugs.errors import DuplicateSerial, InvalidOpening, MalformedOpening, UnknownSerial
from salus.errors import SalusError
from salus.gs1 import Gtin, LotNumber
from salus.gs1.errors import MalformedIdentifier

GTIN, LOT = Gtin("09506000134352"), LotNumber("AB-12")
SECRET = bytes(range(32))
SERIALS = [f"S{number:03d}" for number in range(37)]


def lot_of(serials: list[str], *, secret: bytes | None = SECRET) -> LotManifest:
    day = date(2027, 12, 31)
    return LotManifest.build(
        GTIN, LOT, maker="0x" + "11" * 20, expiry=day, serials=serials, secret=secret
    )


MAKER = lot_of(SERIALS)
serial_sets = st.lists(
    st.text("ABCabc0123/-", min_size=1, max_size=20), min_size=1, max_size=40, unique=True
)


@given(serials=serial_sets, data=st.data())
def test_every_pack_of_a_lot_opens_to_its_root(serials: list[str], data: st.DataObject) -> None:
    lot = lot_of(serials, secret=None)
    opening = PackOpening.from_json(lot.opening(data.draw(st.sampled_from(serials))).to_json())
    opening.verify(root=lot.root, quantity=len(serials))


@given(serials=serial_sets)
def test_the_order_in_which_serials_come_does_not_matter(serials: list[str]) -> None:
    assert lot_of(serials) == lot_of(serials[::-1])


@given(serials=serial_sets, data=st.data())
def test_a_serial_that_stands_twice_is_refused_and_named(
    serials: list[str], data: st.DataObject
) -> None:
    twice = data.draw(st.sampled_from(serials))
    with pytest.raises(DuplicateSerial) as caught:
        lot_of([*serials, twice])
    assert caught.value.serial == twice


def test_a_counterfeit_serial_is_unknown_to_the_lot() -> None:
    with pytest.raises(UnknownSerial, match="suspected falsification"):
        MAKER.opening("S999")


def test_a_fresh_secret_gives_another_root() -> None:
    assert lot_of(SERIALS, secret=None).root != lot_of(SERIALS, secret=None).root


@pytest.mark.parametrize(
    "change",
    [
        {"index": 4},
        {"index": 99},
        {"serial": MAKER.opening("S004").serial},
        {"salt": bytes(32)},
        {"lot": LotNumber("AB-13")},
        {"gtin": Gtin("04012345123456")},
        {"quantity": 38},
        {"proof": MAKER.opening("S003").proof[:-1]},
        {"proof": (*MAKER.opening("S003").proof, bytes(32))},
    ],
    ids=["index", "out-of-range", "serial", "salt", "lot", "gtin", "quantity", "short", "long"],
)
def test_an_altered_opening_proves_nothing(change: dict[str, object]) -> None:
    altered = replace(MAKER.opening("S003"), **change)
    with pytest.raises(InvalidOpening, match="proves nothing"):
        altered.verify(root=MAKER.root, quantity=MAKER.quantity)


def test_an_opening_of_another_lot_proves_nothing() -> None:
    with pytest.raises(InvalidOpening):
        lot_of(SERIALS, secret=None).opening("S003").verify(root=MAKER.root, quantity=37)


def test_secrets_and_salts_stay_out_of_repr() -> None:
    opening = MAKER.opening("S003")
    assert SECRET.hex() not in repr(MAKER)
    assert repr(SECRET) not in repr(MAKER)
    assert opening.salt.hex() not in repr(opening)
    assert repr(opening.salt) not in repr(opening)


def test_a_manifest_survives_a_round_trip() -> None:
    read = LotManifest.from_json(MAKER.to_json())
    assert read == MAKER
    assert read.opening("S036") == MAKER.opening("S036")


def test_an_altered_manifest_is_refused() -> None:
    document = json.loads(MAKER.to_json())
    document["serials"][0] = "X"
    with pytest.raises(MalformedOpening, match="root does not fit"):
        LotManifest.from_json(rfc8785.dumps(document))


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("type", "salus/pack-opening/v2", "type"),
        ("type", "salus/other/v1", "type"),
        ("index", -1, "index"),
        ("index", True, "index"),
        ("index", 1.5, "index"),
        ("quantity", "37", "quantity"),
        ("serial", 5, "serial"),
        ("salt", "00", "salt"),
        ("salt", None, "salt"),
        ("proof", "AA", "proof"),
        ("proof", [5], "proof"),
        ("proof", "AA" * 65 * 32, "proof"),
        ("surplus", 1, "surplus"),
    ],
)
def test_refuses_an_opening_that_is_not_of_its_form(member: str, value: object, words: str) -> None:
    document = json.loads(MAKER.opening("S003").to_json()) | {member: value}
    with pytest.raises(MalformedOpening, match=words):
        PackOpening.from_json(rfc8785.dumps(document))


def test_refuses_a_member_that_stands_twice() -> None:
    text = MAKER.opening("S003").to_json().decode().replace('"index":3', '"index":3,"index":4')
    with pytest.raises(MalformedOpening, match="canonical"):
        PackOpening.from_json(text)


def test_refuses_a_missing_member() -> None:
    document = json.loads(MAKER.opening("S003").to_json())
    del document["salt"]
    with pytest.raises(MalformedOpening, match="salt"):
        PackOpening.from_json(rfc8785.dumps(document))


@given(data=st.binary(max_size=200) | st.text(max_size=200) | st.just("[" * 100_000))
def test_any_bytes_are_refused_with_a_named_error(data: bytes | str) -> None:
    with pytest.raises(SalusError):
        PackOpening.from_json(data)


@pytest.mark.parametrize("serials", [[], [""], ["a b"], ["A" * 21], ["ok", "nö"]])
def test_refuses_a_lot_without_proper_serials(serials: list[str]) -> None:
    with pytest.raises(MalformedIdentifier):
        lot_of(serials)


def test_refuses_a_short_secret() -> None:
    with pytest.raises(MalformedOpening, match="32 bytes"):
        lot_of(SERIALS, secret=b"short")


def test_a_shipment_commits_to_its_packs_in_any_order() -> None:
    packs = [MAKER.opening(serial) for serial in ("S007", "S001", "S030")]
    assert contents_root(packs) == contents_root(packs[::-1])
    assert contents_root(packs) != contents_root(packs[:2])


def test_a_shipment_holds_each_pack_of_one_lot_once() -> None:
    pack = MAKER.opening("S001")
    with pytest.raises(DuplicateSerial, match="S001"):
        contents_root([pack, MAKER.opening("S002"), pack])
    with pytest.raises(MalformedOpening):
        contents_root([])
    with pytest.raises(MalformedOpening):
        contents_root([pack, replace(pack, lot=LotNumber("AB-13"))])
