"""How manifests, consignments and openings are read: strictly, and as large as lots are.

Example:
    >>> fields = fields_of(b'{"size":3,"type":"x/v1"}', kind="x/v1")
    >>> fields.integer("size")
    3
"""

from __future__ import annotations

from datetime import date

from salus.drugs.errors import MalformedOpening
from salus_verify.fields import Fields

_LONGEST = 1 << 36
"""Ten million serials are 200 MB."""
MOST_PACKS = (1 << 40) - 1


def fields_of(data: bytes | str, *, kind: str) -> Fields:
    """Read one document of a kind."""
    raw = data.encode(errors="replace") if isinstance(data, str) else data
    return Fields.parse(raw, kind=kind, error=MalformedOpening, longest=_LONGEST)


def read_day(fields: Fields, name: str) -> date:
    """Read a date, YYYY-MM-DD.

    Raises:
        MalformedOpening: There is not a such day.
    """
    try:
        return date.fromisoformat(fields.text(name, longest=10))
    except ValueError:
        fields.fail(f"{name!r} is not a date YYYY-MM-DD")
