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
BY_CI = {"make demo", "make test", "pip install ./packages/salus-verify '.[demo]'"}
USUAL_PORT = 8545
START = "npx --yes --package=@foundry-rs/anvil anvil --silent"


def blocks(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^```(console|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def script(text: str, port: int) -> str:
    """The README as one program. Where its port is taken, its node alone is started on another."""
    lines = ["set -euo pipefail"]
    for kind, body in blocks(text):
        if kind == "python":
            lines += ["python - <<'END_OF_PROGRAM'", body.rstrip("\n"), "END_OF_PROGRAM"]
            continue
        for line in body.splitlines():
            assert line.startswith("$ "), f"a console block of the README holds output: {line!r}"
            command = line.removeprefix("$ ")
            if port != USUAL_PORT:
                command = command.replace(START, f"{START} --port {port}")
            if command not in BY_CI:
                lines += [f"echo {'+ ' + command!r} >&2", command]
            if command.startswith(START):
                lines.append(WAIT_FOR_NODE.format(port=port))
    return "\n".join(lines)


WAIT_FOR_NODE = """\
for _ in $(seq 3000); do (echo > /dev/tcp/127.0.0.1/{port}) 2>/dev/null && break; sleep 0.1; done"""


def free_port() -> int:
    """The README's own port; another one where somebody's node listens there."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", USUAL_PORT)) != 0:
            return USUAL_PORT
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        return int(other.getsockname()[1])


def test_runs_as_written(root: Path, tmp_path: Path) -> None:
    if not (root / "node_modules/.bin/anvil").exists():
        pytest.skip("node_modules is absent: make setup")
    port = free_port()
    shutil.copy(root / "package.json", tmp_path)  # npx looks for its packages beside it
    (tmp_path / "node_modules").symlink_to(root / "node_modules")
    written = (root / "README.md").read_text()
    text = written.replace("/tmp/salus-", f"{tmp_path}/salus-")  # noqa: S108 - the README says so
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SALUS_")}
    log = tmp_path / "output.txt"
    with log.open("wb") as output:  # a pipe would stay open as long as the README's node runs
        process = subprocess.Popen(
            ["bash", "-c", script(text, port)],
            cwd=tmp_path,
            env={**clean, "PATH": path, "SALUS_RPC_URL": f"http://127.0.0.1:{port}"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        code = process.wait(timeout=600)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
    assert code == 0, log.read_text()[-4000:]
    printed = log.read_text().splitlines()
    for said in re.findall(r"^ *print\(.*\)  # (.+)$", text, re.MULTILINE):
        assert said in printed


def test_ci_runs_what_this_test_cannot(root: Path) -> None:
    steps = {line.strip() for line in (root / ".ci/run").read_text().splitlines()}
    assert steps >= BY_CI | {"salus demo"}
    written = (root / "README.md").read_text()
    assert all(f"$ {command}\n" in written for command in BY_CI | {"salus demo"})


def test_another_node_on_the_readme_s_port_is_left_alone() -> None:
    text = f"```console\n$ {START} &\n$ salus doctor --network anvil\n```\n"
    assert f"\n{START} &\n" in script(text, USUAL_PORT)
    moved = script(text, 4321)
    assert f"\n{START} --port 4321 &\n" in moved
    assert "/dev/tcp/127.0.0.1/4321" in moved
