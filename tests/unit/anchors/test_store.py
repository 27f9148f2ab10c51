"""The log store: durable, private, whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.support.closing import ClosedLater

from salus.anchors.log import OwnLog
from salus.anchors.store import LogStore
from salus.errors import InputError, StorageError
from salus.primitives.address import checked_address
from salus.primitives.errors import StorageFull
from salus_verify.log import Checkpoint, stream_id

ISSUER, STREAM = checked_address("0x" + "ab" * 20), b"s" * 32


def leaf(number: int) -> bytes:
    return number.to_bytes(32, "big")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite://{tmp_path}/state/logs.sqlite"


Opened = Callable[..., LogStore]


@pytest.fixture
def opened(closed_later: ClosedLater) -> Opened:
    """Open a store, until the test ends."""
    return lambda url, **more: closed_later(LogStore.open(url, **more))


def test_keeps_leaves_in_order_across_openings(url: str, opened: Opened) -> None:
    assert opened(url).append(ISSUER, STREAM, [leaf(1), leaf(2)]) == 2
    store = opened(url)
    assert store.append(ISSUER, STREAM, [leaf(3)]) == 3
    assert store.leaves(ISSUER, STREAM) == [leaf(1), leaf(2), leaf(3)]
    assert store.leaves(ISSUER, STREAM, size=2) == [leaf(1), leaf(2)]
    assert store.position(ISSUER, STREAM, leaf(2)) == 1
    assert store.position(ISSUER, STREAM, leaf(9)) is None


def test_chains_issuers_and_streams_are_apart(url: str, opened: Opened) -> None:
    opened(url, chain_id=1).append(ISSUER, STREAM, [leaf(1)])
    assert opened(url, chain_id=2).size(ISSUER, STREAM) == 0
    assert opened(url, chain_id=1).size("0x" + "12" * 20, STREAM) == 0
    assert opened(url, chain_id=1).size(ISSUER, b"t" * 32) == 0


def test_an_address_is_the_same_in_any_case(url: str, opened: Opened) -> None:
    store = opened(url)
    store.append(ISSUER.lower(), STREAM, [leaf(1)])
    assert store.size(ISSUER, STREAM) == 1


def test_remembers_and_forgets_checkpoints(url: str, opened: Opened) -> None:
    store = opened(url)
    store.append(ISSUER, STREAM, [leaf(1)])
    checkpoints = [Checkpoint(bytes(32), leaf(8), 5), Checkpoint(leaf(7), leaf(9), 2**40)]
    for block, each in enumerate(checkpoints):
        store.add_checkpoint(ISSUER, STREAM, each, block=block)
    assert store.checkpoints(ISSUER, STREAM) == [(checkpoints[0], 0), (checkpoints[1], 1)]
    store.forget(ISSUER, STREAM)
    assert store.checkpoints(ISSUER, STREAM) == []
    assert store.size(ISSUER, STREAM) == 1


def test_only_its_owner_reads_it(url: str, tmp_path: Path, opened: Opened) -> None:
    opened(url).append(ISSUER, STREAM, [leaf(1)])
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_stores_all_leaves_or_none(url: str, opened: Opened) -> None:
    store = opened(url)

    def failing():  # type: ignore[no-untyped-def]
        yield leaf(1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.append(ISSUER, STREAM, failing())
    assert store.append(ISSUER, STREAM, [leaf(2)]) == 1


def test_a_full_disk_is_named_and_nothing_is_kept(url: str, opened: Opened) -> None:
    store = opened(url)
    store.append(ISSUER, STREAM, [leaf(0)])
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull):
        store.append(ISSUER, STREAM, map(leaf, range(1, 5000)))
    assert store.leaves(ISSUER, STREAM) == [leaf(0)]


def test_many_threads_append_without_gaps(url: str, opened: Opened) -> None:
    store = opened(url)
    threads = [
        threading.Thread(target=store.append, args=(ISSUER, STREAM, [leaf(n), leaf(n + 100)]))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(store.leaves(ISSUER, STREAM)) == sorted(
        leaf(n + more) for n in range(8) for more in (0, 100)
    )


def test_refuses_what_is_no_log_store(tmp_path: Path) -> None:
    (tmp_path / "logs.sqlite").write_bytes(b"not a database, but long enough to be read" * 99)
    with pytest.raises(StorageError, match="check the file"):
        LogStore.open(f"sqlite://{tmp_path}/logs.sqlite")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("PRAGMA user_version = 3", "is of format 3, and this Salus knows 2: update Salus"),
        ("PRAGMA user_version = 1", "is of format 1, and this Salus knows 2: it is older: open it"),
        ("CREATE TABLE leaves (leaf BLOB)", "tables that are not those of a log store: name"),
    ],
    ids=["newer", "older", "somebody else's"],
)
def test_a_file_of_another_format_is_refused_and_not_touched(
    tmp_path: Path, statement: str, told: str
) -> None:
    path = tmp_path / "logs.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute(statement)
    before = path.read_bytes()
    with pytest.raises(StorageError, match=told):
        LogStore.open(f"sqlite://{path}")
    assert path.read_bytes() == before


def test_a_file_says_its_format(url: str, tmp_path: Path) -> None:
    LogStore.open(url).close()
    (path,) = tmp_path.rglob("*.sqlite")
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (2,)


@pytest.mark.parametrize("issuer", [ISSUER, ISSUER.lower(), "0x" + ISSUER[2:].upper()])
def test_format_2_spells_issuers_with_their_checksum(
    tmp_path: Path, issuer: str, opened: Opened
) -> None:
    """Another spelling in the file is another format: rows of this one would not be found."""
    store = opened(f"sqlite://{tmp_path}/logs.sqlite")
    store.append_to(issuer, "lots", [leaf(0)], number=1)
    store.add_checkpoint(issuer, STREAM, Checkpoint(bytes(32), leaf(1), 1), block=1)
    store.mark_compared(issuer)
    store.close()
    with closing(sqlite3.connect(tmp_path / "logs.sqlite")) as file:
        for table in ("leaves", "checkpoints", "numbers", "compared"):
            spelled = file.execute(f"SELECT DISTINCT issuer FROM {table}").fetchall()  # noqa: S608
            assert spelled == [(ISSUER,)], table


@pytest.mark.parametrize("url", ["logs.sqlite", "file:///tmp/x", "sqlite:memory", ""])
def test_refuses_another_kind_of_url(url: str) -> None:
    with pytest.raises(InputError, match="sqlite"):
        LogStore.open(url)


def test_refuses_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError):
        LogStore.open(f"sqlite://{tmp_path}/file/logs.sqlite")


def test_a_closed_store_says_so(url: str, opened: Opened) -> None:
    store = opened(url)
    store.close()
    with pytest.raises(StorageError):
        store.size(ISSUER, STREAM)


def test_reads_a_path_with_blanks(tmp_path: Path, opened: Opened) -> None:
    opened(f"sqlite://{tmp_path}/my%20state/logs.sqlite").append(ISSUER, STREAM, [leaf(1)])
    with closing(sqlite3.connect(tmp_path / "my state" / "logs.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM leaves").fetchone() == (1,)


def copied(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    for each in path.parent.glob(f"{path.name}*"):
        shutil.copy2(each, to.parent / each.name)


def test_a_file_in_use_stays_in_step(url: str, opened: Opened) -> None:
    store = opened(url)
    assert not store.begun(ISSUER)
    store.mark_compared(ISSUER)
    store.append(ISSUER, STREAM, [leaf(1)])
    store.close()
    other = opened(url)
    other.append(ISSUER, STREAM, [leaf(2)])
    assert opened(url).begun(ISSUER)


@pytest.mark.parametrize("place", ["over it", "elsewhere"])
def test_a_file_that_was_put_back_is_not_in_step(
    tmp_path: Path, url: str, place: str, opened: Opened
) -> None:
    """With its mark or without, over the file that was there or anywhere else."""
    path = tmp_path / "state/logs.sqlite"
    store = opened(url)
    store.mark_compared(ISSUER)
    store.close()
    copied(path, tmp_path / "backup/logs.sqlite")
    store = opened(url)
    store.append(ISSUER, STREAM, [leaf(1)])
    store.close()
    if place == "over it":
        copied(tmp_path / "backup/logs.sqlite", path)
    else:
        url = f"sqlite://{tmp_path}/backup/logs.sqlite"
    assert not opened(url).begun(ISSUER)
    assert not opened(url).begun(ISSUER)


def test_leaves_are_rewritten_while_nobody_else_writes(url: str, opened: Opened) -> None:
    store, other = opened(url), opened(url)
    store.append_to(ISSUER, "audit", [leaf(1), leaf(2)], number=1)
    stored: list[bool] = []

    def write() -> None:
        stored.append(other.append_to(ISSUER, "audit", [leaf(3)], number=1))
        stored.append(other.append_to(ISSUER, "audit", [leaf(3)], number=2))

    writer = threading.Thread(target=write)

    def moved(read: Callable[[int], list[bytes]]) -> dict[int, list[bytes]]:
        writer.start()
        return {1: read(1)[:1], 2: [leaf(9), *read(1)[1:]]}

    store.rewrite(ISSUER, "audit", moved)
    writer.join()
    assert stored == [False, True]
    assert store.leaves(ISSUER, stream_id("audit")) == [leaf(1)]
    assert store.leaves(ISSUER, stream_id("audit", 2)) == [leaf(9), leaf(2), leaf(3)]
    assert store.numbers(ISSUER, "audit") == [1, 2]


def own_log(store: LogStore, expect: Callable[[], None]) -> OwnLog:
    """A log whose leaves a key database is told of."""
    client = SimpleNamespace(whose=lambda issuer: ISSUER)
    journal = SimpleNamespace(expect=lambda log, leaves: expect())
    parts: list[Any] = [client, None, None, None]
    return OwnLog(*parts, logs=store, own=cast(Any, journal))


def test_leaves_that_the_key_database_cannot_be_told_of_are_not_stored(
    url: str, opened: Opened
) -> None:
    def refuse() -> None:
        raise StorageFull("the key database")

    store = opened(url)
    with pytest.raises(StorageFull):
        own_log(store, refuse).store("audit", [leaf(1)])
    assert store.size(ISSUER, stream_id("audit")) == 0


def test_who_has_the_key_database_reads_the_logs_while_another_stores_leaves(
    url: str, opened: Opened
) -> None:
    """As a comparison does: each waited for what the other had, and neither ended."""
    store = opened(url)

    def compare() -> None:
        reader = threading.Thread(target=store.size, args=(ISSUER, STREAM), daemon=True)
        reader.start()
        reader.join(60)
        assert not reader.is_alive()

    own_log(store, compare).store("audit", [leaf(1)])
    assert store.size(ISSUER, stream_id("audit")) == 1


def test_leaves_go_where_the_stream_went_on_meanwhile(url: str, opened: Opened) -> None:
    store = opened(url)

    def go_on() -> None:
        if store.numbers(ISSUER, "audit") == [1]:
            store.rewrite(ISSUER, "audit", lambda read: {1: [], 2: [leaf(9)]})

    own_log(store, go_on).store("audit", [leaf(1)])
    assert store.leaves(ISSUER, stream_id("audit")) == []
    assert store.leaves(ISSUER, stream_id("audit", 2)) == [leaf(9), leaf(1)]


@pytest.mark.parametrize("table", ["leaves", "checkpoints"])
def test_a_file_with_a_trigger_of_somebody_else_is_refused(
    url: str, opened: Opened, table: str
) -> None:
    opened(url).close()
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as db:
        db.execute(f"CREATE TRIGGER x AFTER INSERT ON {table} BEGIN DELETE FROM {table}; END")  # noqa: S608
    with pytest.raises(StorageError, match="tables are not those of a log store"):
        LogStore.open(url)


def test_a_file_that_others_may_write_is_refused(url: str, opened: Opened) -> None:
    opened(url).close()
    Path(url.removeprefix("sqlite://")).chmod(0o666)
    with pytest.raises(StorageError, match="others may write it"):
        LogStore.open(url)
