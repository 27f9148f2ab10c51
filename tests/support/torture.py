"""Processes that are killed while they write, again and again, and a table of what came of it.

Each child is forked before anything is connected, and makes a list of acts under their names; of
the first machine it adds a record too. It ends at a random call of a function in one of an act's
steps, or at a random moment of the clock, in the middle of anything. The next one begins the list
anew. Several machines do so at once, for one account; and the server of their outbox is killed.
"""

from __future__ import annotations

import ast
import os
import pickle
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from tests.support.killed import ACCOUNT, NAME, write

import salus
from salus.chain import development_account
from salus.outbox import leases
from salus.outbox.client import Outbox
from salus.outbox.errors import OutboxUnavailable
from salus.outbox.file import OutboxFile
from salus.testing.postgres_server import PostgresServer

ACTS = 4
"""In one list; every other list is sent at once."""
LEASE = 3.0
"""Seconds for which a killed process's acts are left alone."""
ATTEMPTS = 600
"""Calls of one child while the outbox's server is away."""
CLOCK, ELSEWHERE = "by the clock", "elsewhere"
KILLED_IN = ("journal", "sign", "send", "confirm", "take up", "prepare")
OF_RECORDS = ("encrypt", "store")
STEPS = {
    "salus.vault.crypto": "encrypt",
    "salus.vault": "store",
    "salus.anchors": "store",
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


@dataclass
class Tolls:
    """What several machines did at once, and how often their server was killed."""

    machines: list[Toll]
    servers: int = 0

    @property
    def kills(self) -> int:
        """Processes that were killed."""
        return sum(each.kills.total() for each in self.machines)

    def table(self, written: Counter[bytes], records: Counter[bytes]) -> tuple[str, int, int]:
        """Write what was tried, lost and doubled, by the step of a list's last kill."""
        tried, lost, doubled = Counter[str](), Counter[str](), Counter[str]()
        acts = 0
        for machine, toll in enumerate(self.machines):
            tried += toll.kills
            for number in range(toll.lists):
                step = toll.last.get(number, ELSEWHERE)
                found = [written[value(machine, number, act)] for act in range(ACTS)]
                if machine == 0:
                    found.append(records[value(0, number, ACTS)])
                acts += len(found)
                lost[step] += sum(times == 0 for times in found)
                doubled[step] += sum(times > 1 for times in found)
        rows = [(step, kills, lost[step], doubled[step]) for step, kills in tried.most_common()]
        rows.append(("all", tried.total(), lost.total(), doubled.total()))
        head = f"{'killed in':14}{'tried':>8}{'lost':>8}{'doubled':>8}"
        lines = [f"{step:14}{a:8}{b:8}{c:8}" for step, a, b, c in rows]
        done = f"acts: {acts}, on chain: {written.total()}, records: {records.total()}"
        machines = f"machines: {len(self.machines)}, kills of the server: {self.servers}"
        return "\n".join([head, *lines, done, machines]), lost.total(), doubled.total()


def value(machine: int, number: int, act: int) -> bytes:
    """What an act of a list writes: no contract refuses it a second time, a count shows it."""
    return b"torture %d/%d/%d" % (machine, number, act)


def torture(
    folders: list[Path],
    *,
    kills: int,
    seed: int,
    server: PostgresServer | None = None,
    until: float = float("inf"),
) -> Tolls:
    """Kill so many processes of machines with these folders, and have the last lists made."""
    _warm()
    share = -(-kills // len(folders))
    campaigns = [
        _told(lambda m=m, f=f: _campaign(m, f, kills=share, seed=seed + m, until=until))  # type: ignore[misc]
        for m, f in enumerate(folders)
    ]
    chance, servers, due = random.Random(seed), 0, time.monotonic() + 5
    ends = [_Pipe(each) for each in campaigns]
    while not all(each.is_over() for each in ends):
        if server is not None and time.monotonic() >= due:
            server.kill()
            time.sleep(chance.uniform(0, 1))
            server.start()
            servers, due = servers + 1, time.monotonic() + chance.uniform(3, 20)
        time.sleep(0.1)
    tolls = [pickle.loads(each.said()) for each in ends]  # noqa: S301 - of our own processes
    return Tolls(tolls, servers)


class _Pipe:
    """What a campaign tells in the end, read while others go on."""

    def __init__(self, campaign: tuple[int, int]) -> None:
        self._process, self._told = campaign
        os.set_blocking(self._told, False)
        self._said, self._over = b"", False

    def is_over(self) -> bool:
        if not self._over:
            try:
                said = os.read(self._told, 1 << 20)
            except BlockingIOError:
                return False
            self._said, self._over = self._said + said, not said
        return self._over

    def said(self) -> bytes:
        os.close(self._told)
        status = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        assert status == 0, f"a campaign ended with {status}"
        return self._said


def _told(campaign: Callable[[], Toll]) -> tuple[int, int]:
    """Run a campaign in a process of its own; return that, and where it tells its toll."""
    told, tell = os.pipe()
    if not (process := os.fork()):
        code = 1
        try:
            os.close(told)
            os.write(tell, pickle.dumps(campaign()))
            code = 0
        finally:
            os._exit(code)
    os.close(tell)
    return process, told


def _campaign(machine: int, folder: Path, *, kills: int, seed: int, until: float) -> Toll:
    steps = KILLED_IN if machine else KILLED_IN + OF_RECORDS
    chance, toll, calls, seconds = random.Random(seed), Toll(), dict.fromkeys(steps, 200), 1.0
    while toll.kills.total() < kills and time.monotonic() < until:
        step = chance.choice([*steps, CLOCK])
        wait = chance.uniform(0, seconds) if step == CLOCK else None
        at = None if step == CLOCK else (step, chance.randrange(1, calls[step]))
        began = time.monotonic()
        resume = chance.random() < 0.2
        killed, seen = _child(folder, (machine, toll.lists), at=at, wait=wait, resume=resume)
        if killed:
            toll.kills[step] += 1
            toll.last[toll.lists] = step
            continue
        toll.lists += 1
        if step == CLOCK:
            seconds = time.monotonic() - began
        calls |= {each: max(50, number) for each, number in seen.items() if each in calls}
    killed, _ = _child(folder, (machine, toll.lists), at=None, wait=None, resume=True)
    assert not killed
    toll.lists += 1
    return toll


def _warm() -> None:
    """Have everything imported, so that children do nothing but work."""
    import asyncpg  # type: ignore[import-untyped]  # noqa: F401

    OutboxFile("memory:").close()
    with TemporaryDirectory() as folder:
        whom, storage = development_account(ACCOUNT + 1), f"file://{folder}/blobs"
        with salus.connect("anvil", account=whom, state=folder, storage=storage) as me:
            me.records.add(b"warm", patient=whom.identity, about="DocumentReference")
            me.outbox.resume()


def _child(
    folder: Path,
    which: tuple[int, int],
    *,
    at: tuple[str, int] | None,
    wait: float | None,
    resume: bool,
) -> tuple[bool, Counter[str]]:
    """Have a list made; return whether its process was killed, and its calls by step if not."""
    told, tell = os.pipe()
    if not (process := os.fork()):
        code = 1
        try:
            os.close(told)
            seen = _make(folder, which, at=at, tell=tell, resume=resume, watched=wait is None)
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


def connected(folder: Path, *, records: bool) -> salus.Salus:
    """The client of one machine: the first keeps records."""
    account = development_account(ACCOUNT)
    storage = f"file://{folder}/blobs" if records else None
    return salus.connect("anvil", state=folder, account=account, storage=storage)


def _make(
    folder: Path,
    which: tuple[int, int],
    *,
    at: tuple[str, int] | None,
    tell: int,
    resume: bool,
    watched: bool,
) -> Counter[str]:
    """Make a list of acts; at so many calls of functions in a step, die."""
    seen = Counter[str]()
    leases.SECONDS = LEASE

    def count(frame: FrameType, event: str, argument: object) -> None:
        if event.endswith("call"):
            seen[_step(frame)] += 1
            if at is not None and seen[at[0]] == at[1]:
                os.kill(os.getpid(), signal.SIGKILL)

    with connected(folder, records=which[0] == 0) as me:
        os.write(tell, b".")
        sys.setprofile(count if watched else None)
        if resume:
            _insisting(me.outbox.resume)
        _write_all(me, *which)
        sys.setprofile(None)
    return seen


def _insisting(act: Callable[[], object]) -> None:
    """Make a call again where the outbox's server is away."""
    for _ in range(ATTEMPTS):
        try:
            act()
        except OutboxUnavailable:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the outbox never came back")


def _write_all(me: salus.Salus, machine: int, number: int) -> None:
    outbox: Outbox = me.outbox

    def together() -> None:
        registry, identity = me.chain.contract("IdentityRegistry"), me.account.identity
        calls = [
            registry.prepare("setAttribute", identity, NAME, value(machine, number, act), 3600)
            for act in range(ACTS)
        ]
        with outbox.once(f"machine {machine}, list {number}"):
            me.chain.send_many(calls, account=me.account)

    def alone(act: int) -> None:
        with outbox.once(f"machine {machine}, list {number}, act {act}"):
            write(me.chain, value(machine, number, act))

    if number % 2:
        _insisting(together)
    else:
        for act in range(ACTS):
            _insisting(lambda act=act: alone(act))  # type: ignore[misc]
    if machine == 0:
        content, whose = value(machine, number, ACTS), me.account.identity
        _insisting(
            lambda: me.records.add(content, patient=whose, about="DocumentReference", resume=True)
        )


_steps_of: dict[str, str] = {}
"""What was found out of modules: this is looked up at every call."""


def _step(frame: FrameType | None) -> str:
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        step = _steps_of.get(module)
        if step is None:
            inside = (s for p, s in STEPS.items() if module == p or module.startswith(f"{p}."))
            step = _steps_of[module] = next(inside, "")
        if step:
            return step
        frame = frame.f_back
    return ELSEWHERE
