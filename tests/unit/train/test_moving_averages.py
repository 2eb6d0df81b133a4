"""Averages recorded from TensorFlow."""

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.ops import operators as operators
from flowgraph.ops.arithmetic import multiply
from flowgraph.ops.core import constant
from flowgraph.runtime.session import Session
from flowgraph.train.moving_averages import ExponentialMovingAverage, assign_moving_average
from flowgraph.variables.collections import (
    global_variables,
    global_variables_initializer,
    moving_average_variables,
)
from flowgraph.variables.variable import Variable
from flowgraph.variables.variable_scope import variable_scope


def variable():
    with variable_scope("s"):
        return Variable([1.0, 2.0], name="w")


def follow(operation, average, w):
    """Run three times, adding one to w in between; return the averages."""
    found = []
    with Session() as session:
        session.run(global_variables_initializer())
        for _ in range(3):
            session.run(operation)
            found.append(session.run(average))
            session.run(w.assign_add([1.0, 1.0]))
    return found


@pytest.mark.parametrize("zero_debias", [False, True])
def test_variables(zero_debias):
    w = variable()
    averages = ExponentialMovingAverage(0.9, zero_debias=zero_debias)
    operation = averages.apply([w])
    assert [operation.name, operation.type] == ["ExponentialMovingAverage", "NoOp"]
    average = averages.average(w)
    assert average.name == "s/w/ExponentialMovingAverage:0"
    assert averages.average_name(w) == "s/w/ExponentialMovingAverage"
    assert moving_average_variables() == [w]
    found = follow(operation, average, w)
    np.testing.assert_allclose(found, [[1, 2], [1.1, 2.1], [1.29, 2.29]], 1e-6)


def test_the_number_of_updates_bounds_the_decay():
    w, steps = variable(), Variable(3, name="st")
    averages = ExponentialMovingAverage(0.9, num_updates=steps, name="EM")
    operation = averages.apply([w])
    assert operation.name == "EM"
    found = follow(operation, averages.average(w), w)
    expected = [[1, 2], [1.6923077, 2.6923077], [2.5976331, 3.5976331]]
    np.testing.assert_allclose(found, expected, 1e-6)


@pytest.mark.parametrize(
    ("zero_debias", "expected"),
    [
        (False, [[0.2, 0.4], [0.58, 0.96], [1.122, 1.664]]),
        (True, [[2, 4], [3.0526316, 5.0526314], [4.1402206, 6.1402206]]),
    ],
)
def test_tensors(zero_debias, expected):
    w = variable()
    t = multiply(w, 2.0, name="t")
    averages = ExponentialMovingAverage(0.9, zero_debias=zero_debias)
    operation = averages.apply([w, t])
    average = averages.average(t)
    names = ["s/w:0", "s/w/ExponentialMovingAverage:0", "t/ExponentialMovingAverage:0"]
    extra = ["t/ExponentialMovingAverage/biased:0", "t/ExponentialMovingAverage/local_step:0"]
    assert [v.name for v in global_variables()] == names + extra * zero_debias
    np.testing.assert_allclose(follow(operation, average, w), expected, 1e-6)
    restored = averages.variables_to_restore()
    assert restored["s/w/ExponentialMovingAverage"] is w
    assert restored["t/ExponentialMovingAverage"] is average


def test_what_is_restored_from_what():
    w, other = variable(), Variable(0, name="st")
    averages = ExponentialMovingAverage(0.9, name="EM")
    assert averages.variables_to_restore() == {"s/w/EM": w, "st/EM": other}
    averages.apply([w])
    found = averages.variables_to_restore([w])
    assert {name: v.name for name, v in found.items()} == {"s/w/EM": "s/w:0", "st": "st:0"}
    assert averages.average(other) is None
    assert averages.name == "EM"
    assert averages.average_name(constant([1.0], name="cc")) == "cc/EM"


def test_applied_again_the_average_is_the_same():
    w = variable()
    averages = ExponentialMovingAverage(0.9)
    averages.apply([w])
    count = len(global_variables())
    assert averages.apply([w]).name == "ExponentialMovingAverage_1"
    assert len(global_variables()) == count


@pytest.mark.parametrize("value", [lambda: constant(1), lambda: Variable(1)])
def test_only_floating_point(value):
    with pytest.raises(TypeError, match="The variables must be half, float, or double"):
        ExponentialMovingAverage(0.9).apply([value()])


def test_assign_moving_average():
    v = Variable(1.0, name="v")
    plain = assign_moving_average(v, 3.0, 0.9, zero_debias=False)
    debiased = assign_moving_average(v, 3.0, 0.9)
    again = assign_moving_average(v, 3.0, 0.9)
    assert [plain.name, debiased.name] == ["AssignMovingAvg:0", "AssignMovingAvg_1:0"]
    assert plain.dtype is dtypes.float32_ref
    names = [variable.name for variable in global_variables()[1:]]
    assert names == ["v/biased:0", "v/local_step:0", "v/biased_1:0", "v/local_step_1:0"]
    with Session() as session:
        session.run(global_variables_initializer())
        found = [session.run(op) for op in (plain, plain, debiased, debiased, again)]
    np.testing.assert_allclose(found, [1.2, 1.38, 3, 3, 3], 1e-6)
