"""Which weights fit which losses, and what is said of those that do not."""

import numpy as np
import pytest

import flowgraph as tf

VALUES = np.ones((2, 3), np.float32)


def weighted(weights_shape, values_shape):
    weights = tf.placeholder(tf.float32, weights_shape, name="w")
    values = tf.placeholder(tf.float32, values_shape, name="v")
    return tf.losses.compute_weighted_loss(values, weights), weights, values


def test_a_row_of_weights_is_not_broadcast():
    text = "weights can not be broadcast to values. values.rank=2. weights.rank=1. "
    text += r"values.shape=\(2, 3\). weights.shape=\(3,\)."
    with pytest.raises(ValueError, match=f"^{text}"):
        tf.losses.mean_squared_error(VALUES, VALUES, weights=[1.0, 2.0, 3.0])


def test_a_dimension_is_1_or_that_of_the_values():
    text = "weights can not be broadcast to values. Mismatch at dim 0. "
    text += r"values.shape=\[2 3\] weights.shape=\[3 1\]."
    with pytest.raises(ValueError, match=f"^{text}"):
        tf.losses.mean_squared_error(VALUES, VALUES, weights=[[1.0], [1.0], [1.0]])


@pytest.mark.parametrize("shape", [(), (2, 3), (1, 3), (2, 1), (1, 1)])
@pytest.mark.parametrize("known", ["nothing", "ranks"])
def test_shapes_that_fit_when_it_runs(shape, known):
    ranks = (None, None) if known == "nothing" else ([None] * len(shape), [None, None])
    loss, weights, values = weighted(*ranks)
    value = tf.Session().run(loss, {weights: np.full(shape, 2.0), values: 3 * VALUES})
    assert value == 6.0
    assert loss.shape == ()


@pytest.mark.parametrize(
    ("shape", "static"),
    [((3, 3), [None, None]), ((3, 3), None), ((3,), None), ((2, 3, 1), None), ((2, 2), None)],
)
def test_shapes_that_do_not_fit_when_it_runs(shape, static):
    loss, weights, values = weighted(static, [None, None])
    with pytest.raises(
        tf.errors.InvalidArgumentError,
        match=r"^assertion failed: \[weights can not be broadcast to values.\] \[weights.shape=\]",
    ):
        tf.Session().run(loss, {weights: np.ones(shape), values: VALUES})


def test_labels_and_weights_of_unknown_rank_are_squeezed():
    labels = tf.placeholder(tf.int32)
    logits = tf.placeholder(tf.float32, [None, 2])
    weights = tf.placeholder(tf.float32)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits, weights)
    scores = np.zeros((3, 2))
    for labels_value in ([0, 1, 0], [[0], [1], [0]]):
        for weights_value in ([1, 0, 1], [[1], [0], [1]], 5):
            feeds = {labels: labels_value, logits: scores, weights: weights_value}
            factor = 5 if weights_value == 5 else 1
            value = tf.Session().run(loss, feeds)
            np.testing.assert_allclose(value, factor * np.log(2), rtol=1e-6)


def test_arguments_that_are_missing_or_wrong():
    losses = tf.losses
    with pytest.raises(ValueError, match=r"^labels must not be None"):
        losses.mean_squared_error(None, VALUES)
    with pytest.raises(ValueError, match=r"^predictions must not be None"):
        losses.log_loss(VALUES, None)
    with pytest.raises(ValueError, match=r"^logits must not be None"):
        losses.hinge_loss(VALUES, None)
    with pytest.raises(ValueError, match=r"^onehot_labels must not be None"):
        losses.softmax_cross_entropy(None, VALUES)
    with pytest.raises(ValueError, match=r"^multi_class_labels must not be None"):
        losses.sigmoid_cross_entropy(None, VALUES)
    with pytest.raises(ValueError, match=r"^You must specify 'axis'"):
        losses.cosine_distance(VALUES, VALUES)
    with pytest.raises(ValueError, match=r"^Invalid Reduction Key sum"):
        losses.compute_weighted_loss(VALUES, reduction="sum")
    with pytest.raises(ValueError, match=r"^Shapes \(2, 3\) and \(3, 2\) are incompatible"):
        losses.mean_squared_error(VALUES.T, VALUES)


def test_totals():
    assert tf.losses.get_regularization_losses() == []
    empty = tf.losses.get_regularization_loss()
    first = tf.losses.absolute_difference([1.0], [3.0])
    with tf.name_scope("other"):
        second = tf.losses.mean_squared_error([1.0], [4.0])
    tf.losses.mean_squared_error([1.0], [100.0], loss_collection=None)
    penalty = tf.constant(0.5)
    tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, penalty)
    assert tf.losses.get_losses() == [first, second]
    assert tf.losses.get_losses("other/") == [second]
    total = tf.losses.get_total_loss()
    bare = tf.losses.get_total_loss(add_regularization_losses=False, name="bare")
    regularization = tf.losses.get_regularization_loss()
    assert [total.name, bare.name] == ["total_loss:0", "bare:0"]
    assert regularization.name == "total_regularization_loss:0"
    values = tf.Session().run([empty, total, bare, regularization])
    assert values == [0.0, 11.5, 11.0, 0.5]


def test_a_model_trains_on_a_loss():
    x = tf.constant([[1.0], [2.0], [3.0]])
    w = tf.Variable([[0.0]])
    loss = tf.losses.mean_squared_error(2 * x, tf.matmul(x, w))
    step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(20):
            session.run(step)
        np.testing.assert_allclose(session.run(w), [[2.0]], rtol=1e-4)
