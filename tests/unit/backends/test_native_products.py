"""Native products, depthwise convolutions and transposes against NumPy."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.native import call
from tests.unit.backends.test_native import assert_close, both, draw


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 8, 10, 13, 15])
@pytest.mark.parametrize("sizes", [(300, 700), (77, 33), (50, 3), (1, 129)])
@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True), (True, True)])
def test_narrow_factors(n, sizes, transposed, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    m, k = sizes
    wide = tf.Variable(draw(k, m) if transposed[0] else draw(m, k))
    narrow = tf.Variable(draw(n, k) if transposed[1] else draw(k, n))
    right = tf.matmul(wide, narrow, *transposed)
    left = tf.matmul(narrow, wide, not transposed[1], not transposed[0])
    assert_close([right, left], rtol=1e-5)


def test_narrow_factors_hand_on_what_is_no_number(monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    values = draw(40, 70)
    values[3, 60], values[5, 68], values[7, 2] = np.inf, np.nan, -np.inf
    a, b = tf.Variable(values), tf.Variable(np.abs(draw(70, 5)))
    (reference,), (value,) = both([tf.matmul(a, b)])
    np.testing.assert_allclose(value, reference, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("batch", "m", "k", "n"),
    [((3,), 50, 20, 70), ((2, 3), 300, 340, 40), ((300,), 4, 4, 4), ((2,), 530, 17, 600)],
)
@pytest.mark.parametrize("adjoint", [(False, False), (True, False), (False, True), (True, True)])
def test_batches_of_matrices(batch, m, k, n, adjoint, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    a = tf.Variable(draw(*batch, *((k, m) if adjoint[0] else (m, k))))
    b = tf.Variable(draw(*batch, *((n, k) if adjoint[1] else (k, n))))
    c = tf.matmul(a, b, *adjoint)
    assert_close([c, *tf.gradients(c, [a, b], tf.constant(draw(*batch, m, n)))], rtol=1e-5)


@pytest.mark.parametrize(
    ("left", "right"),
    [((4, 1), (1, 5)), ((), (3,)), ((2, 3), (3,)), ((1,), (6,)), ((2, 1, 3), (4, 1))],
)
def test_batches_are_broadcast(left, right, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    a, b = tf.Variable(draw(*left, 33, 20)), tf.Variable(draw(*right, 20, 35))
    assert_close([tf.matmul(a, b)], rtol=1e-5)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(
    ("image", "filter", "strides", "dilations"),
    [
        ((2, 9, 11, 150), (3, 3, 150, 1), 1, 1),
        ((3, 9, 11, 32), (5, 4, 32, 1), 2, 1),
        ((3, 9, 11, 20), (3, 3, 20, 2), 1, 1),
        ((2, 15, 14, 5), (3, 2, 5, 3), 1, 2),
        ((2, 13, 14, 3), (2, 2, 3, 1), 3, 1),
        ((1, 40, 30, 17), (1, 1, 17, 4), 2, 1),
    ],
)
def test_depthwise_convolution_and_its_gradients(image, filter, strides, dilations, padding):
    x, f = tf.Variable(draw(*image)), tf.Variable(draw(*filter))
    rates = [dilations, dilations]
    y = tf.nn.depthwise_conv2d_native(
        x, f, [1, strides, strides, 1], padding, dilations=[1, *rates, 1]
    )
    assert_close([y, *tf.gradients(y, [x, f], tf.constant(draw(*y.shape.as_list())))], rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.float64, np.complex64])
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((300, 170), (1, 0)),
        ((3, 70, 5, 33), (0, 3, 1, 2)),
        ((3, 33, 7, 10), (0, 2, 3, 1)),
        ((9, 8, 40, 17), (-1, -2, -3, -4)),
        ((4, 1, 50, 1, 20), (4, 3, 2, 1, 0)),
        ((100, 2, 3), (1, 2, 0)),
        ((2, 3, 2, 4, 2, 3, 5), (6, 4, 2, 0, 5, 3, 1)),
        ((40, 6, 30), (1, 0, 2)),
    ],
)
def test_permuted_axes(shape, axes, dtype, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    x = tf.placeholder(dtype, shape)
    value = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    (reference,), (moved,) = both([tf.transpose(x, axes) * tf.constant(1, dtype)], {x: value})
    np.testing.assert_array_equal(reference, value.transpose(axes))
    np.testing.assert_array_equal(moved, reference)


def test_a_transposed_variable_shows_what_it_was_when_it_was_read(monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    v = tf.Variable(draw(40, 30))
    turned = tf.transpose(v) * 1.0
    with tf.control_dependencies([turned]):
        change = tf.assign(v, v * 2.0)
    for reference, value in zip(*both([turned, change], before=[change]), strict=True):
        np.testing.assert_array_equal(value, reference)


def test_a_factor_of_several_products_is_packed_once_unless_it_is_written_between(monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    w = tf.Variable(draw(40, 50))
    a, b = tf.Variable(draw(30, 40)), tf.Variable(draw(35, 50))
    first = tf.matmul(a, w)
    second = tf.matmul(tf.nn.relu(first), w, transpose_b=True)
    third = tf.matmul(second, w)
    last = tf.matmul(b, w, transpose_b=True)
    assert_close([first, second, third, last], rtol=1e-5)
    with tf.control_dependencies([third, tf.assign(w, w * 2.0)]):
        after = tf.matmul(a, w.read_value())
    assert_close([first, after, third], rtol=1e-5)


def test_a_factor_in_a_loop_is_packed_in_each_turn(monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    w = tf.Variable(draw(40, 40) * 0.1)

    def turn(i, x):
        return i + 1, tf.matmul(tf.tanh(tf.matmul(x, w)), w)

    _, x = tf.while_loop(lambda i, x: i < 4, turn, [0, tf.constant(draw(20, 40))])
    assert_close([x], rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.bool_, np.complex64])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_arrays_are_joined_and_cut(axis, dtype, monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    x = tf.Variable((draw(4, 6, 8) * 50).astype(dtype))
    parts = tf.split(x, 2, axis)
    joined = tf.concat([parts[1], x, parts[0]], axis)
    assert_close([*parts, joined])


def test_more_arrays_than_a_call_takes_are_joined(monkeypatch):
    monkeypatch.setattr(call, "LEAST", 0)
    x = tf.Variable(draw(4, 18))
    assert_close([tf.concat(tf.split(x, 9, 1)[::-1], 1), *tf.split(x, 1, 1)])
