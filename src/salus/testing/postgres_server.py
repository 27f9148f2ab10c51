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
from contextlib import contextmanager, suppress
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


class PostgresServer:
    """A server that can be killed and started again over the same data, on the same port.

    Attributes:
        url: The URL of its superuser, without a database.
    """

    def __init__(self, folder_of_programs: Path, folder: Path) -> None:
        self._programs, self._folder = folder_of_programs, folder
        self._whom: dict[str, Any] = {}
        data, secret = folder / "data", folder / "secret"
        data.mkdir()
        secret.write_text(PASSWORD)
        if os.geteuid() == 0:  # which Postgres refuses
            self._whom = {"user": "postgres", "group": "postgres", "extra_groups": []}
            for each in (folder, data, secret):
                shutil.chown(each, "postgres", "postgres")
        secured = ("--auth=scram-sha-256", f"--pwfile={secret}", "--username=salus")
        made = [str(folder_of_programs / "initdb"), "-D", str(data), *secured]
        made += ["--no-sync", "--encoding=UTF8"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder, **self._whom)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"postgresql://salus:{PASSWORD}@127.0.0.1:{self._port}"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off")
        words = [word for each in settings for word in ("-c", each)]
        program, data = self._programs / "postgres", self._folder / "data"
        self._running = subprocess.Popen(
            [program, "-D", data, "-p", str(self._port), *words],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self._whom,
        )
        _wait(self._port, self._running, ready=self._programs / "pg_isready")

    def kill(self) -> None:
        """Kill it and all its processes, as when its machine loses them."""
        if self._running is None:
            return
        main = self._running.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for each in (main, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._running.wait()
        for child in children:
            while Path(f"/proc/{child}").exists():
                time.sleep(0.01)
        (self._folder / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        """Have it let go of who is still connected, and end."""
        if self._running is not None:
            self._running.send_signal(_FAST)
            self._running.wait()


@contextmanager
def postgres_server(folder_of_programs: Path) -> Iterator[PostgresServer]:
    """Run one."""
    with tempfile.TemporaryDirectory(prefix="salus-postgres-") as folder:
        server = PostgresServer(folder_of_programs, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _wait(port: int, running: subprocess.Popen[bytes], *, ready: Path) -> None:
    """Wait until it takes connections: it listens before that, and says that it is starting."""
    asked = [str(ready), "-q", "-h", "127.0.0.1", "-p", str(port)]
    while running.poll() is None:
        if subprocess.run(asked, check=False).returncode == 0:
            return
        time.sleep(0.02)
    raise RuntimeError("postgres ended at once")
