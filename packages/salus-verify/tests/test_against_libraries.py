"""RLP, tries, addresses and recovery say what the libraries say that Ethereum clients are built of.

The libraries are not needed to verify: they would bring thirty packages with them.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
import rlp as library  # type: ignore[import-untyped]
from eth_keys.datatypes import PrivateKey, Signature
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st
from trie import HexaryTrie

from salus_verify import encoding, rlp
from salus_verify.address import checksummed
from salus_verify.encoding import keccak
from salus_verify.signature import recover
from salus_verify.storage_proof import value_at

ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=20))
HASHES = st.binary(min_size=32, max_size=32)
REFUSED = r"cut short|shortest form|follows"
HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@given(ITEMS)
def test_rlp_is_written_as_the_library_writes_it(item: rlp.Item) -> None:
    written = rlp.encode(item)
    assert written == library.encode(item)
    assert rlp.decode(written) == item


@given(st.binary(max_size=80))
def test_rlp_is_read_or_refused_as_the_library_does(data: bytes) -> None:
    try:
        expected = library.decode(data)
    except library.exceptions.DecodingError:
        with pytest.raises(ValueError, match=REFUSED):
            rlp.decode(data)
    else:
        assert rlp.decode(data) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"\x81\x05",
        b"\xb8\x01\x80",
        b"\xb9\x00\x40" + bytes(64),
        b"\xf8\x00",
        b"\xc2\x01",
        b"",
        b"\xc0\xc0",
    ],
)
def test_rlp_in_another_than_its_shortest_form_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=REFUSED):
        rlp.decode(data)


@pytest.mark.parametrize("items", [1_000, 30_000])
def test_rlp_is_read_in_time_proportional_to_its_length(items: int) -> None:
    class Counted(bytes):
        """Counts the bytes that are copied out of it, and out of what was."""

        copied = 0

        def __getitem__(self, key: Any) -> Any:
            part = super().__getitem__(key)
            if isinstance(key, slice):
                Counted.copied += len(part)
                return Counted(part)
            return part

    item: rlp.Item = [[[b"\x01"] * items, b"\x02"], b"\x03"]
    data = rlp.encode(item)
    assert rlp.decode(Counted(data)) == item
    assert Counted.copied <= 2 * len(data)


def test_nesting_without_end_is_refused() -> None:
    item: rlp.Item = []
    for _ in range(100):
        item = [item]
    with pytest.raises(ValueError, match="too deep"):
        rlp.decode(rlp.encode(item))


@given(st.dictionaries(HASHES, st.binary(min_size=1, max_size=40), min_size=1, max_size=40), HASHES)
def test_a_trie_s_values_and_absences_are_proved(held: dict[bytes, bytes], absent: bytes) -> None:
    trie = HexaryTrie({})  # type: ignore[no-untyped-call]
    for key, value in held.items():
        trie[key] = value
    for key in [*held, absent]:
        nodes = tuple(library.encode(node) for node in trie.get_proof(key))
        assert value_at(trie.root_hash, key, nodes) == held.get(key, b"")


@given(st.sets(HASHES, min_size=2, max_size=20))
def test_a_trie_s_value_is_not_proved_without_each_node_on_the_way(keys: set[bytes]) -> None:
    trie = HexaryTrie({})  # type: ignore[no-untyped-call]
    for key in keys:
        trie[key] = b"v" * 33
    key = min(keys)
    nodes = [library.encode(node) for node in trie.get_proof(key)]
    for missing in range(len(nodes)):
        with pytest.raises(ValueError, match="missing"):
            value_at(trie.root_hash, key, tuple(nodes[:missing] + nodes[missing + 1 :]))


@given(st.binary(min_size=20, max_size=20))
def test_addresses_are_spelt_as_the_library_spells_them(raw: bytes) -> None:
    assert checksummed(raw) == to_checksum_address(raw)


@given(st.integers(1, 2**250), HASHES)
def test_who_signed_is_found(secret: int, digest: bytes) -> None:
    key = PrivateKey(secret.to_bytes(32, "big"))
    made = key.sign_msg_hash(digest).to_bytes()
    signature = made[:64] + bytes([made[64] + 27])
    assert recover(digest, signature) == key.public_key.to_canonical_address()
    other = bytes([digest[0] ^ 1]) + digest[1:]
    assert recover(other, signature) != key.public_key.to_canonical_address()


@given(st.integers(0, HALF), st.integers(0, HALF), st.sampled_from([0, 1]), HASHES)
def test_whatever_else_is_recovered_as_the_library_does(
    r: int, s: int, v: int, digest: bytes
) -> None:
    raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    try:
        expected = Signature(raw + bytes([v])).recover_public_key_from_msg_hash(digest)
        address = expected.to_canonical_address()
    except Exception:
        address = None
    assert recover(digest, raw + bytes([27 + v])) == address


def test_signatures_of_another_form_are_nobody_s() -> None:
    made = PrivateKey(b"k" * 32).sign_msg_hash(bytes(32))
    r, s = made.r.to_bytes(32, "big"), made.s.to_bytes(32, "big")
    order = 2 * HALF + 1
    high = (order - made.s).to_bytes(32, "big")
    good = r + s + bytes([27 + made.v])
    assert recover(bytes(32), good) is not None
    for wrong in (
        good[:-1],
        good + b"\0",
        r + s + bytes([made.v]),
        r + s + b"\x1d",
        r + high + bytes([28 - made.v]),
        bytes(32) + s + b"\x1b",
        r + bytes(32) + b"\x1b",
        order.to_bytes(32, "big") + s + b"\x1b",
    ):
        assert recover(bytes(32), wrong) is None


def test_keccak_is_not_sha3() -> None:
    assert keccak(b"").hex().startswith("c5d24601")


def test_keccak_is_the_same_without_the_faster_library(monkeypatch: pytest.MonkeyPatch) -> None:
    data = [bytes(i) for i in range(300)]  # a block of it has 136 bytes
    before = [keccak(each) for each in data]
    monkeypatch.setitem(sys.modules, "sha3", None)
    encoding._hashing.cache_clear()
    try:
        assert [keccak(each) for each in data] == before
    finally:
        encoding._hashing.cache_clear()
