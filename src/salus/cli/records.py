"""``salus records``: encrypted records, shared under consent.

Example:
    $ salus records add bundle.json --patient 0x… --storage file:///data/blobs --state /data/state
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salus.cli import arguments, classifying, collecting, erasing, resending, revoking, unproven
from salus.cli.erasing import Out, RecordId
from salus.cli.files import Force, read_file, require_new
from salus.cli.progress import byte_bar
from salus.cli.session import Session, command
from salus.errors import InputError
from salus.records.files import open_source
from salus.vault.errors import MissingRecord

if TYPE_CHECKING:
    from salus.vault.documents.manifest import Manifest
    from salus.vault.vault import Vault

group = typer.Typer(
    help="Encrypted records: add, share, collect, open, erase.", no_args_is_help=True
)


@command(group, "announce")
def announce(
    session: Session,
    inbox: Annotated[str, typer.Argument(help="Inbox URL; public permanently.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Although the chain names a key that is not here.")
    ] = False,
) -> None:
    """Publish this participant's key and name its inbox on chain."""
    from salus.connecting.connect import require_no_other_keys

    if not yes:
        require_no_other_keys(session.settings)
    salus = session.keeper
    transaction = salus.mail.announce(inbox, replacing=yes)
    session.emit({"identity": salus.identity, "inbox": inbox, "transaction": transaction.hash})


@command(group, "add")
def add(
    session: Session,
    file: Annotated[Path, typer.Argument(help="FHIR R4 as JSON, or with --class any file.")],
    patient: Annotated[str, typer.Option(help="The identity that the patient uses here.")],
    number: Annotated[
        str | None, typer.Option(help="Whose it is, where FHIR names nobody: Patient/1, say.")
    ] = None,
    validate: Annotated[
        bool,
        typer.Option("--validate/--no-validate", help="Refuse FHIR that breaks R4's rules."),
    ] = True,
    whole: Annotated[
        bool, typer.Option("--whole", help="Keep a document or message as one record.")
    ] = False,
    media_type: Annotated[
        str | None, typer.Option("--type", help="What it is, application/dicom say.")
    ] = None,
    resource_class: Annotated[
        str | None, typer.Option("--class", help="Its class for consents: ImagingStudy, say.")
    ] = None,
    sensitivity: Annotated[
        list[str] | None, typer.Option(help="PSY, HIV, GDIS…; once for each.")
    ] = None,
    confidentiality: Annotated[
        str | None, typer.Option(help="U, L, M, N, R or V; defaults to R for what is sensitive.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="The first date that it is about, 2026-03-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="The last date that it is about.")
    ] = None,
    padding: Annotated[str, typer.Option(help="padme hides the exact length.")] = "none",
    record: Annotated[
        str | None, typer.Option(help="Id of the record that this is a new version of.")
    ] = None,
    sensitivity_table: classifying.Table = None,
) -> None:
    """Encrypt, store and anchor a FHIR bundle, one record a resource; or one file of any kind.

    What is kept already, byte for byte, is left alone: a run that was cut short goes on.
    """
    from salus.records.describing import describe
    from salus.terms.vocabulary import Confidentiality

    session.sensitivity_table = sensitivity_table
    labels = (sensitivity, confidentiality, since, until)
    if resource_class is None and any(labels):
        raise InputError(
            "a FHIR resource says itself what it is about; for any other file give --class,"
            " and its --type"
        )
    level = arguments.choice(Confidentiality, confidentiality) if confidentiality else None
    about = resource_class and describe(
        resource_class,
        sensitivities=sensitivity or (),
        confidentiality=level,
        since=since,
        until=until,
    )
    whose, records = arguments.address(patient), session.keeper.records
    with (
        open_source(file) as source,
        byte_bar(session, "reading", total=source.size) as source.progress,
    ):
        added = records.add_file(
            source,
            patient=whose,
            number=number,
            about=about or None,
            media_type=media_type,
            record=record,
            padding=padding,
            validate=validate,
            whole=whole,
            resume=True,
        )
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


