"""Values refuse another type or size in every field, and keep nothing that a caller can change."""

from __future__ import annotations

import dataclasses
import json
from array import array
from pathlib import Path
from typing import Any

import pytest

from salus_verify import (
    ErasureReceipt,
    Expected,
    Receipt,
    from_compact,
    to_compact,
    verify_erasure,
    verify_receipt,
)
from salus_verify.encoding import canonical
from salus_verify.erasure_receipt import Erasure
from salus_verify.errors import InputError, InvalidValue


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


def test_bytes_are_measured_as_bytes_whatever_views_them(values: list[Any]) -> None:
    opening = values[1]
    for shown in (memoryview(array("I", range(8))), memoryview(bytes(64))[::2]):
        kept = dataclasses.replace(opening, salt=shown)
        assert kept.salt == bytes(shown)
        assert len(kept.salt) == 32
    gone = memoryview(bytes(32))
    gone.release()
    for wrong in (memoryview(array("I", range(32))), gone):
        with pytest.raises(InvalidValue):
            dataclasses.replace(opening, salt=wrong)


def test_addresses_are_kept_in_one_spelling(values: list[Any]) -> None:
    receipt, report = values[0], values[5]
    named = dataclasses.replace(report, grantees=(receipt.issuer, receipt.registry))
    for value in (*values, named):
        fields = {each.name for each in dataclasses.fields(value)}
        for name in fields & {"issuer", "registry", "grantees"}:
            for spell in (str.lower, lambda text: "0x" + text[2:].upper()):
                now = getattr(value, name)
                spelt = spell(now) if isinstance(now, str) else [spell(each) for each in now]
                assert dataclasses.replace(value, **{name: spelt}) == value
    assert Erasure.parse(named.to_bytes()) == named


@pytest.mark.parametrize("wrong", ["garbage", "", "0x" + "ab" * 21, 5, None])
def test_grantees_are_addresses(values: list[Any], wrong: object) -> None:
    with pytest.raises(InvalidValue, match="grantees"):
        dataclasses.replace(values[5], grantees=(wrong,))


@pytest.mark.parametrize("wrong", [-1, 1 << 53, True])
def test_integers_are_those_that_json_can_carry(values: list[Any], wrong: int) -> None:
    for value in values:
        for field in dataclasses.fields(value):
            if type(getattr(value, field.name)) is int:
                with pytest.raises(InvalidValue):
                    dataclasses.replace(value, **{field.name: wrong})


@pytest.mark.parametrize("wrong", [1 << 53, -(1 << 53), float("nan"), "half \ud800"])
def test_what_no_document_can_hold_gets_our_error_without_the_value(wrong: object) -> None:
    with pytest.raises(InputError, match="no document can hold") as refused:
        canonical({"deep": [wrong]})
    assert "half" not in str(refused.value)
    assert "9007199254740992" not in str(refused.value)


def test_arguments_of_another_type_get_our_errors(values: list[Any], tmp_path: Path) -> None:
    receipt, erased = values[0], values[4]
    for act in (
        lambda: Receipt.from_json(5),
        lambda: ErasureReceipt.from_json(None),
        lambda: from_compact(5),
        lambda: to_compact("receipt"),
        lambda: verify_receipt("receipt"),
        lambda: verify_receipt(receipt, document=5),
        lambda: verify_receipt(receipt, document="text"),
        lambda: verify_receipt(receipt, document=["text"]),
        lambda: verify_receipt(receipt, document=tmp_path / "nowhere"),
        lambda: verify_receipt(receipt, document=tmp_path),
        lambda: verify_receipt(receipt, block_hash=5),
        lambda: verify_receipt(receipt, block_hash="0x12"),
        lambda: verify_receipt(receipt, expected=5),
        lambda: verify_receipt(receipt, trusting="http://node.example"),
        lambda: verify_erasure(receipt),
        lambda: verify_erasure(erased, block_hash=b"short"),
        lambda: verify_erasure(erased, expected={}),
        lambda: verify_erasure(erased, trusting=5),
        lambda: receipt.verify(5),
    ):
        with pytest.raises(InputError):
            act()


def test_a_block_s_hash_may_be_its_digits(values: list[Any]) -> None:
    receipt = values[0]
    for told in (receipt.block_hash.hex(), "0x" + receipt.block_hash.hex(), receipt.block_hash):
        assert verify_receipt(receipt, block_hash=told).block_trusted
