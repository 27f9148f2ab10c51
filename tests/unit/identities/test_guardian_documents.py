"""Guardians' and recovery documents: written in one form, read in no other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from salus.contracts.identities.guardian_set import GuardianSet
from salus.errors import InputError
from salus.identities import RecoveryApproval, read_guardians, write_guardians
from salus.identities.errors import MalformedApproval, MalformedGuardians
from salus.primitives.address import checked_address
from salus_verify.encoding import canonical

AUNT, FRIEND = checked_address("0x" + "ab" * 20), checked_address("0x" + "cd" * 20)
OPENING = GuardianSet((AUNT, FRIEND), 2, bytes(range(32)))
WRITTEN = (
    b'{"guardians":["0xabababababababababababababababababababab",'
    b'"0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"],'
    b'"salt":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","threshold":2,'
    b'"type":"salus/guardians/v1"}'
)
APPROVAL = RecoveryApproval(AUNT, FRIEND, 1893456000, 1, b"\x11" * 20, b"\x22" * 65)


def changed(written: bytes, **fields: Any) -> bytes:
    kept = {**json.loads(written), **fields}
    return canonical({name: value for name, value in kept.items() if value is not None})


def test_the_opening_of_guardians_is_read_as_it_was_written() -> None:
    assert write_guardians(OPENING) == WRITTEN
    assert read_guardians(WRITTEN) == OPENING
    assert read_guardians(WRITTEN).commitment == OPENING.commitment


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "salus/guardians/v2"},
        {"guardians": []},
        {"guardians": [FRIEND.lower(), AUNT.lower()]},
        {"guardians": [AUNT.lower(), AUNT.lower()]},
        {"guardians": [AUNT, FRIEND]},
        {"guardians": ["0x12"]},
        {"guardians": AUNT.lower()},
        {"threshold": 0},
        {"threshold": 3},
        {"threshold": "2"},
        {"salt": "AAEC"},
        {"salt": None},
        {"note": "more than the format knows"},
    ],
)
def test_what_opens_no_guardians_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MalformedGuardians, match="malformed opening of guardians"):
        read_guardians(changed(WRITTEN, **fields))


def test_an_approval_is_read_as_it_was_written() -> None:
    assert RecoveryApproval.from_bytes(APPROVAL.to_bytes()) == APPROVAL


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "salus/guardians/v1"},
        {"identity": AUNT},
        {"newOwner": "0x12"},
        {"deadline": -1},
        {"deadline": 1.5},
        {"index": 4096},
        {"signer": "not base64url!"},
        {"signature": None},
        {"unanimous": True},
    ],
)
def test_what_is_no_approval_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(MalformedApproval, match="malformed recovery approval"):
        RecoveryApproval.from_bytes(changed(APPROVAL.to_bytes(), **fields))


def test_one_s_own_format_is_not_taken_for_the_other() -> None:
    with pytest.raises(MalformedApproval):
        RecoveryApproval.from_bytes(WRITTEN)
    with pytest.raises(MalformedGuardians):
        read_guardians(APPROVAL.to_bytes())


@pytest.mark.parametrize(
    "unreadable",
    [
        GuardianSet(OPENING.guardians[::-1], 2, OPENING.salt),
        GuardianSet(OPENING.guardians[:1] * 2, 2, OPENING.salt),
        GuardianSet(OPENING.guardians, 3, OPENING.salt),
    ],
    ids=["another order", "one twice", "a threshold above all"],
)
def test_a_set_that_nobody_could_read_is_not_written(unreadable: GuardianSet) -> None:
    with pytest.raises(InputError, match=r"GuardianSet\.of"):
        write_guardians(unreadable)


def test_more_guardians_than_a_document_holds_are_not_written() -> None:
    many = GuardianSet(tuple(f"0x{number:040x}" for number in range(1, 4098)), 1, bytes(32))
    with pytest.raises(InputError, match="4097 guardians"):
        write_guardians(many)
