"""Metrics of two batches, each a function of the library that makes the metric.

The same functions run on TensorFlow 1.15, for the nodes and values in ``recorded.json``.
"""

import re

import numpy as np

LABELS = [[0, 1, 1, 0], [1, 1, 0, 0]]
SCORES = [[0.1, 0.8, 0.35, 0.4], [0.9, 0.2, 0.7, 0.05]]
WEIGHTS = [[1.0, 0.5, 2.0, 0.25], [1.0, 3.0, 0.0, 1.5]]
RANKED = [[0.1, 0.3, 0.5, 0.05], [0.6, 0.2, 0.25, 0.1]]


def fed(tf, batches, dtype=None, shape=(4,), name=None):
    """A placeholder, and what is fed to it for each batch."""
    placeholder = tf.placeholder(dtype or tf.float32, shape, name=name)
    tf.add_to_collection("fed", (placeholder, batches))
    return placeholder


def labels(tf, dtype=None, shape=(4,)):
    return fed(tf, LABELS, dtype or tf.int64, shape, "labels")


def scores(tf, shape=(4,)):
    return fed(tf, SCORES, tf.float32, shape, "scores")


def weights(tf, shape=(4,)):
    return fed(tf, WEIGHTS, tf.float32, shape, "weights")


def binary(metric, weighted=False, **arguments):
    """A metric of labels and probabilities."""

    def build(tf):
        given = dict(arguments, weights=weights(tf)) if weighted else arguments
        return getattr(tf.metrics, metric)(labels(tf), scores(tf), **given)

    return build


def regression(metric, weighted=False, **arguments):
    """A metric of numbers and predicted numbers."""

    def build(tf):
        given = dict(arguments, weights=weights(tf)) if weighted else arguments
        return getattr(tf.metrics, metric)(labels(tf, tf.float32), scores(tf), **given)

    return build


def ranking(metric, labels_shape=(2, 2), weighted=False, **arguments):
    """A metric of one or several labels of each row, and the scores of its classes."""

    def build(tf):
        batches = [[[1, 2], [0, 3]], [[2, 2], [3, 1]]]
        if labels_shape == (2,):
            batches = [[1, 0], [2, 3]]
        given = dict(arguments)
        if weighted:
            given["weights"] = tf.constant([0.5, 2.0])
        rows = fed(tf, [RANKED, RANKED[::-1]], shape=(2, 4), name="scores")
        return getattr(tf.metrics, metric)(
            fed(tf, batches, tf.int64, labels_shape, "labels"), rows, **given
        )

    return build


def chosen(metric, **arguments):
    """A metric of labels and of the classes predicted, best first."""

    def build(tf):
        right = fed(tf, [[[1, 2], [0, 3]], [[2, 2], [3, 1]]], tf.int64, (2, 2), "labels")
        found = fed(tf, [[[2, 0], [0, 1]], [[0, 1], [1, 3]]], tf.int64, (2, 2), "found")
        return getattr(tf.metrics, metric)(right, found, **arguments)

    return build


def classes(tf, shape=(4,)):
    right = fed(tf, [[0, 1, 2, 1], [2, 2, 1, 0]], tf.int64, shape, "labels")
    return right, fed(tf, [[0, 2, 2, 1], [0, 2, 1, 0]], tf.int64, shape, "predictions")


def of_classes(metric, weighted=False):
    def build(tf):
        right, found = classes(tf)
        extra = {"weights": weights(tf)} if weighted else {}
        return getattr(tf.metrics, metric)(right, found, 3, **extra)

    return build


def listed(tf):
    with tf.variable_scope("outer"):
        return tf.metrics.mean(
            scores(tf), metrics_collections="m", updates_collections=["u", "all"], name="mine"
        )


def twice(tf):
    given = scores(tf)
    tf.metrics.mean(given, name="mine")
    return tf.metrics.mean(given, name="mine")


