"""`tf.ensure_shape`: messages are those of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf


def test_more_is_known_then_and_gradients_pass():
    x = tf.placeholder(tf.float32, [None, None])
    y = tf.ensure_shape(tf.ensure_shape(x, [2, None]), [None, 3], name="z")
    assert repr(y) == "<tf.Tensor 'z:0' shape=(2, 3) dtype=float32>"
    assert tf.ensure_shape(tf.placeholder(tf.float32), [2, 3]).shape.as_list() == [2, 3]
    (dx,) = tf.gradients(y, x)
    with tf.Session() as session:
        assert session.run(dx, {x: np.zeros((2, 3))}).tolist() == [[1.0] * 3] * 2


def test_it_is_checked_at_each_run():
    x = tf.placeholder(tf.float32, [None, None])
    y = tf.ensure_shape(tf.identity(x, name="given"), [None, 3]) * 1.0
    with tf.Session() as session:
        assert session.run(y, {x: np.ones((2, 3))}).shape == (2, 3)
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            session.run(y, {x: np.ones((2, 4))})
    assert str(error.value).startswith(
        "Shape of tensor given [2,4] is not compatible with expected shape [?,3]."
    )


def test_what_is_known_already_must_fit():
    for shape, message in [
        ([3, 3], "Dimension 0 in both shapes must be equal, but are 3 and 2. Shapes are [3,3] and"),
        ([2], "Shape must be rank 1 but is rank 2 for"),
    ]:
        with pytest.raises(ValueError) as error:
            tf.ensure_shape(tf.zeros([2, 3]), shape)
        assert str(error.value).startswith(message)
