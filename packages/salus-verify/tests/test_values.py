"""Values refuse another type or size in every field, and keep nothing that a caller can change."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from salus_verify import ErasureReceipt, Expected, Receipt
from salus_verify.errors import InvalidValue


class Stranger:
    """Of a type that nothing declares."""


@pytest.fixture(scope="module")
def values(good: dict[str, Any], erasure: dict[str, Any]) -> list[Any]:
    receipt = Receipt.from_json(json.dumps(good["receipts"]["anvil"]))
    erased = ErasureReceipt.from_json(json.dumps(erasure))
    expected = Expected(chain_id=1, registry=receipt.registry, issuer=receipt.issuer)
    return [
        receipt,
        receipt.opening,
        receipt.checkpoint,
        receipt.proof,
        erased,
        erased.report,
        expected,
    ]


def test_every_field_refuses_a_value_of_another_type(values: list[Any]) -> None:
    for value in values:
        for field in dataclasses.fields(value):
            for wrong in (Stranger(), 1.5, {"a": 1}):
                with pytest.raises(InvalidValue, match=field.name):
                    dataclasses.replace(value, **{field.name: wrong})


def test_bytes_of_another_size_are_refused(values: list[Any]) -> None:
    sized = 0
    for value in values:
        for field in dataclasses.fields(value):
            now = getattr(value, field.name)
            if isinstance(now, bytes) and field.name not in ("header", "signer", "signature"):
                with pytest.raises(InvalidValue, match=f"{field.name} must be .* bytes"):
                    dataclasses.replace(value, **{field.name: now + b"\0"})
                sized += 1
    assert sized == 9


def test_what_a_caller_can_change_is_copied(values: list[Any]) -> None:
    for value in values:
        for field in dataclasses.fields(value):
            now = getattr(value, field.name)
            loose = {bytes: bytearray, tuple: list}.get(type(now))
            if loose is not None:
                changed = dataclasses.replace(value, **{field.name: loose(now)})
                assert changed == value
                assert type(getattr(changed, field.name)) is type(now)


@pytest.mark.parametrize("wrong", [-1, 1 << 53, True])
def test_integers_are_those_that_json_can_carry(values: list[Any], wrong: int) -> None:
    for value in values:
        for field in dataclasses.fields(value):
            if type(getattr(value, field.name)) is int:
                with pytest.raises(InvalidValue):
                    dataclasses.replace(value, **{field.name: wrong})
