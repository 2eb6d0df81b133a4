"""What all optimizers share: minimize and its parts, and the errors. Texts as TensorFlow's."""

import re

import numpy as np
import pytest

from flowgraph import dtypes
from flowgraph.graph.composite import IndexedSlices
from flowgraph.graph.scope import get_default_graph
from flowgraph.ops import operators as operators
from flowgraph.ops.core import cast, constant, placeholder
from flowgraph.ops.magnitude import clip_by_value
from flowgraph.ops.ranking import argmax
from flowgraph.ops.reduction import reduce_sum
from flowgraph.runtime.session import Session
from flowgraph.train.adagrad import AdagradOptimizer
from flowgraph.train.adagrad_da import AdagradDAOptimizer
from flowgraph.train.adam import AdamOptimizer
from flowgraph.train.ftrl import FtrlOptimizer
from flowgraph.train.gradient_descent import GradientDescentOptimizer
from flowgraph.train.optimizer import Optimizer
from flowgraph.train.proximal import ProximalAdagradOptimizer
from flowgraph.variables.collections import global_variables_initializer
from flowgraph.variables.variable import Variable


def descent():
    return GradientDescentOptimizer(0.1)


def run(*operations):
    with Session() as session:
        session.run(global_variables_initializer())
        return [session.run(operation) for operation in operations]


def test_no_gradient_says_where_the_path_ends():
    w = Variable([1.0], name="w")
    loss = reduce_sum(cast(argmax(w), dtypes.float32))
    with pytest.raises(ValueError, match="No gradients provided") as info:
        descent().minimize(loss)
    first, second = str(info.value).splitlines()[:2]
    assert first == (
        "No gradients provided for any variable, check your graph for ops that do not support "
        "gradients, between variables [\"<tf.Variable 'w:0' shape=(1,) dtype=float32_ref>\"] and "
        'loss Tensor("Sum:0", shape=(), dtype=float32).'
    )
    assert "stops at ArgMax" in second


@pytest.mark.parametrize(
    ("loss", "options", "error", "match"),
    [
        (
            lambda w: constant(1, name="c"),
            {},
            ValueError,
            re.escape("Invalid type tf.int32 for c:0, expected: [tf.float16, tf.bfloat16, "),
        ),
        (lambda w: reduce_sum(w), {"var_list": []}, ValueError, "No variables to optimize."),
        (
            lambda w: w,
            {"gate_gradients": 5},
            ValueError,
            "gate_gradients must be one of: .*GATE_GRAPH.  Not 5",
        ),
        (
            lambda w: None,
            {},
            ValueError,
            "'NoneType' object has no attribute 'dtype': loss is None",
        ),
        (lambda w: lambda: w, {}, NotImplementedError, "a callable loss"),
        (lambda w: w, {"var_list": [3]}, NotImplementedError, "Trying to optimize unsupported"),
    ],
)
def test_minimize_refuses(loss, options, error, match):
    w = Variable([1.0], name="w")
    with pytest.raises(error, match=match):
        descent().minimize(loss(w), **options)


def test_integer_variables_are_refused():
    i = Variable([1], name="i")
    w = Variable([1.0], name="w")
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        descent().minimize(reduce_sum(cast(i, dtypes.float32)), var_list=[i])
    assert [g is None for g, _ in descent().compute_gradients(reduce_sum(w), [w, i])] == [
        False,
        True,
    ]


def test_no_variables_at_all():
    with pytest.raises(ValueError, match="No variables to optimize"):
        descent().minimize(constant(1.0))


@pytest.mark.parametrize(
    ("pairs", "error", "match"),
    [
        (lambda w: [], ValueError, "No variables provided."),
        (
            lambda w: [(None, w)],
            ValueError,
            r"No gradients provided for any variable: \[\"<tf.Variable 'w:0' shape=\(1,\)",
        ),
        (lambda w: [(constant(1.0), constant(2.0))], NotImplementedError, "update a Tensor"),
        (lambda w: [(object(), w)], TypeError, "Gradient must be convertible to a Tensor or Ind"),
        (
            lambda w: [(constant([1.0, 2.0]), w)],
            ValueError,
            "Dimension 0 in both shapes must be equal, but are 1 and 2",
        ),
    ],
)
def test_apply_gradients_refuses(pairs, error, match):
    w = Variable([1.0], name="w")
    with pytest.raises(error, match=match):
        descent().apply_gradients(pairs(w))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: AdagradOptimizer(0.1, 0.0), "initial_accumulator_value must be positive: 0.0"),
        (
            lambda: ProximalAdagradOptimizer(0.1, 0.0),
            "initial_accumulator_value must be positive: 0.0",
        ),
        (
            lambda: AdagradDAOptimizer(0.1, None, 0.0),
            "initial_gradient_squared_accumulator_value must be positive: 0.0",
        ),
        (
            lambda: FtrlOptimizer(0.1, l1_regularization_strength=-1.0),
            "l1_regularization_strength -1.000000 needs to be positive or zero",
        ),
        (
            lambda: FtrlOptimizer(0.1, learning_rate_power=1.0),
            "learning_rate_power 1.000000 needs to be negative or zero",
        ),
        (
            lambda: FtrlOptimizer(0.1, initial_accumulator_value=-1.0),
            "initial_accumulator_value -1.000000 needs to be positive or zero",
        ),
        (lambda: Optimizer(False, ""), "Must specify the optimizer name"),
    ],
)
def test_constructors_refuse(make, match):
    with pytest.raises(ValueError, match=re.escape(match)):
        make()


