"""A FHIR R4 Provenance for a record that was anchored (R4, section 6.3).

It names the record and where its commitment stands, so that a reader can check the proof with
other software. It is health data as the record is: keep it encrypted beside it.

Example:
    >>> from salus_verify.log import Checkpoint
    >>> newest = Checkpoint(parent=bytes(32), root=bytes(32), size=4)
    >>> provenance = anchored_record("Observation/9", author="did:ethr:0x1:0xab", at=1_800_000_000,
    ...     issuer="0x" + "12" * 20, stream=bytes(32), checkpoint=newest, index=3)
    >>> provenance["entity"][0]["what"]["identifier"]["value"].endswith("/4/3")
    True
"""

from __future__ import annotations

from typing import Any

from salus.fhir.codings import HL7, concept, named
from salus.fhir.dates import instant_text
from salus.primitives.address import Address
from salus.primitives.arguments import typed_arguments
from salus.primitives.times import Moment, moment_of
from salus_verify.encoding import hex0x
from salus_verify.log import Checkpoint

ANCHOR_SYSTEM = "urn:salus:anchor"
ROOT_SYSTEM = "urn:salus:merkle-root"


@typed_arguments
def anchored_record(
    target: str,
    *,
    author: str,
    at: Moment,
    issuer: Address,
    stream: bytes,
    checkpoint: Checkpoint,
    index: int,
) -> dict[str, Any]:
    """Record that a record's commitment is a leaf of an anchored log.

    Args:
        target: the record's reference, for instance ``Observation/9``.
        author: the DID of who anchored it.
        at: the checkpoint's block time: a datetime, or seconds since 1970 (UTC).
        issuer: the address whose stream it is.
        stream: the stream's id, 32 bytes.
        checkpoint: the checkpoint that covers it.
        index: the leaf's index in the log, from 0.

    Returns:
        The resource, ready for ``json.dumps``.
    """
    leaf = f"{issuer}/0x{stream.hex()}/{checkpoint.size}/{index}"
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": instant_text(moment_of(at, name="at")),
        "activity": concept(f"{HL7}/iso-21089-lifecycle", "attest"),
        "agent": [
            {"type": concept(f"{HL7}/provenance-participant-type", "attester")}
            | {"who": named(author)}
        ],
        "entity": [
            {"role": "derivation", "what": named(leaf, ANCHOR_SYSTEM)},
            {"role": "derivation", "what": named(hex0x(checkpoint.root), ROOT_SYSTEM)},
        ],
    }
