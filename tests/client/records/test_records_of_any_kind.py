"""Records that are not FHIR, or larger than memory: from files and generators, read in parts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.exchange import NOTE, Exchange

from salus import Salus
from salus.chain import Account, Chain, development_account
from salus.demo.samples import bundle_bytes
from salus.errors import InputError
from salus.primitives.errors import InvalidArgument, StorageFull
from salus.records.sources import from_here, size_of
from salus.terms import Period, ResourceFacts
from salus.testing import FullStorage, participant
from salus.vault.errors import MissingRecord, TamperedBlob

STUDY = ResourceFacts(resource_class="ImagingStudy")
DICOM, FHIR = "application/dicom", "application/fhir+json"
PIXELS = bytes(range(256)) * 8192
"""Two MiB: two blocks and a little more, with the header."""


@pytest.fixture
def exchange(chain: Chain) -> Exchange:
    return Exchange.set_up(chain, development_account(8))


@pytest.fixture
def custodian(exchange: Exchange) -> Salus:
    return exchange.custodian


@pytest.fixture
def patient(exchange: Exchange) -> Account:
    return exchange.patient


def in_pieces(data: bytes, size: int = 100_001) -> Iterator[memoryview]:
    """A generator that reuses its buffer, as readers of devices do."""
    buffer = bytearray(size)
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        buffer[: len(piece)] = piece
        yield memoryview(buffer)[: len(piece)]


# Where bytes come from ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bytes", "memory", "file object", "file", "generator", "list"])
def test_keeps_the_same_bytes_wherever_they_come_from(
    custodian: Salus, patient: Account, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "study.dcm"
    path.write_bytes(PIXELS)
    with path.open("rb") as file:
        sources = {
            "bytes": PIXELS,
            "memory": memoryview(bytearray(PIXELS)),
            "file object": io.BytesIO(PIXELS),
            "file": file,
            "generator": in_pieces(PIXELS),
            "list": [PIXELS[:7], PIXELS[7:]],
        }
        added = custodian.records.add(
            sources[kind], patient=patient.identity, about=STUDY, media_type=DICOM
        )
    manifest = added.records[0].manifest
    opened = custodian.records.read(manifest)
    assert (manifest.plaintext_size, manifest.media_type) == (len(PIXELS), DICOM)
    assert b"".join(opened.blocks()) == custodian.records.open(manifest) == PIXELS
    assert opened.read_range(1_000_000, 300) == PIXELS[1_000_000:1_000_300]


def test_saves_into_a_file_and_tells_how_far_it_is(
    custodian: Salus, patient: Account, tmp_path: Path
) -> None:
    added = custodian.records.add(PIXELS, patient=patient.identity, about=STUDY)
    told: list[int] = []
    path = tmp_path / "out.dcm"
    custodian.records.read(added.records[0].manifest).save_to(path, progress=told.append)
    assert path.read_bytes() == PIXELS
    assert told == sorted(told)
    assert told[-1] == len(PIXELS)


def test_a_damaged_blob_leaves_a_file_as_it_was(exchange: Exchange, tmp_path: Path) -> None:
    manifest = exchange.add(PIXELS, STUDY)
    blob = exchange.storage.blobs[manifest.blob.name]
    exchange.storage.blobs[manifest.blob.name] = blob[:-1] + bytes([blob[-1] ^ 1])
    path = tmp_path / "out.dcm"
    path.write_bytes(b"before")
    with pytest.raises(TamperedBlob):
        exchange.custodian.records.read(manifest).save_to(path, overwrite=True)
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["out.dcm"]


def test_hides_the_exact_length_when_asked_to(custodian: Salus, patient: Account) -> None:
    data = bytes(1_000_001)
    added = custodian.records.add(
        io.BytesIO(data), patient=patient.identity, about=STUDY, padding="padme"
    )
    bundle = custodian.records.add_bundle(bundle_bytes(), patient=patient.identity, padding="padme")
    manifests = [each.manifest for each in (*added.records, *bundle.records)]
    assert {each.blob.padding for each in manifests} == {"padme"}
    assert manifests[0].blob.ciphertext_size > 1_015_808
    assert custodian.records.open(manifests[0]) == data


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a text", "source must be bytes, .* or Path, not str"),
        (io.StringIO("a text"), "binary mode"),
        (None, "source must be bytes, .* not None"),
        (7, "source must be bytes, .* not int"),
    ],
)
def test_refuses_what_gives_no_bytes(
    custodian: Salus, patient: Account, source: object, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        custodian.records.add(source, patient=patient.identity, about=STUDY)  # type: ignore[arg-type]
    assert custodian.vault.manifests() == []


@pytest.mark.parametrize("media_type", [DICOM, FHIR])
def test_what_is_not_held_in_memory_needs_facts(
    exchange: Exchange, patient: Account, media_type: str
) -> None:
    """Nothing is read of it: what could say what it is about would have to be kept somewhere."""
    source = io.BytesIO(b'{"resourceType":"Condition"}')
    with pytest.raises(InputError, match="needs `about=`"):
        exchange.custodian.records.add(source, patient=patient.identity, media_type=media_type)
    assert source.tell() == 0
    assert list(exchange.storage.list()) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bundle_bytes(), "12 resources"),
        (
            b'{"resourceType":"Condition","subject":{"reference":"Patient/1"}}\n{"resourceType":"Patient"}',
            "2 resources",
        ),
        (b'{"resourceType":"Bundle","type":"collection"}', "no FHIR resource"),
    ],
    ids=["bundle", "lines", "nothing"],
)
def test_one_record_is_one_resource(
    exchange: Exchange, patient: Account, data: bytes, words: str
) -> None:
    """Under the first one's labels, a consent to it would open the others."""
    with pytest.raises(InputError, match=words):
        exchange.custodian.records.add(data, patient=patient.identity, media_type=FHIR)
    assert list(exchange.storage.list()) == []


