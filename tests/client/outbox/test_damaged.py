"""A file of the outbox that is cut, turned, opened to others, or put aside."""

import os
import sqlite3

import pytest
from tests.support.killed import write, written

from salus.outbox.errors import OutboxUnavailable
from salus.outbox.holders import Holders


def test_a_truncated_file_is_refused_and_reading_goes_on(me, state, open_client):
    write(me.chain, b"before it is cut")
    me.close()
    file = state / "outbox.sqlite"
    file.write_bytes(file.read_bytes()[:5000])
    again = open_client()
    assert b"before it is cut" in written(again.chain)
    with pytest.raises(OutboxUnavailable, match="put_aside"):
        write(again.chain, b"after it was cut")
    assert b"after it was cut" not in written(again.chain)
    assert again.outbox.check().damage is not None


TURNED = {
    "a trigger": ["CREATE TRIGGER gone AFTER INSERT ON attempts BEGIN DELETE FROM attempts; END"],
    "a view": [
        "DROP TABLE turns",
        "CREATE VIEW turns AS SELECT '31337' AS chain, '' AS account, random() AS taken",
    ],
}


@pytest.mark.parametrize("changes", TURNED.values(), ids=TURNED)
def test_a_file_with_tables_of_others_is_refused_and_put_aside(me, state, open_client, changes):
    write(me.chain, b"before %d" % len(changes))
    me.close()
    with sqlite3.connect(state / "outbox.sqlite") as db:
        for each in changes:
            db.execute(each)
    db.close()
    again = open_client()
    with pytest.raises(OutboxUnavailable, match="not those of an outbox"):
        write(again.chain, b"after it")
    assert again.outbox.check().damage is not None
    assert again.outbox.put_aside().is_file()
    write(again.chain, b"goes on %d" % len(changes))
    assert b"goes on %d" % len(changes) in written(again.chain)


def test_a_file_that_others_may_write_is_refused_until_they_may_not(me, state, open_client):
    write(me.chain, b"before it was opened to others")
    me.close()
    (state / "outbox.sqlite").chmod(0o666)
    again = open_client()
    with pytest.raises(OutboxUnavailable, match="chmod go-w"):
        write(again.chain, b"after it was opened to others")
    (state / "outbox.sqlite").chmod(0o600)
    write(again.chain, b"after it was opened to others")


def test_a_file_is_not_put_aside_while_another_process_has_acts_under_way(me, state):
    write(me.chain, b"here")
    elsewhere = Holders(state / "outbox.sqlite")
    elsewhere.hold()
    with pytest.raises(OutboxUnavailable, match="another process"):
        me.outbox.put_aside()
    elsewhere.close()
    assert me.outbox.put_aside() == state / "outbox.sqlite.aside-1"
    write(me.chain, b"into a new one")
    assert me.outbox.put_aside() == state / "outbox.sqlite.aside-2"


def test_nothing_is_written_into_a_file_that_was_put_aside(me, open_client):
    other = open_client()
    write(other.chain, b"opens it")
    other.chain.sender.journal.under_way.close()
    me.outbox.put_aside()
    with pytest.raises(OutboxUnavailable, match="connect anew"):
        write(other.chain, b"into the old one")
    assert b"into the old one" not in written(me.chain)


def test_locks_of_killed_processes_are_removed(state):
    state.mkdir()
    left, new = (state / f"outbox.sqlite.{token * 16}.lock" for token in "ab")
    for each in (left, new):
        each.touch()
    os.utime(left, (0, 0))
    Holders(state / "outbox.sqlite").hold()
    assert (left.exists(), new.exists()) == (False, True)
