"""A tour of the library from the bottom up, one short test a layer. The first thing to run."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.plan.passes import PASSES, optimise
from flowgraph.plan.plan import Request
from flowgraph.plan.prune import prune


def test_0_shapes_may_be_known_in_part():
    batch = tf.TensorShape([None, 3])
    assert str(batch) == "(?, 3)"
    assert batch.is_compatible_with([7, 3])
    assert not batch.is_compatible_with([7, 4])
    assert tf.as_dtype("float32") is tf.float32


def test_1_calling_a_function_adds_an_operation_to_a_graph():
    a = tf.constant(2.0, name="a")
    b = tf.add(a, 3.0, name="sum")
    assert str(b) == 'Tensor("sum:0", shape=(), dtype=float32)'
    assert b.op.inputs[0] is a
    assert [operation.name for operation in b.graph.get_operations()] == ["a", "sum/y", "sum"]


def test_2_an_op_is_a_declaration_with_its_rules():
    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.matmul(x, tf.ones([4, 2]))
    op = y.op.op
    assert (op.type, op.transpose_a) == ("MatMul", False)
    assert [str(shape) for shape in op.infer(*y.op.inputs)] == ["(?, 2)"]
    assert op.compute(np, np.ones((1, 4)), np.ones((4, 2))).tolist() == [[4, 4]]


def test_3_gradients_are_graph_too():
    x = tf.constant(3.0)
    (slope,) = tf.gradients(x**3, x)
    (curvature,) = tf.gradients(slope, x)
    with tf.Session() as session:
        assert session.run([slope, curvature]) == [27.0, 18.0]


def test_3_a_plan_is_what_remains_to_be_done():
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.multiply(tf.identity(x), tf.constant(1.0) + 1.0, name="y")
    plan = prune(Request(x.graph, (y,), (), (x,)))
    assert [step.op.type for step in plan.steps] == ["Identity", "Const", "Const", "AddV2", "Mul"]
    better = optimise(plan, PASSES, debug=True)
    assert [step.op.type for step in better.steps] == ["Mul"]


def test_4_and_5_a_session_binds_a_plan_and_runs_it():
    x = tf.placeholder(tf.float32, [None], name="x")
    y = tf.square(x)
    with tf.Session() as session:
        found = session.run({"square": y, "both": (x, tf.reduce_sum(y))}, {x: [1, 2, 3]})
        assert found["square"].tolist() == [1, 4, 9]
        assert found["both"][1] == 14.0
        assert "Square" in session.explain(y, {x: [1, 2, 3]})
    with pytest.raises(RuntimeError, match="closed Session"):
        session.run(y, {x: [1]})


def test_6_variables_keep_their_values_between_runs():
    with tf.variable_scope("counter"):
        count = tf.get_variable("count", initializer=0)
    more = count.assign_add(1)
    with tf.Session() as session, tf.Session() as other:
        session.run(tf.global_variables_initializer())
        assert [session.run(more) for _ in range(3)] == [1, 2, 3]
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value counter"):
            other.run(count)


def test_8_training_fits_a_line():
    tf.set_random_seed(1)
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    w, b = tf.Variable(tf.random_normal([])), tf.Variable(0.0)
    loss = tf.reduce_mean(tf.square(w * x + b - y))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    points = np.linspace(-1, 1, 20)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(200):
            session.run(train, {x: points, y: 3 * points + 1})
        np.testing.assert_allclose(session.run([w, b]), [3, 1], atol=1e-3)


def test_an_error_names_the_line_that_built_the_operation():
    x = tf.placeholder(tf.float32, [None])
    total = tf.add(x, [1.0, 2.0])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError) as caught:
        session.run(total, {x: [1, 2, 3]})
    assert str(caught.value).startswith("Incompatible shapes: [3] vs. [2]")
    assert "total = tf.add(x, [1.0, 2.0])" in str(caught.value)
