"""The keys that a vault uses change while it is open, and stay its identity's own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.conftest import NOW, PATIENT

from salus.primitives.errors import InvalidArgument
from salus.vault import IdentityKeys, Vault
from salus.vault.errors import WrongPassphrase
from salus.vault.keys.own_keys import OwnKeys

FIRST = IdentityKeys.generate("0x" + "ab" * 20, created_at=NOW)
NEXT = FIRST.rotate(created_at=NOW + 1)


def test_a_vault_goes_on_with_the_keys_that_it_takes() -> None:
    vault = Vault("memory://own-keys-taken", "memory:", keys=FIRST, chain_id=1)
    vault.own_keys.take(NEXT)
    assert vault.keys == NEXT
    assert vault.identity == FIRST.identity


@pytest.mark.parametrize(
    "others",
    [IdentityKeys.generate(PATIENT, created_at=NOW), replace(NEXT, store_key=bytes(32))],
    ids=["of another identity", "of another key database"],
)
def test_keys_that_are_not_this_vault_s_are_never_taken(others: IdentityKeys) -> None:
    own = OwnKeys(FIRST)
    with pytest.raises(InvalidArgument, match="opened by"):
        own.take(others)
    own.read_by(lambda: others)
    assert not own.look_again(others.document.id)
    assert own.now == FIRST


def test_keys_are_read_again_only_for_one_that_is_missing() -> None:
    own, read = OwnKeys(FIRST), []

    def again() -> IdentityKeys:
        read.append(1)
        return NEXT

    assert not own.look_again(NEXT.document.id), "nothing says where they are"
    own.read_by(again)
    assert own.look_again(FIRST.document.id)
    assert read == []
    assert not own.look_again("0x" + "77" * 32)
    assert own.now == NEXT, "what was read is newer, though it has that one not either"
    assert own.look_again(NEXT.document.id)
    assert read == [1]


def test_a_file_that_no_longer_opens_leaves_the_keys_as_they_are() -> None:
    own = OwnKeys(FIRST)

    def refused() -> IdentityKeys:
        raise WrongPassphrase("keys.json")

    own.read_by(refused)
    assert not own.look_again(NEXT.document.id)
    assert own.now == FIRST
    assert "hidden" in repr(own)
