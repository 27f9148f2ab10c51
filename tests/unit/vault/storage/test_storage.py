"""The storage contract, on every storage; and what the folder on disk promises beyond it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore
from tests.support.campaigns import amount

from salus.primitives.errors import InvalidStorageUrl, StorageFull, StorageUnavailable
from salus.primitives.files import named_errors, replace_file
from salus.vault.crypto.cid import content_id
from salus.vault.errors import TruncatedBlob
from salus.vault.storage import LocalStorage, MemoryStorage, Storage, check_name, open_storage
from salus.vault.storage.errors import InvalidBlobName, MissingBlob
from salus.vault.storage.objects import ObjectStorage

FIXTURES = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
Make = Callable[[], Storage]


@pytest.fixture(params=["file", "memory", "objects", "s3"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "s3":
        bucket = request.getfixturevalue("bucket")
        return lambda: open_storage(bucket())
    numbers = iter(range(10**6))
    made: dict[str, Make] = {
        "file": lambda: LocalStorage(tmp_path / str(next(numbers))),
        "memory": MemoryStorage,
        "objects": lambda: ObjectStorage(MemoryStore(), "s3://bucket"),
    }
    return made[request.param]


@pytest.fixture
def storage(make: Make) -> Storage:
    return make()


names = st.sampled_from(["blobs/a", "blobs/b", "messages/a", "c"])
contents = st.binary(max_size=300)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), names, contents),
        st.tuples(st.just("delete"), names, st.just(b"")),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=FIXTURES)
@given(steps=steps)
def test_behaves_like_a_dictionary_that_is_never_written_over(
    make: Make, steps: list[tuple[str, str, bytes]]
) -> None:
    storage, model = make(), dict[str, bytes]()
    for act, name, content in steps:
        if act == "put":
            assert storage.put(name, content) is (name not in model)
            model.setdefault(name, content)
        else:
            assert storage.delete(name) is (model.pop(name, None) is not None)
        assert list(storage.list()) == sorted(model)
    for name, content in model.items():
        assert b"".join(storage.get(name)) == content
        assert storage.size(name) == len(content)
    assert list(storage.list("blobs")) == sorted(n for n in model if n.startswith("blobs/"))


@settings(max_examples=20, deadline=None, suppress_health_check=FIXTURES)
@given(size=st.integers(0, 5000), data=st.data())
def test_any_range_equals_the_slice(make: Make, size: int, data: st.DataObject) -> None:
    storage, content = make(), os.urandom(size)
    storage.put("blobs/x", content)
    offset = data.draw(st.integers(0, size))
    length = data.draw(st.none() | st.integers(0, size - offset))
    end = size if length is None else offset + length

    assert b"".join(storage.get("blobs/x", offset=offset, length=length)) == content[offset:end]


def test_reads_long_blobs_in_pieces_of_at_most_one_mebibyte(storage: Storage) -> None:
    content = os.urandom((9 << 20) + 5)
    storage.put(
        "blobs/long", (content[at : at + 100_000] for at in range(0, len(content), 100_000))
    )

    pieces = list(storage.get("blobs/long"))

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 1 << 20


def test_names_a_missing_blob(storage: Storage) -> None:
    assert not storage.exists("blobs/none")
    assert list(storage.list("nowhere")) == []
    for read in (lambda: storage.size("blobs/none"), lambda: list(storage.get("blobs/none"))):
        with pytest.raises(MissingBlob, match="blobs/none is not in"):
            read()


@pytest.mark.parametrize(("offset", "length"), [(0, 11), (10, 1), (11, None), (-1, 2)])
def test_never_returns_fewer_bytes_than_asked_for(
    storage: Storage, offset: int, length: int | None
) -> None:
    storage.put("blobs/x", b"ten bytes!")
    with pytest.raises(TruncatedBlob):
        list(storage.get("blobs/x", offset=offset, length=length))


def test_tells_what_is_old_from_what_is_new(storage: Storage) -> None:
    storage.put("blobs/x", b"x")
    assert list(storage.older("blobs", -2)) == ["blobs/x"]
    assert list(storage.older("blobs", 60)) == []
    assert list(storage.older("nowhere", -2)) == []


def test_a_writer_that_is_left_without_a_commit_leaves_nothing(storage: Storage) -> None:
    def fails_midway() -> None:
        with storage.writer() as writer:
            writer.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_midway()
    assert list(storage.list()) == []


def test_a_source_that_fails_midway_leaves_nothing(storage: Storage) -> None:
    def source() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        storage.put("blobs/x", source())
    assert not storage.exists("blobs/x")


def test_two_writers_of_one_name_leave_the_first_one_whole(storage: Storage) -> None:
    with storage.writer() as first, storage.writer() as second:
        first.write(b"same ")
        second.write(b"same ")
        first.write(b"bytes")
        second.write(b"bytes")
        assert first.commit("blobs/x") is True
        assert second.commit("blobs/x") is False
    assert b"".join(storage.get("blobs/x")) == b"same bytes"


BAD_NAMES = [
    "",
    "/a",
    "a/",
    "a//b",
    "../a",
    "a/../b",
    ".hidden",
    "a/.b",
    "A",
    "a b",
    "ä",
    "a" * 201,
    "a\0",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_refuses_names_that_lead_elsewhere(storage: Storage, name: str) -> None:
    with pytest.raises(InvalidBlobName):
        storage.put(name, b"x")
    with pytest.raises(InvalidBlobName):
        storage.delete(name)
    assert list(storage.list()) == []


@given(name=st.text(max_size=30))
def test_a_name_that_is_accepted_stays_inside_the_folder(name: str) -> None:
    try:
        check_name(name)
    except InvalidBlobName:
        return
    inside = os.path.normpath(os.path.join("/root", name))
    assert inside.startswith("/root/")


# ── URLs ─────────────────────────────────────────────────────────────────────────────────────


def test_opens_a_folder_by_its_url(tmp_path: Path) -> None:
    url = (tmp_path / "with space").as_uri()
    open_storage(url).put("blobs/x", b"x")
    assert open_storage(url).url == url
    assert list(open_storage(url).list()) == ["blobs/x"]


def test_opens_the_same_memory_by_the_same_name() -> None:
    open_storage("memory://one").put("x", b"x")
    assert open_storage("memory://one").exists("x")
    assert not open_storage("memory://other").exists("x")


def test_sets_up_s3_without_asking_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert open_storage("s3://bucket/folder").url == "s3://bucket/folder"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file://host/x",
        "file:relative",
        "http://x",
        "memory://",
        "/folder",
        "s3://",
        "file:///x?y",
    ],
)
def test_refuses_other_urls(url: str) -> None:
    with pytest.raises(InvalidStorageUrl):
        open_storage(url)


def test_never_repeats_a_password_in_a_url() -> None:
    with pytest.raises(InvalidStorageUrl) as caught:
        open_storage("s3://user:hunter2@bucket")
    assert "hunter2" not in str(caught.value)


# ── a folder on disk ─────────────────────────────────────────────────────────────────────────


def test_only_the_owner_can_read_blobs(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "new")
    storage.put("blobs/x", b"x")
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert storage.path("blobs/x").stat().st_mode & 0o077 == 0


def test_a_blob_is_invisible_until_it_is_whole(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    with storage.writer() as writer:
        writer.write(b"half")
        assert list(storage.list()) == []
        writer.commit("blobs/x")
    assert list(storage.list()) == ["blobs/x"]
    assert list((tmp_path / ".incoming").iterdir()) == []


def test_a_blob_that_shrinks_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/x", bytes(3 << 20))
    reading = storage.get("blobs/x")
    next(reading)
    os.truncate(storage.path("blobs/x"), 1 << 20)
    with pytest.raises(TruncatedBlob, match="early"):
        list(reading)


def test_does_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "blobs")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "x").symlink_to(secret)
    with pytest.raises(StorageUnavailable):
        list(storage.get("x"))


def test_refuses_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageUnavailable):
        LocalStorage(tmp_path / "file" / "under").put("blobs/x", b"x")


def test_opening_and_reading_a_folder_makes_nothing(tmp_path: Path) -> None:
    storage = open_storage((tmp_path / "elsewhere").as_uri())
    assert list(storage.list()) == []
    assert not storage.exists("blobs/x")
    assert not storage.delete("blobs/x")
    assert storage.sweep() == 0
    with pytest.raises(MissingBlob):
        storage.get("blobs/x")
    assert list(tmp_path.iterdir()) == []


def test_sweeps_what_dead_writers_left_but_not_what_is_being_written(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/first", b"makes the folders")
    dead = tmp_path / ".incoming" / "dead.part"
    dead.write_bytes(b"half")
    os.utime(dead, (0, 0))
    with storage.writer() as writer:
        writer.write(b"whole")
        assert storage.sweep() == 1
        writer.commit("blobs/x")
    assert not dead.exists()
    assert b"".join(storage.get("blobs/x")) == b"whole"


def test_a_part_that_its_writer_finishes_meanwhile_stops_no_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed, and linked under its name before it is looked at."""
    storage = LocalStorage(tmp_path)
    storage.put("blobs/one", b"x")
    for number in range(3):
        (tmp_path / ".incoming" / f"{number}.part").write_bytes(b"half")
    real = Path.glob

    def late(self: Path, pattern: str) -> list[Path]:
        parts = sorted(real(self, pattern))
        parts[1].unlink()
        return parts

    monkeypatch.setattr(Path, "glob", late)
    assert storage.sweep(older_than=-60) == 2
    assert list((tmp_path / ".incoming").iterdir()) == []