@pytest.mark.parametrize("media_type", ["", "dicom", "a/b\nc", "a/" + "b" * 255, "a/b/c"])
def test_refuses_a_media_type_that_is_none_before_reading(
    custodian: Salus, patient: Account, media_type: str
) -> None:
    source = io.BytesIO(PIXELS)
    with pytest.raises(InputError, match="not a media type"):
        custodian.records.add(source, patient=patient.identity, about=STUDY, media_type=media_type)
    assert source.tell() == 0


def test_refuses_a_padding_that_is_none_before_reading(custodian: Salus, patient: Account) -> None:
    source = io.BytesIO(PIXELS)
    with pytest.raises(InvalidArgument, match="padding"):
        custodian.records.add(source, patient=patient.identity, about=STUDY, padding="zeros")
    with pytest.raises(InvalidArgument, match="padding"):
        custodian.records.add_bundle(bundle_bytes(), patient=patient.identity, padding="zeros")
    assert source.tell() == 0
    assert custodian.vault.manifests() == []


def test_refuses_a_new_version_of_nothing_before_reading(
    custodian: Salus, patient: Account
) -> None:
    source = io.BytesIO(PIXELS)
    for resume in (False, True):
        with pytest.raises(MissingRecord):
            custodian.records.add(
                source, patient=patient.identity, about=STUDY, record="ab" * 16, resume=resume
            )
    assert source.tell() == 0


def test_a_generator_that_fails_midway_leaves_nothing(chain: Chain, tmp_path: Path) -> None:
    client = participant(chain, development_account(6), storage=(tmp_path / "blobs").as_uri())

    def broken() -> Iterator[bytes]:
        yield PIXELS
        raise ConnectionResetError("the scanner went away")

    with pytest.raises(ConnectionResetError, match="scanner"):
        client.records.add(broken(), patient="0x" + "12" * 20, about=STUDY)
    assert client.vault.manifests() == []
    # What tells the mounted storage from an empty folder stays.
    left = [each.name for each in (tmp_path / "blobs").rglob("*") if each.is_file()]
    assert left == ["salus-storage"]
    assert client.records.anchor_pending() is None


def test_a_disk_that_fills_up_midway_keeps_nothing(chain: Chain, patient: Account) -> None:
    storage = FullStorage(room=1_500_000)
    client = participant(chain, development_account(5), storage=storage)
    with pytest.raises(StorageFull):
        client.records.add(in_pieces(PIXELS), patient=patient.identity, about=STUDY)
    assert client.vault.manifests() == []
    assert list(storage.list()) == []


# Going on where an addition was cut short --------------------------------------------------------


def test_leaves_alone_what_is_kept_already(custodian: Salus, patient: Account) -> None:
    def add(source: io.BytesIO, facts: ResourceFacts = STUDY):  # type: ignore[no-untyped-def]
        return custodian.records.add(source, patient=patient.identity, about=facts, resume=True)

    first, again = add(io.BytesIO(PIXELS)), add(io.BytesIO(PIXELS))
    assert (first.resumed, again.resumed) == (0, 1)
    assert again.records == first.records
    longer = io.BytesIO(b"skipped" + PIXELS)
    longer.seek(7)
    assert add(longer).records == first.records

    assert add(io.BytesIO(PIXELS[::-1])).resumed == 0
    dated = replace(STUDY, when=Period(start=1_767_225_600, end=1_767_312_000))
    later = replace(STUDY, when=Period(start=1_767_312_000, end=1_767_398_400))
    assert (add(io.BytesIO(PIXELS), dated).resumed, add(io.BytesIO(PIXELS), later).resumed) == (
        0,
        0,
    )


def test_a_new_version_that_was_cut_short_is_not_added_twice(
    custodian: Salus, patient: Account
) -> None:
    def add(data: bytes, record: str | None = None):  # type: ignore[no-untyped-def]
        return custodian.records.add(
            data, patient=patient.identity, about=NOTE, record=record, resume=True
        )

    record = add(b"one").records[0].manifest.record_id
    assert add(b"two", record).records[0].manifest.version == 2
    assert add(b"two", record).resumed == 1
    assert add(b"one", record).records[0].manifest.version == 3


def test_what_can_be_read_only_once_is_stored_again(custodian: Salus, patient: Account) -> None:
    for _ in range(2):
        added = custodian.records.add(
            in_pieces(PIXELS), patient=patient.identity, about=STUDY, resume=True
        )
        assert added.resumed == 0
    assert size_of(in_pieces(PIXELS)) is None


def test_comparing_leaves_a_source_where_it_stood() -> None:
    source = io.BytesIO(PIXELS)
    source.seek(5)
    assert size_of(source) == len(PIXELS) - 5
    assert b"".join(from_here(source)) == PIXELS[5:]
    assert source.tell() == 5
