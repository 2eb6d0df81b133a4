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
    assert value(session, v, [before, after, v]) == [3.0, 7.0, 1.0]


def test_a_step_after_a_write_to_another_variable_sees_what_was(session):
    v, w = Variable(1.0), Variable(5.0)
    writes = [v.assign(2.0), w.assign(6.0)]
    with control_dependencies([writes[0]]):
        both = [identity(v), identity(w)]
    session.run([v.initializer, w.initializer])
    assert session.run([*both, writes[1]]) == [2.0, 5.0, 6.0]


def test_what_no_dependency_orders_sees_the_value_from_before(session):
    v = Variable(1.0)
    write, doubled = v.assign(10.0), multiply(v, 2.0)
    assert value(session, v, [write, doubled, v]) == [10.0, 2.0, 1.0]
