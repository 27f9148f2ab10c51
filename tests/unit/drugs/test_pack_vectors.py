"""The committed vector was computed with hashlib and hmac alone, after docs/provenance.md."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import contents_root
from salus.gs1 import Gtin, LotNumber
from salus.gs1.fields import lot_digest

VECTOR = json.loads((Path(__file__).parents[2] / "vectors" / "packs" / "lot-v1.json").read_text())
GTIN, LOT = Gtin(VECTOR["gtin"]), LotNumber(VECTOR["lot"])


def build() -> LotManifest:
    return LotManifest.build(
        GTIN,
        LOT,
        maker="0x" + "11" * 20,
        expiry=date(2027, 12, 31),
        serials=reversed([pack["serial"] for pack in VECTOR["packs"]]),
        secret=bytes.fromhex(VECTOR["secret"]),
    )


def test_the_lot_digest_is_the_vector() -> None:
    assert lot_digest(GTIN, LOT).hex() == VECTOR["lotDigest"]


def test_the_root_and_quantity_are_the_vector() -> None:
    assert (build().root.hex(), build().quantity) == (VECTOR["root"], VECTOR["quantity"])


def test_every_opening_is_the_vector() -> None:
    lot = build()
    for index, pack in enumerate(VECTOR["packs"]):
        opening = lot.opening(pack["serial"])
        assert opening.index == index
        assert opening.salt.hex() == pack["salt"]
        assert opening.commitment.hex() == pack["commitment"]
        assert opening.leaf.hex() == pack["leaf"]
        assert [sibling.hex() for sibling in opening.proof] == pack["proof"]


def test_the_contents_root_is_the_vector() -> None:
    shipped = [build().opening(serial) for serial in VECTOR["shipment"]["serials"]]
    assert contents_root(shipped).hex() == VECTOR["shipment"]["contentsRoot"]
