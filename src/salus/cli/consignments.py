"""Files about packs, read from their paths: manifests, consignments, lists of serials.

Example:
    >>> packs_in(Path("/nonexistent"))
    Traceback (most recent call last):
    salus_verify.errors.InputError: cannot read /nonexistent: No such file or directory
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from salus.cli.files import read_file, read_text, require_utf8, written_first

if TYPE_CHECKING:
    from salus.chain.chain import Chain
    from salus.drugs.documents.consignment import Consignment
    from salus.drugs.documents.sources import PackSource


def packs_in(file: Path) -> PackSource:
    """A manifest or a consignment."""
    from salus.drugs.documents.sources import read_packs

    content = read_file(file)
    require_utf8(file, content)
    return read_packs(content, file=str(file))


def consignment_in(file: Path) -> Consignment:
    """What came with a shipment."""
    from salus.drugs.documents.consignment import Consignment
    from salus.drugs.errors import MalformedOpening

    try:
        return Consignment.from_json(read_file(file))
    except MalformedOpening as error:
        raise MalformedOpening(error.problem, file=str(file)) from error


def serials_in_file(file: Path) -> list[str]:
    """The serial numbers in a text file, one a line."""
    from salus.supply.serials import serials_in

    return serials_in(read_text(file), name=str(file))


def kept_in(
    file: Path | None, chain: Chain
) -> Callable[[bytes], AbstractContextManager[None]] | None:
    """What stores a document in a file before the act that names it; nothing without a file."""
    return None if file is None else lambda content: written_first(file, content, chain=chain)
