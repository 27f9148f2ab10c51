"""A letter that was taken in is not called forged when a key ends afterwards."""

from __future__ import annotations

import pytest
from tests.support.robbed import Robbed, by_rotation

from salus import Salus
from salus.chain import Chain
from salus.testing import local_salus
from salus.vault.errors import ForgedSignature
from salus.vault.letters.inbox import Inbox


@pytest.fixture(scope="module")
def chain() -> Chain:
    return local_salus().chain


@pytest.fixture
def robbed(chain: Chain) -> Robbed:
    return Robbed.set_up(chain)


def inbox_of(reader: Salus) -> Inbox:
    return reader.mail.directory.find(reader.identity)[0]


def test_what_was_taken_in_is_passed_over_after_the_sender_rotated(robbed: Robbed) -> None:
    reader, late = robbed.team.clinic, robbed.team.pharmacist
    manifest = robbed.add(b"a note")
    consent = robbed.consent(reader)
    robbed.hospital.records.share(consent, purpose="TREAT")
    robbed.hospital.records.share(robbed.consent(late), purpose="TREAT")
    first = reader.records.collect()
    assert len(first.taken) > 1
    robbed.act_with(by_rotation)

    again = reader.records.collect()
    assert (again.problems, again.refused) == ((), ())
    assert set(again.already) == set(first.taken)
    assert reader.records.open(manifest, under=consent, purpose="TREAT") == b"a note"
    # What was never taken in is refused as before: a thief could have written it.
    assert {type(each) for each in late.records.collect().problems} == {ForgedSignature}

    # And goes on: the new key's letters come in, the old ones are deleted as taken.
    robbed.announce()
    robbed.add(b"another")
    robbed.hospital.records.share(consent, purpose="TREAT")
    came = reader.records.collect()
    assert (len(came.manifests), came.problems, came.already) == (2, (), again.already)
    assert reader.records.discard(came) == len(came.taken) + len(came.already)
    assert inbox_of(reader).list() == []
    assert reader.records.collect() == type(came)()


def test_what_lies_in_the_inbox_no_more_is_not_remembered(robbed: Robbed) -> None:
    reader = robbed.team.clinic
    robbed.add(b"a note")
    robbed.hospital.records.share(robbed.consent(reader), purpose="TREAT")
    reader.records.discard(reader.records.collect())
    reader.records.collect()
    assert reader.vault.notebook("letters taken").get("ids") == []


def test_a_stranger_s_letters_are_not_remembered(robbed: Robbed) -> None:
    reader, stranger = robbed.team.clinic, robbed.team.pharmacist
    stranger_inbox = inbox_of(reader)
    document = reader.mail.directory.find(reader.identity)[1]
    stranger_inbox.send(
        "erasure",
        b"not a notice",
        author=stranger.account,
        recipient=document,
        chain_id=robbed.chain.chain_id,
        sent_at=robbed.chain.now(),
    )
    reader.records.collect()
    assert reader.vault.notebook("letters taken").get("ids") is None
