"""``salus records``: encrypted records, shared under consent.

Example:
    $ salus records add bundle.json --patient 0x… --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments
from salus.cli.files import read_file, write_private
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.vault import Manifest

group = typer.Typer(
    help="Encrypted records: add, share, collect, open, erase.", no_args_is_help=True
)
RecordId = Annotated[str, typer.Argument(help="The record's id, 32 hexadecimal digits.")]
Out = Annotated[Path, typer.Option(help="Where it goes; readable by you only.")]


@command(group, "announce")
def announce(
    session: Session, inbox: Annotated[str, typer.Argument(help="Inbox URL; public for ever.")]
) -> None:
    """Publish this participant's key and name its inbox on chain."""
    salus = session.keeper
    transaction = salus.records.directory.announce(salus.vault.keys.document, inbox)
    session.emit(
        {"identity": salus.account.identity, "inbox": inbox, "transaction": transaction.hash}
    )


@command(group, "add")
def add(
    session: Session,
    bundle: Annotated[Path, typer.Argument(help="FHIR R4: a Bundle, a resource, or NDJSON.")],
    patient: Annotated[str, typer.Option(help="The identity that the patient uses here.")],
    validate: Annotated[
        bool, typer.Option("--validate", help="Refuse resources that break R4's rules.")
    ] = False,
) -> None:
    """Encrypt, store and anchor a FHIR bundle, one record a resource.

    What is kept already, byte for byte, is left alone: a run that was cut short goes on.
    """
    from salus import fhir

    data = read_file(bundle)
    for each in fhir.resources(data) if validate else ():
        fhir.validate(each.content)
    added = session.keeper.records.add_bundle(data, patient=arguments.address(patient), resume=True)
    transaction = added.anchored.transaction
    if added.resumed:
        session.say(f"{added.resumed} of {len(added.records)} records were kept already")
    session.emit(
        {
            "records": [each.manifest.record_id for each in added.records],
            "new": len(added.records) - added.resumed,
            "checkpoint": added.anchored.checkpoint.id,
            "size": added.anchored.checkpoint.size,
            "transaction": transaction.hash if transaction else None,
        }
    )


@command(group, "anchor")
def anchor(session: Session) -> None:
    """Anchor records that are stored and not anchored: the node was down, or a run was killed."""
    anchored = session.keeper.records.anchor_pending()
    if anchored is None:
        session.say("every record is anchored already")
    transaction = anchored.transaction if anchored else None
    session.emit(
        {
            "checkpoint": anchored.checkpoint.id if anchored else None,
            "size": anchored.checkpoint.size if anchored else None,
            "transaction": transaction.hash if transaction else None,
        }
    )


@command(group, "list")
def list_(session: Session) -> None:
    """List the records of this vault."""
    session.emit(
        [
            {
                "record": each.record_id,
                "version": each.version,
                "bytes": each.plaintext_size,
                "type": each.media_type,
            }
            for each in session.keeper.vault.manifests()
        ]
    )


@command(group, "share")
def share(
    session: Session,
    consent: Annotated[Path, typer.Argument(help="The consent document.")],
    purpose: Annotated[str, typer.Option(help="What was asked for: an HL7 PurposeOfUse code.")],
) -> None:
    """Leave the keys that a consent permits in the grantee's inbox."""
    from salus.consent_documents import read_consent

    presented = read_consent(read_file(consent))
    shared = session.keeper.records.share(presented, purpose=purpose)
    session.emit({"consent": presented.consent.id, "shared": len(shared)})


@command(group, "collect")
def collect(
    session: Session,
    consents: Annotated[Path, typer.Option(help="Folder for the consents that came along.")],
    discard: Annotated[
        bool, typer.Option("--discard", help="Then delete the messages that were taken in.")
    ] = False,
) -> None:
    """Take in what others left in this participant's inbox."""
    from salus.errors import VerificationError

    records = session.keeper.records
    came = records.collect()
    consents.mkdir(parents=True, exist_ok=True)
    for each in came.consents:
        write_private(consents / f"{each.consent.id.hex()}.json", each.to_json())
    discarded = records.discard(came) if discard else 0
    session.emit(
        {
            "discarded": discarded,
            "records": [each.record_id for each in came.manifests],
            "erased": [each.record.hex() for each in came.erased],
            "consents": ["0x" + each.consent.id.hex() for each in came.consents],
            "problems": [str(each) for each in came.problems],
        }
    )
    if came.problems:
        session.fail(VerificationError(f"{len(came.problems)} messages could not be taken in"))


@command(group, "open")
def open_(
    session: Session,
    record: RecordId,
    out: Out,
    consent: Annotated[Path | None, typer.Option(help="For received records.")] = None,
    purpose: Annotated[str | None, typer.Option(help="For received records.")] = None,
    issuer: Annotated[str | None, typer.Option(help="Who issued a received record.")] = None,
) -> None:
    """Open a record into a file."""
    from salus.consent_documents import read_consent

    salus = session.keeper
    under = None if consent is None else read_consent(read_file(consent))
    if issuer is None:
        manifest = salus.vault.manifest(record).manifest
    else:
        received = salus.vault.manifests(issuer=arguments.address(issuer))
        manifest = _newest(record, received)
    data = salus.records.open(manifest, under=under, purpose=purpose)
    write_private(out, data)
    session.emit({"record": record, "file": str(out), "bytes": len(data)})


@command(group, "receipt")
def receipt(session: Session, record: RecordId, out: Out) -> None:
    """Write a receipt that proves a record of one's own offline."""
    salus = session.keeper
    made = salus.records.receipt(salus.vault.manifest(record).manifest)
    write_private(out, made.to_json())
    session.emit(
        {
            "record": record,
            "receipt": str(out),
            "block": made.block_number,
            "storageProof": made.proof is not None,
        }
    )


@command(group, "revoke")
def revoke(
    session: Session, consent_id: Annotated[str, typer.Argument(help="32 bytes of hex.")]
) -> None:
    """Honour a revocation: no further wrap under that consent, new keys for what follows."""
    done = session.keeper.records.revoke(arguments.digest(consent_id))
    session.emit({"consent": consent_id, "wrapsDropped": done.wraps, "rotated": len(done.rotated)})


@command(group, "erase")
def erase(
    session: Session,
    record: RecordId,
    yes: Annotated[bool, typer.Option("--yes", help="I know that this is for ever.")] = False,
) -> None:
    """Destroy every key, salt, wrap and blob of a record that is in reach, and tell its readers."""
    if not yes:
        session.confirm("This record will be unreadable for ever. Go on?")
    erased = session.keeper.records.erase(record)
    session.emit(
        {
            "record": record,
            "complete": erased.report.complete,
            "report": erased.report.to_bytes().decode(),
            "signer": erased.signed.signer,
            "signature": erased.signed.signature,
            "checkpoint": erased.inclusion.anchored.checkpoint.id,
            "index": erased.inclusion.index,
            "told": list(erased.told),
            "untold": [
                {"reader": reader, "reason": str(problem)} for reader, problem in erased.untold
            ],
        }
    )


def _newest(record: str, manifests: list[Manifest]) -> Manifest:
    from salus.errors import MissingRecord

    found = [each for each in manifests if each.record_id == record.removeprefix("0x").lower()]
    if not found:
        raise MissingRecord(record)
    return max(found, key=lambda each: each.version)
