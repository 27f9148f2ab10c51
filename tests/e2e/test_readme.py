"""Every command and every program of the README runs, in the README's order, in one shell."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

# Run by .ci/run itself, each in a place of its own: a test inside `make test` cannot run them.
BY_CI = {"make demo", "make test", "pip install ."}


def blocks(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(console|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def script(text: str) -> str:
    lines = ["set -euo pipefail"]
    for kind, body in blocks(text):
        if kind == "python":
            lines += ["python - <<'END_OF_PROGRAM'", body.rstrip("\n"), "END_OF_PROGRAM"]
            continue
        for line in body.splitlines():
            assert line.startswith("$ "), f"a console block of the README holds output: {line!r}"
            command = line.removeprefix("$ ")
            if command not in BY_CI:
                lines += [f"echo {'+ ' + command!r} >&2", command]
            if command.startswith("npx anvil"):
                lines.append(WAIT_FOR_NODE)
    return "\n".join(lines)


WAIT_FOR_NODE = """\
for _ in $(seq 100); do (echo > /dev/tcp/127.0.0.1/8545) 2>/dev/null && break; sleep 0.1; done"""


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_runs_as_written(root: Path, tmp_path: Path) -> None:
    if not (root / "node_modules/.bin/anvil").exists():
        pytest.skip("node_modules is absent: make setup")
    if not port_is_free(8545):
        pytest.skip("port 8545 is taken: the README starts anvil there")
    shutil.copy(root / "package.json", tmp_path)  # npx looks for its packages beside it
    (tmp_path / "node_modules").symlink_to(root / "node_modules")
    written = (root / "README.md").read_text()
    text = written.replace("/tmp/salus-", f"{tmp_path}/salus-")  # noqa: S108 - the README says so
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SALUS_")}
    log = tmp_path / "output.txt"
    with log.open("wb") as output:  # a pipe would stay open as long as the README's node runs
        process = subprocess.Popen(
            ["bash", "-c", script(text)],
            cwd=tmp_path,
            env={**clean, "PATH": path},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(timeout=240)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
    assert code == 0, log.read_text()[-4000:]


def test_ci_runs_what_this_test_cannot(root: Path) -> None:
    steps = (root / ".ci/run").read_text()
    assert "make test" in steps
    assert 'bin/salus" demo' in steps
    assert "pip install" in steps
    assert "make demo" in steps
