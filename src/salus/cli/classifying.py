"""``salus records classify``: what consent terms would see in a file, and why.

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
    """Add the command."""
    command(group, "classify")(classify)


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
