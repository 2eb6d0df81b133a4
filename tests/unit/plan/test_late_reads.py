"""What a step sees of a variable that the same run writes.

Where a dependency orders the step and the write, the values are those of TensorFlow 1 with its
reference variables, 200 runs of 200. Where none does, TensorFlow races and the value from before
the run is seen.
"""

import pytest

from flowgraph.graph.scope import control_dependencies
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.core import identity
from flowgraph.runtime.config import ConfigProto, OptimizerOptions
from flowgraph.runtime.session import Session
from flowgraph.variables.variable import Variable


@pytest.fixture(params=["optimised", "plain"])
def session(request):
    config = ConfigProto()
    if request.param == "plain":
        config.graph_options.optimizer_options.opt_level = OptimizerOptions.L0
    with Session(config=config) as session:
        yield session


def value(session, variable, fetches):
    for _ in range(2):  # the second run is of a plan that is bound already
        session.run(variable.initializer)
        found = session.run(fetches)
    return found


def test_a_step_after_a_write_sees_it(session):
    v = Variable(1.0)
    with control_dependencies([v.assign(10.0)]):
        after = [add(v, 1.0), identity(v)]
    assert value(session, v, after) == [11.0, 10.0]


def test_a_step_after_several_writes_sees_the_last(session):
    v = Variable([1.0, 2.0])
    with control_dependencies([v.assign_sub([10.0, 10.0])]):
        second = v.assign_add([1.0, 1.0])
    with control_dependencies([second]):
        after = multiply(v, 2.0)
    assert value(session, v, after).tolist() == [-16.0, -14.0]


def test_one_read_serves_both_sides_of_a_write(session):
    v = Variable(1.0)
    before = multiply(v, 3.0)
    with control_dependencies([v.assign(add(before, 1.0))]):
        after = add(v, before)
    assert value(session, v, after) == 7.0
    assert value(session, v, [before, after, v]) == [3.0, 7.0, 4.0]


def test_a_step_after_a_write_to_another_variable_sees_what_was(session):
    v, w = Variable(1.0), Variable(5.0)
    writes = [v.assign(2.0), w.assign(6.0)]
    with control_dependencies([writes[0]]):
        both = [identity(v), identity(w)]
    session.run([v.initializer, w.initializer])
    # A fetched read shows what the run has made of the variable; a step on it sees 5.
    kept = [add(tensor, 0.0) for tensor in both]
    assert session.run([*kept, writes[1]]) == [2.0, 5.0, 6.0]


def test_what_no_dependency_orders_sees_the_value_from_before(session):
    v = Variable(1.0)
    write, doubled = v.assign(10.0), multiply(v, 2.0)
    assert value(session, v, [write, doubled]) == [10.0, 2.0]


def test_a_fetched_variable_shows_what_the_run_has_made_of_it(session):
    # So it is in TensorFlow 1.15, where the fetch shares the variable's memory.
    v = Variable(1.0)
    fetches = [v, v.read_value(), identity(v.value()), multiply(v, 2.0), v.assign(10.0)]
    assert value(session, v, fetches) == [10.0, 10.0, 10.0, 2.0, 10.0]
    add_twice = [v.assign_add(1.0), v.assign_add(2.0)]
    assert value(session, v, [v, *add_twice])[0] == 4.0
