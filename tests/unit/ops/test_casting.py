"""Casts under their names, and at the ends of the ranges."""

import numpy as np
import pytest

import flowgraph as tf


@pytest.mark.parametrize(
    ("function", "name", "dtype"),
    [
        (tf.to_float, "ToFloat", tf.float32),
        (tf.to_double, "ToDouble", tf.float64),
        (tf.to_int32, "ToInt32", tf.int32),
        (tf.to_int64, "ToInt64", tf.int64),
        (tf.to_bfloat16, "ToBFloat16", tf.bfloat16),
        (tf.to_complex64, "ToComplex64", tf.complex64),
        (tf.to_complex128, "ToComplex128", tf.complex128),
    ],
)
def test_casts_by_name(function, name, dtype):
    result = function(tf.constant([1.0, 2.0], tf.float16))
    assert (result.name, result.dtype) == (f"{name}:0", dtype)
    value = tf.Session().run(result)
    assert value.dtype == dtype.as_numpy_dtype
    np.testing.assert_array_equal(value.astype(complex), [1, 2])
    assert function(result) is result


@pytest.mark.parametrize(
    ("values", "source", "target", "expected"),
    [
        ([-5.0, 300.0, 7.0], tf.float32, tf.uint8, [0, 255, 7]),
        ([-5, 300, 7], tf.int32, tf.int8, [-5, 127, 7]),
        ([5, 200], tf.uint8, tf.int8, [5, 127]),
        ([-1, 2], tf.int8, tf.uint64, [0, 2]),
        ([1e30, -1e30], tf.float64, tf.float32, [1e30, -1e30]),
        ([1e300, -1e300], tf.float64, tf.float16, [65504, -65504]),
        ([-3.5], tf.float16, tf.int64, [-3]),
    ],
)
def test_saturation(values, source, target, expected):
    result = tf.saturate_cast(tf.constant(values, source), target)
    assert (result.name, result.dtype) == ("saturate_cast:0", target)
    np.testing.assert_allclose(tf.Session().run(result), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (tf.float32, tf.int32),
        (tf.float32, tf.int64),
        (tf.float64, tf.int64),
        (tf.bfloat16, tf.int16),
    ],
)
def test_a_bound_that_the_source_cannot_represent_does_not_overflow(source, target):
    low, high = tf.Session().run(tf.saturate_cast(tf.constant([-1e20, 1e20], source), target))
    assert low == target.min
    assert 0.99 * target.max < int(high) <= target.max


def test_complex_numbers_have_no_range():
    with pytest.raises(TypeError, match=r"^Cannot find minimum value"):
        tf.saturate_cast([1 + 1j], tf.int32)


@pytest.mark.parametrize(
    ("value", "expected"),
    [([[0.0, 1.0, 0.0, 2.0]], 0.5), ([0, 3], 0.5), (0.0, 1.0), ([True, True], 0.0)],
)
def test_zero_fraction(value, expected):
    result = tf.nn.zero_fraction(value)
    assert (result.name, result.dtype) == ("zero_fraction/fraction:0", tf.float32)
    assert tf.Session().run(result) == expected


def test_the_zero_fraction_of_nothing_is_not_a_number():
    assert np.isnan(tf.Session().run(tf.nn.zero_fraction(np.zeros((0, 2)))))


def test_nothing_can_be_divided_by_zero():
    none, zero = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32)
    for divide in (tf.floormod, tf.floordiv, tf.truncatediv, tf.truncatemod):
        assert tf.Session().run(divide(none, zero), {none: [], zero: 0}).size == 0
