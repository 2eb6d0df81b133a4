"""`separable_conv2d` of `tf.contrib.layers`: nodes and variables of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf

layers = tf.contrib.layers


def nodes(after):
    operations = tf.get_default_graph().get_operations()[after:]
    left_out = ("Initializer/", "/Assign")
    return [o.name for o in operations if not any(part in o.name for part in left_out)]


def count():
    return len(tf.get_default_graph().get_operations())


def test_the_nodes():
    x = tf.ones([1, 8, 8, 3])
    before = count()
    y = layers.separable_conv2d(x, 6, [3, 3], 2, stride=2)
    assert nodes(before) == [
        f"SeparableConv2d/{name}"
        for name in (
            *("depthwise_weights", "depthwise_weights/read"),
            *("pointwise_weights", "pointwise_weights/read", "biases", "biases/read"),
            *("separable_conv2d/Shape", "separable_conv2d/dilation_rate"),
            *("separable_conv2d/depthwise", "separable_conv2d", "BiasAdd", "Relu"),
        )
    ]
    assert y.shape.as_list() == [1, 4, 4, 6]
    assert [v.shape.as_list() for v in tf.contrib.framework.get_model_variables()] == [
        *([3, 3, 3, 2], [1, 1, 6, 6], [6]),
    ]


def test_channels_are_not_mixed_without_outputs():
    x = tf.ones([1, 8, 8, 3])
    before = count()
    y = layers.separable_conv2d(
        x, None, 3, 2, biases_initializer=tf.ones_initializer(), activation_fn=None, scope="dw"
    )
    assert nodes(before) == [
        f"dw/{name}"
        for name in (
            *("depthwise_weights", "depthwise_weights/read"),
            *("depthwise/Shape", "depthwise/dilation_rate", "depthwise"),
            *("biases", "biases/read", "BiasAdd"),
        )
    ]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        weights, values = sess.run(["dw/depthwise_weights:0", y])
    np.testing.assert_allclose(values[0, 4, 4], weights.sum((0, 1)).ravel() + 1, rtol=1e-5)


def test_normalization_takes_the_place_of_biases():
    layers.separable_conv2d(
        tf.ones([1, 8, 8, 3]),
        6,
        3,
        normalizer_fn=layers.batch_norm,
        weights_regularizer=layers.l2_regularizer(0.1),
        pointwise_initializer=tf.zeros_initializer(),
        scope="bn",
    )
    assert [v.op.name for v in tf.global_variables()] == [
        *("bn/depthwise_weights", "bn/pointwise_weights", "bn/BatchNorm/beta"),
        *("bn/BatchNorm/moving_mean", "bn/BatchNorm/moving_variance"),
    ]
    assert len(tf.losses.get_regularization_losses()) == 2


def test_a_format_that_is_none():
    with pytest.raises(ValueError, match=r"data_format has to be either NCHW or NHWC."):
        layers.separable_conv2d(tf.ones([1, 8, 8, 3]), 6, 3, data_format="HWC")