def test_gradients_can_be_changed_in_between():
    w, b = Variable([1.0, 2.0], name="w"), Variable(3.0, name="b")
    optimizer = descent()
    pairs = optimizer.compute_gradients(reduce_sum(w * w) * b, [w, [b]])
    assert [v for _, v in pairs] == [w, b]
    clipped = [(clip_by_value(g, -1.0, 1.0), v) for g, v in pairs]
    operation = optimizer.apply_gradients(clipped, name="train")
    assert [operation.name, operation.type] == ["train", "NoOp"]
    names = [o.name for o in get_default_graph().get_operations()]
    assert "train/update_w/ApplyGradientDescent" in names
    with Session() as session:
        session.run(global_variables_initializer())
        session.run(operation)
        np.testing.assert_allclose(session.run(w), [0.9, 1.9], 1e-6)
        np.testing.assert_allclose(session.run(b), 2.9, 1e-6)


def test_learning_rates_may_be_fed_or_computed():
    w = Variable(1.0, name="w")
    rate = placeholder(dtypes.float32, [])
    fed = GradientDescentOptimizer(rate).minimize(w * w)
    called = GradientDescentOptimizer(lambda: 0.25).minimize(w * w)
    with Session() as session:
        session.run(global_variables_initializer())
        session.run(fed, {rate: 0.5})
        assert session.run(w) == 0
        session.run(w.assign(1.0))
        session.run(called)
        assert session.run(w) == 0.5


@pytest.mark.parametrize("gate", [Optimizer.GATE_NONE, Optimizer.GATE_OP, Optimizer.GATE_GRAPH])
def test_gates_do_not_change_the_result(gate):
    w, b = Variable([1.0, 2.0], name="w"), Variable([3.0, 4.0], name="b")
    operation = descent().minimize(reduce_sum(w * b), gate_gradients=gate)
    with Session() as session:
        session.run(global_variables_initializer())
        session.run(operation)
        ends = session.run([w, b])
    np.testing.assert_allclose(ends, [[0.7, 1.6], [2.9, 3.8]], 1e-6)


def test_grad_loss():
    w = Variable([1.0, 2.0], name="w")
    ((gradient, _),) = descent().compute_gradients(w * w, grad_loss=constant([1.0, 10.0]))
    (found,) = run(gradient)
    np.testing.assert_allclose(found, [2, 40])


def test_sparse_variables_take_no_constraint():
    w = Variable([[1.0]], name="w", constraint=lambda value: value)
    slices = IndexedSlices(constant([[1.0]]), constant([0]))
    with pytest.raises(RuntimeError, match="Cannot use a constraint function on a sparse var"):
        descent().apply_gradients([(slices, w)])


def test_adam_powers_count_the_steps():
    w = Variable(1.0, name="w")
    optimizer = AdamOptimizer(0.1, beta1=0.5, beta2=0.25)
    operation = optimizer.minimize(w * w)
    first, second = optimizer.variables()[:2]
    assert [first.name, second.name] == ["beta1_power:0", "beta2_power:0"]
    with Session() as session:
        session.run(global_variables_initializer())
        session.run(operation)
        session.run(operation)
        assert session.run([first, second]) == [0.125, 0.25**3]


class Signs(Optimizer):
    """An optimizer written by a user."""

    def __init__(self):
        super().__init__(use_locking=False, name="Signs")

    def _apply_dense(self, grad, var):
        return var.assign_sub(0.5 * (grad / abs(grad)))


def test_optimizers_written_by_users():
    w = Variable([1.0, -2.0], name="w")
    operation = Signs().minimize(reduce_sum(w * w))
    with Session() as session:
        session.run(global_variables_initializer())
        session.run(operation)
        np.testing.assert_allclose(session.run(w), [0.5, -1.5])
    with pytest.raises(NotImplementedError, match="_apply_sparse"):
        Signs().apply_gradients([(IndexedSlices(constant([1.0]), constant([0])), w)])


def test_variables_may_be_the_values_of_a_dict():
    layer = {"w": Variable([1.0]), "b": Variable([2.0])}
    loss = reduce_sum(layer["w"] * layer["b"])
    pairs = descent().compute_gradients(loss, var_list=layer.values())
    assert [variable for _, variable in pairs] == list(layer.values())
