"""``salus consents import`` and ``export``: FHIR Consents in, and out.

Example:
    $ salus consents import fhir.json --patient 0x<p> --grantee 0x<g> --out consent.json
    $ salus consents export 0x<consent> --out fhir.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli import arguments
from salus.cli.files import open_exact, read_file, require_new, write_new
from salus.cli.session import Session, command
from salus.fhir.consent_checking import LONGEST

if TYPE_CHECKING:
    from salus.consents.fhir_consents import FhirProposal

_TO = "--out, --terms or --signed"


def register(group: typer.Typer) -> None:
    """Add both commands to a group."""
    command(group, "import")(import_)
    command(group, "export")(export)


def import_(
    session: Session,
    document: Annotated[Path, typer.Argument(help="A FHIR R4 Consent as JSON.")],
    grantee: Annotated[str | None, typer.Option(help="Who may act on it.")] = None,
    patient: Annotated[
        str | None, typer.Option(help="Whose identity signs; else as statements say.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Sign it, and put the consent there; keep it private.")
    ] = None,
    terms: Annotated[
        Path | None, typer.Option(help="Sign nothing; put the terms there, for the patient.")
    ] = None,
    signed: Annotated[
        Path | None, typer.Option(help="The consent that the patient signed for it.")
    ] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="The uri of a policy that was read and adds nothing.")
    ] = None,
    residual: Annotated[
        bool, typer.Option("--residual", help="Take what does not fit, to be read first.")
    ] = False,
    unknown_actors: Annotated[
        bool, typer.Option("--unknown-actors", help="Take actors whom no statement names.")
    ] = False,
    lasting: Annotated[
        str, typer.Option("--for", help="How long it counts unregistered, as in 90d.")
    ] = "90d",
) -> None:
    """Make a consent of a FHIR Consent, or say by element why it cannot be one."""
    if sum(each is not None for each in (out, terms, signed)) != 1:
        raise typer.BadParameter(f"say what becomes of it, by one of {_TO}")
    data = _read(document)
    if signed is not None:
        session.emit(_kept(session, data, signed, policy or []))
        return
    if grantee is None:
        raise typer.BadParameter("name who may act on it, with --grantee")
    target = out or terms
    assert target is not None  # noqa: S101 -- one of the three was given
    require_new(target)
    client = session.salus if out is None else session.keeper
    proposal = client.consents.fhir.propose(
        data,
        arguments.address(grantee),
        patient=arguments.address(patient) if patient else None,
        policies=policy or [],
        residual=residual,
        unknown_actors=unknown_actors,
    )
    if out is None:
        from salus.terms.json_form import to_json

        write_new(target, _text(to_json(proposal.consent.terms)))
        session.emit(_shown(proposal, consent=None, document=None, terms=terms, deadline=None))
        return
    deadline = client.chain.deadline(arguments.duration(lasting))
    consent = client.consents.fhir.sign(proposal, by=client.account, deadline=deadline)
    write_new(target, consent.to_json())
    session.emit(
        _shown(proposal, consent=consent.consent.id, document=out, terms=None, deadline=deadline)
    )


def export(
    session: Session,
    consent_id: Annotated[str, typer.Argument(help="The consent's id, 32 bytes of hex.")],
    out: Annotated[Path, typer.Option(help="Where the FHIR Consent goes; keep it private.")],
    patient: Annotated[
        str | None, typer.Option(help="How its patient is written, as Patient/1.")
    ] = None,
) -> None:
    """Write a consent as a FHIR R4 Consent; it is active only while it stands on chain."""
    require_new(out)
    consent = arguments.digest(consent_id)
    found = session.keeper.consents.fhir.export(consent, patient=patient)
    write_new(out, found.data)
    session.emit(
        {
            "consent": consent,
            "document": out,
            "status": found.status,
            "imported": found.imported,
            "block": found.block,
        }
    )


def _kept(session: Session, data: bytes, path: Path, policies: list[str]) -> dict[str, Any]:
    """Keep the FHIR Consent beside the consent that was signed for it, and that one too."""
    from salus.consents.documents import read_consent

    presented = read_consent(read_file(path))
    client = session.keeper
    client.consents.checks.require(presented)
    unfit = client.consents.fhir.keep(presented, data, policies=policies)
    client.records.heed(presented)
    consent = presented.consent
    return {
        "consent": consent.id,
        "patient": consent.patient,
        "grantee": consent.grantee,
        "unfit": _places(unfit),
        "document": path,
        "terms": None,
        "deadline": None,
    }


def _shown(proposal: FhirProposal, **more: Any) -> dict[str, Any]:
    consent = proposal.consent
    return {
        "consent": more.pop("consent"),
        "patient": consent.patient,
        "grantee": consent.grantee,
        "unfit": _places(proposal.unfit),
        **more,
    }


def _places(unfit: tuple[str, ...]) -> list[str]:
    return [f"Consent.{each}" for each in unfit]


def _read(path: Path) -> bytes:
    """The exact bytes of a Consent; of a longer file one byte more than may be read."""
    with open_exact(path) as file:
        return file.read(LONGEST + 1)


def _text(document: dict[str, Any]) -> str:
    import json

    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
