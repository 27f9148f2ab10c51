"""Several machines write for one account: nonces, leases, and machines that come back too late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.support.databases import change
from tests.support.killed import ACCOUNT, NAME, ROOT, write, written
from tests.support.waiting import polled

import salus
from salus import Salus
from salus.chain import development_account
from salus.chain.sending.errors import TransactionRefused
from salus.errors import SalusError
from salus.outbox import State, leases
from salus.outbox.errors import LeaseLost

ME = development_account(ACCOUNT)
Popen = subprocess.Popen[str]
Machine = Callable[[], Salus]


@pytest.fixture
def machine(
    state: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    """One more machine: a state folder of its own, the outbox of all."""
    monkeypatch.setattr(leases, "SECONDS", 3.0)
    with ExitStack() as stack:

        def start() -> Salus:
            folder = tmp_path / f"machine {time.monotonic_ns()}"
            made = salus.connect("anvil", state=folder, account=ME, outbox=database)
            return stack.enter_context(made)

        yield start


def wait_for_leases(me: Salus) -> None:
    """Wait until no other process is seen to live."""
    next(None for _ in polled() if not any(each.live for each in me.outbox))


def times(me: Salus, value: bytes) -> int:
    return written(me.chain).count(value)


def test_nonces_are_handed_out_across_machines(machine: Machine) -> None:
    machines = [machine() for _ in range(3)]
    values = [[b"machine %d, act %d" % (m, a) for a in range(6)] for m in range(3)]

    def work(which: int) -> None:
        me = machines[which]
        write(me.chain, values[which][0])
        registry = me.chain.contract("IdentityRegistry")
        calls = [
            registry.prepare("setAttribute", ME.identity, NAME, each, 60)
            for each in values[which][1:]
        ]
        me.chain.send_many(calls, account=ME)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert {times(machines[0], each) for some in values for each in some} == {1}
    assert list(machines[0].outbox) == []


def test_equal_calls_of_two_machines_that_live_are_two_acts(machine: Machine) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda me: write(me.chain, b"of each"), [machine(), machine()]))
    assert times(machine(), b"of each") == 2


def test_calls_of_one_name_on_two_machines_are_one_act(machine: Machine) -> None:
    def once(me: Salus) -> None:
        with me.outbox.once("of all machines"):
            write(me.chain, b"of all machines")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(once, [machine() for _ in range(3)]))
    assert times(machine(), b"of all machines") == 1


STOPPED = """
import os, signal, sys
import salus
from pathlib import Path
from salus.chain import development_account
from salus.outbox import leases
from salus.outbox.journal import OutboxJournal
from tests.support.killed import ACCOUNT, write

leases.SECONDS = 3.0
state, outbox, value, point = sys.argv[1:]
method = getattr(OutboxJournal, point)

def stop(*args, **options):
    found = method(*args, **options)
    os.kill(os.getpid(), signal.SIGSTOP)
    return found

account = development_account(ACCOUNT)
with salus.connect("anvil", state=Path(state), account=account, outbox=outbox) as me:
    setattr(OutboxJournal, point, stop)
    try:
        write(me.chain, value.encode())
    except salus.SalusError as error:
        print(type(error).__name__)
    else:
        print("done")
"""


@pytest.fixture
def stopped(state: Path, database: str, tmp_path: Path) -> Iterator[Callable[[bytes, str], Popen]]:
    """A machine that is paused once it has done something, until it is told to go on."""
    with ExitStack() as stack:

        def start(value: bytes, point: str) -> Popen:
            words = [str(tmp_path / "paused"), database, value.decode(), point]
            process = subprocess.Popen(
                [sys.executable, "-c", STOPPED, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            while not os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1]):
                pass
            return process

        yield start


@pytest.mark.parametrize(
    ("point", "ends"), [("bind", "LeaseLost"), ("require_held", "done")], ids=["asked", "too late"]
)
def test_a_machine_that_is_paused_and_wakes_up_sends_nothing_twice(
    machine: Machine,
    stopped: Callable[[bytes, str], Popen],
    point: str,
    ends: str,
) -> None:
    value = f"paused after {point}".encode()
    paused, me = stopped(value, point), machine()
    wait_for_leases(me)
    write(me.chain, value)  # the act is that one
    assert times(me, value) == 1
    write(me.chain, b"more")
    paused.send_signal(signal.SIGCONT)
    said, _ = paused.communicate(timeout=120)
    assert said.strip() == ends
    me.outbox.resume()
    assert times(me, value) == 1
    assert list(me.outbox) == []


def test_a_machine_that_lost_its_lease_lets_nothing_leave(
    machine: Machine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = machine(), machine()
    journal = me.chain.sender.journal
    require_held = journal.require_held

    def lose(signed: object) -> None:
        change(database, "DELETE FROM salus_outbox.leases")
        require_held(signed)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "require_held", lose)
    before = me.chain.sender.posted
    with pytest.raises(LeaseLost, match="did not leave from here"):
        write(me.chain, b"lost its lease")
    assert me.chain.sender.posted == before
    assert other.outbox.resume() == []
    assert times(other, b"lost its lease") == 1
    monkeypatch.undo()
    write(me.chain, b"goes on under a new one")
    assert times(other, b"goes on under a new one") == 1


def test_an_act_is_taken_over_only_when_its_lease_has_ended(
    machine: Machine, stopped: Callable[[bytes, str], Popen], database: str
) -> None:
    paused, me = stopped(b"still leased", "bind"), machine()
    change(database, "UPDATE salus_outbox.leases SET until = now() + interval '1 hour'")
    (entry,) = me.outbox
    assert entry.live
    assert [each.id for each in me.outbox.resume()] == [entry.id]
    assert times(me, b"still leased") == 0
    change(database, "UPDATE salus_outbox.leases SET until = now()")
    assert me.outbox.resume() == []
    assert times(me, b"still leased") == 1
    paused.kill()


def test_who_waits_behind_a_machine_that_stopped_hands_in_what_it_left(
    state: Path,
    machine: Machine,
    stopped: Callable[[bytes, str], Popen],
    database: str,
    tmp_path: Path,
) -> None:
    paused = stopped(b"left before it left", "bind")
    with salus.connect(
        "anvil", state=tmp_path / "behind", account=ME, outbox=database, timeout=8
    ) as me:
        write(me.chain, b"behind it")
        assert (times(me, b"left before it left"), times(me, b"behind it")) == (1, 1)
    paused.kill()


def test_what_was_taken_over_and_is_refused_keeps_its_nonce(
    machine: Machine,
    stopped: Callable[[bytes, str], Popen],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused, me = stopped(b"refused elsewhere", "require_held"), machine()
    refusal = TransactionRefused(address=ME.address, reason="gas price below configured minimum")
    posting = me.chain.sender._posting
    wait_for_leases(me)
    with monkeypatch.context() as refusing:
        refusing.setattr(posting, "post", lambda one: refusal)
        with pytest.raises(SalusError, match="below configured minimum"):
            write(me.chain, b"refused elsewhere")
    (entry,) = me.outbox
    assert (entry.state, entry.error) == (State.SENT, str(refusal))
    paused.send_signal(signal.SIGCONT)
    paused.communicate(timeout=120)
    write(me.chain, b"after it")
    assert me.outbox.resume() == []
    assert (times(me, b"refused elsewhere"), times(me, b"after it")) == (1, 1)
