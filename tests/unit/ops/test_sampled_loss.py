"""Sampled losses give TensorFlow's values: 1.15.5's, with the same seeds."""

import numpy as np
import pytest

import flowgraph as tf


def arrays(num_true):
    state = np.random.RandomState(0)
    parts = state.rand(50, 4), state.rand(50), state.rand(3, 4)
    labels = state.randint(0, 50, (3, num_true)).astype(np.int64)
    return [tf.constant(part.astype(np.float32)) for part in parts] + [tf.constant(labels)]


def nce(num_true=1, **options):
    tf.set_random_seed(7)
    weights, biases, inputs, labels = arrays(num_true)
    loss = tf.nn.nce_loss(weights, biases, labels, inputs, 5, 50, num_true=num_true, **options)
    to_weights, _, to_inputs = tf.gradients(loss, [weights, biases, inputs])
    return loss, tf.convert_to_tensor(to_weights.values)[:2], to_inputs


NCE = [
    [
        [19.647171, 18.369417, 17.035196],
        [
            [-0.0069641289, -0.018416915, -0.014987719, -0.014661427],
            [-0.010170043, -0.00093879737, -0.0062141176, -0.0065774224],
        ],
        [
            [2.8926504, 2.2120647, 2.7207968, 2.3678534],
            [2.8465109, 2.154299, 2.6731439, 2.3173664],
            [2.8025429, 2.1078918, 2.6245952, 2.2722118],
        ],
    ],
    [
        [21.158733, 19.90073, 19.458771],
        [
            [-0.0069641289, -0.018416915, -0.014987719, -0.014661427],
            [-0.010170043, -0.00093879737, -0.0062141176, -0.0065774224],
        ],
        [
            [2.7669456, 2.4841576, 2.4095075, 0.73875338],
            [2.7406259, 2.4491827, 2.401741, 0.74130511],
            [2.7423329, 2.4627922, 2.3941262, 0.74808049],
        ],
    ],
]
NCE_2 = [
    [
        [24.149944, 22.631634, 20.526102],
        [
            [0.17084223, 0.45179906, 0.36767492, 0.35967037],
            [0.17560783, 0.46440187, 0.37793109, 0.36970329],
        ],
        [
            [3.0320294, 2.8359993, 2.8536179, 3.2589493],
            [3.4600797, 2.7077513, 2.8844116, 2.6495044],
            [3.5175819, 2.3497598, 2.8477383, 2.7038317],
        ],
    ],
]


@pytest.mark.parametrize(
    ("options", "runs"),
    [({}, NCE), ({"num_true": 2, "remove_accidental_hits": True}, NCE_2)],
)
def test_nce_loss_and_its_gradients(options, runs):
    outputs = nce(**options)
    with tf.Session() as session:
        for expected in runs:
            for value, wanted in zip(session.run(outputs), expected, strict=True):
                np.testing.assert_allclose(value, wanted, rtol=2e-5, atol=1e-6)


def test_nce_loss_of_a_table_in_parts():
    tf.set_random_seed(7)
    weights, biases, inputs, labels = arrays(1)
    tables = [weights[:25], weights[25:]]
    loss = tf.nn.nce_loss(tables, biases, labels, inputs, 5, 50, partition_strategy="div")
    expected = [17.987877, 17.365423, 16.375439]
    np.testing.assert_allclose(tf.Session().run(loss), expected, rtol=1e-5)


def test_sampled_softmax_loss():
    weights, biases, inputs, labels = arrays(1)
    loss = tf.nn.sampled_softmax_loss(weights, biases, labels, inputs, 5, 50, seed=3)
    runs = [
        [1.9279236, 1.3196536, 0.87765992],
        [1.4269373, 1.1983852, 0.63834429],
    ]
    with tf.Session() as session:
        for expected in runs:
            np.testing.assert_allclose(session.run(loss), expected, rtol=1e-5)


def test_sampled_softmax_loss_of_two_true_classes():
    weights, biases, inputs, labels = arrays(2)
    loss = tf.nn.sampled_softmax_loss(
        weights, biases, labels, inputs, 5, 50, num_true=2, remove_accidental_hits=False, seed=3
    )
    expected = [1.7408397, 1.814229, 2.2194948]
    np.testing.assert_allclose(tf.Session().run(loss), expected, rtol=1e-5)


def test_the_nodes_are_tensorflows():
    weights, biases, inputs, labels = arrays(1)
    loss = tf.nn.nce_loss(weights, biases, labels, inputs, 5, 50)
    assert loss.name == "Reshape:0"
    names = [op.name for op in tf.get_default_graph().get_operations()]
    for name in ("LogUniformCandidateSampler", "embedding_lookup_1/Identity", "sub_1", "concat_4"):
        assert f"nce_loss/{name}" in names
    assert "sampled_losses" in names
    assert "MatMul" in names
