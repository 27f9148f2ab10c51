"""Secrets in shares while some of those who hold them lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import Share, generate_mnemonics
from tests.unit.conftest import CHAIN, NOW, PATIENT, make_person

from salus.emergencies.emergency_keys import deposit_key, restore, restore_key
from salus.emergencies.releases import ReleasedShare, ReleaseRequest
from salus.vault.crypto.shares import combine, recombine, split
from salus.vault.errors import SharesRefused
from salus.vault.keys.key_shares import recover, split_keys

SECRET = bytes(range(32))
KEEPERS = [make_person(number) for number in (21, 22, 23, 24)]


def changed(words: str, **values: object) -> str:
    """A share that is well formed, and says something else."""
    share = Share.from_mnemonic(words)
    return Share(**{f.name: getattr(share, f.name) for f in fields(Share)} | values).mnemonic()


LIES: dict[str, Callable[[str], str]] = {
    "another value": lambda words: changed(words, value=os.urandom(32)),
    "a shorter value": lambda words: changed(words, value=os.urandom(16)),
    "another threshold": lambda words: changed(words, member_threshold=9),
    "a threshold of one": lambda words: changed(words, member_threshold=1),
    "hours of hashing": lambda words: changed(words, iteration_exponent=15),
    "somebody else's place": lambda words: changed(words, index=1, value=os.urandom(32)),
    "another set": lambda words: split(bytes(32), needed=2, shares=2)[0],
    "garbage": lambda words: "x",
    "nothing": lambda words: "",
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
@pytest.mark.parametrize("place", [0, 3])
def test_one_liar_among_four_is_named_and_stops_nothing(
    lie: Callable[[str], str], place: int
) -> None:
    words = list(split(SECRET, needed=2, shares=4))
    words[place] = lie(words[place])
    found = recombine(words)
    assert (found.secret, found.wrong) == (SECRET, (place + 1,))


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_needed_honest_shares_outweigh_all_liars(data: st.DataObject) -> None:
    count = data.draw(st.integers(3, 7))
    needed = data.draw(st.integers(2, count - 1))
    words = list(split(SECRET, needed=needed, shares=count))
    liars = data.draw(st.sets(st.integers(0, count - 1), max_size=count - needed))
    for liar in liars:
        words[liar] = data.draw(st.sampled_from(list(LIES.values())))(words[liar])
    found = recombine(words)
    assert (found.secret, found.wrong) == (SECRET, tuple(sorted(each + 1 for each in liars)))


def test_liars_who_agree_on_a_secret_of_their_own_are_not_believed() -> None:
    """They are more, and their shares fit each other: what was sealed decides."""
    honest, theirs = (split(each, needed=2, shares=3) for each in (SECRET, bytes(32)))
    shares = [*theirs, *honest[:2]]
    found = recombine(shares, fits=lambda secret: secret == SECRET)
    assert (found.secret, found.wrong) == (SECRET, (1, 2, 3))


def test_liars_of_the_same_set_who_agree_are_not_believed() -> None:
    honest = split(SECRET, needed=2, shares=4)
    other = generate_mnemonics(1, [(2, 4)], bytes(32))[0]
    theirs = [
        changed(words, value=Share.from_mnemonic(lie).value)
        for words, lie in zip(honest[:2], other[:2], strict=True)
    ]
    found = recombine([*theirs, *honest[2:]], fits=lambda secret: secret == SECRET)
    assert (found.secret, found.wrong) == (SECRET, (1, 2))


def test_too_few_honest_shares_give_nothing_and_say_what_is_wrong() -> None:
    one, two, three = split(SECRET, needed=2, shares=3)
    with pytest.raises(SharesRefused, match=r"2 are needed, 1 came.*number 2 is mistyped"):
        combine([one, "academic acid"])
    with pytest.raises(SharesRefused, match="no 2 of them fit together"):
        combine([one, changed(two, value=os.urandom(32))])
    with pytest.raises(SharesRefused, match="17 came"):
        combine([changed(three, value=os.urandom(32)) for _ in range(17)])


def test_eight_liars_among_sixteen_cost_seconds_at_most() -> None:
    words = list(split(SECRET, needed=8, shares=16))
    words[:8] = [changed(each, value=os.urandom(32)) for each in words[:8]]
    found = recombine(words)
    assert (found.secret, found.wrong) == (SECRET, tuple(range(1, 9)))


def test_a_lying_guardian_is_named() -> None:
    keys = KEEPERS[0].keys
    recovery = split_keys(keys, needed=2, shares=3)
    one, two, three = recovery.shares
    found = recover(recovery.document, [changed(one, value=os.urandom(32)), two, three])
    assert (found.keys, found.wrong) == (keys, (1,))
    assert " ".join(one.split()[4:7]) not in repr(found)


def test_a_lying_custodian_is_named_and_stops_nothing() -> None:
    clinician, hospital = make_person(2), make_person(1)
    made = deposit_key(
        PATIENT,
        [keeper.keys.document for keeper in KEEPERS],
        needed=2,
        issuer=hospital.identity,
        chain_id=CHAIN,
        created_at=NOW,
    )
    request = ReleaseRequest(
        chain_id=CHAIN,
        patient=PATIENT,
        clinician=clinician.keys.identity,
        window=bytes(32),
        key=made.document.id,
        document=clinician.keys.document,
    )
    words = [d.open(k.keys) for d, k in zip(made.deposits, KEEPERS, strict=True)]
    lied = changed(words[0], value=os.urandom(32))
    assert restore_key(made.document, [lied, *words[1:]]).document == made.document

    released = [
        ReleasedShare.seal(each, request, custodian=keeper.identity)
        for each, keeper in zip([lied, *words[1:]], KEEPERS, strict=True)
    ]
    sealed_to_another = ReleasedShare(
        released[1].custodian, released[1].request, KEEPERS[0].keys.document.id, released[1].sealed
    )
    released[1] = sealed_to_another
    found = restore(made.document, released, clinician.keys)
    assert found.keys.document == made.document
    assert found.wrong == (KEEPERS[0].keys.identity, KEEPERS[1].keys.identity)
    with pytest.raises(SharesRefused):
        restore(made.document, released[:3], clinician.keys)
