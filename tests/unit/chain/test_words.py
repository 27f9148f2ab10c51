"""What is read as words is what the decoder reads, and what is odd is left to it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.chain.abi.catalogue import Described, events_by_topic
from salus.chain.abi.codec import decode, encode
from salus.chain.abi.word_events import read_words

EVENTS = {each.cls.__name__: each for each in events_by_topic().values()}
WORDS = (bytes(32), bytes(31) + b"\1", bytes(31) + b"\2", b"\xff" * 32, bytes(12) + b"\xab" * 20)


def decoded(described: Described, indexed: list[bytes], data: bytes) -> tuple[Any, ...] | None:
    """As the decoder has it, in the ABI's order; None where it refuses."""
    named = [each for each in described.parameters if each.indexed]
    others = [each for each in described.parameters if not each.indexed]
    try:
        from_topics = iter(decode(named, b"".join(indexed)))
        from_data = iter(decode(others, data))
    except ValueError:
        return None
    return tuple(next(from_topics if each.indexed else from_data) for each in described.parameters)


@pytest.mark.parametrize("name", EVENTS)
@given(words=st.lists(st.sampled_from(WORDS), min_size=12, max_size=12))
def test_words_are_read_as_the_decoder_reads_them(name: str, words: list[bytes]) -> None:
    described = EVENTS[name]
    topics = sum(each.indexed for each in described.parameters)
    data = b"".join(words[topics : len(described.parameters)])
    found = read_words(described, words[:topics], data)
    if found is not None:
        assert found == decoded(described, words[:topics], data)


def test_most_events_are_read_so() -> None:
    plain = [bytes(32)] * 12
    read = set()
    for name, each in EVENTS.items():
        topics = sum(one.indexed for one in each.parameters)
        data = b"".join(plain[topics : len(each.parameters)])
        if read_words(each, plain[:topics], data) is not None:
            read.add(name)
    assert {"LotCommissioned", "ConsentGranted", "Anchored", "DIDOwnerChanged"} <= read
    assert len(read) > len(EVENTS) // 2


BYTES = st.binary(max_size=70)


@given(words=st.lists(st.sampled_from(WORDS[:2]), min_size=12, max_size=12), value=BYTES)
def test_bytes_are_read_as_the_decoder_reads_them(words: list[bytes], value: bytes) -> None:
    described = EVENTS["DIDAttributeChanged"]
    topics = sum(each.indexed for each in described.parameters)
    others = [each for each in described.parameters if not each.indexed]
    given = {"bytes": lambda: value, "bytes32": words.pop}
    values = [given.get(each.kind, lambda: int.from_bytes(words.pop()))() for each in others]
    data, indexed = encode(others, values), [bytes(32)] * topics
    assert read_words(described, indexed, data) == decoded(described, indexed, data)
    for odd in (data[:-32], data + bytes(32), data.replace(bytes(31), b"\1" * 31)):
        found = read_words(described, indexed, odd)
        assert found is None or found == decoded(described, indexed, odd)


def test_words_too_few_or_too_many_are_left_to_the_decoder() -> None:
    described = EVENTS["AllConsentsRevoked"]
    for indexed, data in (
        ([], bytes(32)),
        ([bytes(32)], bytes(31)),
        ([bytes(32)], bytes(64)),
        ([bytes(31)], bytes(32)),
        ([b"\1" * 32], bytes(32)),
    ):
        assert read_words(described, indexed, data) is None
