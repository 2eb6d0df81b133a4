"""The nodes that layers make are those that TensorFlow 1.15.5 made, in the same order.

``recorded_nodes.txt`` holds, for each case, how many nodes there were, and those that are no
part of a variable: name, type, inputs and static shapes of the outputs.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import flowgraph as tf

layers = tf.layers
SECTIONS = (Path(__file__).parent / "recorded_nodes.txt").read_text().split("== ")[1:]
RECORDED = {text.split("\n", 1)[0].split()[0]: text.strip() for text in SECTIONS}
OF_A_VARIABLE = re.compile("/Initializer/|/(Assign|read)$")


def given(*shape: int | None, dtype=tf.float32) -> tf.Tensor:
    return tf.placeholder(dtype, shape, name="x")


def two_calls():
    layer = layers.Conv2D(2, 3, name="twice")
    layer(given(None, 5, 5, 1))
    layer(given(2, 7, 7, 1))


def names_and_scopes():
    x = given(None, 3)
    with tf.variable_scope("a"):
        layers.dense(x, 4)
        layers.dense(x, 4, name="fc")
    with tf.variable_scope("a", reuse=True):
        layers.dense(x, 4)
        layers.dense(x, 4, name="fc")
    layer = layers.Dense(4)
    layer(x)
    layer.apply(x)
    layers.Dense(4, _scope="zz")(x)
    layers.dense(x, 4, name="zz", reuse=True)
    with tf.name_scope("ns"):
        layers.dense(x, 4)


CASES: dict[str, Callable[[], object]] = {
    "dense": lambda: layers.dense(given(None, 3), 4, activation=tf.nn.relu),
    "dense_of_sequences": lambda: layers.dense(given(2, 5, 3), 4, use_bias=False),
    "dense_regularized": lambda: layers.dense(
        given(None, 3),
        4,
        kernel_regularizer=tf.nn.l2_loss,
        activity_regularizer=tf.reduce_sum,
        name="fc",
    ),
    "conv1d": lambda: layers.conv1d(given(None, 7, 3), 4, 3, activation=tf.nn.relu),
    "conv1d_causal": lambda: layers.Conv1D(4, 3, padding="causal")(given(None, 7, 3)),
    "conv1d_channels_first": lambda: layers.conv1d(
        given(None, 3, 7), 4, 3, data_format="channels_first"
    ),
    "conv2d": lambda: layers.conv2d(given(None, 7, 7, 3), 4, 3, padding="SAME"),
    "conv2d_strided": lambda: layers.conv2d(given(None, None, 7, 3), 4, (3, 2), strides=(2, 1)),
    "conv2d_with_holes": lambda: layers.conv2d(
        given(None, 7, 7, 3), 4, 3, padding="same", dilation_rate=2
    ),
    "conv2d_channels_first": lambda: layers.conv2d(
        given(None, 3, 7, 7), 4, 3, data_format="channels_first"
    ),
    "conv3d": lambda: layers.conv3d(given(None, 7, 7, 7, 3), 4, 3, padding="same"),
    "conv3d_channels_first": lambda: layers.conv3d(
        given(None, 3, 7, 7, 7), 4, 3, data_format="channels_first"
    ),
    "conv2d_transpose": lambda: layers.conv2d_transpose(
        given(None, 7, 7, 3), 4, 3, strides=2, padding="same", activation=tf.nn.relu
    ),
    "conv2d_transpose_valid": lambda: layers.conv2d_transpose(
        given(2, None, 7, 3), 4, 3, strides=2
    ),
    "conv3d_transpose": lambda: layers.conv3d_transpose(
        given(None, 4, 4, 4, 3), 4, 3, strides=2, padding="same"
    ),
    "conv3d_transpose_channels_first": lambda: layers.conv3d_transpose(
        given(None, 3, 4, 4, 4), 4, 3, strides=2, data_format="channels_first"
    ),
    "separable_conv1d": lambda: layers.separable_conv1d(
        given(None, 8, 3), 4, 3, depth_multiplier=2, activation=tf.nn.relu
    ),
    "separable_conv1d_causal": lambda: layers.SeparableConv1D(4, 3, padding="causal")(
        given(None, 8, 3)
    ),
    "separable_conv2d": lambda: layers.separable_conv2d(
        given(None, 8, 8, 3), 4, 3, depth_multiplier=2, strides=2, activation=tf.nn.relu
    ),
    "separable_conv2d_channels_first": lambda: layers.separable_conv2d(
        given(None, 3, 8, 8), 4, 3, data_format="channels_first"
    ),
    "max_pooling1d": lambda: layers.max_pooling1d(given(None, 8, 3), 2, 2),
    "max_pooling1d_channels_first": lambda: layers.max_pooling1d(
        given(None, 3, 8), 2, 2, data_format="channels_first"
    ),
    "average_pooling1d": lambda: layers.average_pooling1d(given(None, 8, 3), 3, 2, padding="same"),
    "max_pooling2d": lambda: layers.max_pooling2d(given(None, 8, 8, 3), (2, 3), (2, 1)),
    "average_pooling2d": lambda: layers.average_pooling2d(given(None, 8, 8, 3), 3, 2, "same"),
    "max_pooling3d_channels_first": lambda: layers.max_pooling3d(
        given(None, 3, 8, 8, 8), 2, 2, data_format="channels_first"
    ),
    "average_pooling3d": lambda: layers.average_pooling3d(given(None, 8, 8, 8, 3), 3, 2),
    "dropout": lambda: layers.dropout(given(None, 3), 0.4, training=True),
    "dropout_noise_shape": lambda: layers.dropout(
        given(None, 3, 4), 0.5, noise_shape=[None, 1, 4], training=True
    ),
    "dropout_outside_training": lambda: layers.dropout(given(None, 3)),
    "flatten": lambda: layers.flatten(given(None, 3, 4)),
    "flatten_known_batch": lambda: layers.flatten(given(2, 3, None)),
    "flatten_vectors": lambda: layers.flatten(given(None)),
    "flatten_channels_first": lambda: layers.flatten(
        given(None, 2, 3, 4), data_format="channels_first"
    ),
    "batch_norm": lambda: layers.batch_normalization(given(None, 3), training=True),
    "batch_norm_moving": lambda: layers.batch_normalization(given(None, 3)),
    "batch_norm_plain": lambda: layers.batch_normalization(
        given(None, 3), scale=False, center=False, training=True
    ),
    "batch_norm_axis": lambda: layers.batch_normalization(given(None, 4, 3), axis=1, training=True),
    "batch_norm_axes": lambda: layers.batch_normalization(
        given(None, 4, 3), axis=[1, 2], training=True
    ),
    "batch_norm_half": lambda: layers.batch_normalization(
        given(None, 3, dtype=tf.float16), training=True
    ),
    "batch_norm_fused": lambda: layers.batch_normalization(given(None, 5, 5, 3), training=True),
    "batch_norm_fused_moving": lambda: layers.batch_normalization(given(None, 5, 5, 3)),
    "batch_norm_fused_channels_first": lambda: layers.batch_normalization(
        given(None, 3, 5, 5), axis=1, training=True, scale=False, center=False
    ),
    "batch_norm_not_fused": lambda: layers.batch_normalization(
        given(None, 5, 5, 3), fused=False, training=True
    ),
    "two_calls": two_calls,
    "names_and_scopes": names_and_scopes,
}


def described(graph: tf.Graph) -> str:
    """The nodes of a graph, as ``recorded_nodes.txt`` has them."""
    operations = graph.get_operations()
    lines = [
        f"{o.name} {o.type} ({', '.join(t.name for t in o.inputs)})"
        f" -> {', '.join(str(t.shape) for t in o.outputs)}"
        for o in operations
        if not OF_A_VARIABLE.search(o.name)
    ]
    return "\n".join([str(len(operations)), *lines])


@pytest.mark.parametrize("case", CASES)
def test_nodes(case):
    CASES[case]()
    assert f"{case} {described(tf.get_default_graph())}" == RECORDED[case]


def test_every_record_is_of_a_case():
    assert RECORDED.keys() == CASES.keys()
