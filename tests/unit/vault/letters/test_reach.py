"""Which inboxes of a stranger's choosing are opened, and which never."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import salus
from salus import Salus
from salus.errors import ConfigurationInvalid
from salus.mail.directory import Directory
from salus.primitives.errors import InvalidStorageUrl
from salus.vault.errors import InboxOutOfReach
from salus.vault.letters.allowlist import FORMS, InboxAllowlist
from salus.vault.storage import open_storage
from salus.vault.storage.storage_kinds import SCHEMES

ELSEWHERE = InboxAllowlist.default(local=False)
LISTED = InboxAllowlist.listed("s3://inboxes/ward file:///srv/inboxes")


def test_a_local_chain_may_use_every_storage_and_others_only_object_stores() -> None:
    local = InboxAllowlist.default(local=True)
    for url in ("file:///a", "memory://a", "s3://a"):
        assert local.require(url) == url
    assert ELSEWHERE.allows("s3://bucket/x")
    for url in ("file:///etc", "memory://ward", "http://169.254.169.254/", "", "s3", "//host/x"):
        with pytest.raises(InboxOutOfReach, match="SALUS_INBOXES"):
            ELSEWHERE.require(url)


def test_a_list_takes_the_place_of_what_the_kind_of_chain_allows() -> None:
    listed = InboxAllowlist.listed("memory: file:///srv/inboxes")
    assert listed.allows("memory://a")
    assert listed.allows("file:///srv/inboxes/clinic")
    assert not listed.allows("s3://a")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("s3", "without a scheme"),
        ("/srv/inboxes", "without a scheme"),
        ("ipfs:", "the scheme 'ipfs'"),
        ("https://inboxes.example", "the scheme 'https'"),
        ("s3:,file:", "names no place"),
        ("s3://", "names no place"),
        ("s3:///ward", "names no place"),
        ("memory:ward", "names no place"),
        ("file://", "names no place"),
        ("file://host/srv", "names no place"),
        ("file:inboxes", "names no place"),
        ("file:///srv/../etc", "names no place"),
        ("file:///srv/%2e%2e/etc", "names no place"),
        ("s3://key:secret@bucket", "names no place"),
        ("s3://bucket?token=secret", "names no place"),
        ("s3://[broken", "malformed"),
        ("s3://b\\@inboxes", "malformed"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused(entry: str, words: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        InboxAllowlist.listed(f"memory: {entry}")
    assert str(caught.value).startswith("SALUS_INBOXES lists ")
    assert words in str(caught.value)
    assert "s3://bucket/folder" in str(caught.value), "what to write instead"
    assert "secret" not in str(caught.value)


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
    assert not InboxAllowlist(("s3:",)).allows("memory:" + url)


def test_the_directory_opens_no_inbox_out_of_reach(tmp_path: Path) -> None:
    me = salus.connect("tester", storage="memory://reach")
    inbox = (tmp_path / "inbox").as_uri()
    narrow = Directory(me.chain, me.identities, inboxes=InboxAllowlist(("s3:",)))
    document = me.vault.keys.document
    with pytest.raises(InboxOutOfReach):
        narrow.announce(document, inbox)
    assert list(tmp_path.iterdir()) == []

    me.mail.directory.announce(document, inbox)
    assert me.mail.directory.find(me.account.identity)[1] == document
    with pytest.raises(InboxOutOfReach):
        narrow.find(me.account.identity)


def answer_of(me: Salus, inbox: str) -> str:
    try:
        me.mail.announce(inbox)
    except InboxOutOfReach as refused:
        return type(refused).__name__
    return "opened"


@pytest.mark.parametrize(("listed", "answer"), [("memory:", "InboxOutOfReach"), ("", "opened")])
def test_a_dotenv_file_alone_opens_and_closes_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: str, answer: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SALUS_INBOXES", raising=False)
    (tmp_path / ".env").write_text(f"SALUS_INBOXES='{listed}'\n")
    with salus.connect("tester", storage="memory://reach-of-a-file") as me:
        assert answer_of(me, (tmp_path / "inbox").as_uri()) == answer
        assert answer_of(me, "memory://reach-inbox") == "opened"
    assert (tmp_path / "inbox").exists() == (answer == "opened")


def test_arguments_go_before_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = (tmp_path / "inbox").as_uri()
    monkeypatch.setenv("SALUS_INBOXES", "s3:")
    with salus.connect("tester", storage="memory://reach-told") as me:
        assert answer_of(me, inbox) == "InboxOutOfReach"
    told = salus.connect("tester", storage="memory://reach-told", inboxes=["memory:", inbox])
    with told as me:
        assert answer_of(me, inbox) == "opened"
    monkeypatch.setenv("SALUS_INBOXES", "nonsense")
    with pytest.raises(ConfigurationInvalid, match="SALUS_INBOXES"):
        salus.connect("tester")


@pytest.mark.parametrize(
    "url",
    ["s3://in\tboxes/ward", " s3://inboxes/ward", "s3://inboxes/ward\n", "s3://b\\@inboxes/ward"],
)
def test_a_url_that_two_parsers_read_as_two_places_is_opened_by_nobody(url: str) -> None:
    for reach in (ELSEWHERE, LISTED, InboxAllowlist.default(local=True)):
        with pytest.raises(InboxOutOfReach):
            reach.require(url)
    with pytest.raises(InvalidStorageUrl):
        open_storage(url)


def test_an_inbox_may_lie_wherever_a_storage_is_opened() -> None:
    """One list of schemes: a new kind of storage is a kind of inbox too."""
    local = InboxAllowlist.default(local=True)
    assert set(local.allowed) == {f"{each}:" for each in SCHEMES}
    for scheme, (form, _) in SCHEMES.items():
        assert local.allows(form)
        assert InboxAllowlist.listed(f"{scheme}: {form}").allows(form)
        assert form in FORMS
