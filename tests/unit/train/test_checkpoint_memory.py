"""How much memory saving and restoring take."""

import tracemalloc
from contextlib import contextmanager

import numpy as np
import pytest

import flowgraph as tf

SIZE = 16 << 20


@contextmanager
def peak():
    """A list that has, at the end, how many bytes there were at most beyond those before."""
    found = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("count", [1, 4])
def test_a_checkpoint_is_never_in_memory_twice(tmp_path, count):
    shape = [SIZE // 4 // count]
    values = [tf.placeholder(tf.float32, shape) for _ in range(count)]
    variables = [tf.Variable(value, name="v") for value in values]
    saver, prefix = tf.train.Saver(), str(tmp_path / "model")
    numbers = np.arange(shape[0], dtype=np.float32)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer(), dict.fromkeys(values, numbers))
        with peak() as saving:
            saver.save(session, prefix)
    with tf.Session() as session:
        with peak() as restoring:
            saver.restore(session, prefix)
        for variable in variables:
            np.testing.assert_array_equal(session.run(variable), numbers)
            np.testing.assert_array_equal(session.run(variable.assign_add(numbers)), 2 * numbers)
    assert saving[0] < 0.3 * SIZE
    assert SIZE <= restoring[0] < 1.3 * SIZE


def test_a_value_that_is_used_elsewhere_is_copied():
    made = tf.py_func(lambda: np.ones(4, np.float32), [], tf.float32)
    made.set_shape([4])
    variable = tf.Variable(tf.zeros(4))
    assign = tf.assign(variable, made)
    with tf.Session() as session:
        fetched, _ = session.run([made, assign.op])
        fetched[:] = 7
        assert session.run(variable).tolist() == [1, 1, 1, 1]
        session.run(variable.assign_add(tf.ones(4)))
        assert fetched.tolist() == [7, 7, 7, 7]
        session.run(assign)
        assert session.run(variable).tolist() == [1, 1, 1, 1]
