"""An addition that fails keeps nothing."""

from __future__ import annotations

import os

import pytest
from tests.support.vaults import TEXT, add
from tests.unit.conftest import CHAIN, Person

from salus.errors import InputError, InvalidValue
from salus.primitives.errors import (
    InvalidArgument,
    StorageFull,
)
from salus.vault import Vault
from salus.vault.errors import (
    MissingRecord,
)
from salus.vault.storage import MemoryStorage
from salus.vault.versions import adding

# ── bad input leaves nothing behind ──────────────────────────────────────────────────────────


def empty(vault: Vault) -> bool:
    return not list(vault.storage.list()) and not vault.manifests()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("media_type", "", InvalidArgument),
        ("media_type", "x/\x1b]0;owned\x07", InvalidArgument),
        ("media_type", "x/" + "y" * 254, InvalidArgument),
        ("created_at", -1, InputError),
        ("created_at", 1 << 53, InvalidArgument),
        ("when", (5, 4), InvalidArgument),
        ("padding", "zeros", InvalidArgument),
        ("record", "no id", InvalidArgument),
        ("record", bytes(16), InvalidValue),
        ("record", "00" * 16, MissingRecord),
    ],
)
def test_refuses_bad_arguments_and_keeps_nothing(
    vault: Vault, hospital: Person, name: str, value: object, error: type[Exception]
) -> None:
    read = []
    source = (read.append(piece) or piece for piece in (b"one", b"two"))
    with pytest.raises(error):
        add(vault, hospital, source, **{name: value})
    assert empty(vault)
    assert read == []


def test_what_fails_once_the_blob_is_stored_keeps_nothing(
    vault: Vault, hospital: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(key: bytes) -> bytes:
        raise ConnectionError

    monkeypatch.setattr(adding, "commit_key", interrupted)
    with pytest.raises(ConnectionError):
        add(vault, hospital)
    assert empty(vault)


def test_a_source_that_fails_leaves_nothing(vault: Vault, hospital: Person) -> None:
    def source() -> object:
        yield os.urandom(3 << 20)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        add(vault, hospital, source())
    assert empty(vault)


class _Full(MemoryStorage):
    """A storage that fills up after a megabyte."""

    def writer(self) -> object:  # type: ignore[override]
        writer, written = super().writer(), 0
        write = writer.write

        def limited(piece: bytes) -> None:
            nonlocal written
            written += len(piece)
            if written > 1 << 20:
                raise StorageFull("here")
            write(piece)

        writer.write = limited  # type: ignore[assignment,method-assign]
        return writer


def test_a_storage_that_fills_up_midway_leaves_nothing(hospital: Person) -> None:
    vault = Vault(_Full(), "memory:", keys=hospital.keys, chain_id=CHAIN)
    with pytest.raises(StorageFull):
        add(vault, hospital, os.urandom(5 << 20))
    assert empty(vault)
    assert vault.open(add(vault, hospital).manifest).read() == TEXT
