"""Ends a node whose starter was killed. Run as a script of its own, beside the node.

A killed process cannot clean up, and Linux's own signal on a parent's death (PR_SET_PDEATHSIG)
fires when the *thread* that started the child ends. This script waits for either process, by
descriptors that stand for the processes themselves: it never polls and outlives neither.

Example:
    $ python -I -S src/salus/chain/node/orphans.py <starter's process id> <node's process id>
"""

from __future__ import annotations

import os
import select
import signal
import sys


def end_with(starter: int, node: int) -> bool:
    """Wait until the starter or the node ends; after the starter kill the node's process group.

    Raises:
        OSError: This system has no descriptors of processes (Linux before 5.3, say).
    """
    try:
        watched_node = os.pidfd_open(node)
    except ProcessLookupError:
        return False
    try:
        watched_starter = os.pidfd_open(starter)
    except ProcessLookupError:
        return _kill(node)
    ended, _, _ = select.select([watched_starter, watched_node], [], [])
    return watched_node not in ended and _kill(node)


def _kill(node: int) -> bool:
    try:
        os.killpg(node, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    end_with(int(sys.argv[1]), int(sys.argv[2]))
