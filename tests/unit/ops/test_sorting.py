"""Sorting and counting in bins; nodes and texts were recorded from TensorFlow 1.15."""

import re

import numpy as np
import pytest

import flowgraph as tf

X = np.float32([[3, 1, 2], [9, 7, 8]])


def _run(tensor, feeds=None):
    with tf.Session() as sess:
        return sess.run(tensor, feeds)


# Of unknown rank, the last axis is known by -1 alone.
@pytest.mark.parametrize(
    ("axis", "is_known"), [(0, True), (1, True), (-1, True), (-2, True), (0, False), (-1, False)]
)
def test_sort(axis, is_known):
    x = tf.constant(X) if is_known else tf.placeholder(tf.float32)
    feeds = {x: X}
    down = np.flip(np.sort(X, axis), axis)
    np.testing.assert_array_equal(_run(tf.sort(x, axis), feeds), np.sort(X, axis))
    np.testing.assert_array_equal(_run(tf.sort(x, axis, "DESCENDING"), feeds), down)
    np.testing.assert_array_equal(_run(tf.argsort(x, axis), feeds), np.argsort(X, axis))


def test_equal_values_keep_their_order():
    x = np.array([3, 1, 3, 1])
    assert _run(tf.argsort(x)).tolist() == [1, 3, 0, 2]
    assert _run(tf.argsort(x, direction="DESCENDING", stable=True)).tolist() == [0, 2, 1, 3]
    assert _run(tf.contrib.framework.argsort(x)).tolist() == [1, 3, 0, 2]


def test_nodes_of_sort():
    tf.sort(X, axis=0)
    assert [(o.name, o.type) for o in tf.get_default_graph().get_operations()] == [
        *(("sort/axis", "Const"), ("sort/values", "Const"), ("sort/Neg", "Neg")),
        *(("sort/Shape", "Const"), ("sort/strided_slice/stack", "Const")),
        *((f"sort/strided_slice/stack_{i}", "Const") for i in (1, 2)),
        *(("sort/strided_slice", "StridedSlice"), ("sort/Rank", "Const")),
        *(("sort/transposition", "Const"), ("sort/transpose", "Transpose")),
        *(("sort/TopKV2", "TopKV2"), ("sort/transpose_1", "Transpose"), ("sort/Neg_1", "Neg")),
    ]


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ((X, -1, "UP"), ValueError, "UP should be one of ASCENDING, DESCENDING"),
        ((X, 5), ValueError, "slice index 5 of dimension 0 out of bounds."),
        ((3.0,), ValueError, "slice index -1 of dimension 0 out of bounds."),
        ((X, tf.placeholder), ValueError, "axis must be a constant scalar"),
        ((np.int8([1]),), TypeError, "Value passed to parameter 'x' has DataType int8 not in"),
    ],
)
def test_sort_refuses(arguments, kind, text):
    if arguments[1:] == (tf.placeholder,):
        arguments = (X, tf.placeholder(tf.int32))
    with pytest.raises(kind, match=re.escape(text)):
        tf.sort(*arguments)


def test_histogram_fixed_width():
    values = [-1.0, 0.0, 1.5, 2.0, 5.0, 15]
    counts = tf.histogram_fixed_width(values, [0.0, 5.0], nbins=5)
    bins = tf.histogram_fixed_width_bins(values, [0.0, 5.0], nbins=5)
    assert (counts.dtype, counts.shape.as_list(), bins.shape.as_list()) == (tf.int32, [5], [6])
    with tf.Session() as sess:
        assert sess.run(counts).tolist() == [2, 1, 1, 0, 2]
        assert sess.run(bins).tolist() == [0, 0, 1, 2, 4, 4]
        nan = tf.histogram_fixed_width([np.nan, 2.0], [0.0, 5.0], 5, dtype=tf.int64)
        assert sess.run(nan).tolist() == [1, 0, 1, 0, 0]
    for nbins, limits, text in (
        ([3], [0.0, 5.0], "nbins should be a scalar."),
        (-3, [0.0, 5.0], "nbins should be a positive number, but got '-3'"),
        (3, [5.0], "value_range should be a vector of 2 elements."),
    ):
        nbins, limits = (tf.placeholder_with_default(v, None) for v in (nbins, limits))
        with pytest.raises(tf.errors.InvalidArgumentError, match=re.escape(text)):
            _run(tf.histogram_fixed_width(values, limits, nbins))
    with pytest.raises(TypeError, match="DataType float32 not in list of allowed values: int32"):
        tf.histogram_fixed_width(values, [0.0, 5.0], 3, dtype=tf.float32)
