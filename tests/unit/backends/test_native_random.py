"""Native random numbers are those of NumPy's kernels, bit for bit."""

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.backends.native import compiler

try:
    compiler.compiler()
except compiler.CompilerError:
    pytest.skip("there is no C compiler", allow_module_level=True)

COUNTS = (1, 3, 4, 63, 64, 65, 16384, 16390, 40001)


def drawn(fetches, level, runs=2):
    options = tf.GraphOptions(optimizer_options=tf.OptimizerOptions(global_jit_level=level))
    with tf.Session(config=tf.ConfigProto(graph_options=options)) as session:
        results = [session.run(fetches) for _ in range(runs)]
        explained = session.explain(fetches, stage="bound")
    return results, explained


def assert_equal(fetches, native=True):
    expected, _ = drawn(fetches, -1)
    actual, explained = drawn(fetches, tf.OptimizerOptions.ON_1)
    assert ("no native kernel" not in explained) == native
    for reference, result in zip(expected, actual, strict=True):
        for a, b in zip(reference, result, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("draw", [tf.random_uniform, tf.random_normal, tf.truncated_normal])
def test_floats(draw):
    assert_equal([draw([count], seed=3) for count in COUNTS])


def test_uniform_doubles():
    assert_equal([tf.random_uniform([count], dtype=tf.float64, seed=3) for count in COUNTS])


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
@pytest.mark.parametrize(("low", "high"), [(0, 10), (-5, 2), (-(2**31), 2**31 - 1)])
def test_integers(dtype, low, high):
    assert_equal([tf.random_uniform([count], low, high, dtype, seed=3) for count in COUNTS])


def test_large_integers():
    assert_equal([tf.random_uniform([40001], -(2**62), 2**62 + 5, tf.int64, seed=3)])


def test_others_stay_with_numpy():
    assert_equal([tf.random_uniform([7], dtype=tf.float16, seed=3)], native=False)
    assert_equal([tf.random_normal([7], dtype=tf.float64, seed=3)], native=False)


def test_empty():
    assert_equal([tf.random_uniform([0, 3], seed=3)], native=False)


def test_bounds_without_room():
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="minval"):
        session.run(tf.random_uniform([2], 3, 3, tf.int32))


def test_numbers_in_a_loop_follow_each_other():
    _, values = tf.while_loop(
        lambda i, _: i < 5,
        lambda i, x: (i + 1, x + tf.random_normal([33], seed=5)),
        [0, tf.zeros([33])],
    )
    (expected, actual) = (drawn(values, level, runs=3)[0] for level in (-1, 1))
    np.testing.assert_array_equal(expected, actual)
    assert not np.array_equal(actual[0], actual[1])
