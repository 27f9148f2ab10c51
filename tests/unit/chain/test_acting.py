"""An account that acts for another identity: same key, same payer, another name."""

from __future__ import annotations

import pytest

from salus.chain import Account
from salus.errors import InputError
from salus.primitives.address import checked_address

HOSPITAL = checked_address("0x" + "ab" * 20)


def test_an_account_acts_for_itself_until_it_is_told_otherwise():
    account = Account.create()
    acting = account.acting_for(HOSPITAL)
    assert (account.identity, acting.identity) == (account.address, HOSPITAL)
    assert (acting.address, acting.signer) == (account.address, account.signer)
    assert acting != account
    assert acting.acting_for(account.address) == account


def test_what_it_is_shown_as_names_both_and_no_key():
    account = Account.create()
    acting = account.acting_for(HOSPITAL)
    assert account.address in repr(acting)
    assert acting.identity in repr(acting)
    assert bytes(account._key.secret()).hex() not in repr(acting)


@pytest.mark.parametrize("wrong", ["", "hospital", "0x12", "0xAb" + "ab" * 19])
def test_a_name_that_is_none_is_refused(wrong: str):
    with pytest.raises(InputError):
        Account.create().acting_for(wrong)
