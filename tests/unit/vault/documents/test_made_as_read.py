"""What no reader takes is refused where it is made: nothing is sealed or sent that nobody reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from salus.emergencies.emergency_keys import Deposit
from salus.emergencies.releases import ReleasedShare, ReleaseRequest, SignedRequest
from salus.primitives.errors import InvalidArgument
from salus.vault import Compartment, IdentityKeys
from salus.vault.documents.erasure_notice import ErasureNotice
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.statements import Signed
from salus_verify.errors import InvalidValue
from salus_verify.fields import LONGEST_DATA, LONGEST_TEXT, MAX_DOCUMENT_BYTES, is_text

WHO, OTHER = "0x" + "ab" * 20, "0x" + "cd" * 20
KEYS = IdentityKeys.generate(WHO, created_at=1)
ID, LONE = "0x" + "11" * 32, "half a pair: \ud800"
SIGNED = Signed(bytes(20), bytes(65))
GIVEN = GivenKey("record", bytes(16), bytes(64))
LARGEST = (1 << 53) - 1


def request(**fields: Any) -> ReleaseRequest:
    sound = {
        "chain_id": 1,
        "patient": WHO,
        "clinician": WHO,
        "window": bytes(32),
        "key": ID,
        "document": KEYS.document,
    }
    return ReleaseRequest(**{**sound, **fields})  # type: ignore[arg-type]


def deposit(chain_id: int = 1, key: str = ID, to: str = ID, sealed: bytes = b"s") -> Deposit:
    return Deposit(chain_id, WHO, key, to, sealed)


def notice(chain_id: int = 1, record: bytes = bytes(16), erased_at: int = 0) -> ErasureNotice:
    return ErasureNotice(WHO, chain_id, record, erased_at)


def pointer(manifest: bytes = b'{"a":1}', receipt: bytes = b"") -> Pointer:
    return Pointer(manifest, receipt=receipt)


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


REFUSED: dict[str, Callable[[], object]] = {
    "a pointer of no JSON": lambda: pointer(b"no json"),
    "of a list": lambda: pointer(b"[]"),
    "of another layout": lambda: pointer(b'{ "a":1}'),
    "of a member twice": lambda: pointer(b'{"a":1,"a":1}'),
    "of a number that is none": lambda: pointer(b'{"a":NaN}'),
    "of what nests too deep": lambda: pointer(nested(14)),
    "with too long a receipt": lambda: pointer(receipt=bytes(LONGEST_DATA + 1)),
    "a parcel under half a letter": lambda: Parcel((GIVEN,), consent=LONE),
    "under 257 letters": lambda: Parcel((GIVEN,), consent="c" * 257),
    "facts of half a letter": lambda: RecordFacts(resource_class=LONE),
    "with such a label": lambda: RecordFacts(resource_class="X", sensitivities=frozenset({LONE})),
    "a notice of chain 0": lambda: notice(chain_id=0),
    "of a chain beyond": lambda: notice(chain_id=LARGEST + 1),
    "of a short id": lambda: notice(record=b"x"),
    "of a time before 1970": lambda: notice(erased_at=-1),
    "a deposit of chain 0": lambda: deposit(chain_id=0),
    "of any text as key": lambda: deposit(key="key"),
    "to any text": lambda: deposit(to="0x" + "AB" * 32),
    "of nothing": lambda: deposit(sealed=b""),
    "of too much": lambda: deposit(sealed=bytes(LONGEST_DATA + 1)),
    "a request of chain 0": lambda: request(chain_id=0),
    "of a short window": lambda: request(window=b"w"),
    "of any text for a key": lambda: request(key="key"),
    "with another's document": lambda: request(clinician=OTHER),
    "a hospital that signed nothing": lambda: SignedRequest(request(), SIGNED, WHO),
    "a countersignature of nobody": lambda: SignedRequest(request(), SIGNED, "", SIGNED),
    "a hospital that is none": lambda: SignedRequest(request(), SIGNED, "ward", SIGNED),
    "a share of a short request": lambda: ReleasedShare(WHO, b"r", ID, b"s"),
    "to any reader": lambda: ReleasedShare(WHO, bytes(32), "me", b"s"),
    "of no share": lambda: ReleasedShare(WHO, bytes(32), ID, b""),
    "a signature of nobody": lambda: Signed(b"", bytes(65)),
    "of no bytes": lambda: Signed(bytes(20), b""),
    "of 8193 bytes": lambda: Signed(bytes(20), bytes(8193)),
    "by a signer of 8193 bytes": lambda: Signed(bytes(8193), bytes(65)),
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
def test_what_no_reader_takes_is_not_made(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidValue):
        make()


def test_a_compartment_of_half_a_letter_is_not_made() -> None:
    for field in ("resource_class", "confidentiality", "period"):
        texts = {"resource_class": "X", field: LONE}
        with pytest.raises(InvalidArgument, match="Unicode"):
            Compartment(patient=WHO, **texts)  # type: ignore[arg-type]


def test_a_parcel_that_no_letter_holds_is_not_written() -> None:
    receipts = (pointer(b'{"a":%d}' % number, bytes(LONGEST_DATA // 2)) for number in range(3))
    with pytest.raises(InvalidValue, match=f"over {MAX_DOCUMENT_BYTES} bytes"):
        Parcel(pointers=tuple(receipts)).to_bytes()


AT_THE_LIMIT: dict[str, tuple[Any, Callable[[bytes], object]]] = {
    "pointer": (Parcel(pointers=(pointer(nested(13)),)), Parcel.parse),
    "consent": (Parcel((GIVEN,), consent="\u4f60" * 256), Parcel.parse),
    "notice": (notice(chain_id=LARGEST, erased_at=LARGEST), ErasureNotice.parse),
    "deposit": (deposit(chain_id=LARGEST, sealed=bytes(700_000)), Deposit.parse),
    "request": (request(chain_id=LARGEST), ReleaseRequest.parse),
    "signed": (
        SignedRequest(request(), Signed(bytes(8192), bytes(8192)), WHO, SIGNED),
        SignedRequest.parse,
    ),
    "share": (ReleasedShare(WHO, bytes(32), ID, b"s"), ReleasedShare.parse),
}


@pytest.mark.parametrize(("made", "read"), AT_THE_LIMIT.values(), ids=AT_THE_LIMIT)
def test_what_is_at_the_limit_is_read_as_it_was_made(
    made: Any, read: Callable[[bytes], object]
) -> None:
    assert read(made.to_bytes()) == made


def test_texts_are_of_unicode() -> None:
    pair = "\U0001f600"
    assert is_text(pair * LONGEST_TEXT)
    assert not any(map(is_text, ("", "x" * (LONGEST_TEXT + 1), LONE, "\udfff")))
