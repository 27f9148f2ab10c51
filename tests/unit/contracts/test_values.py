"""Values named as in the contracts."""

from __future__ import annotations

import pytest

from salus.contracts.drugs.values import Lot, Reason, Shipment
from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import InputError, InvalidValue
from salus.primitives.address import checked_address
from salus.primitives.roles import Role
from salus_verify.log import MOST_LEAVES, Checkpoint

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # an example of EIP-55


@pytest.mark.parametrize("text", [CHECKSUMMED, CHECKSUMMED.lower(), "0x" + CHECKSUMMED[2:].upper()])
def test_writes_an_address_as_its_checksum_wants(text: str) -> None:
    assert checked_address(text) == CHECKSUMMED


@pytest.mark.parametrize(
    "text",
    ["", "0x", CHECKSUMMED[2:], CHECKSUMMED + "0", "0x" + "g" * 40, CHECKSUMMED + "\n"],
)
def test_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(InputError, match="not an address"):
        checked_address(text)


def test_refuses_a_mistyped_address() -> None:
    with pytest.raises(InputError, match="checksum"):
        checked_address(CHECKSUMMED.replace("aAeb", "aaeb"))


def test_a_stream_without_checkpoints_has_the_zero_id() -> None:
    assert Checkpoint.none().id == bytes(32)
    assert Checkpoint(bytes(32), bytes(32), 1).id != bytes(32)


@pytest.mark.parametrize("size", [-1, 1 << 53, (1 << 64) - 1, 1 << 300])
def test_a_size_that_no_log_has_is_refused(size: int) -> None:
    with pytest.raises(InvalidValue, match=r"2\*\*53 - 1"):
        Checkpoint(bytes(32), bytes(32), size)


def test_the_largest_size_is_the_contract_s() -> None:
    assert Checkpoint(bytes(32), bytes(32), (1 << 53) - 1).size == MOST_LEAVES


def test_roles_and_reasons_are_the_contracts_numbers() -> None:
    assert [each.value for each in Role] == list(range(1, 12))
    assert Role.PHARMACY.bit == 1 << 4
    assert Reason.CHECKED_OUT < Reason.DESTROYED


def test_a_lot_that_was_never_commissioned_does_not_exist() -> None:
    nothing = Lot(bytes(32), "0x" + "00" * 20, 0, 0, False, False, False, False, False)
    assert (nothing.exists, nothing.quarantined) == (False, False)


def test_a_shipment_s_id_covers_every_part() -> None:
    shipment = Shipment(bytes(32), "0x" + "11" * 20, "0x" + "22" * 20, 5, bytes(32), bytes(32))
    other = Shipment(bytes(32), "0x" + "11" * 20, "0x" + "22" * 20, 6, bytes(32), bytes(32))
    assert shipment.id != other.id


def test_the_same_guardians_are_committed_to_differently_each_time() -> None:
    guardians = ["0x" + "11" * 20, "0x" + "22" * 20]
    first, second = (GuardianSet.of(guardians, threshold=2) for _ in range(2))
    assert first.commitment != second.commitment
