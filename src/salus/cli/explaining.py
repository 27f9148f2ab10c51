"""What ``salus consents explain`` shows: accesses to a record, and changes of them.

Example:
    >>> _named(None)
    Traceback (most recent call last):
    salus_verify.errors.InputError: these are terms, which name nobody: give --patient and --grantee
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from salus.cli import arguments
from salus.cli.files import read_file, read_json
from salus.errors import InputError

if TYPE_CHECKING:
    from salus.cli.session import Session
    from salus.consents.documents import Consent
    from salus.records.explaining import Access


def explained(session: Session, record: str) -> dict[str, Any]:
    """Who can see a record."""
    found = session.keeper.records.explain(record)
    access = [_access(each) for each in found]
    return {"record": record, "access": access, "supposed": None}


def supposed(
    session: Session,
    path: Path,
    record: str | None,
    between: tuple[str | None, str | None],
    replacing: str | None,
) -> dict[str, Any]:
    """What a consent would change, and whom it names that nobody here knows."""
    keeper = session.keeper
    consent = _consent(session, path, *between)
    changed = keeper.records.what_if(
        consent,
        replacing=arguments.digest(replacing) if replacing else None,
        records=[record] if record else None,
    )
    said = {
        "grantee": consent.grantee,
        "patient": consent.patient,
        "unknownActors": list(
            keeper.consents.actors.unknown(consent.terms, patient=consent.patient)
        ),
        "changes": [
            {
                "record": each.record,
                "kind": each.kind,
                "gained": [_access(one) for one in each.gained],
                "lost": [_access(one) for one in each.lost],
            }
            for each in changed
        ],
    }
    return {"record": record, "access": None, "supposed": said}


def _named(address: str | None) -> str:
    """An address that terms need beside them."""
    if address is None:
        raise InputError("these are terms, which name nobody: give --patient and --grantee")
    return arguments.address(address)


def _consent(session: Session, path: Path, patient: str | None, grantee: str | None) -> Consent:
    from salus.consents.documents import read_consent
    from salus.terms.json_form import from_json

    written = read_json(path)
    if isinstance(written, dict) and "type" in written:
        return read_consent(read_file(path)).consent
    return session.salus.consents.propose(_named(patient), _named(grantee), from_json(written))


def _access(access: Access) -> dict[str, Any]:
    from salus.records.explaining import widest

    return {
        "grantee": access.grantee,
        "action": access.action.value,
        "purposes": list(widest(access.purposes)),
        "consent": access.consent,
        "conditional": access.conditional,
        "since": access.since,
        "until": access.until,
        "shared": access.shared,
    }
