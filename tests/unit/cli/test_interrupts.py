"""Ctrl-C and terminals that cannot show everything: one line, an exit code, no traceback."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from tests.support.command_line import CommandLine, tree

pytestmark = pytest.mark.slow

SALUS = "from salus.cli import main; raise SystemExit(main())"


@pytest.fixture
def silent_node() -> Iterator[tuple[str, socket.socket]]:
    """A node that takes a question and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(300)
        yield f"http://127.0.0.1:{server.getsockname()[1]}", server


@pytest.fixture(autouse=True)
def signals_are_heard() -> Iterator[None]:
    """What this suite was told to ignore, under nohup say, its children would ignore as well."""
    heard = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(each, signal.SIG_DFL) for each in heard]
    yield
    for each, handler in zip(heard, before, strict=True):
        signal.signal(each, handler)


def stopped_by(
    asked: signal.Signals, node: tuple[str, socket.socket], *more: str, program: str = SALUS
) -> tuple[int, str, str]:
    """What a command says that is asked to stop while it waits for its node."""
    url, server = node
    words = ["identities", "show", "0x" + "11" * 20, "--network", url, *more]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with server.accept()[0] as question:  # closed, it would be asked again
        question.recv(1)
        process.send_signal(asked)
        out, err = process.communicate(timeout=300)
    return process.returncode, out, err


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_with_a_line(
    silent_node: tuple[str, socket.socket], asked: signal.Signals, as_json: bool
) -> None:
    code, out, err = stopped_by(asked, silent_node, *["--json"] * as_json)
    assert code == 128 + asked
    if as_json:
        assert json.loads(out)["error"]["exitCode"] == code
        assert err == ""
    else:
        assert err == "Interrupted: interrupted; what was already sent stays\n"


IMPATIENT = """
import os, signal, sys
from salus.cli import main, run

def fail(*words, said=run._fail, **more):
    os.kill(os.getpid(), signal.SIGINT)
    return said(*words, **more)

run._fail = fail
code = main()
os.kill(os.getpid(), signal.SIGTERM)
print("not reached", file=sys.stderr)
"""


def test_who_asks_again_gets_the_line_and_the_code_of_the_first(
    silent_node: tuple[str, socket.socket],
) -> None:
    code, _, err = stopped_by(signal.SIGINT, silent_node, program=IMPATIENT)
    assert (code, err) == (130, "Interrupted: interrupted; what was already sent stays\n")


def test_what_whoever_began_a_command_passes_over_is_passed_over(
    silent_node: tuple[str, socket.socket],
) -> None:
    """As `nohup` does; a later signal shows that the first one had no effect."""
    program = f"""
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
{SALUS}"""
    url, server = silent_node
    words = ["identities", "show", "0x" + "11" * 20, "--network", url]
    command = [sys.executable, "-c", program, *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as told, server.accept()[0] as question:
        question.recv(1)
        told.send_signal(signal.SIGHUP)
        told.send_signal(signal.SIGTERM)
        assert told.wait(300) == 128 + signal.SIGTERM


def test_what_was_noted_on_an_interrupt_is_told(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        error = KeyboardInterrupt()
        error.add_note("transaction 0xab was sent")
        raise error

    monkeypatch.setattr("salus.connecting.connect.connect", stop)
    assert cli("identities", "show", cli.me).error[2].endswith("transaction 0xab was sent")


NARROW = ("ascii", "latin-1", "cp1252")


@pytest.mark.parametrize("encoding", NARROW)
def test_every_page_of_help_shows_on_every_terminal(encoding: str) -> None:
    pages = [path.split() for path in tree()]
    program = f"""
from salus.cli import main
for page in {pages!r}:
    assert main([*page, "--help"]) == 0, page
"""
    around = {**os.environ, "PYTHONIOENCODING": encoding, "FORCE_COLOR": "1"}
    done = subprocess.run([sys.executable, "-c", program], env=around, capture_output=True)
    assert done.returncode == 0, done.stderr[-500:]


@pytest.mark.parametrize("encoding", NARROW)
def test_an_error_with_any_name_in_it_shows_on_every_terminal(encoding: str) -> None:
    around = {**os.environ, "PYTHONIOENCODING": encoding}
    words = ["consents", "register", "żółć-電子.json", "--network", "tester"]
    done = subprocess.run([sys.executable, "-c", SALUS, *words], env=around, capture_output=True)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"InputError: cannot read")
