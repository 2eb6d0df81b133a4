"""Gradients of fused batch normalization against the composed one, whose gradients are tested.

The ops take float32 only, which is too coarse for finite differences.
"""

import numpy as np
import pytest

import flowgraph as tf

RANDOM = np.random.default_rng(4)
X = RANDOM.uniform(-2, 2, (2, 3, 2, 4)).astype(np.float32)
SCALE = RANDOM.uniform(0.5, 2, 4).astype(np.float32)
OFFSET = RANDOM.uniform(-1, 1, 4).astype(np.float32)
MEAN = RANDOM.uniform(-1, 1, 4).astype(np.float32)
VARIANCE = RANDOM.uniform(0.5, 2, 4).astype(np.float32)
WEIGHT = RANDOM.uniform(-1, 1, X.shape).astype(np.float32)
EPSILON = 1e-3


def composed(x, scale, offset, training):
    # tf.nn.moments stops the gradient of its mean, which is wrong from the second order on.
    if training:
        mean = tf.reduce_mean(x, [0, 1, 2])
        variance = tf.reduce_mean(tf.square(x - mean), [0, 1, 2])
    else:
        mean, variance = tf.constant(MEAN), tf.constant(VARIANCE)
    return tf.nn.batch_normalization(x, mean, variance, offset, scale, EPSILON)


def fused(layout):
    def function(x, scale, offset, training):
        x = tf.transpose(x, [0, 3, 1, 2]) if layout == "NCHW" else x
        given = () if training else (MEAN, VARIANCE)
        y = tf.nn.fused_batch_norm(
            x, scale, offset, *given, epsilon=EPSILON, data_format=layout, is_training=training
        )[0]
        return tf.transpose(y, [0, 2, 3, 1]) if layout == "NCHW" else y

    return function


def derivatives(function, training):
    """The values, the gradients, and the gradients of a function of those."""
    inputs = [tf.constant(value) for value in (X, SCALE, OFFSET)]
    y = function(*inputs, training)
    first = tf.gradients(tf.reduce_sum(tf.sin(y) * WEIGHT), inputs)
    scalar = tf.add_n([tf.reduce_sum(tf.sin(g * (i + 1))) for i, g in enumerate(first)])
    second = tf.gradients(scalar, inputs)
    with tf.Session() as session:
        return session.run([y, *first, *second])


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("layout", ["NHWC", "NCHW"])
def test_gradients_of_both_orders(layout, training):
    expected = derivatives(composed, training)
    for actual, wanted in zip(derivatives(fused(layout), training), expected, strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=2e-3, atol=2e-4)


def test_half_precision_images_keep_their_dtype():
    x = tf.constant(X.astype(np.float16))
    y, mean, _ = tf.nn.fused_batch_norm(x, SCALE, OFFSET)
    (slope,) = tf.gradients(y, x)
    with tf.Session() as session:
        value, mean_value = session.run([y, mean])
    assert (slope.dtype, y.dtype, mean.dtype) == (tf.float16, tf.float16, tf.float32)
    assert value.dtype == np.float16
    np.testing.assert_allclose(mean_value, X.mean((0, 1, 2)), rtol=1e-2, atol=1e-3)


def test_epsilon_has_a_least_value():
    y = tf.nn.fused_batch_norm(X, SCALE, OFFSET, epsilon=0.0)[0]
    assert y.op.get_attr("epsilon") == 1.001e-5


def test_local_response_gradient_agrees_with_finite_differences():
    x = tf.placeholder(tf.float32, X.shape)
    scalar = tf.reduce_sum(tf.nn.lrn(x, depth_radius=1, bias=2.0, alpha=0.5) * WEIGHT)
    (slope,) = tf.gradients(scalar, x)
    direction = RANDOM.uniform(-1, 1, X.shape).astype(np.float32)
    with tf.Session() as session:
        moved = [session.run(scalar, {x: X + step * direction}) for step in (1e-2, -1e-2)]
        found = np.sum(session.run(slope, {x: X}) * direction)
    np.testing.assert_allclose(found, (moved[0] - moved[1]) / 2e-2, rtol=2e-3, atol=1e-3)
