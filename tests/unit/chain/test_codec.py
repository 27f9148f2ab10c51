"""Values in and out of the ABI."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.chain.abi import catalogue
from salus.chain.abi.codec import Parameter, decode, encode, named
from salus.chain.abi.names import snake_case
from salus.chain.errors import ArgumentsInvalid
from salus.contracts.drugs.events import LotShipped, PackDecommissioned
from salus.contracts.drugs.values import Reason, Shipment
from salus_verify.log import Checkpoint

ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
CHECKPOINT = Parameter.of(
    {
        "name": "lastCheckpoint",
        "type": "tuple[]",
        "components": [
            {"name": "parent", "type": "bytes32"},
            {"name": "root", "type": "bytes32"},
            {"name": "leafCount", "type": "uint64"},
        ],
    }
)


def plain(kind, name="value"):
    return Parameter.of({"name": name, "type": kind})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("consentId", "consent_id"),
        ("from", "from_"),
        ("lastWindow_", "last_window"),
        ("UNDO_WINDOW", "undo_window"),
        ("gtin", "gtin"),
        ("", ""),
    ],
)
def test_names_become_pythons(name, expected):
    assert snake_case(name) == expected


@dataclass
class Leaf:
    parent: bytes
    root: bytes
    leaf_count: int


@pytest.mark.parametrize(
    "value",
    [
        (b"\1" * 32, b"\2" * 32, 3),
        [b"\1" * 32, "0x" + "02" * 32, 3],
        {"parent": b"\1" * 32, "root": b"\2" * 32, "leafCount": 3},
        {"parent": b"\1" * 32, "root": b"\2" * 32, "leaf_count": 3},
        Leaf(b"\1" * 32, b"\2" * 32, 3),
        Checkpoint(b"\1" * 32, b"\2" * 32, 3),
    ],
)
def test_a_struct_may_be_given_in_any_of_its_forms(value):
    data = encode((CHECKPOINT,), ([value],))
    ((found,),) = decode((CHECKPOINT,), data)
    assert found == (b"\1" * 32, b"\2" * 32, 3)
    assert found.leaf_count == 3


@pytest.mark.parametrize("value", [b"\1" * 31, b"", b"\1" * 33, "0x" + "01" * 31])
def test_bytes_of_another_length_are_not_filled_up(value):
    with pytest.raises(ValueError, match="has 32 bytes"):
        encode((plain("bytes32"),), (value,))
    with pytest.raises(ValueError, match="has 32 bytes"):
        encode((CHECKPOINT,), ([(value, b"\2" * 32, 3)],))


@pytest.mark.parametrize("right", [ADDRESS, ADDRESS.lower(), "0x" + ADDRESS[2:].upper()])
def test_an_address_is_taken_in_one_case_or_with_its_checksum(right):
    assert encode((plain("address"),), (right,))[12:] == bytes.fromhex(ADDRESS[2:])


def test_an_address_with_a_mistyped_digit_is_refused():
    with pytest.raises(ValueError, match="checksum"):
        encode((plain("address", "owner"),), (ADDRESS.replace("39Fd", "39fd"),))


def test_addresses_come_back_checksummed():
    assert decode((plain("address"),), encode((plain("address"),), (ADDRESS.lower(),))) == (
        ADDRESS,
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint8", 256),
        ("uint8", -1),
        ("uint256", "5"),
        ("bytes32", bytes(33)),
        ("bytes32", "0xzz"),
        ("address", "0x12"),
        ("bool", 2),
        ("uint64[]", 5),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind, value):
    with pytest.raises((ValueError, TypeError)):
        encode((plain(kind),), (value,))


def test_a_value_too_many_or_too_few_is_refused():
    for values in ((), (1, 2)):
        with pytest.raises(ValueError, match="it takes value"):
            encode((plain("uint8"),), values)


def test_data_that_is_cut_short_is_refused():
    data = encode((plain("bytes"),), (b"x" * 40,))
    with pytest.raises(ValueError, match=r"\w"):
        decode((plain("bytes"),), data[:-32])


@given(
    st.integers(0, 2**256 - 1),
    st.binary(max_size=100),
    st.booleans(),
    st.lists(st.binary(min_size=32, max_size=32), max_size=4),
)
def test_what_is_encoded_comes_back(number, data, flag, words):
    parameters = (plain("uint256"), plain("bytes"), plain("bool"), plain("bytes32[]"))
    values = (number, data, flag, tuple(words))
    assert decode(parameters, encode(parameters, values)) == values


def test_several_values_get_their_names_and_unnamed_ones_do_not():
    both = (plain("uint8", "optedOut"), plain("uint8", "revision"))
    assert named(both, (1, 2)).opted_out == 1
    assert type(named((plain("uint8", ""), plain("uint8", "")), (1, 2))) is tuple


def test_a_function_that_is_not_there_is_refused():
    with pytest.raises(ArgumentsInvalid):
        catalogue.function("ConsentRegistry", "pause")


def test_events_bring_enumerations_and_structs():
    _, described = catalogue.event_topic(PackDecommissioned)
    event = described.build((bytes(32), 3, ADDRESS, 1))
    assert event.reason is Reason.DISPENSED
    shipment = (bytes(32), ADDRESS, ADDRESS, 5, bytes(32), bytes(32))
    _, described = catalogue.event_topic(LotShipped)
    values = [
        shipment if each.fields else ADDRESS if each.kind == "address" else bytes(32)
        for each in described.parameters
    ]
    assert described.build(tuple(values)).details == Shipment(*shipment)
