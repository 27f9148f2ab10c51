"""Processes killed at random moments, again and again: nothing is lost, nothing is doubled.

A process writes a list of acts, each under its name, and is killed somewhere; the next begins
the list anew. In the end each act is on chain once, in order.
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from tests.support.campaigns import amount
from tests.support.killed import ROOT, written

KILLS = amount(1000, sample=6)
ACTS = 40
pytestmark = [pytest.mark.slow, pytest.mark.campaign]


def loop(state, node, stage):
    """Begin the list, and let it run for a random time after its first word."""
    command = [sys.executable, "-m", "tests.support.crash_loop", str(state), str(stage), str(ACTS)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **node}, stdout=subprocess.PIPE)


def test_each_act_happens_once_whatever_kills_its_process(state, node, me):
    chance, kills, stage = random.Random(11), 0, 0
    before = len(written(me.chain))
    while kills < KILLS:
        process = loop(state, node, stage)
        process.stdout.readline()  # connected: from here on it writes
        time.sleep(chance.uniform(0, 0.8))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        stage += process.returncode == 0  # it was done first: go on with a new list
    process = loop(state, node, stage)
    process.communicate()
    assert process.returncode == 0
    assert me.outbox.resume() == []
    wanted = [b"%d/%d" % (s, i) for s in range(stage + 1) for i in range(ACTS)]
    assert written(me.chain)[before:] == wanted
    assert {each.state.value for each in me.outbox} == {"done"}
