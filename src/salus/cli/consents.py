"""``salus consents``: who may see what, and why.

Example:
    $ salus consents grant 0x<patient> 0x<grantee> --terms terms.json --out consent.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import actors, arguments, break_glass, fhir_consents
from salus.cli.files import read_file, read_json, require_new, write_new, written_first
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.consents.documents import Presented
    from salus.consents.passed_documents import PassedConsent

group = typer.Typer(help="Who may see what, and why.", no_args_is_help=True)
group.add_typer(break_glass.group, name="break-glass")
group.add_typer(actors.group, name="actors")
fhir_consents.register(group)
Patient = Annotated[str, typer.Argument(help="The grantor's identity.")]
ConsentId = Annotated[str, typer.Argument(help="The consent's id, 32 bytes of hex.")]


@command(group, "sign")
def sign(
    session: Session,
    patient: Patient,
    grantee: Annotated[str, typer.Argument(help="Who may act on it.")],
    terms: Annotated[Path, typer.Option(help="Terms as JSON.")],
    out: Annotated[Path, typer.Option(help="Where the signed document goes; keep it private.")],
    lasting: Annotated[
        str, typer.Option("--for", help="How long it counts unregistered, as in 90d.")
    ] = "90d",
) -> None:
    """Sign a consent as the account that controls the patient's identity; costs no gas."""
    require_new(out)
    salus = session.salus
    consent = salus.consents.propose(
        arguments.address(patient), arguments.address(grantee), _terms(terms)
    )
    deadline = salus.chain.deadline(arguments.duration(lasting))
    signed = salus.consents.sign(consent, by=salus.account, deadline=deadline)
    write_new(out, signed.to_json())
    session.emit({"consent": consent.id, "document": out, "deadline": deadline})


@command(group, "register")
def register(
    session: Session, document: Annotated[Path, typer.Argument(help="A signed consent.")]
) -> None:
    """Register a signed consent on chain; whoever holds it may, and pays."""
    from salus.consents.documents import SignedConsent

    signed = SignedConsent.from_json(read_file(document))
    transaction = session.salus.consents.register(signed)
    session.emit(_written(signed.consent.id, transaction))


@command(group, "grant")
def grant(
    session: Session,
    patient: Patient,
    grantee: Annotated[str, typer.Argument(help="Who may act on it.")],
    terms: Annotated[Path, typer.Option(help="Terms as JSON.")],
    out: Annotated[Path, typer.Option(help="Where the signed document goes; keep it private.")],
) -> None:
    """Sign a consent and register it at once."""
    require_new(out)
    salus = session.salus
    consent = salus.consents.propose(
        arguments.address(patient), arguments.address(grantee), _terms(terms)
    )
    signed = salus.consents.sign(consent, by=salus.account, keep=False)
    with written_first(out, signed.to_json(), chain=salus.chain):
        transaction = salus.consents.register(signed, keep=False)
    session.emit(_written(consent.id, transaction))


@command(group, "change")
def change(
    session: Session,
    document: Annotated[Path, typer.Argument(help="The consent that is changed.")],
    terms: Annotated[Path, typer.Option(help="The new terms as JSON.")],
    out: Annotated[Path, typer.Option(help="Where the new document goes; keep it private.")],
) -> None:
    """Put a consent with other terms in the place of one, which ends permanently."""
    from salus.consents.documents import read_consent

    require_new(out)
    salus, old = session.salus, read_consent(read_file(document))
    was = old.consent
    consent = salus.consents.propose(was.patient, was.grantee, _terms(terms))
    signed = salus.consents.sign(consent, by=salus.account, keep=False)
    with written_first(out, signed.to_json(), chain=salus.chain):
        transaction = salus.consents.replace(old, signed, by=salus.account, keep=False)
    assert transaction is not None  # noqa: S101 -- its salt is new
    session.emit({"ended": was.id} | _written(consent.id, transaction))


