"""``salus records``: encrypted records, shared under consent.

Example:
    $ salus records add bundle.json --patient 0x… --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salus.cli import arguments
from salus.cli.files import read_file, write_private
from salus.cli.session import Session, command

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
    salus = session.salus
    transaction = salus.records.directory.announce(salus.vault.keys.document, inbox)
    session.emit(
        {"identity": salus.account.identity, "inbox": inbox, "transaction": transaction.hash}
    )


@command(group, "add")
def add(
    session: Session,
    bundle: Annotated[Path, typer.Argument(help="FHIR R4: a Bundle, a resource, or NDJSON.")],
    patient: Annotated[str, typer.Option(help="The identity that the patient uses here.")],
) -> None:
    """Encrypt, store and anchor a FHIR bundle, one record a resource."""
    data = read_file(bundle)
    added = session.salus.records.add_bundle(data, patient=arguments.address(patient))
    transaction = added.anchored.transaction
    session.emit(
        {
            "records": [each.manifest.record_id for each in added.records],
            "checkpoint": added.anchored.checkpoint.id,
            "size": added.anchored.checkpoint.size,
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
            for each in session.salus.vault.manifests()
        ]
    )


@command(group, "share")
def share(
    session: Session,
    consent: Annotated[Path, typer.Argument(help="The signed consent.")],
    purpose: Annotated[str, typer.Option(help="What was asked for: an HL7 PurposeOfUse code.")],
) -> None:
    """Leave the keys that a consent permits in the grantee's inbox."""
    from salus.consent_documents import SignedConsent

    signed = SignedConsent.from_json(read_file(consent))
    shared = session.salus.records.share(signed, purpose=purpose)
    session.emit({"consent": signed.consent.id, "shared": len(shared)})


@command(group, "collect")
def collect(
    session: Session,
    consents: Annotated[Path, typer.Option(help="Folder for the consents that came along.")],
) -> None:
    """Take in what others left in this participant's inbox."""
    from salus.errors import VerificationError

    came = session.salus.records.collect()
    consents.mkdir(parents=True, exist_ok=True)
    for each in came.consents:
        write_private(consents / f"{each.consent.id.hex()}.json", each.to_json())
    session.emit(
        {
            "records": [each.record_id for each in came.manifests],
            "consents": ["0x" + each.consent.id.hex() for each in came.consents],
            "problems": [str(each) for each in came.problems],
        }
    )
    if came.problems:
        raise VerificationError(f"{len(came.problems)} messages could not be taken in")


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
    from salus.consent_documents import SignedConsent
    from salus.errors import MissingRecord

    salus = session.salus
    who = None if issuer is None else arguments.address(issuer)
    found = [each for each in salus.vault.manifests(issuer=who) if each.record_id == record]
    if not found:
        raise MissingRecord(record)
    under = None if consent is None else SignedConsent.from_json(read_file(consent))
    data = salus.records.open(found[-1], under=under, purpose=purpose)
    write_private(out, data)
    session.emit({"record": record, "file": str(out), "bytes": len(data)})


@command(group, "receipt")
def receipt(session: Session, record: RecordId, out: Out) -> None:
    """Write a receipt that proves a record of one's own offline."""
    salus = session.salus
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
    done = session.salus.records.revoke(arguments.digest(consent_id))
    session.emit({"consent": consent_id, "wrapsDropped": done.wraps, "rotated": len(done.rotated)})


@command(group, "erase")
def erase(
    session: Session,
    record: RecordId,
    yes: Annotated[bool, typer.Option("--yes", help="I know that this is for ever.")] = False,
) -> None:
    """Destroy every key, salt, wrap and blob of a record that is in reach."""
    if not yes:
        typer.confirm("This record will be unreadable for ever. Go on?", abort=True, err=True)
    erased = session.salus.records.erase(record)
    session.emit({"record": record, "erased": True, "receipt": erased.report.to_bytes().decode()})
