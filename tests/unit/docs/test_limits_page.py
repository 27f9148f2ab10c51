"""The table of limits says the numbers that readers hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from salus.mail.directory import DOCUMENT_LIMIT
from salus.vault.crypto import shares
from salus.vault.documents import compartments, manifest, parcels
from salus.vault.keys import identity_keys
from salus.vault.letters import letters
from salus_verify import erasure_receipt, fields, place, qr_form, unreached
from salus_verify.json_reader import MAX_DEPTH

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
ROWS = dict(
    re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", PAGE.read_text().split("## Limits")[1], re.MULTILINE)
)
HELD: dict[str, tuple[int, ...]] = {
    "every document, where nothing else is said": (
        fields.MAX_DOCUMENT_BYTES,
        fields.MAX_DEPTH,
        fields.LONGEST_TEXT,
    ),
    "key file, identity keys, recovery document": (
        identity_keys.MOST_BYTES,
        identity_keys.MOST_KEYS,
    ),
    "key document in an inbox": (DOCUMENT_LIMIT,),
    "shares of words": (shares.MOST, shares._EXPONENT),
    "manifest and record": (manifest.MOST_LOCATIONS, manifest.LONGEST_TYPE),
    "facts": (compartments.MOST_LABELS, compartments.LONGEST),
    "parcel": (
        parcels._MOST,
        parcels.LONGEST_CONSENT,
        fields.MAX_DEPTH - parcels._OUTSIDE,
        fields.LONGEST_DATA,
    ),
    "letter": (64, place.LAST_SECOND),
    "message": (letters.MESSAGE_LIMIT,),
    "emergency card": (shares.MOST,),
    "what is sealed in a deposit": (fields.LONGEST_DATA,),
    "signer and signature, each, wherever they stand": (erasure_receipt.MAX_SIGNATURE,),
    "receipts": (
        MAX_DEPTH,
        place.MAX_NODES,
        fields.MAX_DOCUMENT_BYTES,
        place.LONGEST_NODE,
    ),
    "short form of a receipt": (qr_form._MAX_CHARACTERS,),
    "erasure": (
        erasure_receipt.MOST_BYTES,
        erasure_receipt.MOST_ENTRIES,
        unreached.LONGEST_VERSION,
    ),
}


def test_each_row_is_held_against_its_readers() -> None:
    assert set(ROWS) - {"Where", "---"} == set(HELD)
    assert erasure_receipt.MOST_ENTRIES == unreached.MOST_VERSIONS


@pytest.mark.parametrize("where", HELD)
def test_a_limit_of_the_page_is_its_readers(where: str) -> None:
    said = {int(each.replace(",", "")) for each in re.findall(r"\d[\d,]*\d|\d", ROWS[where])}
    assert set(HELD[where]) <= said
