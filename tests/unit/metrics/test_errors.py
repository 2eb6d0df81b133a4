"""Metrics refuse what TensorFlow 1.15.5 refuses, in its words; what only a run shows, then."""

import pytest

import flowgraph as tf

metrics = tf.metrics
ONE_ROW = [[0.1, 0.2]]


def int64(values):
    return tf.constant(values, tf.int64)


def fed(values):
    """A tensor of which nothing is known until it runs."""
    return tf.placeholder_with_default(values, None)


def updated(metric):
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        return session.run(metric[1])


REFUSED = {
    "lengths": (
        lambda: metrics.accuracy([1, 2], [1, 2, 3]),
        r"Shapes \(3,\) and \(2,\) are incompatible",
    ),
    "ranks": (
        lambda: metrics.mean_absolute_error([1.0, 2.0], [[1.0, 2.0]]),
        r"Can not squeeze dim\[1\], expected a dimension of 1, got 2",
    ),
    "weights": (
        lambda: metrics.mean([1.0, 2.0], weights=[1.0, 2.0, 3.0]),
        r"weights can not be broadcast to values. Mismatch at dim 0. "
        r"values.shape=\[2\] weights.shape=\[3\].",
    ),
    "curve": (
        lambda: metrics.auc([1], tf.constant([0.5]), curve="X"),
        "curve must be either ROC or PR, X unknown",
    ),
    "summation": (
        lambda: metrics.auc([1], tf.constant([0.5]), summation_method="X"),
        "Invalid summation_method: X",
    ),
    "specificity": (
        lambda: metrics.sensitivity_at_specificity([1], tf.constant([0.5]), 1.5),
        r"`specificity` must be in the range \[0, 1\].",
    ),
    "sensitivity": (
        lambda: metrics.specificity_at_sensitivity([1], tf.constant([0.5]), -1),
        r"`sensitivity` must be in the range \[0, 1\].",
    ),
    "k": (lambda: metrics.average_precision_at_k(int64([1]), ONE_ROW, 0), "Invalid k=0."),
    "labels": (
        lambda: metrics.precision_at_k(int64([[[1]]]), ONE_ROW, 1),
        r"Unexpected labels shape \(1, 1, 1\) for predictions shape \(1, 1\).",
    ),
    "unknown_shape": (
        lambda: metrics.mean_tensor(tf.placeholder(tf.float32)),
        "Cannot convert a partially known TensorShape to a Tensor: <unknown>",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_shapes_show(case):
    build, text = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{text}"):
        build()


def test_labels_of_another_dtype_than_class_numbers():
    text = "Types don't match, <dtype: 'int64'> vs <dtype: 'int32'>."
    with pytest.raises(TypeError, match=f"^{text}"):
        metrics.precision_at_k(tf.constant([1]), ONE_ROW, 1)


WHEN_RUN = {
    "too_probable": lambda: metrics.auc([1, 0], tf.placeholder_with_default([0.5, 1.5], [2])),
    "too_improbable": lambda: metrics.auc([1, 0], tf.placeholder_with_default([0.5, -1.5], [2])),
    "weights": lambda: metrics.mean(fed([1.0, 2.0]), weights=fed([1.0, 2.0, 3.0])),
    "class": lambda: metrics.mean_iou(fed([1, 0]), fed([1, 4]), 3),
    "label": lambda: metrics.mean_per_class_accuracy(fed([1, 4]), fed([1, 0]), 3),
    "rows": lambda: metrics.precision_at_k(int64([1]), ONE_ROW, 1, weights=[1.0, 2.0]),
}
TEXTS = {
    "too_probable": r"assertion failed: \[predictions must be in \[0, 1\]\]",
    "too_improbable": r"assertion failed: \[predictions must be in \[0, 1\]\]",
    "weights": r"assertion failed: \[weights can not be broadcast to values.\]",
    "class": r"assertion failed: \[`predictions` out of bound\]",
    "label": r"indices\[1\] = 4 is not in \[0, 3\)",
    "rows": r"assertion failed: \[weights can not be broadcast to values.\]",
}


@pytest.mark.parametrize("case", WHEN_RUN)
def test_what_only_a_run_shows(case):
    metric = WHEN_RUN[case]()
    with pytest.raises(tf.errors.InvalidArgumentError, match=f"^{TEXTS[case]}"):
        updated(metric)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [
        ([1.0, 2.0], [[1.0], [2.0]], 5.0 / 3.0),
        ([[1.0], [2.0]], [1.0, 2.0], 5.0 / 3.0),
        ([1.0, 2.0], 3.0, 1.5),
        ([1.0, 2.0], [1.0, 0.0], 1.0),
    ],
)
def test_weights_take_the_rank_of_the_values_when_it_runs(values, weights, expected):
    found = updated(metrics.mean(fed(values), weights=fed(weights)))
    assert found == pytest.approx(expected)


def test_labels_take_the_rank_of_the_predictions_when_it_runs():
    labels = tf.placeholder_with_default(int64([1, 1]), None)
    assert updated(metrics.precision_at_k(labels, [[0.1, 0.2], [0.3, 0.2]], 1)) == 0.5


@pytest.mark.parametrize(("indices", "shape"), [([[0, 0], [1, 0]], [2, 1]), ([[0], [1]], [2])])
def test_labels_may_be_sparse(indices, shape):
    labels = tf.SparseTensor(indices, int64([1, 1]), shape)
    scores = [[0.1, 0.2], [0.3, 0.2]]
    assert updated(metrics.precision_at_k(labels, scores, 1)) == 0.5
    assert updated(metrics.recall_at_k(labels, scores, 1, class_id=1)) == 0.5


def test_sparse_labels_of_average_precision():
    labels = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], int64([1, 0, 2]), [2, 2])
    scores = [[0.1, 0.2, 0.05], [0.3, 0.2, 0.25]]
    assert updated(metrics.average_precision_at_k(labels, scores, 2)) == 0.75
    assert updated(metrics.average_precision_at_k(labels, scores, 1)) == 0.5