def of_a_column(tf):
    """The last dimensions of 1 go, where ranks differ by one."""
    column = tf.expand_dims(scores(tf), -1)
    return tf.metrics.mean_squared_error(labels(tf, tf.float32), column, weights(tf))


def weighted_rows(tf):
    rows = tf.reshape(scores(tf), [2, 2])
    return tf.metrics.mean(rows, weights=[[1.0], [3.0]])


def of_strings(tf):
    found = fed(tf, [["a", "b"], ["c", "c"]], tf.string, (2,))
    return tf.metrics.accuracy(tf.constant(["a", "c"]), found)


def flags(tf, metric, **arguments):
    predictions = tf.greater(scores(tf), 0.3)
    return getattr(tf.metrics, metric)(labels(tf), predictions, **arguments)


def counting(metric, weighted=False):
    def build(tf):
        return flags(tf, metric, **({"weights": weights(tf)} if weighted else {}))

    return build


LIMITS = [0.15, 0.5, 0.85]


def streaming(metric, weighted=False, **arguments):
    """A metric of ``tf.contrib``: probabilities first."""

    def build(tf):
        given = dict(arguments, weights=weights(tf)) if weighted else arguments
        return getattr(tf.contrib.metrics, metric)(scores(tf), labels(tf), **given)

    return build


def streaming_numbers(metric, weighted=False):
    def build(tf):
        given = {"weights": weights(tf)} if weighted else {}
        found = labels(tf, tf.float32)
        return getattr(tf.contrib.metrics, metric)(scores(tf), found, **given)

    return build


def at(metric, weighted=False, **arguments):
    """A metric of ``tf.contrib`` that takes labels first."""

    def build(tf):
        given = dict(arguments, weights=weights(tf)) if weighted else arguments
        return getattr(tf.contrib.metrics, metric)(labels(tf), scores(tf), **given)

    return build


def kappa(weighted=False):
    def build(tf):
        right, found = classes(tf)
        extra = {"weights": weights(tf)} if weighted else {}
        return tf.contrib.metrics.cohen_kappa(right, found, 3, **extra)

    return build


def f1(tf):
    return tf.contrib.metrics.f1_score(labels(tf), scores(tf), weights(tf), num_thresholds=9)


def recall_of_one_label(tf):
    rows = fed(tf, [RANKED, RANKED[::-1]], shape=(2, 4), name="scores")
    right = fed(tf, [[1, 0], [2, 3]], tf.int64, (2,), "labels")
    return tf.contrib.metrics.streaming_recall_at_k(rows, right, 2)


def counted(tf):
    return tf.contrib.metrics.count(scores(tf), weights(tf))


def best_first(metric, labels_first=False):
    def build(tf):
        right = fed(tf, [[[1, 2], [0, 3]], [[2, 2], [3, 1]]], tf.int64, (2, 2), "labels")
        found = fed(tf, [[[2, 0], [0, 1]], [[0, 1], [1, 3]]], tf.int64, (2, 2), "found")
        given = (right, found) if labels_first else (found, right)
        return getattr(tf.contrib.metrics, metric)(*given)

    return build