def test_a_sweep_takes_parts_of_the_age_it_is_told(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/one", b"x")
    for name, age in (("old", 7200), ("young", 0)):
        part = tmp_path / ".incoming" / f"{name}.part"
        part.write_bytes(b"half")
        os.utime(part, (time.time() - age,) * 2)
    assert storage.sweep(older_than=3600) == 1
    assert [part.stem for part in (tmp_path / ".incoming").iterdir()] == ["young"]


def test_what_others_put_in_the_folder_is_no_blob(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.put("blobs/one", b"ours")
    folder = tmp_path / "blobs"
    for name in ("README.TXT", "a b", "ü", ".hidden", "x" * 250):
        (folder / name).write_bytes(b"theirs")
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "lost").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    (folder / "OLD").mkdir()
    (folder / "OLD" / "two").write_bytes(b"theirs")
    assert list(storage.list("blobs")) == list(storage.older("blobs", -60)) == ["blobs/one"]
    assert list(storage.list()) == ["blobs/one"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_calls_every_lack_of_room_by_one_name(code: int) -> None:
    with pytest.raises(StorageFull, match="nothing was stored"), named_errors("here"):
        raise OSError(code, os.strerror(code))


def test_a_disk_that_fills_up_midway_keeps_nothing_and_the_rest_stays(tmp_path: Path) -> None:
    """A real limit of the system, in a process of its own."""
    program = f"""
import resource, pathlib
from salus.primitives.errors import StorageFull
from salus.vault.storage import LocalStorage
from salus.primitives.files import replace_file
storage = LocalStorage(pathlib.Path({str(tmp_path)!r}))
storage.put("blobs/before", b"x" * 1000)
replace_file(storage.root / "keys", b"old")
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
for act in (
    lambda: storage.put("blobs/large", (bytes(1 << 19) for _ in range(4))),
    lambda: replace_file(storage.root / "keys", bytes(2 << 20)),
):
    try:
        act()
    except StorageFull:
        print("full")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["full", "full"]
    storage = LocalStorage(tmp_path)
    assert b"".join(storage.get("blobs/before")) == b"x" * 1000
    assert list(storage.list("blobs")) == ["blobs/before"]
    assert (tmp_path / "keys").read_bytes() == b"old"
    assert list(tmp_path.glob(".*.part")) == list((tmp_path / ".incoming").iterdir()) == []


def test_a_full_file_system_keeps_nothing(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this machine does not let tests mount a small file system")
    try:
        storage = LocalStorage(tmp_path)
        with pytest.raises(StorageFull):
            storage.put("blobs/large", (os.urandom(1 << 18) for _ in range(8)))
        assert list(storage.list()) == []
        assert list((tmp_path / ".incoming").iterdir()) == []
        assert storage.put("blobs/small", os.urandom(1 << 18))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_replacing_a_file_keeps_the_old_one_when_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    replace_file(path, b"old")

    def fails() -> Iterator[bytes]:
        yield b"new"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        replace_file(path, fails())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


WRITER = """
import os, pathlib, sys
from salus.vault.crypto.cid import content_id
from salus.vault.storage import LocalStorage
storage = LocalStorage(pathlib.Path(sys.argv[1]))
print("ready", flush=True)
while True:
    blob = os.urandom(3_000_000)
    name = "blobs/" + content_id(blob)
    storage.put(name, (blob[at:at + 4096] for at in range(0, len(blob), 4096)))
    print(name, flush=True)
"""


@pytest.mark.campaign
def test_kill_9_never_leaves_half_a_blob_nor_loses_a_whole_one(tmp_path: Path) -> None:
    said = set()
    for round_ in range(amount(12, sample=4)):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if round_ % 3 == 0:  # on a busy machine a moment is not enough for a single blob
            said.add(process.stdout.readline().strip())
        time.sleep(0.01 + 0.007 * round_)
        process.send_signal(signal.SIGKILL)
        said |= set(process.communicate()[0].split("\n")[:-1])

    storage = LocalStorage(tmp_path)
    for name in storage.list():
        assert name == "blobs/" + content_id(storage.get(name))
    assert said <= set(storage.list())
    assert said