@command(group, "keep")
def keep(
    session: Session, document: Annotated[Path, typer.Argument(help="A consent document.")]
) -> None:
    """Keep a consent that was handed over, ask it from now on, and tell who has keys of it."""
    from salus.consents.documents import read_consent

    presented = read_consent(read_file(document))
    kept = session.keeper.records.heed(presented)
    if not kept:
        session.salus.consents.checks.require(presented)
    session.emit({"consent": presented.consent.id, "kept": kept})


@command(group, "revoke")
def revoke(session: Session, patient: Patient, consent_id: ConsentId) -> None:
    """Permanently end a consent, registered or not."""
    consent = arguments.digest(consent_id)
    session.emit(
        _written(consent, session.salus.consents.revoke(arguments.address(patient), consent))
    )


@command(group, "sign-revocation")
def sign_revocation(
    session: Session,
    patient: Patient,
    consent_id: ConsentId,
    out: Annotated[Path, typer.Option(help="Where the signed document goes.")],
    lasting: Annotated[str, typer.Option("--for", help="How long it counts, as in 90d.")] = "90d",
) -> None:
    """Sign the end of a consent, for custodians to honour and anybody to submit; costs no gas."""
    require_new(out)
    salus, consent = session.salus, arguments.digest(consent_id)
    deadline = salus.chain.deadline(arguments.duration(lasting))
    signed = salus.consents.revocations.sign(
        arguments.address(patient), consent, by=salus.account, deadline=deadline
    )
    write_new(out, signed.to_json())
    session.emit({"consent": consent, "document": out, "deadline": deadline})


@command(group, "submit-revocation")
def submit_revocation(
    session: Session, document: Annotated[Path, typer.Argument(help="A signed revocation.")]
) -> None:
    """End a consent on chain by its signed revocation; whoever holds that may, and pays."""
    from salus.consents.revocations import SignedRevocation

    signed = SignedRevocation.from_json(read_file(document))
    transaction = session.salus.consents.revocations.submit(signed)
    session.emit(_written(signed.consent_id, transaction))


@command(group, "revoke-all")
def revoke_all(session: Session, patient: Patient) -> None:
    """End every consent of a patient in one write."""
    whose = arguments.address(patient)
    transaction = session.salus.consents.revoke_all(whose)
    session.emit({"patient": whose, "revoked": "all", "transaction": transaction.hash})