CASES = {
    "mean": lambda tf: tf.metrics.mean(scores(tf)),
    "mean_weighted": lambda tf: tf.metrics.mean(scores(tf), weights(tf)),
    "mean_of_a_scalar_weight": lambda tf: tf.metrics.mean(scores(tf), 2.0),
    "mean_of_integers": lambda tf: tf.metrics.mean(labels(tf)),
    "mean_of_unknown_length": lambda tf: tf.metrics.mean(scores(tf, [None])),
    "mean_named_and_listed": listed,
    "mean_twice": twice,
    "mean_of_weighted_rows": weighted_rows,
    "mean_tensor": lambda tf: tf.metrics.mean_tensor(scores(tf)),
    "mean_tensor_weighted": lambda tf: tf.metrics.mean_tensor(scores(tf), weights(tf)),
    "percentage_below": lambda tf: tf.metrics.percentage_below(scores(tf), 0.38),
    "accuracy": counting("accuracy"),
    "accuracy_weighted": counting("accuracy", True),
    "accuracy_of_strings": of_strings,
    "mean_absolute_error": regression("mean_absolute_error"),
    "mean_squared_error_weighted": regression("mean_squared_error", True),
    "mean_squared_error_of_a_column": of_a_column,
    "root_mean_squared_error": regression("root_mean_squared_error", updates_collections="u"),
    "mean_relative_error": regression("mean_relative_error", normalizer=[1.0, 0.0, 2.0, 4.0]),
    "mean_cosine_distance": regression("mean_cosine_distance", dim=0, metrics_collections="m"),
    "mean_iou": of_classes("mean_iou"),
    "mean_iou_weighted": of_classes("mean_iou", True),
    "mean_per_class_accuracy": of_classes("mean_per_class_accuracy"),
    "mean_per_class_accuracy_weighted": of_classes("mean_per_class_accuracy", True),
    "true_positives": counting("true_positives"),
    "true_negatives_weighted": counting("true_negatives", True),
    "false_positives": counting("false_positives"),
    "false_negatives": counting("false_negatives", True),
    "precision": counting("precision"),
    "recall_weighted": counting("recall", True),
    "true_positives_at_thresholds": binary("true_positives_at_thresholds", thresholds=LIMITS),
    "true_negatives_at_thresholds": binary("true_negatives_at_thresholds", True, thresholds=LIMITS),
    "false_positives_at_thresholds": binary("false_positives_at_thresholds", thresholds=LIMITS),
    "false_negatives_at_thresholds": binary("false_negatives_at_thresholds", thresholds=LIMITS),
    "precision_at_thresholds": binary("precision_at_thresholds", True, thresholds=LIMITS),
    "recall_at_thresholds": binary("recall_at_thresholds", thresholds=LIMITS),
    "auc": binary("auc"),
    "auc_weighted": binary("auc", True, num_thresholds=7),
    "auc_of_given_thresholds": binary("auc", thresholds=[0.5, 0.3]),
    "auc_minoring": binary("auc", num_thresholds=5, summation_method="minoring"),
    "auc_majoring": binary("auc", num_thresholds=5, summation_method="majoring"),
    "auc_careful": binary("auc", num_thresholds=5, summation_method="careful_interpolation"),
    "auc_pr": binary("auc", num_thresholds=9, curve="PR", summation_method="careful_interpolation"),
    "auc_pr_trapezoidal": binary("auc", num_thresholds=9, curve="PR"),
    "auc_pr_majoring": binary("auc", num_thresholds=9, curve="PR", summation_method="majoring"),
    "sensitivity_at_specificity": binary("sensitivity_at_specificity", specificity=0.6),
    "specificity_at_sensitivity": binary("specificity_at_sensitivity", sensitivity=0.6),
    "precision_at_k": ranking("precision_at_k", k=2),
    "precision_at_k_of_one_label": ranking("precision_at_k", (2,), k=3),
    "precision_at_k_of_a_class": ranking("precision_at_k", k=2, class_id=0),
    "precision_at_k_weighted": ranking("precision_at_k", weighted=True, k=2),
    "recall_at_k": ranking("recall_at_k", k=2, name="mine"),
    "recall_at_k_of_a_class": ranking("recall_at_k", k=3, class_id=1),
    "sparse_precision_at_k": ranking("sparse_precision_at_k", k=1),
    "precision_at_top_k": chosen("precision_at_top_k", k=2),
    "recall_at_top_k": chosen("recall_at_top_k"),
    "average_precision_at_k": ranking("average_precision_at_k", k=3),
    "average_precision_at_1": ranking("average_precision_at_k", k=1),
    "average_precision_at_k_weighted": ranking("average_precision_at_k", weighted=True, k=2),
    "sparse_average_precision_at_k": ranking("sparse_average_precision_at_k", (2,), k=2),
    "streaming_auc": streaming("streaming_auc", num_thresholds=9, curve="PR"),
    "streaming_precision": streaming("streaming_precision"),
    "streaming_mean_squared_error": streaming_numbers("streaming_mean_squared_error"),
    "streaming_false_positive_rate": streaming("streaming_false_positive_rate", True),
    "streaming_false_negative_rate": streaming("streaming_false_negative_rate"),
    "streaming_true_positives_at_thresholds": streaming(
        "streaming_true_positives_at_thresholds", True, thresholds=LIMITS
    ),
    "streaming_true_negatives_at_thresholds": streaming(
        "streaming_true_negatives_at_thresholds", thresholds=LIMITS
    ),
    "streaming_false_positives_at_thresholds": streaming(
        "streaming_false_positives_at_thresholds", thresholds=LIMITS
    ),
    "streaming_false_negatives_at_thresholds": streaming(
        "streaming_false_negatives_at_thresholds", thresholds=LIMITS
    ),
    "streaming_false_positive_rate_at_thresholds": streaming(
        "streaming_false_positive_rate_at_thresholds", thresholds=LIMITS
    ),
    "streaming_false_negative_rate_at_thresholds": streaming(
        "streaming_false_negative_rate_at_thresholds", thresholds=LIMITS
    ),
    "f1_score": f1,
    "count": counted,
    "streaming_recall_at_k": recall_of_one_label,
    "streaming_sparse_precision_at_top_k": best_first("streaming_sparse_precision_at_top_k"),
    "sparse_recall_at_top_k": best_first("sparse_recall_at_top_k", True),
    "streaming_sparse_average_precision_at_top_k": best_first(
        "streaming_sparse_average_precision_at_top_k"
    ),
    "streaming_covariance": streaming_numbers("streaming_covariance"),
    "streaming_covariance_weighted": streaming_numbers("streaming_covariance", True),
    "streaming_pearson_correlation": streaming_numbers("streaming_pearson_correlation", True),
    "recall_at_precision": at("recall_at_precision", precision=0.6, num_thresholds=9),
    "recall_at_precision_strict": at(
        "recall_at_precision", True, precision=0.7, num_thresholds=9, strict_mode=True
    ),
    "precision_at_recall": at("precision_at_recall", True, target_recall=0.6, num_thresholds=9),
    "cohen_kappa": kappa(),
    "cohen_kappa_weighted": kappa(True),
}


