from __future__ import annotations

import copy
import json
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.epcis import event_hash, read_document
from salus.epcis.errors import InvalidEpcis
from salus.epcis.hashing import document_hashes, event_digest, hash_to_digest, prehashes

NAMESPACE = "https://ns.example.com/epcis/"
CONTEXT = {"ex": NAMESPACE}
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-11-22T11:00:00.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "epcList": [
        "https://id.gs1.org/01/04012345111118/21/1",
        "https://id.gs1.org/01/04012345111118/21/2",
    ],
    "action": "OBSERVE",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "readPoint": {"id": "https://id.gs1.org/414/4012345000054", "ex:gate": "7"},
    "bizTransactionList": [
        {"type": "po", "bizTransaction": "http://acme.example/po/1"},
        {"type": "desadv", "bizTransaction": "urn:epcglobal:cbv:bt:4012345000009:A1"},
    ],
    "ex:note": {"ex:a": ["x", "y"], "ex:b": "z"},
}


def hash_of(**changes: Any) -> str:
    return event_hash({**EVENT, **changes}, context=CONTEXT)


def test_the_digest_is_the_hash_without_its_wrapping() -> None:
    assert hash_to_digest(hash_of()) == event_digest(EVENT, context=CONTEXT)
    assert hash_of() == f"ni:///sha-256;{event_digest(EVENT, context=CONTEXT).hex()}?ver=CBV2.0"


@pytest.mark.parametrize("name", ["", "ni:///sha-256;00?ver=CBV2.0", "ni:///md5;" + "0" * 64])
def test_refuses_a_name_that_is_no_event_hash(name: str) -> None:
    with pytest.raises(InvalidEpcis, match="event hash"):
        hash_to_digest(name)


@given(order=st.permutations(sorted(EVENT)))
def test_the_order_of_fields_does_not_matter(order: list[str]) -> None:
    assert event_hash({key: EVENT[key] for key in order}, context=CONTEXT) == hash_of()


@pytest.mark.parametrize("field", ["epcList", "bizTransactionList"])
def test_the_order_within_a_list_does_not_matter(field: str) -> None:
    assert hash_of(**{field: EVENT[field][::-1]}) == hash_of()


def test_the_name_of_a_prefix_does_not_matter() -> None:
    renamed = json.loads(json.dumps(EVENT).replace('"ex:', '"other:'))
    assert event_hash(renamed, context={"other": NAMESPACE}) == hash_of()
    in_full = json.loads(json.dumps(EVENT).replace('"ex:', f'"{NAMESPACE}'))
    assert event_hash(in_full) == hash_of()


