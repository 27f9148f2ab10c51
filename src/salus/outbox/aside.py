"""Putting a damaged outbox aside: it is renamed, never deleted, and the next act begins a new one.

Example:
    >>> from pathlib import Path
    >>> aside(Path("/state/outbox.sqlite")).name
    'outbox.sqlite.aside-1'
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

from salus.outbox.errors import OutboxUnavailable
from salus.outbox.file import OutboxFile
from salus.outbox.place import OutboxPlace
from salus.outbox.under_way import UnderWay
from salus.primitives.files import named_errors
from salus.store.postgres import is_postgres

_BESIDE = ("-wal", "-shm", "")
"""What SQLite keeps beside a database has its name; the database itself comes last."""
_NO_FILE = {
    False: "it lies in no file",
    True: "it lies in a database, where what others have open is not renamed: end all that write to"
    " it, and rename its schema, ALTER SCHEMA salus_outbox RENAME TO salus_outbox_aside",
}


def aside(file: Path) -> Path:
    """The first name that nothing has yet."""
    names = (file.with_name(f"{file.name}.aside-{number}") for number in count(1))
    return next(name for name in names if not any(Path(f"{name}{end}").exists() for end in _BESIDE))


def put_aside(outbox: OutboxPlace, under_way: UnderWay) -> Path:
    """Rename the file, with all that belongs to it.

    Raises:
        OutboxUnavailable: A call here, or another process, has acts under way; or it is no file.
        StorageUnavailable: The system refuses.
    """
    file = outbox.file
    if file is None or not isinstance(outbox, OutboxFile):
        raise OutboxUnavailable(outbox.url, _NO_FILE[is_postgres(outbox.url)], advice="")
    _require_nobody(outbox, under_way)
    with outbox.kept_closed(), named_errors(str(file)):
        _require_nobody(outbox, under_way)  # a call may have written its row a moment ago
        name = aside(file)
        for end in _BESIDE:
            beside = Path(f"{file}{end}")
            if beside.exists():
                beside.rename(f"{name}{end}")
    return name


def _require_nobody(outbox: OutboxPlace, under_way: UnderWay) -> None:
    if under_way.is_any_here():
        raise OutboxUnavailable(
            outbox.url, "a call has acts under way: wait for its end", advice=""
        )
    if under_way.lives_elsewhere():
        reason = "another process has acts under way: end it first"
        raise OutboxUnavailable(outbox.url, reason, advice="")
