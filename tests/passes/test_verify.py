"""`verify` finds what a faulty pass would break."""

from dataclasses import replace

import pytest

import flowgraph as tf
from flowgraph.plan.passes import PASSES, optimise
from flowgraph.plan.plan import Request
from flowgraph.plan.prune import prune
from flowgraph.plan.verify import verify


@pytest.fixture
def plan():
    x = tf.placeholder(tf.float32, [4], name="x")
    with tf.control_dependencies([tf.negative(x, name="first")]):
        y = tf.exp(tf.square(x, name="second"), name="third")
    return prune(Request(y.graph, (y,), (), (x,)))


def test_a_right_plan_passes(plan):
    assert verify(plan) is plan
    optimise(plan, PASSES, debug=True)


def test_a_slot_read_before_it_is_filled(plan):
    with pytest.raises(AssertionError, match="third reads slot"):
        verify(plan.with_steps([s for s in plan.steps if s.operation.name != "second"]))


def test_a_slot_filled_twice(plan):
    with pytest.raises(AssertionError, match="a second time"):
        verify(plan.with_steps([*plan.steps, plan.steps[-1]]))


def test_a_dependency_that_comes_later(plan):
    first, *rest = plan.steps
    with pytest.raises(AssertionError, match="second must come after first"):
        verify(plan.with_steps([*rest, first]))


def test_a_fetch_that_is_never_filled(plan):
    with pytest.raises(AssertionError, match="never filled"):
        verify(plan.with_steps(plan.steps[:-1]))


def test_two_living_values_in_one_buffer():
    x = tf.placeholder(tf.float32, [4])
    a, b = tf.negative(x), tf.exp(x)
    planned = prune(Request(x.graph, (a + b,), (), (x,)))
    one = [replace(slot, buffer=0) if slot.tensor in (a, b) else slot for slot in planned.slots]
    with pytest.raises(AssertionError, match="written over"):
        verify(replace(planned, slots=tuple(one), buffers=(64,)))
