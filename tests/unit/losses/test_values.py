"""Losses against values and names recorded from TensorFlow."""

import numpy as np
import pytest

import flowgraph as tf

PREDICTIONS = [[0.2, 0.7, 0.1], [0.6, 0.3, 0.9]]
LABELS = [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
LOGITS = [[1.5, -0.5, 0.25], [0.1, 2.0, -1.0]]
ONE_HOT = [[0, 1, 0], [1, 0, 0]]
ROW_WEIGHTS = [[0.5], [2.0]]
WEIGHTS = [[1.0, 0.0, 2.0], [0.0, 0.0, 3.0]]


def run(fetches, feeds=None):
    return tf.Session().run(fetches, feeds)


@pytest.mark.parametrize(
    ("name", "result", "values"),
    [
        ("absolute_difference", "value", (0.23333333, 0.31666666, 0.23333335)),
        ("mean_squared_error", "value", (0.06666667, 0.09833333, 0.03000001)),
        ("huber_loss", "value", (0.03333334, 0.04916666, 0.01500000)),
        ("log_loss", "value", (0.27633986, 0.38138506, 0.24998181)),
        ("mean_pairwise_squared_error", "value_2", (0.38666666, 0.56333333, 0.84000009)),
    ],
)
def test_losses_of_numbers(name, result, values):
    for weights, value in zip((1.0, ROW_WEIGHTS, WEIGHTS), values, strict=True):
        tf.reset_default_graph()
        loss = getattr(tf.losses, name)(LABELS, PREDICTIONS, weights)
        assert loss.name == f"{name}/{result}:0"
        assert tf.losses.get_losses() == [loss]
        np.testing.assert_allclose(run(loss), value, rtol=2e-5)


@pytest.mark.parametrize(
    ("name", "labels", "options", "scope", "value"),
    [
        ("hinge_loss", LABELS, {}, "hinge_loss", 1.8583332),
        ("hinge_loss", LABELS, {"weights": WEIGHTS}, "hinge_loss", 3.6666667),
        ("sigmoid_cross_entropy", LABELS, {}, "sigmoid_cross_entropy_loss", 1.2643361),
        (
            "sigmoid_cross_entropy",
            LABELS,
            {"weights": WEIGHTS},
            "sigmoid_cross_entropy_loss",
            2.4310257,
        ),
        (
            "sigmoid_cross_entropy",
            ONE_HOT,
            {"label_smoothing": 0.1},
            "sigmoid_cross_entropy_loss",
            1.0714194,
        ),
        ("softmax_cross_entropy", LABELS, {}, "softmax_cross_entropy_loss", 3.8077602),
        (
            "softmax_cross_entropy",
            LABELS,
            {"weights": [0.5, 0.0]},
            "softmax_cross_entropy_loss",
            1.1759759,
        ),
        (
            "softmax_cross_entropy",
            ONE_HOT,
            {"label_smoothing": 0.1},
            "softmax_cross_entropy_loss",
            2.1577015,
        ),
        (
            "sparse_softmax_cross_entropy",
            [1, 2],
            {},
            "sparse_softmax_cross_entropy_loss",
            2.7668681,
        ),
        (
            "sparse_softmax_cross_entropy",
            [[1], [2]],
            {"weights": ROW_WEIGHTS},
            "sparse_softmax_cross_entropy_loss",
            3.7697723,
        ),
        ("sparse_softmax_cross_entropy", [1, 2], {"scope": "s"}, "s", 2.7668681),
    ],
)
def test_losses_of_classes(name, labels, options, scope, value):
    loss = getattr(tf.losses, name)(labels, LOGITS, **options)
    assert loss.name == f"{scope}/value:0"
    np.testing.assert_allclose(run(loss), value, rtol=2e-5)


def test_cosine_distance_under_both_names_of_the_axis():
    loss = tf.losses.cosine_distance(LABELS, PREDICTIONS, axis=1)
    assert loss.name == "cosine_distance_loss/value:0"
    other = tf.losses.cosine_distance(LABELS, PREDICTIONS, dim=1, weights=ROW_WEIGHTS, scope="cd")
    assert other.name == "cd/value:0"
    np.testing.assert_allclose(run([loss, other]), [-0.1, -0.425], rtol=1e-5)


@pytest.mark.parametrize(
    ("reduction", "name", "value"),
    [
        ("NONE", "Mul", [[0.2, 0.0, 0.2], [0.0, 0.0, 2.7]]),
        ("SUM", "Sum", 3.1),
        ("MEAN", "value", 0.51666665),
        ("SUM_OVER_BATCH_SIZE", "value", 0.51666665),
        ("SUM_BY_NONZERO_WEIGHTS", "value", 1.0333333),
        ("SUM_OVER_NONZERO_WEIGHTS", "value", 1.0333333),
    ],
)
def test_reductions(reduction, name, value):
    key = getattr(tf.losses.Reduction, reduction)
    loss = tf.losses.compute_weighted_loss(PREDICTIONS, WEIGHTS, reduction=key)
    assert loss.name == f"weighted_loss/{name}:0"
    np.testing.assert_allclose(run(loss), value, rtol=1e-6)


def test_no_weight_gives_no_loss_and_no_gradient():
    x = tf.constant(PREDICTIONS, tf.float64)
    loss = tf.losses.compute_weighted_loss(x, 0.0)
    assert loss.dtype == tf.float64
    value, slope = run([loss, tf.gradients(loss, x)[0]])
    assert value == 0
    np.testing.assert_array_equal(slope, np.zeros((2, 3)))


def test_the_nodes_of_a_mean_squared_error():
    labels, predictions = tf.constant(LABELS, name="y"), tf.constant(PREDICTIONS, name="p")
    tf.losses.mean_squared_error(labels, predictions)
    scope = "mean_squared_error"
    assert [op.name for op in tf.get_default_graph().get_operations()] == [
        "y",
        "p",
        f"{scope}/SquaredDifference",
        f"{scope}/assert_broadcastable/weights",
        f"{scope}/assert_broadcastable/weights/shape",
        f"{scope}/assert_broadcastable/weights/rank",
        f"{scope}/assert_broadcastable/values/shape",
        f"{scope}/assert_broadcastable/values/rank",
        f"{scope}/assert_broadcastable/static_scalar_check_success",
        f"{scope}/Cast/x",
        f"{scope}/Mul",
        f"{scope}/Const",
        f"{scope}/Sum",
        f"{scope}/num_present/Equal/y",
        f"{scope}/num_present/Equal",
        f"{scope}/num_present/zeros_like",
        f"{scope}/num_present/ones_like/Shape",
        f"{scope}/num_present/ones_like/Const",
        f"{scope}/num_present/ones_like",
        f"{scope}/num_present/Select",
        f"{scope}/num_present/broadcast_weights/assert_broadcastable/weights/shape",
        f"{scope}/num_present/broadcast_weights/assert_broadcastable/weights/rank",
        f"{scope}/num_present/broadcast_weights/assert_broadcastable/values/shape",
        f"{scope}/num_present/broadcast_weights/assert_broadcastable/values/rank",
        f"{scope}/num_present/broadcast_weights/assert_broadcastable/static_scalar_check_success",
        f"{scope}/num_present/broadcast_weights/ones_like/Shape",
        f"{scope}/num_present/broadcast_weights/ones_like/Const",
        f"{scope}/num_present/broadcast_weights/ones_like",
        f"{scope}/num_present/broadcast_weights",
        f"{scope}/num_present/Const",
        f"{scope}/num_present",
        f"{scope}/Const_1",
        f"{scope}/Sum_1",
        f"{scope}/value",
    ]


def test_the_gradient_of_the_pairwise_error():
    p = tf.constant(PREDICTIONS)
    loss = tf.losses.mean_pairwise_squared_error(LABELS, p)
    error = np.array(PREDICTIONS) - LABELS
    expected = 2 * error - 2 / 3 * error.sum(1, keepdims=True)
    np.testing.assert_allclose(run(tf.gradients(loss, p)[0]), expected, rtol=1e-5)


def test_no_gradient_flows_into_the_labels_of_a_softmax():
    labels = tf.constant(LABELS)
    loss = tf.losses.softmax_cross_entropy(labels, LOGITS)
    assert tf.gradients(loss, labels) == [None]
