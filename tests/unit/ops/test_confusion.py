"""Labels against predictions."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.confusion import remove_squeezable_dimensions


def run(fetches, feeds=None):
    return tf.Session().run(fetches, feeds)


def test_counts():
    result = tf.confusion_matrix([1, 2, 4], [2, 2, 4])
    assert (result.name, result.dtype) == ("confusion_matrix/SparseTensorDenseAdd:0", tf.int32)
    expected = np.zeros((5, 5))
    expected[[1, 2, 4], [2, 2, 4]] = 1
    np.testing.assert_array_equal(run(result), expected)


def test_weights_and_a_number_of_classes():
    result = tf.confusion_matrix(
        [1, 2, 3, 3], [2, 2, 3, 3], num_classes=4, dtype=tf.float32, weights=[1.0, 2.0, 3.0, 0.5]
    )
    expected = np.zeros((4, 4))
    expected[[1, 2, 3], [2, 2, 3]] = [1, 2, 3.5]
    np.testing.assert_array_equal(run(result), expected)


def test_a_column_of_labels():
    result = tf.confusion_matrix([[1], [2]], [2, 2], num_classes=3)
    np.testing.assert_array_equal(run(result), [[0, 0, 0], [0, 0, 1], [0, 0, 1]])


def test_classes_out_of_range():
    fed = tf.placeholder(tf.int32, [None])
    cases = [
        (tf.confusion_matrix(fed, [1, 1]), [1, -2], "`labels` contains negative values"),
        (tf.confusion_matrix([1, 1], fed), [1, -2], "`predictions` contains negative values"),
        (tf.confusion_matrix(fed, [1, 1], num_classes=2), [1, 2], "`labels` out of bound"),
        (tf.confusion_matrix([1, 1], fed, num_classes=2), [1, 2], "`predictions` out of bound"),
    ]
    for matrix, values, text in cases:
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            run(matrix, {fed: values})


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(
    ("labels", "predictions", "difference", "expected"),
    [
        ((2, 1), (2,), 0, ((2,), (2,))),
        ((2,), (2, 1), 0, ((2,), (2,))),
        ((2, 1), (2, 1), 0, ((2, 1), (2, 1))),
        ((2, 1), (2, 3), 1, ((2,), (2, 3))),
        ((2,), (2, 3), 1, ((2,), (2, 3))),
        ((2,), (2, 3, 1), 1, ((2,), (2, 3))),
    ],
)
def test_squeezing(labels, predictions, difference, expected, static):
    fed = [tf.placeholder(tf.float32, shape if static else None) for shape in (labels, predictions)]
    results = remove_squeezable_dimensions(*fed, expected_rank_diff=difference)
    values = run(results, {t: np.zeros(s) for t, s in zip(fed, (labels, predictions), strict=True)})
    assert tuple(value.shape for value in values) == expected
    if static:
        assert tuple(tuple(t.shape.as_list()) for t in results) == expected
