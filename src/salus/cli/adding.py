"""How ``salus records add`` takes a file in: FHIR by its resources, anything else as a stream.

Example:
    >>> is_fhir("application/fhir+json"), is_fhir("application/dicom"), is_fhir(None)
    (True, False, False)
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from salus.cli.progress import byte_bar
from salus.errors import InputError
from salus.records.files import FileSource, open_source

if TYPE_CHECKING:
    from salus.cli.session import Session
    from salus.primitives.address import Address
    from salus.records.adding import AddedRecords
    from salus.terms.request import ResourceFacts


def is_fhir(media_type: str | None) -> bool:
    """Whether a media type is that of FHIR in JSON."""
    from salus.records.facts import speaks_for_itself

    return media_type is not None and speaks_for_itself(media_type)


@dataclass(frozen=True, slots=True)
class FileAddition:
    """One file on its way into the vault."""

    session: Session
    path: Path
    patient: Address
    padding: str
    record: str | None
    number: str | None = None

    def any_kind(self, facts: ResourceFacts, media_type: str | None) -> AddedRecords:
        """Take in the file as one record, block by block."""
        records = self.session.keeper.records
        with (
            open_source(self.path) as source,
            byte_bar(self.session, "storing", total=source.size) as told,
        ):
            source.progress = told
            return records.add(
                source,
                patient=self.patient,
                about=facts,
                media_type=media_type,
                record=self.record,
                number=self.number,
                padding=self.padding,
                resume=True,
            )

    def fhir(self, *, validate: bool) -> AddedRecords:
        """Take in the file's resources, each as a record of its own."""
        from salus.fhir.bundle import resources
        from salus.fhir.validate import validate as require_valid
        from salus.records.facts import FHIR_JSON

        with open_source(self.path) as source:
            data = self._whole(source)
        for each in resources(data) if validate else ():
            require_valid(each.content)
        records = self.session.keeper.records
        if self.record is None:
            return records.add_bundle(
                data,
                patient=self.patient,
                number=self.number,
                padding=self.padding,
                resume=True,
            )
        return records.add(
            data,
            patient=self.patient,
            media_type=FHIR_JSON,
            record=self.record,
            number=self.number,
            padding=self.padding,
            resume=True,
        )

    def _whole(self, source: FileSource) -> bytes:
        if source.is_binary():
            raise InputError(
                f"{self.path} is not FHIR in JSON: say what it is with --type and --class, as in"
                " --type application/dicom --class ImagingStudy"
            )
        return b"".join(iter(lambda: source.read(1 << 20), b""))
