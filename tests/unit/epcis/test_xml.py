from __future__ import annotations

import pytest

from salus.epcis.errors import InvalidEpcis, UnsafeXml
from salus.epcis.hashing import document_hashes

EVENT = "<ObjectEvent><action>ADD</action>%s</ObjectEvent>"


def document(inner: str = "", *, head: str = "", root: str = "<d>") -> bytes:
    return f"{head}{root}<EventList>{EVENT % inner}</EventList></d>".encode()


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d SYSTEM "http://127.0.0.1/epcis.dtd">',
    ],
    ids=["expansion", "file", "remote"],
)
def test_refuses_a_document_type_declaration(head: str) -> None:
    with pytest.raises(UnsafeXml, match="DTD"):
        document_hashes(document("<bizStep>x</bizStep>", head=head))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<", "well-formed"),
        (b"<d><EventList></d>", "well-formed"),
        (b"<d/>", "EventList"),
        (b'<?xml version="1.0" encoding="nonsense"?><d/>', "well-formed"),
        (document("<x>" * 70 + "</x>" * 70), "nested"),
        (document("<readPoint><id>urn:a</id> lost text</readPoint>"), "outside any field"),
        (
            document('<p:x xmlns:p="urn:one:">p:y</p:x>', root='<d xmlns:p="urn:two:">'),
            "two namespaces",
        ),
    ],
    ids=["empty", "unclosed", "no-events", "encoding", "deep", "mixed", "prefix"],
)
def test_refuses_what_it_cannot_read(data: bytes, words: str) -> None:
    with pytest.raises(InvalidEpcis, match=words):
        document_hashes(data)


def test_an_empty_document_type_says_nothing() -> None:
    assert document_hashes(document(head="<!DOCTYPE project>")) == document_hashes(document())


def test_a_prefix_holds_where_it_is_declared() -> None:
    outside = '<p:x xmlns:p="urn:two:">1</p:x>'
    rebound = document(f'<p:x xmlns:p="urn:one:">1</p:x>{outside}')
    apart = document('<a:x xmlns:a="urn:one:">1</a:x><b:x xmlns:b="urn:two:">1</b:x>')
    assert document_hashes(rebound) == document_hashes(apart)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_the_encoding_of_a_document_does_not_matter(encoding: str) -> None:
    assert document_hashes(document().decode().encode(encoding)) == document_hashes(document())


def test_comments_and_white_space_do_not_matter() -> None:
    spaced = document("<bizStep>\n cbv:BizStep-<!-- a remark -->packing </bizStep> ")
    assert document_hashes(spaced) == document_hashes(
        document("<bizStep>cbv:BizStep-packing</bizStep>")
    )


def test_wrappers_of_older_versions_are_looked_through() -> None:
    quantity = (
        "<quantityList><quantityElement><quantity>3.0</quantity></quantityElement></quantityList>"
    )
    wrapped = document(f"<extension><extension>{quantity}</extension></extension>")
    assert document_hashes(wrapped) == document_hashes(document(quantity))


def test_a_curie_of_the_document_is_expanded_as_json_expands_it() -> None:
    curie = document("<bizStep>p:moving</bizStep>", root='<d xmlns:p="https://ns.example/">')
    full = document("<bizStep>https://ns.example/moving</bizStep>")
    assert document_hashes(curie) == document_hashes(full)
    assert document_hashes(curie, reference_quirks=True) != document_hashes(full)
