"""Parcels come from strangers: whatever stands in a member's place is refused by one error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from salus.vault.documents.parcels import Parcel
from salus.vault.errors import MalformedParcel
from salus_verify.encoding import canonical

VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "vault" / "records.json").read_text(encoding="utf-8")
)
GOOD = json.loads(VECTORS["parcel"])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member of a JSON value, but those inside of a record, which are checked later."""
    if path:
        yield path
    if path[-1:] == ("record",):
        return
    for key, each in (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    ):
        yield from places(each, (*path, key))


@pytest.mark.parametrize("path", list(places(GOOD)), ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("other", [None, True, 5, "text", [], [None], {}], ids=repr)
def test_another_kind_of_value_is_refused_or_read(path: tuple[Any, ...], other: Any) -> None:
    document = copy.deepcopy(GOOD)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = other
    try:
        read = Parcel.parse(canonical(document))
    except MalformedParcel:
        return
    assert Parcel.parse(read.to_bytes()) == read


@pytest.mark.parametrize("record", [None, 5, "text", []], ids=repr)
def test_a_record_that_is_no_object_is_refused(record: Any) -> None:
    document = {"type": GOOD["type"], "keys": [], "pointers": [{"record": record}]}
    with pytest.raises(MalformedParcel, match="not an object"):
        Parcel.parse(canonical(document))
