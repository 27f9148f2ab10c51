"""Processes that are killed while they write, again and again, and a table of what came of it.

Each child is forked from this process, before anything is connected, and makes a list of acts under
their names. It ends at a random call of a function in one of an act's steps, or at a random moment
of the clock, in the middle of anything. The next one begins the list anew.
"""

from __future__ import annotations

import ast
import os
import random
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.support.killed import ACCOUNT, NAME, write

import salus
from salus.chain import development_account
from salus.outbox.client import Outbox
from salus.outbox.file import OutboxFile

ACTS = 4
"""In one list; every other list is sent at once."""
CLOCK, ELSEWHERE = "by the clock", "elsewhere"
KILLED_IN = ("journal", "sign", "send", "confirm", "take up", "prepare")
STEPS = {
    "salus.outbox.takeover": "take up",
    "salus.outbox": "journal",
    "salus.store": "journal",
    "salus.chain.signing": "sign",
    "salus.chain.sending.posting": "send",
    "salus.chain.sending.watcher": "confirm",
    "salus.chain.sending.finality": "confirm",
    "salus.chain.sending.taking_up": "take up",
    "salus.chain.sending": "prepare",
    "salus.chain": "prepare",
}
"""What is under way, by the innermost module of ours that a call comes from."""


@dataclass
class Toll:
    """Kills and their steps; in the end, acts that were lost or happened twice."""

    kills: Counter[str] = field(default_factory=Counter)
    lists: int = 0
    last: dict[int, str] = field(default_factory=dict)
    """The step of the last kill in each list."""

    def table(self, written: Counter[bytes]) -> tuple[str, int, int]:
        """Write what was tried, lost and doubled, by the step of a list's last kill."""
        lost, doubled = Counter[str](), Counter[str]()
        for number in range(self.lists):
            for act in range(ACTS):
                times, step = written[value(number, act)], self.last.get(number, ELSEWHERE)
                lost[step] += times == 0
                doubled[step] += times > 1
        rows = [
            (step, kills, lost[step], doubled[step]) for step, kills in self.kills.most_common()
        ]
        rows.append(("all", self.kills.total(), lost.total(), doubled.total()))
        head = f"{'killed in':14}{'tried':>8}{'lost':>8}{'doubled':>8}"
        lines = [f"{step:14}{a:8}{b:8}{c:8}" for step, a, b, c in rows]
        acts = f"acts: {self.lists * ACTS}, on chain: {written.total()}"
        return "\n".join([head, *lines, acts]), lost.total(), doubled.total()


def value(number: int, act: int) -> bytes:
    """What an act of a list writes: no contract refuses it a second time, a count shows it."""
    return b"torture %d/%d" % (number, act)


def torture(state: Path, *, kills: int, seed: int) -> Toll:
    """Kill so many processes, and have the last list made to its end."""
    chance, toll, calls, seconds = random.Random(seed), Toll(), dict.fromkeys(KILLED_IN, 200), 1.0
    _warm()
    while toll.kills.total() < kills:
        step = chance.choice([*KILLED_IN, CLOCK])
        wait = chance.uniform(0, seconds) if step == CLOCK else None
        at = None if step == CLOCK else (step, chance.randrange(1, calls[step]))
        began = time.monotonic()
        killed, seen = _child(state, toll.lists, at=at, wait=wait, resume=chance.random() < 0.2)
        if killed:
            toll.kills[step] += 1
            toll.last[toll.lists] = step
            continue
        toll.lists += 1
        if step == CLOCK:
            seconds = time.monotonic() - began
        calls |= {each: max(50, number) for each, number in seen.items() if each in calls}
    killed, _ = _child(state, toll.lists, at=None, wait=None, resume=True)
    assert not killed
    toll.lists += 1
    return toll


def _warm() -> None:
    """Have everything imported, so that children do nothing but work."""
    OutboxFile("memory:").close()
    with salus.connect("anvil", account=development_account(ACCOUNT)) as me:
        write(me.chain, b"warm")


def _child(
    state: Path, number: int, *, at: tuple[str, int] | None, wait: float | None, resume: bool
) -> tuple[bool, Counter[str]]:
    """Have a list made; return whether its process was killed, and its calls by step if not."""
    told, tell = os.pipe()
    if not (process := os.fork()):
        code = 1
        try:
            os.close(told)
            seen = _make(state, number, at=at, tell=tell, resume=resume, watched=wait is None)
            os.write(tell, repr(dict(seen)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(tell)
    os.read(told, 1)  # connected: from here on it writes
    if wait is not None:
        time.sleep(wait)
        os.kill(process, signal.SIGKILL)
    with os.fdopen(told, "rb") as pipe:
        said = pipe.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status == -signal.SIGKILL:
        return True, Counter()
    assert status == 0, f"a process ended with {status}"
    return False, Counter(ast.literal_eval(said))


def _make(
    state: Path,
    number: int,
    *,
    at: tuple[str, int] | None,
    tell: int,
    resume: bool,
    watched: bool,
) -> Counter[str]:
    """Make a list of acts; at so many calls of functions in a step, die."""
    seen = Counter[str]()

    def count(frame: FrameType, event: str, argument: object) -> None:
        if event.endswith("call"):
            seen[_step(frame)] += 1
            if at is not None and seen[at[0]] == at[1]:
                os.kill(os.getpid(), signal.SIGKILL)

    with salus.connect("anvil", state=state, account=development_account(ACCOUNT)) as me:
        os.write(tell, b".")
        sys.setprofile(count if watched else None)
        if resume:
            me.outbox.resume()
        _write_all(me, number)
        sys.setprofile(None)
    return seen


def _write_all(me: salus.Salus, number: int) -> None:
    outbox: Outbox = me.outbox
    if number % 2:
        registry, identity = me.chain.contract("IdentityRegistry"), me.account.identity
        calls = [
            registry.prepare("setAttribute", identity, NAME, value(number, act), 3600)
            for act in range(ACTS)
        ]
        with outbox.once(f"list {number}"):
            me.chain.send_many(calls, account=me.account)
        return
    for act in range(ACTS):
        with outbox.once(f"list {number}, act {act}"):
            write(me.chain, value(number, act))


def _step(frame: FrameType | None) -> str:
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        for prefix, step in STEPS.items():
            if module == prefix or module.startswith(f"{prefix}."):
                return step
        frame = frame.f_back
    return ELSEWHERE