@command(group, "list")
def list_(
    session: Session,
    patient: Annotated[str | None, typer.Option(help="Granted by this identity.")] = None,
    grantee: Annotated[str | None, typer.Option(help="Naming this identity.")] = None,
    status: Annotated[str | None, typer.Option(help="stands, rests or over.")] = None,
    since: Annotated[str | None, typer.Option(help="Valid on this day or later.")] = None,
    until: Annotated[str | None, typer.Option(help="Valid before this day.")] = None,
    after: Annotated[str | None, typer.Option(help="Behind this one, by its id.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 100,
) -> None:
    """List the consents that are kept here, oldest first, and what became of each."""
    found = session.keeper.consents.search(
        patient=arguments.address(patient) if patient else None,
        grantee=arguments.address(grantee) if grantee else None,
        state=status,
        since=arguments.day(since) if since else None,
        until=arguments.day(until) if until else None,
        after=arguments.digest(after) if after else None,
        limit=limit,
    )
    listed = [
        {"consent": each.id, "patient": each.patient, "grantee": each.grantee, "state": each.state}
        for each in found
    ]
    session.emit({"consents": listed})


@command(group, "status")
def status(session: Session, patient: Patient, consent_id: ConsentId) -> None:
    """Show what the chain knows of a consent."""
    found = session.salus.consents.checks.status(
        arguments.address(patient), arguments.digest(consent_id)
    )
    session.emit(
        {
            "consent": arguments.digest(consent_id),
            "grantedAt": found.granted_at or None,
            "revokedAt": found.revoked_at or None,
            "active": found.active,
        }
    )


@command(group, "explain")
def explain(
    session: Session,
    record: Annotated[str | None, typer.Argument(help="A record's id.")] = None,
    what_if: Annotated[
        Path | None, typer.Option("--what-if", help="A consent document, or terms as JSON.")
    ] = None,
    patient: Annotated[str | None, typer.Option(help="Of terms: who would grant them.")] = None,
    grantee: Annotated[str | None, typer.Option(help="Of terms: to whom.")] = None,
    replacing: Annotated[str | None, typer.Option(help="The consent that would end.")] = None,
) -> None:
    """Show who can see a record, for what, by which consent; or what a consent would change."""
    from salus.cli.explaining import explained, supposed

    record = arguments.record_id(record) if record else None
    if what_if is not None:
        session.emit(supposed(session, what_if, record, (patient, grantee), replacing))
        return
    if record is None:
        raise typer.BadParameter("name a record, or a consent with --what-if")
    session.emit(explained(session, record))


@command(group, "check")
def check(
    session: Session, document: Annotated[Path, typer.Argument(help="A consent document.")]
) -> None:
    """Check that a consent document is in force now; exit code 6 when it is not."""
    from salus.consents.passed_documents import PassedConsent
    from salus.terms import describe

    presented, consents = _held(document), session.salus.consents
    if isinstance(presented, PassedConsent):
        standing = consents.passing.require(presented)
        grantee, terms = presented.grantee, [each.terms for each in presented.links]
    else:
        standing = consents.checks.require(presented)
        grantee, terms = presented.consent.grantee, []
    session.emit(
        {
            "consent": standing.consent.id,
            "grantee": grantee,
            "strength": str(standing.strength),
            "block": standing.block_number,
            "terms": describe(standing.consent.terms),
            "narrowedTo": [describe(each) for each in terms],
        }
    )


@command(group, "pass-on")
def pass_on(
    session: Session,
    document: Annotated[Path, typer.Argument(help="A consent, or what was passed on of one.")],
    grantee: Annotated[str, typer.Argument(help="To whom.")],
    terms: Annotated[Path, typer.Option(help="What is passed on at most, as JSON.")],
    out: Annotated[Path, typer.Option(help="Where the new document goes; keep it private.")],
    lasting: Annotated[str, typer.Option("--for", help="How long it counts, as in 90d.")] = "90d",
) -> None:
    """Pass on what one was granted, or less of it, as far as it may be; costs no gas."""
    require_new(out)
    salus = session.salus
    passed = salus.consents.passing.sign(
        _held(document),
        arguments.address(grantee),
        _terms(terms),
        until=salus.chain.deadline(arguments.duration(lasting)),
    )
    write_new(out, passed.to_json())
    link = passed.links[-1]
    session.emit(
        {
            "consent": passed.consent.id,
            "link": link.id,
            "grantee": link.grantee,
            "document": out,
            "until": link.until,
        }
    )


def _held(path: Path) -> Presented | PassedConsent:
    """A consent document, or one of a consent that was passed on."""
    from salus.consents.documents import read_consent
    from salus.consents.passed_documents import PASSED, PassedConsent

    written = read_json(path)
    is_passed = isinstance(written, dict) and written.get("type") == PASSED
    return PassedConsent.from_json(read_file(path)) if is_passed else read_consent(read_file(path))


def _terms(path: Path) -> Any:
    from salus.errors import InputError
    from salus.terms.json_form import from_json

    document = read_json(path)
    if not isinstance(document, dict):
        raise InputError(f"{path} holds no terms: write an object as docs/terms.md#json shows it")
    return from_json(document)


def _written(consent_id: bytes, transaction: Any) -> dict[str, Any]:
    return {
        "consent": consent_id,
        "transaction": transaction.hash,
        "block": transaction.block_number,
        "gas": transaction.gas_used,
    }
