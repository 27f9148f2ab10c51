"""The outbox where the disk is full: no act waits but what is to happen once."""

import pytest
from tests.support.killed import write, written

from salus.outbox.file import OutboxFile
from salus.outbox.journal import OutboxJournal
from salus.primitives.errors import StorageFull
from salus.store.database import Database


def test_a_full_disk_stops_no_act(me, monkeypatch, caplog):
    def full(self, **options):
        if options.get("durably"):
            raise StorageFull(self.url)
        return writing(self, **options)

    writing = OutboxFile.writing
    monkeypatch.setattr(OutboxFile, "writing", full)
    write(me.chain, b"no room")
    assert b"no room" in written(me.chain)
    assert "without being written down" in caplog.text


def test_what_is_to_happen_once_waits_for_room(me, monkeypatch):
    def full(self, **options):
        if options.get("durably"):
            raise StorageFull(self.url)
        return writing(self, **options)

    writing = OutboxFile.writing
    with monkeypatch.context() as patch:
        patch.setattr(OutboxFile, "writing", full)
        with me.outbox.once("on a full disk"), pytest.raises(StorageFull):
            write(me.chain, b"once there is room")
    assert b"once there is room" not in written(me.chain)
    for _ in range(2):
        with me.outbox.once("on a full disk"):
            write(me.chain, b"once there is room")
    assert written(me.chain).count(b"once there is room") == 1


def test_an_outbox_in_memory_for_want_of_room_goes_back_to_the_disk(me, monkeypatch):
    def full(url, schema, **options):
        if url != "memory:":
            raise StorageFull(url)
        return opening(url, schema, **options)

    opening = Database.open
    with monkeypatch.context() as patch:
        patch.setattr(Database, "open", full)
        with me.outbox.once("while in memory"), pytest.raises(StorageFull):
            write(me.chain, b"back on the disk")
        write(me.chain, b"sent from memory")
    with me.outbox.once("while in memory"):
        write(me.chain, b"back on the disk")
    assert {b"back on the disk", b"sent from memory"} <= set(written(me.chain))
    assert [each.name for each in me.outbox] == ["while in memory/0"]


def test_a_disk_that_fills_up_in_the_middle_stops_no_act(me, monkeypatch, caplog):
    def full(self, **options):
        if not options.get("durably"):
            raise StorageFull(self.url)
        return writing(self, **options)

    writing = OutboxFile.writing
    with monkeypatch.context() as patch:
        patch.setattr(OutboxJournal, "find", lambda *_: {})
        patch.setattr(OutboxFile, "writing", full)
        write(me.chain, b"full in the middle")
    assert "is not written down" in caplog.text
    assert me.outbox.resume() == []
    assert written(me.chain).count(b"full in the middle") == 1


def test_an_outbox_that_cannot_be_opened_on_a_full_disk_stops_no_act(
    open_client, monkeypatch, caplog
):
    def full(url, schema, **options):
        if url.endswith("outbox.sqlite"):
            raise StorageFull(url)
        return opened(url, schema, **options)

    opened = Database.open
    monkeypatch.setattr(Database, "open", full)
    client = open_client()
    write(client.chain, b"nowhere")
    assert b"nowhere" in written(client.chain)
    assert "without being written down" in caplog.text