@command(group, "patient")
def patient_(
    session: Session,
    identity: Annotated[str, typer.Argument(help="The identity that the patient uses here.")],
    number: Annotated[
        list[str] | None,
        typer.Option(help="Patient/1, a whole URL, or system|value; once for each."),
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget what was said.")] = False,
) -> None:
    """Show which patient numbers an identity stands for here, or say it anew.

    The first bundle that is added says it too; another patient is refused from then on.
    """
    if number and forget:
        raise InputError("--forget takes no --number: it forgets all of them")
    whose = arguments.address(identity)
    patients = (session.keeper if number or forget else session.reader).records.patients
    if number or forget:
        patients.say(whose, number or ())
    session.emit({"identity": whose, "numbers": sorted(patients.of(whose))})


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
    """List the records of this vault: its own, then those that others shared with it.

    Of an own record's class its resource type is shown; of a version that was re-encrypted, and of
    what was received, nothing.
    """
    from salus.records.full_urls import without_url

    vault = session.own_vault
    classes = {
        (each.record, each.version): each.compartment.resource_class.partition(".")[0]
        for each in vault.keyring.entries.all()
    }
    session.emit(
        [
            {
                "record": each.record_id,
                "version": each.version,
                "bytes": each.plaintext_size,
                "type": without_url(each.media_type),
                "class": classes.get((each.record, each.version)),
                "issuer": each.issuer,
            }
            for each in (*vault.manifests(), *vault.received())
        ]
    )


@command(group, "share")
def share(
    session: Session,
    consent: Annotated[Path, typer.Argument(help="The consent document.")],
    purpose: Annotated[str, typer.Option(help="What was asked for: an HL7 PurposeOfUse code.")],
) -> None:
    """Leave the keys that a consent permits in the grantee's inbox."""
    from salus.consents.documents import read_consent

    presented = read_consent(read_file(consent))
    shared = session.keeper.records.share(presented, purpose=purpose)
    session.emit({"consent": presented.consent.id, "shared": len(shared)})


classifying.register(group)
collecting.register(group)
unproven.register(group)


@command(group, "open")
def open_(
    session: Session,
    record: RecordId,
    out: Out,
    consent: Annotated[Path | None, typer.Option(help="For received records.")] = None,
    purpose: Annotated[str | None, typer.Option(help="For received records.")] = None,
    issuer: Annotated[str | None, typer.Option(help="Who issued a received record.")] = None,
    disowned: Annotated[bool, typer.Option("--disowned", help="Even what it disowned.")] = False,
    force: Force = False,
) -> None:
    """Open a record into a file, which appears only when all of it was checked.

    One's own opens with no node.
    """
    from salus.consents.documents import read_consent

    require_new(out, force=force)
    if issuer is None:
        vault = session.own_vault
        opened = vault.open(_own(record, vault, consent=consent, purpose=purpose))
    else:
        under = None if consent is None else read_consent(read_file(consent))
        salus = session.reader
        received = salus.vault.manifests(issuer=arguments.address(issuer))
        found = _newest(record, received)
        opened = salus.records.read(found, under=under, purpose=purpose, disowned=disowned)
    size = opened.manifest.plaintext_size
    with byte_bar(session, "opening", total=size) as told:
        opened.save_to(Path(os.path.realpath(out)), overwrite=True, progress=told)
    for each in opened.passed_by:
        session.say(f"{each} had no whole copy: another was read; `salus vault check --deep` tells")
    session.emit(
        {
            "record": record,
            "file": str(out),
            "bytes": size,
            "passedBy": list(opened.passed_by),
        }
    )


erasing.register(group)
revoking.register(group)
resending.register(group)


def _own(record: str, vault: Vault, *, consent: Path | None, purpose: str | None) -> Manifest:
    """A record of one's own; of one that others issued, who did, and what is to be said."""
    try:
        return vault.manifest(record)
    except MissingRecord:
        issuers = {each.issuer for each in vault.received() if each.record_id == record}
        if not issuers:
            raise
        raise InputError(
            f"record {record} was received, and opens under a consent: add"
            f" {'' if consent else '--consent FILE, '}{'' if purpose else '--purpose CODE, '}"
            f"--issuer {' or '.join(sorted(issuers))}"
        ) from None


def _newest(record: str, manifests: list[Manifest]) -> Manifest:
    found = [each for each in manifests if each.record_id == record]
    if not found:
        raise MissingRecord(record)
    return max(found, key=lambda each: each.version)