def test_labels_that_are_no_class_count_as_none():
    labels = int64([[1, 7], [-1, 0]])
    scores = [[0.1, 0.2, 0.05], [0.3, 0.2, 0.25]]
    assert updated(metrics.average_precision_at_k(labels, scores, 2)) == 1.0


def test_a_metric_starts_again_in_another_session():
    metric = metrics.mean([1.0, 3.0])
    assert [updated(metric), updated(metric)] == [2.0, 2.0]


def test_metrics_gathered():
    pairs = {"a": metrics.mean([1.0]), "b": metrics.mean([2.0])}
    values, updates = tf.contrib.metrics.aggregate_metric_map(pairs)
    assert values == {name: pair[0] for name, pair in pairs.items()}
    assert updates == {name: pair[1] for name, pair in pairs.items()}
    assert tf.contrib.metrics.aggregate_metrics(*pairs.values()) == (
        list(values.values()),
        list(updates.values()),
    )
    with pytest.raises(ValueError, match=r"^Expected at least one value_tensor/update_op pair$"):
        tf.contrib.metrics.aggregate_metrics()


def test_accuracy_of_one_batch():
    predictions, labels = tf.constant([1, 2]), tf.constant([1, 3])
    plain = tf.contrib.metrics.accuracy(predictions, labels)
    weighted = tf.contrib.metrics.accuracy(predictions, labels, weights=[1.0, 3.0])
    assert tf.Session().run([plain, weighted]) == [0.5, 0.25]
    text = r"^Labels should have bool, integer, or string dtype, not tf\.float32$"
    with pytest.raises(ValueError, match=text):
        tf.contrib.metrics.accuracy(predictions, tf.constant([1.0, 3.0]))
    with pytest.raises(ValueError, match=r"^Dtypes of predictions and labels should match"):
        tf.contrib.metrics.accuracy(tf.constant([1.0, 3.0]), labels)
