"""Text in UTF-16 or UTF-32, with or without a mark: named as that wherever FHIR or JSON enters."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from salus.chain.deployments.file import Deployment
from salus.chain.signing import keystore_files as keystores
from salus.cli import consignments
from salus.cli.files import read_file, read_json, read_text
from salus.consents.documents import read_consent
from salus.consents.revocations import SignedRevocation
from salus.demo.samples import bundle_bytes
from salus.drugs.documents.lot_manifest import LotManifest
from salus.drugs.documents.pack_opening import PackOpening
from salus.epcis import read_document
from salus.errors import InputError, SalusError
from salus.fhir import from_fhir
from salus.fhir.bundle import resources
from salus.fhir.strict_json import parse
from salus.identities.guardian_documents import RecoveryApproval, read_guardians
from salus.receipts import Receipt
from salus.records.describing import describe
from salus.records.detecting_fhir import labelled
from salus.terms import ResourceFacts
from salus.vault.keys.key_documents import KeyDocument
from salus_verify.json_reader import load, why_not_utf8

NAMED = "it is in UTF-(16|32), and text is read in UTF-8: save it as UTF-8"
WIDE = pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
CONDITION = (
    '{"resourceType":"Condition","subject":{"reference":"Patient/p"},"meta":{"security":[{"system":'
    '"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]}}'
)
TOLD: ResourceFacts = describe("DocumentReference")


def on_disk(read: Callable[[Path], object], data: bytes, folder: Path) -> object:
    path = folder / "file"
    path.write_bytes(data)
    return read(path)


@WIDE
@pytest.mark.parametrize(
    "read",
    [
        lambda data: list(resources(data)),
        parse,
        load,
        from_fhir,
        read_consent,
        read_document,
        LotManifest.from_json,
        Receipt.from_json,
        PackOpening.from_json,
        SignedRevocation.from_json,
        read_guardians,
        RecoveryApproval.from_bytes,
        lambda data: KeyDocument.parse(data, digest=None),
    ],
)
def test_it_is_named_with_what_to_do(read: Callable[[bytes], object], encoding: str) -> None:
    with pytest.raises((InputError, ValueError), match=NAMED):
        read(bundle_bytes().decode().encode(encoding))


@WIDE
def test_it_is_named_at_the_command_line(encoding: str, tmp_path: Path) -> None:
    data = CONDITION.encode(encoding)
    readers: list[Callable[[Path], object]] = [
        *(read_json, read_text, lambda path: list(resources(read_file(path)))),
        *(consignments.packs_in, consignments.consignment_in, consignments.serials_in_file),
        Deployment.load,
        lambda path: keystores.read(path, "a passphrase"),
    ]
    for read in readers:
        with pytest.raises(SalusError, match=NAMED):
            on_disk(read, data, tmp_path)


@WIDE
@pytest.mark.parametrize("text", [CONDITION, " [" + CONDITION.replace("Type", "\\u0054ype") + "]"])
def test_no_label_hides_behind_an_encoding(encoding: str, text: str) -> None:
    """Told to be another kind of record, its labels are read all the same, or it is refused."""
    data = text.encode(encoding)
    for source in (data, io.BytesIO(data), iter([data[:7], data[7:]])):
        with pytest.raises(InputError, match=NAMED):
            labelled(source, "text/plain", TOLD)


@pytest.mark.parametrize("data", [b"{\0}\0", b"\0\x01\x02\x03", b"A\0B\0", "{}".encode("utf-16")])
def test_what_is_no_fhir_is_kept_as_it_is(data: bytes) -> None:
    assert labelled(data, "application/octet-stream", TOLD) == (data, TOLD, False)
    assert not why_not_utf8(b"") + why_not_utf8(b"{") + why_not_utf8(b"{}")
