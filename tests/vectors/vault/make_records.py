"""Make ``records.json``: what others must reproduce of records, their parcels and letters.

Run by hand, when a format changes: ``python tests/vectors/vault/make_records.py``. Every value is
derived from the inputs that stand beside it; no key here protects anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from salus.vault.crypto.cid import content_id
from salus.vault.crypto.commitments import commit_key, record_context
from salus.vault.crypto.segments import ciphertext_size
from salus.vault.crypto.store_cipher import wrap_key
from salus.vault.documents.facts import RecordFacts
from salus.vault.documents.manifest import Blob, Manifest
from salus.vault.documents.parcels import GivenKey, Parcel, Pointer
from salus.vault.documents.record_keys import compartment_key_id
from salus.vault.documents.statements import Statement
from salus.vault.letters.letters import Letter
from salus_verify.encoding import canonical
from salus_verify.opening import Opening, commit_plaintext

ISSUER, READER = "0x" + "ab" * 20, "0x" + "cd" * 32
CONSENT = "0x" + "01" * 32
CONTENT = b'{"resourceType":"Observation","status":"final"}'
KEY, SALT, COMPARTMENT = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))


def records() -> list[Manifest]:
    """Two versions of a record, the first padded to hide its length."""
    first = _version(1, None, CONTENT, "none", 1_800_000_000)
    return [first, _version(2, first.digest, CONTENT + b"\n", "padme", 1_800_000_060)]


def _version(
    number: int, previous: bytes | None, content: bytes, padding: str, at: int
) -> Manifest:
    padded = len(content) if padding == "none" else 48
    blob = Blob(
        content_id=content_id(b"ciphertext of version %d" % number),
        ciphertext_size=ciphertext_size(padded),
        padding=padding,
        locations=("s3://ward/records",),
        key_commitment=commit_key(KEY),
        key_id=bytes([number]) * 16,
        generation=0,
    )
    return Manifest(
        chain_id=31337,
        record=bytes(range(16)),
        version=number,
        previous=previous,
        plaintext_size=len(content),
        media_type="application/fhir+json",
        commitment=commit_plaintext(SALT, content),
        issuer=ISSUER,
        created_at=at,
        blob=blob,
    )


def parcel(manifest: Manifest) -> Parcel:
    """A parcel that gives a compartment key, and points to a record under it."""
    facts = RecordFacts(
        resource_class="Observation.laboratory",
        sensitivities=frozenset({"HIV"}),
        confidentiality="R",
        start=1_767_225_600,
        end=1_767_312_000,
    )
    name = compartment_key_id(COMPARTMENT)
    pointer = Pointer(manifest.to_document(), name, wrap_key(COMPARTMENT, KEY + SALT), facts=facts)
    return Parcel((GivenKey("compartment", name, COMPARTMENT),), (pointer,), CONSENT)


def limits(record: bytes, given: bytes) -> list[dict[str, object]]:
    """Documents at each limit, which are read, and past it by one, which are refused."""

    def changed(document: bytes, path: tuple[str | int, ...], value: object) -> str:
        whole: Any = json.loads(document)
        inner = whole
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        return canonical(whole).decode()

    facts = ("pointers", 0, "facts")
    rows: list[tuple[str, bytes, tuple[str | int, ...], int, Callable[[int], object]]] = [
        ("locations", record, ("blob", "locations"), 64, lambda n: [f"s3://{k}" for k in range(n)]),
        ("a location's characters", record, ("blob", "locations"), 2048, lambda n: ["s" * n]),
        ("a media type's", record, ("manifest", "mediaType"), 255, lambda n: "a/b;".ljust(n, "c")),
        ("a consent's", given, ("consent",), 256, lambda n: "c" * n),
        ("labels", given, (*facts, "sensitivities"), 64, lambda n: sorted(map(str, range(n)))),
        ("a label's characters", given, (*facts, "sensitivities"), 128, lambda n: ["L" * n]),
        ("a class's", given, (*facts, "resourceClass"), 128, lambda n: "C" * n),
        ("a confidentiality's", given, (*facts, "confidentiality"), 128, lambda n: "R" * n),
    ]
    return [
        {
            "of": name,
            "most": most,
            "read": changed(document, path, value(most)),
            "refused": changed(document, path, value(most + 1)),
        }
        for name, document, path, most, value in rows
    ]


def vectors() -> dict[str, object]:
    """All of them, as they stand in the file."""
    manifests = records()
    given = parcel(manifests[0])
    letter = Letter(
        "parcel", ISSUER, READER, 31337, 1_800_000_120, given.to_bytes(), id=bytes(range(16))
    )
    statement = Statement("letter", ISSUER, letter.digest, 31337)
    return {
        "inputs": {
            "key": KEY.hex(),
            "salt": SALT.hex(),
            "compartmentKey": COMPARTMENT.hex(),
            "content": CONTENT.decode(),
        },
        "records": [
            {
                "document": each.to_document().decode(),
                "manifest": each.to_bytes().decode(),
                "digest": each.digest.hex(),
                "associatedData": record_context(each.record, each.version, 31337).hex(),
                "keyCommitment": each.blob.key_commitment.hex(),
                "commitment": each.commitment.hex(),
                "leaf": Opening(SALT, each.commitment, each.digest).leaf().hex(),
            }
            for each in manifests
        ],
        "parcel": given.to_bytes().decode(),
        "letter": letter.to_bytes().decode(),
        "letterDigest": letter.digest.hex(),
        "letterStatement": statement.typed_data(),
        "limits": limits(manifests[0].to_document(), given.to_bytes()),
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("records.json")
    target.write_text(json.dumps(vectors(), indent=2) + "\n")
