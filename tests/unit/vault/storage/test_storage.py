"""Every kind of storage behaves alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

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
