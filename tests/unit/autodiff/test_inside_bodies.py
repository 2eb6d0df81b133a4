"""Gradients that are asked for inside a loop or a branch, of what is around it.

The numbers are those of TensorFlow 1.15.5.
"""

import numpy as np
import pytest

import flowgraph as tf

XS = [[1.0, 0.5], [0.2, -0.3], [0.1, 0.4]]


@pytest.fixture
def weights():
    return tf.Variable([[1.0, 2.0], [3.0, 4.0]]), tf.Variable([0.5, -0.5])


def run(*fetches):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(list(fetches))


def test_a_step_of_learning_inside_a_map_and_its_derivative(weights):
    w, b = weights

    def after_a_step(x):
        loss = tf.reduce_sum(tf.square(tf.matmul(x[None], w) * 2.0 + b))
        dw, db = tf.gradients(loss, [w, b])
        return tf.reduce_sum(tf.tanh(tf.matmul(x[None], w - 0.1 * dw) + b - 0.1 * db))

    xs = tf.constant(XS)
    losses = tf.map_fn(after_a_step, xs)
    found = run(losses, *tf.gradients(tf.reduce_sum(losses), [w, b, xs]))
    expected = [
        [-1.6324451, -0.6206009, 1.1859051],
        [[-0.0894258, 0.04961511], [-0.17151958, 0.04086902]],
        [1.2262468, 1.0604992],
    ]
    for value, wanted in zip(found, expected, strict=False):
        np.testing.assert_allclose(value, wanted, rtol=2e-5)
    np.testing.assert_allclose(found[3][0], [-3.2815514, -2.2997732], rtol=2e-5)


def test_it_goes_on_through_operations_outside(weights):
    w, _ = weights
    squared = w * w

    def slope(x):
        return tf.gradients(tf.reduce_sum(tf.sin(tf.matmul(x[None], squared))), [w])[0]

    slopes = tf.map_fn(slope, tf.constant([[0.1, 0.05], [0.02, -0.03]]))
    w_value = np.array([[1.0, 2.0], [3.0, 4.0]])

    def expected(x):
        return np.outer(x, np.cos(x @ (w_value * w_value))) * 2 * w_value

    found, second = run(slopes, tf.gradients(tf.reduce_sum(slopes), w)[0])
    for value, x in zip(found, ([0.1, 0.05], [0.02, -0.03]), strict=True):
        np.testing.assert_allclose(value, expected(np.array(x)), rtol=1e-5)
    step = 1e-6
    for place in np.ndindex(2, 2):
        ends = []
        for sign in (1, -1):
            moved = np.array([[1.0, 2.0], [3.0, 4.0]])
            moved[place] += sign * step
            total = 0.0
            for x in (np.array([0.1, 0.05]), np.array([0.02, -0.03])):
                total += (np.outer(x, np.cos(x @ (moved * moved))) * 2 * moved).sum()
            ends.append(total)
        assert second[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)


def test_inside_a_while_loop(weights):
    w, _ = weights

    def body(i, total):
        y = tf.reduce_sum(tf.sin(w * tf.cast(i + 1, tf.float32)))
        return i + 1, total + tf.gradients(y, w)[0]

    _, total = tf.while_loop(lambda i, _: i < 3, body, [0, tf.zeros([2, 2])])
    w_value = np.array([[1.0, 2.0], [3.0, 4.0]])
    first, second = run(total, *tf.gradients(total, w))
    np.testing.assert_allclose(first, sum(k * np.cos(k * w_value) for k in (1, 2, 3)), rtol=1e-5)
    np.testing.assert_allclose(
        second, sum(-k * k * np.sin(k * w_value) for k in (1, 2, 3)), rtol=1e-5
    )


def test_inside_a_branch(weights):
    w, b = weights
    taken = tf.placeholder_with_default(True, [])
    y = tf.cond(
        taken,
        lambda: tf.gradients(tf.reduce_sum(w * w * b), [w, b])[0],
        lambda: tf.zeros([2, 2]),
    )
    value, dw, db = run(y, *tf.gradients(y, [w, b]))
    assert value.tolist() == [[1.0, -2.0], [3.0, -4.0]]
    assert dw.tolist() == [[1.0, -1.0], [1.0, -1.0]]
    assert db.tolist() == [8.0, 12.0]


def test_inside_a_loop_inside_a_loop(weights):
    w, _ = weights

    def each(x):
        slopes = tf.map_fn(
            lambda z: tf.gradients(tf.reduce_sum(tf.square(w * z)), [w])[0], tf.stack([x, 2 * x])
        )
        return tf.reduce_sum(slopes)

    totals = tf.map_fn(each, tf.constant([1.0, 2.0]))
    found, second = run(totals, *tf.gradients(totals, w))
    assert found.tolist() == [100.0, 400.0]
    assert second.tolist() == [[50.0, 50.0], [50.0, 50.0]]


def test_rows_of_a_table_outside():
    table = tf.Variable(np.arange(8.0, dtype=np.float32).reshape(4, 2))

    def slope(i):
        y = tf.reduce_sum(tf.square(tf.gather(table, [i, 0])))
        return tf.convert_to_tensor(tf.gradients(y, table)[0])

    (found,) = run(tf.map_fn(slope, tf.constant([1, 3]), dtype=tf.float32))
    assert found[0].tolist() == [[0.0, 2.0], [4.0, 6.0], [0.0, 0.0], [0.0, 0.0]]
    assert found[1].tolist() == [[0.0, 2.0], [0.0, 0.0], [0.0, 0.0], [12.0, 14.0]]


def test_inside_and_outside_at_once_and_unconnected(weights):
    w, b = weights
    seen = []

    def each(x):
        inside = x * x
        found = tf.gradients(tf.reduce_sum(inside * w), [inside, w, b])
        seen.append([dx is None for dx in found])
        return tf.reduce_sum(found[0]) + tf.reduce_sum(found[1])

    (values,) = run(tf.map_fn(each, tf.constant([1.0, 2.0])))
    assert seen == [[False, False, True]]
    assert values.tolist() == [14.0, 26.0]


def test_stopped_outside(weights):
    w, b = weights
    product = w * b

    def each(x):
        y = tf.reduce_sum(product * x + w)
        dw, db = tf.gradients(y, [w, b], stop_gradients=[product])
        assert db is None
        return dw

    (values,) = run(tf.map_fn(each, tf.constant([5.0])))
    assert values.tolist() == [[[1.0, 1.0], [1.0, 1.0]]]
