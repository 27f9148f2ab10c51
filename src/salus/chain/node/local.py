"""Local nodes for tests and demonstrations, started here and ended here.

Example:
    $ python -c "from salus.chain.node.local import local_node
    with local_node('anvil') as node: print(node.url)"
"""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from salus.chain.errors import ChainUnreachable, NodeUnavailable
from salus.chain.node.rpc import HttpRpc
from salus.primitives.values import typed

START_TIMEOUT = 60.0
"""Seconds to wait for a node to answer."""
_LISTENING = re.compile(rb"(?:Listening on |server at http://)127\.0\.0\.1:(\d+)[/\s]")
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_HARDHAT_CONFIG = """\
module.exports = {
  solidity: "0.8.37",
  networks: { hardhat: { chainId: 31337, hardfork: "prague" } },
};
"""


@dataclass(frozen=True, slots=True)
@typed
class LocalNode:
    """A running node: its kind, URL and process id."""

    kind: str
    url: str
    pid: int


@contextmanager
def local_node(kind: str = "anvil", *, arguments: Sequence[str] = ()) -> Iterator[LocalNode]:
    """Run anvil or Hardhat for as long as the block lasts; the node is yielded once it answers.

    On Linux it ends with this process, even when that is killed. ``arguments`` are added to its
    command line.
    """
    if kind not in ("anvil", "hardhat"):
        raise NodeUnavailable(kind=kind, reason="there are anvil and hardhat")
    modules = _node_modules(kind)
    with tempfile.TemporaryDirectory(prefix="salus-node-") as folder:
        log = Path(folder) / "log"
        start = _start_anvil if kind == "anvil" else _start_hardhat
        process = start(modules, Path(folder), log, arguments)
        with _not_orphaned(process):
            try:
                yield _ready(kind, process, _announced_port(kind, process, log), log)
            finally:
                _end(process)


def _node_modules(kind: str) -> Path:
    """Find node_modules from here upwards, and from this package's own checkout upwards."""
    package = "@foundry-rs/anvil" if kind == "anvil" else "hardhat"
    for start in (Path.cwd(), Path(__file__).resolve()):
        for folder in (start, *start.parents):
            if (folder / "node_modules" / package).is_dir():
                return folder / "node_modules"
    raise NodeUnavailable(kind=kind, reason=f"npm package {package} is missing: run `npm ci`")


def _start_anvil(
    modules: Path, folder: Path, log: Path, arguments: Sequence[str]
) -> subprocess.Popen[bytes]:
    # The native binary itself: npm's wrapper is a Node script that orphans its child.
    system, machine = platform.system().lower(), platform.machine()
    name = f"anvil-{system}-{_ARCHITECTURES.get(machine, machine)}"
    binary = modules / "@foundry-rs" / name / "bin" / "anvil"
    if not binary.is_file():
        raise NodeUnavailable(kind="anvil", reason=f"npm package @foundry-rs/{name} is missing")
    command = [str(binary), "--host", "127.0.0.1", "--port", "0", *arguments]
    return _run(command, folder, log)


def _start_hardhat(
    modules: Path, folder: Path, log: Path, arguments: Sequence[str]
) -> subprocess.Popen[bytes]:
    config = folder / "hardhat.config.cjs"
    config.write_text(_HARDHAT_CONFIG, encoding="utf-8")
    command = [
        "node",
        str(modules / "hardhat" / "internal" / "cli" / "cli.js"),
        *("--config", str(config), "node"),
        *("--hostname", "127.0.0.1", "--port", "0", *arguments),
    ]
    # Hardhat refuses to run from where it is not installed.
    return _run(command, modules.parent, log)


def _run(command: Sequence[str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "true"}
    with log.open("wb") as output:
        try:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            reason = f"{command[0]}: {error.strerror}"
            raise NodeUnavailable(kind=Path(command[0]).name, reason=reason) from None


@contextmanager
def _not_orphaned(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """End the node even when this process is killed, where the system can tell (Linux)."""
    watcher = _watcher(process.pid) if hasattr(os, "pidfd_open") and sys.executable else None
    try:
        yield
    finally:
        if watcher is not None:
            watcher.kill()
            watcher.wait()


def _watcher(node: int) -> subprocess.Popen[bytes] | None:
    script = str(Path(__file__).with_name("orphans.py"))
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", script, str(os.getpid()), str(node)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None  # the node runs all the same, unwatched


def _announced_port(kind: str, process: subprocess.Popen[bytes], log: Path) -> int:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        if found := _LISTENING.search(log.read_bytes()):
            return int(found[1])
        time.sleep(0.02)
    raise NodeUnavailable(kind=kind, reason=_last_words(log))


def _ready(kind: str, process: subprocess.Popen[bytes], port: int, log: Path) -> LocalNode:
    url = f"http://127.0.0.1:{port}"
    rpc = HttpRpc(url, timeout=5)
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            rpc.request("eth_chainId")
        except ChainUnreachable:
            time.sleep(0.05)
        else:
            rpc.close()
            return LocalNode(kind, url, process.pid)
    raise NodeUnavailable(kind=kind, reason=_last_words(log))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the node and whatever it started: all of it is one process group of ours."""
    for each in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, each)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue
        return


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it ended without a word"
