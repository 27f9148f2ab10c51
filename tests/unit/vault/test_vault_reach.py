"""Which inboxes of a stranger's choosing are opened, and which never."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus import Salus
from salus.errors import InboxOutOfReach
from salus.records import Directory
from salus.vault.reach import Reach

ELSEWHERE = Reach.default(local=False, environment={})
LISTED = Reach(("s3://inboxes/ward", "file:///srv/inboxes"))


def test_a_local_chain_may_use_every_storage_and_others_only_object_stores() -> None:
    local = Reach.default(local=True, environment={})
    for url in ("file:///a", "memory://a", "s3://a"):
        assert local.require(url) == url
    assert ELSEWHERE.allows("s3://bucket/x")
    for url in ("file:///etc", "memory://ward", "http://169.254.169.254/", "", "s3", "//host/x"):
        with pytest.raises(InboxOutOfReach, match="SALUS_INBOXES"):
            ELSEWHERE.require(url)


def test_the_environment_lists_schemes_and_places() -> None:
    listed = Reach.default(local=True, environment={"SALUS_INBOXES": "memory: file:///srv/inboxes"})
    assert listed.allows("memory://a")
    assert listed.allows("file:///srv/inboxes/clinic")
    assert not listed.allows("s3://a")


@pytest.mark.parametrize(
    "url",
    [
        "s3://inboxes",
        "s3://inboxes/ward-7",
        "s3://inboxes/ward/../secrets",
        "s3://inboxes/ward/%2e%2e/secrets",
        "s3://INBOXES.evil/ward",
        "file:///srv/inboxes/../../etc",
        "file:///srv/inboxes/%2E%2E/etc",
        "file://host/srv/inboxes",
        "file:///srv",
        "FILE:///srv/inboxesque",
        "s3://user@inboxes/ward",
        "s3://[broken/ward",
    ],
)
def test_what_only_looks_like_a_listed_place_is_refused(url: str) -> None:
    assert not LISTED.allows(url)


@pytest.mark.parametrize(
    "url", ["s3://inboxes/ward", "s3://inboxes/ward/7", "file:///srv/inboxes", "S3://inboxes/ward"]
)
def test_a_listed_place_and_what_is_under_it_are_allowed(url: str) -> None:
    assert LISTED.allows(url)


@given(url=st.text(max_size=60))
def test_no_text_leads_to_a_file_elsewhere(url: str) -> None:
    assert not ELSEWHERE.allows("file:" + url)
    assert not Reach(("s3:",)).allows("memory:" + url)


def test_the_directory_opens_no_inbox_out_of_reach(tmp_path: Path) -> None:
    salus = Salus.connect("tester", storage="memory://reach")
    inbox = (tmp_path / "inbox").as_uri()
    narrow = Directory(salus.chain, salus.identities, reach=Reach(("s3:",)))
    document = salus.vault.keys.document
    with pytest.raises(InboxOutOfReach):
        narrow.announce(document, inbox)
    assert list(tmp_path.iterdir()) == []

    salus.records.directory.announce(document, inbox)
    assert salus.records.directory.find(salus.account.identity)[1] == document
    with pytest.raises(InboxOutOfReach):
        narrow.find(salus.account.identity)
