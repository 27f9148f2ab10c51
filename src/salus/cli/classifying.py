"""``salus records classify`` and ``relabel``: what consent terms see in a record, and why.

Example:
    $ salus records classify bundle.json
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salus.cli.files import read_file
from salus.cli.session import Session, command

if TYPE_CHECKING:
    from salus.fhir.bundle import Resource
    from salus.fhir.sensitivity.derivation import Derivation
    from salus.fhir.sensitivity.table import SensitivityTable

Table = Annotated[
    Path | None,
    typer.Option(
        "--sensitivity-table",
        metavar="FILE",
        help="One's own table of sensitive codes, beside the standard one.",
        envvar="SALUS_SENSITIVITY_TABLE",
    ),
]


def register(group: typer.Typer) -> None:
    """Add these verbs to the group of records."""
    command(group, "classify")(classify)
    command(group, "relabel")(relabel)


def classify(
    session: Session,
    file: Annotated[Path, typer.Argument(help="FHIR R4 as JSON: a resource, a Bundle, NDJSON.")],
    sensitivity_table: Table = None,
) -> None:
    """Show the class, labels and time of each resource, and what its labels follow from.

    Nothing is stored, and no node is asked.
    """
    from salus.fhir.bundle import resources

    table = _table(sensitivity_table)
    found = list(resources(read_file(file), table=table))
    session.emit({"table": table.version, "resources": [_shown(each) for each in found]})


def relabel(
    session: Session,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list them.")] = False,
    sensitivity_table: Table = None,
) -> None:
    """Read one's own FHIR records again, and move those that a later table labels anew.

    Who was given a key before keeps it; they are named.
    """
    session.sensitivity_table = sensitivity_table
    done = session.keeper.records.relabel(dry_run=dry_run)
    if any(each.readers for each in done.records):
        session.say("readers who were given these records before keep them: no move takes it back")
    session.emit(
        {
            "relabelled": [
                {
                    "record": each.record,
                    "added": sorted(each.added),
                    "confidentiality": each.confidentiality,
                    "readers": list(each.readers),
                }
                for each in done.records
            ],
            "unread": list(done.unread),
        }
    )


def _table(path: Path | None) -> SensitivityTable:
    from salus.fhir.sensitivity.standard import read_table, standard

    return standard() if path is None else read_table(path)


def _shown(resource: Resource) -> dict[str, Any]:
    facts, when = resource.facts, resource.when
    return {
        "type": resource.resource_type,
        "id": resource.id,
        "class": facts.resource_class,
        "sensitivities": sorted(facts.sensitivities),
        "confidentiality": facts.confidentiality.name,
        "from": None if when is None else when.start,
        "until": None if when is None else when.end,
        "why": [_reason(each) for each in resource.why],
    }


def _reason(derivation: Derivation) -> dict[str, Any]:
    return {
        "element": derivation.path,
        "found": derivation.found,
        "reason": derivation.reason,
        "confidence": derivation.confidence.value,
        "sensitivities": sorted(derivation.sensitivities),
    }
