"""A file of the outbox that is cut, turned, opened to others, or put aside."""

import gc
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.support.killed import write, written
from tests.support.waiting import mine, polled

from salus.outbox.errors import OutboxUnavailable
from salus.outbox.holders import Holders
from salus.primitives.locks import FileLock


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
    left = state / f"outbox.sqlite.{'a' * 16}.lock"
    left.touch()
    here = Holders(state / "outbox.sqlite")
    here.hold()
    assert [each.name for each in state.iterdir()] == [f"outbox.sqlite.{here.token}.lock"]


def test_a_lock_is_seen_by_nobody_before_it_is_held(state, monkeypatch):
    state.mkdir()
    here, other = (Holders(state / "outbox.sqlite") for _ in range(2))
    took, seen = FileLock.__init__, []

    def look(self, *given, **named):
        seen.append(other.others_live() if not seen else None)
        took(self, *given, **named)

    monkeypatch.setattr(FileLock, "__init__", look)
    here.hold()
    assert seen[0] is False
    assert other.lives(here.token)


def test_what_a_forgotten_outbox_had_under_way_is_nobodys(state):
    state.mkdir()
    forgotten, other = (Holders(state / "outbox.sqlite") for _ in range(2))
    forgotten.hold()
    token = forgotten.token
    assert other.lives(token)
    del forgotten
    gc.collect()
    assert not other.lives(token)


def test_a_file_is_not_put_aside_while_a_call_here_has_acts_under_way(idle, monkeypatch):
    monkeypatch.setattr(idle.chain.sender._watcher, "_timeout", 30)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(write, idle.chain, b"under way while it is put aside")
        next(each for _ in polled() for each in idle.outbox if each.live)
        with pytest.raises(OutboxUnavailable, match="wait for its end"):
            idle.outbox.put_aside()
        mine(idle)
        waiting.result(timeout=60)
    assert idle.outbox.put_aside().is_file()


def test_who_lists_a_file_that_was_put_aside_is_told(me, open_client):
    lister = open_client()
    write(me.chain, b"listed")
    assert list(lister.outbox) == []
    me.chain.sender.journal.under_way.close()
    me.outbox.put_aside()
    with pytest.raises(OutboxUnavailable, match="connect anew"):
        list(lister.outbox)
