"""From a URL to a storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from salus.primitives.errors import InvalidStorageUrl
from salus.vault.storage import open_storage

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
