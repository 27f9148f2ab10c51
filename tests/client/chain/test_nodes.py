"""Local nodes live as long as their block, and time passes when told."""

import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from salus.chain import connect, development_account
from salus.chain.errors import ChainUnreachable, NodeUnavailable
from salus.chain.node.local import local_node
from salus.config import Settings
from salus.testing import advance

STARTER = """
import sys, time
from salus.chain.node.local import local_node
with local_node(sys.argv[1]) as node:
    print(node.pid, flush=True)
    time.sleep(600)
"""
on_linux = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="only Linux tells when another process ends"
)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def ends(pid, *, seconds):
    """Wait for the end of a process that is not ours."""
    try:
        ended, _, _ = select.select([os.pidfd_open(pid)], [], [], seconds)
    except ProcessLookupError:
        return True
    return bool(ended)


def watchers_of(pid):
    """Processes whose command line ends with a node's id."""
    found = []
    for folder in os.listdir("/proc"):
        try:
            with open(f"/proc/{folder}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except (OSError, ValueError):
            continue
        if words[-2:-1] == [str(pid).encode()] and b"orphans.py" in b"".join(words[-4:-3]):
            found.append(int(folder))
    return found


@pytest.mark.parametrize("kind", ["anvil", "hardhat"])
def test_a_node_ends_with_its_block_even_when_that_fails(kind):
    def fail():
        with local_node(kind) as node:
            seen.append(node)
            assert connect(kind, url=node.url).chain_id == 31337
            raise RuntimeError

    seen = []
    try:
        with pytest.raises(RuntimeError):
            fail()
    except NodeUnavailable as problem:
        pytest.skip(str(problem))
    (node,) = seen
    assert not alive(node.pid)
    with pytest.raises(ChainUnreachable):
        connect(node.url)


@on_linux
@pytest.mark.parametrize("kind", ["anvil", "hardhat"])
def test_a_node_ends_when_its_starter_is_killed(kind):
    starter = subprocess.Popen([sys.executable, "-c", STARTER, kind], stdout=subprocess.PIPE)
    try:
        said = starter.stdout.readline()
        if not said:
            pytest.skip(f"there is no {kind} here")
        node = int(said)
        assert alive(node)
        (watcher,) = watchers_of(node)
    finally:
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        starter.stdout.close()
    assert ends(node, seconds=300)
    assert ends(watcher, seconds=300)


@on_linux
def test_a_node_outlives_the_thread_that_started_it():
    context, started = local_node("anvil"), []
    thread = threading.Thread(target=lambda: started.append(context.__enter__()))
    thread.start()
    thread.join()
    if not started:
        pytest.skip("there is no anvil here")
    (node,) = started
    time.sleep(0.3)
    assert connect(node.url).chain_id == 31337
    (watcher,) = watchers_of(node.pid)
    context.__exit__(None, None, None)
    assert not alive(node.pid)
    assert not alive(watcher)


def test_a_node_that_is_not_installed_or_does_not_start_says_why():
    with pytest.raises(NodeUnavailable) as caught:
        local_node("geth").__enter__()
    assert caught.value.exit_code == 2
    with pytest.raises(NodeUnavailable) as caught:
        local_node("anvil", arguments=["--no-such-option"]).__enter__()
    assert "anvil" in str(caught.value)


def test_time_passes_when_told(chain):
    before = advance(chain, 1)  # a block of now: the latest may be minutes old
    after = advance(chain, 1000)
    assert after == chain.now()
    assert 1000 <= after - before < 1100


def test_settings_lead_to_a_node(anvil_url):
    around = {"SALUS_NETWORK": "anvil", "SALUS_RPC_URL": anvil_url}
    settings = Settings.load(dotenv=None, environment=around)
    with settings.connect() as chain:
        assert chain.network == "anvil"
        assert settings.open_account(chain) == development_account(0)


def test_the_in_process_chain_needs_no_settings(tmp_path):
    around = {"SALUS_DEPLOYMENT": str(tmp_path / "of-another-chain.json")}
    chain = Settings.load(dotenv=None, environment=around).connect()
    assert chain.network == "tester"
    assert (
        chain.contract("AnchorRegistry").address
        == chain.deployment.contracts["AnchorRegistry"].address
    )