# Branches, which TensorFlow 1.15 makes of other nodes, and the shape of one class for each row.
LEFT_OUT = re.compile("/AssertGuard/|/cond(_1)?/|/is_valid_shape|_class[0-9]+/.*s/")


def listing(tf):
    """The nodes but for constants: name and type."""
    return [
        f"{op.name} {op.type}"
        for op in tf.get_default_graph().get_operations()
        if op.type != "Const" and not LEFT_OUT.search(op.name)
    ]


def outcome(tf, case):
    """What a case makes: nodes, names, collections, and values over two batches."""
    with tf.Graph().as_default():
        value, update = CASES[case](tf)
        found = {
            "nodes": listing(tf),
            "results": [[t.name, t.dtype.name, str(t.shape)] for t in (value, update)],
            "variables": [v.name for v in tf.get_collection(tf.GraphKeys.METRIC_VARIABLES)],
            "collections": {
                key: [t.name for t in tf.get_collection(key)]
                for key in ("local_variables", "variables", "m", "u", "all")
            },
        }
        batches = tf.get_collection("fed")
        with tf.Session() as session:
            session.run(tf.local_variables_initializer())
            values = [session.run(value)]
            for i in range(2):
                feed = {placeholder: given[i] for placeholder, given in batches}
                values += [session.run(update, feed), session.run(value)]
        found["values"] = [np.asarray(v).tolist() for v in values]
        return found