@pytest.mark.parametrize(
    "extra",
    [
        {"recordTime": "2026-11-23T00:00:00Z"},
        {"eventID": "urn:uuid:1"},
        {"errorDeclaration": {"declarationTime": "2026-11-23T00:00:00Z"}},
        {"rdfs:comment": "a remark"},
        {"quantityList": []},
        {"ex:nothing": None},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_fields_that_say_nothing_of_the_event_are_left_out(extra: dict[str, Any]) -> None:
    assert hash_of(**extra) == hash_of()


@pytest.mark.parametrize(
    "same",
    [
        {"eventTime": "2026-11-22T10:00:00Z"},
        {"eventTime": "2026-11-22T10:00:00.0004Z"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
        {"bizStep": "cbv:BizStep-shipping"},
        {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"},
        {"bizStep": " shipping "},
        {"epcList": ["urn:epc:id:sgtin:4012345.011111.1", EVENT["epcList"][1]]},
        {"epcList": ["https://shop.example/p/01/4012345111118/21/1?x=1", EVENT["epcList"][1]]},
    ],
    ids=str,
)
def test_other_ways_to_say_the_same_keep_the_hash(same: dict[str, Any]) -> None:
    assert hash_of(**same) == hash_of()


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key in value for found in paths(value[key], (*path, key))]
    if isinstance(value, list):
        return [found for at, item in enumerate(value) for found in paths(item, (*path, at))]
    return [path]


@pytest.mark.parametrize("path", paths(EVENT), ids=str)
def test_a_change_of_any_value_changes_the_hash(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(EVENT)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = old.replace("11:00", "12:00") if path == ("eventTime",) else old + "1"
    assert event_hash(changed, context=CONTEXT) != hash_of()


def test_a_lot_number_with_leading_zeros_is_another_lot() -> None:
    one, other = hash_of(ilmd={"cbvmda:lotNumber": "007"}), hash_of(ilmd={"cbvmda:lotNumber": "7"})
    assert one != other
    lossy = [
        document_hashes(
            {**EVENT, "@context": CONTEXT, "ilmd": {"cbvmda:lotNumber": lot}},
            reference_quirks=True,
        )
        for lot in ("007", "7")
    ]
    assert lossy[0] == lossy[1]


def test_a_field_is_ignored_only_when_the_caller_says_so() -> None:
    document = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "ex:ignoreFields": ["ex:note"],
        "epcisBody": {"eventList": [EVENT]},
    }
    asked = read_document(document).ignore_fields
    without = {key: value for key, value in EVENT.items() if key != "ex:note"}
    assert asked == {f"{{{NAMESPACE}}}note"}
    assert document_hashes(document) == [hash_of()]
    assert document_hashes(document, ignore=asked) == [event_hash(without, context=CONTEXT)]


def test_numbers_of_json_keep_every_digit() -> None:
    text = json.dumps({**EVENT, "@context": CONTEXT}).replace('"z"', "12345678901234567890.10")
    assert "b=12345678901234567890.1" in prehashes(text)[0].replace(f"{{{NAMESPACE}}}", "")


def test_booleans_are_written_as_xml_writes_them() -> None:
    assert hash_of(**{"ex:cold": True}) == hash_of(**{"ex:cold": "true"})


def test_a_uri_is_not_mistaken_for_a_curie_of_a_reckless_prefix() -> None:
    reckless = {**CONTEXT, "https": "https://evil.example/", "urn": "https://evil.example/"}
    assert event_hash(EVENT, context=reckless) == hash_of()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"[]", "JSON object"),
        (b"{", "not JSON"),
        (b'{"type":"ObjectEvent","type":"ObjectEvent"}', "twice"),
        (b'{"action":"ADD"}', "type"),
        (b'{"epcisBody":{}}', "eventList"),
        (b'{"type":"ObjectEvent","eventTime":"yesterday"}', "eventTime"),
        (b'{"type":"ObjectEvent","nope:x":"1"}', "nope"),
        (b'{"type":"ObjectEvent","a:b":' + b"[" * 5000 + b"]" * 5000 + b"}", "nested|not JSON"),
        (b'{"type":"ObjectEvent","a:b":' + b"[" * 90 + b"]" * 90 + b"}", "nested"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_refuses_what_it_cannot_read(document: bytes, words: str) -> None:
    with pytest.raises(InvalidEpcis, match=words):
        document_hashes(document)


words = st.text("abcXYZ 09-", min_size=1, max_size=8).map(lambda text: f"v{text}w")
names = st.sampled_from(["alpha", "beta", "gamma", "delta"])
extensions = st.recursive(
    words,
    lambda inner: st.dictionaries(
        names, inner | st.lists(inner, min_size=1, max_size=3), max_size=3
    ),
    max_leaves=8,
)


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {f"ex:{key}": as_json(inner) for key, inner in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else value


def add_xml(parent: Element, name: str, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        element = SubElement(parent, f"{{{NAMESPACE}}}{name}")
        if isinstance(item, dict):
            for key, inner in item.items():
                add_xml(element, key, inner)
        else:
            element.text = item


def as_xml(extension: Any) -> bytes:
    root = Element("document")
    event = SubElement(SubElement(root, "EventList"), "ObjectEvent")
    for field in ("eventTime", "eventTimeZoneOffset", "action"):
        SubElement(event, field).text = EVENT[field]
    SubElement(event, "bizStep").text = "urn:epcglobal:cbv:bizstep:shipping"
    add_xml(event, "note", extension)
    return tostring(root)


@given(extension=extensions)
def test_json_and_xml_of_one_event_have_one_hash(extension: Any) -> None:
    event = {key: EVENT[key] for key in ("type", "eventTime", "eventTimeZoneOffset", "action")}
    event |= {"bizStep": "shipping", "ex:note": as_json(extension)}
    assert document_hashes(as_xml(extension)) == [event_hash(event, context=CONTEXT)]
