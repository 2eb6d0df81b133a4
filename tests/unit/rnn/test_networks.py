"""Networks static and dynamic agree, sequences end where they should, and training works."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops import nest

cells = tf.nn.rnn_cell
_spec = importlib.util.spec_from_file_location("rnn_digits", Path(__file__).parent / "digits.py")
digits = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(digits)

LOSSES = {  # of TensorFlow 1.15.5
    "static": [2.3126, 2.27585, 2.23563, 2.2441, 2.20642, 2.143],
    "dynamic": [2.31465, 2.30709, 2.25083, 2.28097, 2.29098, 2.25851],
    "lengths": [2.35866, 2.25752, 2.17224, 2.18407, 2.17786, 2.11836],
    "both": [2.30338, 2.3586, 2.13349, 2.23502, 2.15237, 2.05618],
    "dropout": [2.28137, 2.32182, 2.29248, 2.21629, 2.20715, 2.21702],
}


@pytest.fixture(scope="module")
def sample():
    return tf.datasets.mnist_sample()


@pytest.mark.parametrize("network", digits.NETWORKS)
def test_training_loses_as_much_as_in_tensorflow(network, sample):
    found = digits.losses(tf, network, sample.images, sample.labels)
    np.testing.assert_allclose(found, LOSSES[network], atol=3e-5)


def run(*fetches, feeds=None):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(fetches, feeds)


CELLS = {
    "rnn": lambda: cells.BasicRNNCell(3),
    "gru": lambda: cells.GRUCell(3),
    "lstm": lambda: cells.LSTMCell(3, use_peepholes=True, num_proj=2, cell_clip=0.4),
    "stack": lambda: cells.MultiRNNCell(
        [cells.ResidualWrapper(cells.GRUCell(5)), cells.BasicLSTMCell(2)]
    ),
}


@pytest.mark.parametrize("lengths", [None, [4, 0, 2]])
@pytest.mark.parametrize("kind", CELLS)
def test_static_and_dynamic_agree(kind, lengths):
    x = tf.constant(np.random.default_rng(0).normal(size=[3, 4, 5]), tf.float32)
    arguments = {"dtype": tf.float32, "sequence_length": lengths}
    with tf.variable_scope("net"):
        unrolled, last = tf.nn.static_rnn(CELLS[kind](), tf.unstack(x, axis=1), **arguments)
    variables = tf.trainable_variables()
    with tf.variable_scope("net", reuse=True):
        outputs, final = tf.nn.dynamic_rnn(CELLS[kind](), x, **arguments)
    assert tf.trainable_variables() == variables
    stacked = tf.stack(unrolled, axis=1)
    slopes = [tf.gradients(tf.reduce_sum(tf.sin(y)), [x, *variables]) for y in (stacked, outputs)]
    a, b, (dx_a, *d_a), (dx_b, *d_b), c, d = run(stacked, outputs, *slopes, last, final)
    np.testing.assert_allclose(a, b, atol=1e-6)
    for mine, other in zip([dx_a, *d_a], [dx_b, *d_b], strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-5)
    for mine, other in zip(nest.flatten(c), nest.flatten(d), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-6)


def test_after_the_end_outputs_are_zero_and_the_state_stays():
    x = tf.ones([2, 5, 3])
    outputs, state = tf.nn.dynamic_rnn(
        cells.GRUCell(4), x, sequence_length=[2, 5], dtype=tf.float32
    )
    values, last = run(outputs, state)
    assert not values[0, 2:].any()
    assert values[1].all()
    np.testing.assert_array_equal(last, [values[0, 1], values[1, 4]])


@pytest.mark.parametrize("steps", [1, 3, 6])
def test_a_loop_has_as_many_steps_as_it_is_fed(steps):
    x = tf.placeholder(tf.float32, [None, None, 2])
    outputs, state = tf.nn.dynamic_rnn(cells.BasicRNNCell(3), x, dtype=tf.float32)
    (slope,) = tf.gradients(state, x)
    feeds = {x: np.ones([4, steps, 2])}
    values, last, dx = run(outputs, state, slope, feeds=feeds)
    assert values.shape == (4, steps, 3)
    assert dx.shape == (4, steps, 2)
    np.testing.assert_array_equal(values[:, -1], last)


def test_gradients_of_order_two_flow_through_a_loop():
    x = tf.placeholder(tf.float64, [1, 3, 2])
    cell = cells.BasicRNNCell(2, dtype=tf.float64)
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float64)
    y = tf.reduce_sum(outputs**2)
    (slope,) = tf.gradients(y, x)
    (second,) = tf.gradients(tf.reduce_sum(slope**2), x)
    at = np.random.default_rng(1).normal(size=[1, 3, 2])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        found = session.run(second, {x: at})
        for index in np.ndindex(at.shape):
            shift = np.zeros(at.shape)
            shift[index] = 1e-5
            up, down = (np.sum(session.run(slope, {x: at + s}) ** 2) for s in (shift, -shift))
            assert found[index] == pytest.approx((up - down) / 2e-5, rel=1e-5)


def test_inputs_and_outputs_may_be_structures():
    class Pair(cells.RNNCell):
        state_size = (2, tf.TensorShape([2, 3]))
        output_size = (3, 2)

        def call(self, inputs, state):
            a, b = inputs
            return (a, b), (state[0] + b, state[1] + a[:, None, :])

    inputs = (tf.ones([4, 5, 3]), 2.0 * tf.ones([4, 5, 2]))
    outputs, state = tf.nn.dynamic_rnn(Pair(), inputs, dtype=tf.float32)
    assert [y.shape.as_list() for y in outputs] == [[4, 5, 3], [4, 5, 2]]
    assert [s.shape.as_list() for s in state] == [[4, 2], [4, 2, 3]]
    first, second = run(*state)
    assert (first == 10).all()
    assert (second == 5).all()


def test_a_cell_of_ones_own_makes_variables_where_it_runs():
    class Own(cells.RNNCell):
        state_size = output_size = 3

        def call(self, inputs, state):
            kernel = tf.get_variable("w", [5, 3])
            output = tf.tanh(tf.matmul(tf.concat([inputs, state], 1), kernel))
            return output, output

    cell = Own()
    tf.nn.static_rnn(cell, [tf.ones([2, 2])] * 3, dtype=tf.float32)
    assert [variable.name for variable in cell.weights] == ["rnn/own/w:0"]
    with tf.variable_scope("other"):
        tf.nn.dynamic_rnn(Own(), tf.ones([2, 3, 2]), dtype=tf.float32)
    assert tf.global_variables()[-1].name == "other/rnn/own/w:0"


def test_a_state_is_saved_between_runs():
    class Saver:
        def __init__(self):
            self.kept = {name: tf.Variable(tf.zeros([2, 3])) for name in "ch"}

        def state(self, name):
            return self.kept[name].value()

        def save_state(self, name, value):
            return self.kept[name].assign(value)

    saver, x = Saver(), [tf.ones([2, 4])] * 2
    cell = cells.BasicLSTMCell(3)
    outputs, state = tf.nn.static_state_saving_rnn(cell, x, saver, cells.LSTMStateTuple("c", "h"))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        first, last = session.run([outputs[-1], state])
        np.testing.assert_array_equal(first, last.h)
        np.testing.assert_array_equal(session.run(saver.kept["c"]), last.c)
        assert (session.run(outputs[-1]) != first).all()


def test_names_of_a_saved_state_fit_its_parts():
    for names, message in [("h", "should be the same type"), (("a", "b", "c"), "3 vs. 2")]:
        with pytest.raises(ValueError, match=message):
            tf.nn.static_state_saving_rnn(cells.BasicLSTMCell(3), [tf.ones([2, 4])], None, names)


def test_one_cell_twice_shares_its_weights(caplog):
    cell = cells.GRUCell(3)
    stack = cells.MultiRNNCell([cell, cell])
    assert "share weights" in caplog.text
    tf.nn.dynamic_rnn(stack, tf.ones([2, 4, 3]), dtype=tf.float32)
    assert len(tf.trainable_variables()) == 4


def test_half_precision():
    outputs, _ = tf.nn.dynamic_rnn(
        cells.LSTMCell(3), tf.ones([2, 4, 3], tf.float16), dtype=tf.float16
    )
    (values,) = run(outputs)
    assert values.dtype == np.float16
    assert np.isfinite(values).all()
