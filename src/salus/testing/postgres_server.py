"""A Postgres server on loopback, in a temporary folder, for as long as tests need it.

Example:
    >>> folder = programs()
    >>> folder is None or (folder / "postgres").exists()
    True
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PASSWORD = "a-password-of-the-database"  # noqa: S105 - of a server that lives for minutes
_FAST = signal.SIGINT
"""At which a server lets go of who is still connected, and ends."""


def programs() -> Path | None:
    """The folder of initdb and postgres, which Debian keeps out of PATH; None where they lack."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


@contextmanager
def postgres_server(folder_of_programs: Path) -> Iterator[str]:
    """Run one; yields the URL of its superuser, without a database."""
    with tempfile.TemporaryDirectory(prefix="salus-postgres-") as folder:
        data, secret = Path(folder) / "data", Path(folder) / "secret"
        data.mkdir()
        secret.write_text(PASSWORD)
        whom: dict[str, Any] = {}
        if os.geteuid() == 0:  # which Postgres refuses
            whom = {"user": "postgres", "group": "postgres", "extra_groups": []}
            for each in (folder, data, secret):
                shutil.chown(each, "postgres", "postgres")
        secured = ("--auth=scram-sha-256", f"--pwfile={secret}", "--username=salus")
        made = [
            str(folder_of_programs / "initdb"),
            "-D",
            str(data),
            *secured,
            "--no-sync",
            "--encoding=UTF8",
        ]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder, **whom)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
        words = [word for each in settings for word in ("-c", each)]
        running = subprocess.Popen(
            [folder_of_programs / "postgres", "-D", data, "-p", str(port), *words],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **whom,
        )
        try:
            _wait(port, running)
            yield f"postgresql://salus:{PASSWORD}@127.0.0.1:{port}"
        finally:
            running.send_signal(_FAST)
            running.wait()


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("postgres ended at once")
