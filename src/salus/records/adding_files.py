"""Adding a file as what it is: FHIR by its resources, anything else as one record.

Example:
    >>> import salus, tempfile
    >>> clinic = salus.connect("tester", storage="memory://example-adding-files")
    >>> file = Path(tempfile.mkdtemp()) / "study.dcm"
    >>> _ = file.write_bytes(b"DICM pixels")
    >>> added = clinic.records.add_file(file, patient=clinic, about="ImagingStudy")
    >>> [record] = clinic.records
    >>> record.media_type
    'application/dicom'
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from pathlib import Path
from typing import TYPE_CHECKING

from salus.errors import InputError
from salus.primitives.address import AnyIdentity
from salus.primitives.arguments import typed_arguments
from salus.records.added import AddedRecords
from salus.records.facts import FHIR_JSON, speaks_for_itself
from salus.records.files import FileSource, open_source
from salus.records.naming import AnyRecord
from salus.terms.request import ResourceFacts

if TYPE_CHECKING:
    from salus.records.adding import Adding


class AddingFiles:
    """What becomes of a file that a custodian adds."""

    def __init__(self, adding: Adding) -> None:
        self._adding = adding

    @typed_arguments
    def add_file(
        self,
        file: Path | FileSource,
        *,
        patient: AnyIdentity,
        number: str | None = None,
        about: str | ResourceFacts | None = None,
        media_type: str | None = None,
        record: AnyRecord | None = None,
        padding: str = "none",
        validate: bool = True,
        whole: bool = False,
        resume: bool = False,
    ) -> AddedRecords:
        """Store and anchor a file: FHIR one record a resource, anything else as one record.

        It is FHIR where its media type says so, and where neither media type nor ``about`` is
        given. FHIR says itself what it is about; everything else is told.

        Args:
            file: Its path, or a file that is open.
            patient: The identity that the patient uses here, or a signer that acts for it.
            number: Whose it is, where it is FHIR that names nobody.
            about: What consent terms look at in what is not FHIR, as for :meth:`add`.
            media_type: What it is (RFC 6838).
            record: The record that this is a new version of, or its id; FHIR is then one resource.
            padding: ``padme`` hides exact lengths.
            validate: Refuse FHIR that breaks R4's rules; False keeps it as it came.
            whole: Keep a document or message Bundle as one record, as for :meth:`add_bundle`.
            resume: Leave alone what is kept already, as for :meth:`add_bundle`.

        Returns:
            The records in order, and the checkpoint that covers them.

        Raises:
            InputError: ``about`` is missing, or given for FHIR; or as for :meth:`add` and
                :meth:`add_bundle`, as are the others.
        """
        fhir = speaks_for_itself(media_type) if media_type else about is None
        if fhir and about is not None:
            raise InputError(
                "a FHIR resource says itself what it is about: leave out `about=`, or give the"
                " `media_type=` that it has"
            )
        if whole and (not fhir or record is not None):
            raise InputError("`whole=` is for a new Bundle of FHIR: leave it out")
        if not fhir:
            return self._adding.add(
                file,
                patient=patient,
                number=number,
                about=about,
                media_type=media_type,
                record=record,
                padding=padding,
                resume=resume,
                validate=validate,
            )
        data = _whole(file)
        if media_type is None and not _may_be_fhir(data):
            raise _not_fhir(file)
        if record is None:
            return self._adding.add_bundle(
                data,
                patient=patient,
                number=number,
                padding=padding,
                resume=resume,
                validate=validate,
                whole=whole,
            )
        return self._adding.add(
            data,
            patient=patient,
            number=number,
            media_type=FHIR_JSON,
            record=record,
            padding=padding,
            resume=resume,
            validate=validate,
        )


def _whole(file: Path | FileSource) -> bytes:
    if isinstance(file, os.PathLike):
        with open_source(Path(file)) as source:
            return _whole(source)
    if file.is_binary():
        raise _not_fhir(file)
    return b"".join(iter(lambda: file.read(1 << 20), b""))


def _may_be_fhir(data: bytes) -> bool:
    """Whether it begins as JSON's objects and lists do, or as XML, which FHIR's reader names."""
    return data.removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"[", b"<")


def _not_fhir(file: Path | FileSource) -> InputError:
    path = file.path if isinstance(file, FileSource) else file
    return InputError(
        f"{path} is not FHIR in JSON: say what it is with `media_type=` and `about=`, such as"
        " application/dicom and ImagingStudy"
    )
