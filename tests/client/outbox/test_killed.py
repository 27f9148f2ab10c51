"""A process is killed in the middle of an act: it happens exactly once all the same."""

import signal

import pytest
from tests.support.killed import POINTS, killed, write, written
from tests.support.waiting import BOTH

pytestmark = pytest.mark.slow
back_ends = BOTH
UNBOUND = {"before it is bound"}
CLOSED = {"when it is closed", "when its call is over"}


@pytest.fixture
def value(request, point, state, node):
    """What a process was to write that was killed there, over this state folder."""
    value = request.node.name
    assert killed(point, state, [value], node) == -signal.SIGKILL
    return value


def times(me, value):
    return written(me.chain).count(value.encode())


@pytest.mark.parametrize("point", [each for each in POINTS if each not in CLOSED])
def test_whoever_makes_the_call_again_makes_the_act_once(value, me):
    write(me.chain, value.encode())
    assert times(me, value) == 1
    assert list(me.outbox) == []


@pytest.mark.parametrize("point", POINTS)
def test_resuming_does_what_was_bound_and_nothing_else(point, value, me):
    for _ in range(2):
        assert me.outbox.resume() == []
        assert times(me, value) == (0 if point in UNBOUND else 1)
        assert list(me.outbox) == []


@pytest.mark.parametrize("point", POINTS)
def test_what_comes_after_is_not_held_up(point, value, me):
    write(me.chain, b"after " + value.encode())
    assert times(me, f"after {value}") == 1
    me.outbox.resume()
    assert times(me, value) == (0 if point in UNBOUND else 1)
    assert list(me.outbox) == []


@pytest.mark.parametrize("point", POINTS)
def test_what_has_a_name_happens_once_however_often_it_is_called(point, state, node, me):
    value = f"named, {point}"
    assert killed(point, state, ["--once", value], node) == -signal.SIGKILL
    for _ in range(2):
        with me.outbox.once(value):
            write(me.chain, value.encode())
        assert times(me, value) == 1
    assert [(each.name, each.state.value) for each in me.outbox] == [(f"{value}/0", "done")]
