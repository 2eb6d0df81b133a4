"""Losses as functions: their nodes, shapes, gradients and refusals."""

import numpy as np
import pytest
import scipy.special

import flowgraph as tf

LOGITS = np.array([[1.0, 2.0, -1.0], [0.5, -0.5, 3.0]])
LABELS = np.array([[0.0, 1.0, 0.0], [0.2, 0.3, 0.5]])


def run(tensors, feeds=None):
    with tf.Session() as session:
        return session.run(tensors, feeds)


def names():
    return [operation.name for operation in tf.get_default_graph().get_operations()]


def test_the_first_version_stops_gradients_to_labels():
    logits, labels = tf.constant(LOGITS), tf.constant(LABELS)
    loss = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    assert loss.name == "softmax_cross_entropy_with_logits_sg/Reshape_2:0"
    slopes = tf.gradients(loss, [logits, labels])
    assert slopes[1] is None
    expected = scipy.special.softmax(LOGITS, -1) - LABELS
    np.testing.assert_allclose(run(slopes[0]), expected, rtol=1e-6)


def test_the_second_version_does_not():
    logits, labels = tf.constant(LOGITS), tf.constant(LABELS)
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels, logits)
    (slope,) = tf.gradients(loss, labels)
    np.testing.assert_allclose(run(slope), -scipy.special.log_softmax(LOGITS, -1), rtol=1e-6)


def test_softmax_cross_entropy_along_another_axis():
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(LABELS.T, LOGITS.T, axis=0)
    assert loss.shape == [2]
    expected = -(LABELS * scipy.special.log_softmax(LOGITS, -1)).sum(-1)
    np.testing.assert_allclose(run(loss), expected, rtol=1e-6)


def test_half_precision_goes_through_float32():
    loss = tf.nn.softmax_cross_entropy_with_logits_v2(
        LABELS.astype(np.float16), LOGITS.astype(np.float16)
    )
    assert loss.dtype is tf.float16
    assert any(t.dtype is tf.float32 for t in loss.op.inputs)


def test_the_static_shape_leaves_out_the_axis():
    logits = tf.placeholder(tf.float32, [None, 7, 3])
    loss = tf.nn.softmax_cross_entropy_with_logits(labels=logits, logits=logits)
    assert loss.shape.as_list() == [None, 7]


@pytest.mark.parametrize("shape", [(2,), (2, 1), ()])
def test_sparse_labels_of_every_rank(shape):
    labels = np.zeros(shape, np.int32) + 2
    logits = np.broadcast_to(LOGITS[0], (*shape, 3))
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    assert loss.shape.as_list() == list(shape)
    expected = -scipy.special.log_softmax(logits, -1)[..., 2]
    np.testing.assert_allclose(run(loss), expected, rtol=1e-6)


def test_sparse_gradient_of_first_order_only():
    logits = tf.constant(LOGITS)
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1, 2], logits=logits)
    (slope,) = tf.gradients(loss, logits)
    expected = scipy.special.softmax(LOGITS, -1) - np.eye(3)[[1, 2]]
    np.testing.assert_allclose(run(slope), expected, rtol=1e-6)
    with pytest.raises(LookupError, match="no way to take the second derivative"):
        tf.gradients(slope, logits)


def test_sparse_shapes_known_late_are_asserted():
    labels = tf.placeholder(tf.int32, [None, None])
    logits = tf.placeholder(tf.float32, [None, None, 3])
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    feeds = {labels: np.zeros((2, 3)), logits: np.zeros((3, 2, 3))}
    with pytest.raises(tf.errors.InvalidArgumentError, match="did not hold"):
        run(loss, feeds)


def test_scalar_logits_are_refused():
    with pytest.raises(ValueError, match="Logits cannot be scalars"):
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=0, logits=1.0)


def test_sigmoid_cross_entropy_of_large_logits():
    x = tf.constant([-1000.0, 0.0, 1000.0])
    labels = [1.0, 0.5, 0.0]
    loss = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=x)
    assert loss.name == "logistic_loss:0"
    np.testing.assert_allclose(run(loss), [1000.0, np.log(2), 1000.0], rtol=1e-6)
    np.testing.assert_allclose(run(tf.gradients(loss, x)[0]), [-1.0, 0.0, 1.0], atol=1e-6)


def test_weighted_cross_entropy_of_both_names():
    arguments = {"logits": LOGITS, "pos_weight": 3.0}
    old = tf.nn.weighted_cross_entropy_with_logits(targets=LABELS, **arguments)
    new = tf.nn.weighted_cross_entropy_with_logits(labels=LABELS, **arguments)
    sigmoid = scipy.special.expit(LOGITS)
    expected = -3 * LABELS * np.log(sigmoid) - (1 - LABELS) * np.log(1 - sigmoid)
    for value in run([old, new]):
        np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_log_poisson_loss_in_full():
    targets = np.array([0.5, 3.0])
    full = tf.nn.log_poisson_loss(targets, np.zeros(2), compute_full_loss=True)
    stirling = 3 * np.log(3) - 3 + 0.5 * np.log(2 * np.pi * 3)
    np.testing.assert_allclose(run(full), [1.0, 1.0 + stirling], rtol=1e-6)


def test_a_positional_call_is_shown_how_to_be_written():
    with pytest.raises(ValueError, match="hint: the call is"):
        tf.nn.softmax_cross_entropy_with_logits(LOGITS, LABELS)
