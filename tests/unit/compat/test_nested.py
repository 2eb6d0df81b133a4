"""`tf.nest`; texts and results were recorded from TensorFlow 1.15."""

import re

import pytest

import flowgraph as tf
from flowgraph.compat import nested


@pytest.fixture
def sparse():
    return tf.SparseTensor([[0]], [1.0], [2])


def parts(value):
    return [value.indices, value.values, value.dense_shape]


def test_there_and_back():
    structure = {"b": [1, {"c": 2}], "a": (3, ()), "d": None}
    leaves = tf.nest.flatten(structure)
    assert leaves == [3, 1, 2, None]
    assert tf.nest.pack_sequence_as(structure, leaves) == structure
    assert tf.nest.flatten(5) == [5]
    assert tf.nest.pack_sequence_as(0, [5]) == 5


def test_the_older_name():
    assert nested.is_sequence is tf.nest.is_nested


def test_a_sparse_tensor_is_a_leaf_or_its_parts(sparse):
    assert tf.nest.flatten([sparse, 1]) == [sparse, 1]
    assert tf.nest.flatten([sparse, 1], expand_composites=True) == [*parts(sparse), 1]
    packed = tf.nest.pack_sequence_as([sparse, 1], [*parts(sparse), 2], expand_composites=True)
    assert parts(packed[0]) == parts(sparse) and packed[1] == 2
    mapped = tf.nest.map_structure(tf.identity, sparse, expand_composites=True)
    assert [part.op.type for part in parts(mapped)] == ["Identity"] * 3


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: tf.nest.pack_sequence_as([1, 2], [1]),
            ValueError,
            "Could not pack sequence. Structure had 2 elements, but flat_sequence had 1 elements."
            "  Structure: [1, 2], flat_sequence: [1].",
        ),
        (
            lambda: tf.nest.pack_sequence_as([1, 2], 3),
            TypeError,
            "flat_sequence must be a sequence",
        ),
        (
            lambda: tf.nest.pack_sequence_as(1, [1, 2]),
            ValueError,
            "Structure is a scalar but len(flat_sequence) == 2 > 1",
        ),
        (lambda: tf.nest.map_structure(3, [1]), TypeError, "func must be callable, got: 3"),
        (lambda: tf.nest.map_structure(abs), ValueError, "Must provide at least one structure"),
        (
            lambda: tf.nest.map_structure(abs, [1], x=3),
            ValueError,
            "Only valid keyword arguments are `check_types` and `expand_composites`, not: `x`",
        ),
        (
            lambda: tf.nest.map_structure(max, [1], [1, 2]),
            ValueError,
            "The two structures don't have the same nested structure.",
        ),
        (
            lambda: tf.nest.assert_same_structure([1], (1,)),
            TypeError,
            "The two structures don't have the same nested structure.",
        ),
    ],
)
def test_mistakes(call, error, text):
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        call()


def test_types_need_not_be_the_same():
    tf.nest.assert_same_structure([1], (1,), check_types=False)
    assert tf.nest.map_structure(max, [1], (2,), check_types=False) == [2]


def test_where_a_sparse_tensor_must_stand(sparse):
    tf.nest.assert_same_structure(sparse, 1)
    tf.nest.assert_same_structure([sparse], [sparse], expand_composites=True)
    with pytest.raises(ValueError, match="don't have the same nested structure"):
        tf.nest.assert_same_structure(sparse, 1, expand_composites=True)
    with pytest.raises(TypeError, match="don't have the same nested structure"):
        tf.nest.assert_same_structure([sparse], [[1]], expand_composites=True)
