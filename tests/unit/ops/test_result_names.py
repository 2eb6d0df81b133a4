"""Results of several tensors have TensorFlow's fields, and print under the op's name."""

import pytest

import flowgraph as tf


@pytest.mark.parametrize(
    ("make", "name", "fields"),
    [
        (lambda: tf.qr([[1.0, 2.0], [3.0, 4.0]]), "Qr", ("q", "r")),
        (lambda: tf.linalg.lu([[1.0, 2.0], [3.0, 4.0]]), "Lu", ("lu", "p")),
        (lambda: tf.unique([1, 1]), "Unique", ("y", "idx")),
        (lambda: tf.unique_with_counts([1, 1]), "UniqueWithCounts", ("y", "idx", "count")),
        (lambda: tf.setdiff1d([1, 2], [2]), "ListDiff", ("out", "idx")),
        (lambda: tf.nn.top_k([1.0, 2.0]), "TopKV2", ("values", "indices")),
        (
            lambda: tf.nn.max_pool_with_argmax(
                tf.ones([1, 2, 2, 1]), [1, 2, 2, 1], [1] * 4, "SAME"
            ),
            "MaxPoolWithArgmax",
            ("output", "argmax"),
        ),
    ],
)
def test_names(make, name, fields):
    result = make()
    assert result._fields == fields
    assert repr(result).startswith(f"{name}({fields[0]}=<tf.Tensor ")
