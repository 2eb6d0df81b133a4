"""Python's operators on tensors: which op, in which dtypes, with which value.

Settled on TensorFlow's ``compat.v1``, except that ``&``, ``|``, ``^`` and ``~`` take bools only,
as in TensorFlow 1.15.
"""

import operator as o

import numpy as np
import pytest

import flowgraph as tf

F = np.array([1.5, 2.5], np.float32)
I = np.array([3, -4], np.int32)  # noqa: E741
OTHERS = [
    2, 2.0, True, [1, 2], (1, 2), np.float32(2), np.float64(2), np.int32(2), np.int64(2),
    np.array([1, 2]), np.array([1.0, 2.0]), np.array(2.0), np.ones((2, 2)),
]  # fmt: skip
ARITHMETIC = [
    (o.add, "AddV2"), (o.sub, "Sub"), (o.mul, "Mul"), (o.truediv, "RealDiv"),
    (o.floordiv, "FloorDiv"), (o.mod, "FloorMod"), (o.pow, "Pow"),
]  # fmt: skip


def run(tensor):
    return tf.Session().run(tensor)


@pytest.mark.parametrize("other", OTHERS, ids=repr)
@pytest.mark.parametrize(("function", "kind"), ARITHMETIC)
def test_values_beside_a_tensor_take_its_dtype(function, kind, other):
    t = tf.constant(F)
    beside = np.asarray(other, np.float32)
    for result, expected in (
        (function(t, other), function(F, beside)),
        (function(other, t), function(beside, F)),
    ):
        assert isinstance(result, tf.Tensor)
        assert result.op.type == kind
        assert result.dtype is tf.float32
        np.testing.assert_allclose(run(result), expected, rtol=1e-6)


@pytest.mark.parametrize("other", [2, 3, True, [2, 3], np.int64(2), np.array([2, 3])], ids=repr)
@pytest.mark.parametrize("function", [o.add, o.sub, o.mul, o.floordiv, o.mod])
def test_integers_stay_integers(function, other):
    t = tf.constant(I)
    beside = np.asarray(other, np.int32)
    for result, expected in (
        (function(t, other), function(I, beside)),
        (function(other, t), function(beside, I)),
    ):
        assert result.dtype is tf.int32
        np.testing.assert_array_equal(run(result), expected)


def test_integers_divide_to_floats():
    for dtype, quotient in [(tf.int32, tf.float64), (tf.uint8, tf.float32)]:
        t = tf.constant([3, 4], dtype)
        for result in (t / 2, 2 / t, t / t):
            assert result.dtype is quotient
    np.testing.assert_array_equal(run(tf.constant(I) / 2), I / 2)


def test_division_rounds_down():
    t = tf.constant([-7, 7])
    np.testing.assert_array_equal(run(t // 2), [-4, 3])
    np.testing.assert_array_equal(run(t % 3), [2, 1])
    np.testing.assert_array_equal(run(t / -2), [3.5, -3.5])


@pytest.mark.parametrize("function", [o.lt, o.le, o.gt, o.ge])
def test_comparisons(function):
    t = tf.constant(F)
    for other in (2, 2.0, np.float64(2), [1.5, 3.0]):
        np.testing.assert_array_equal(run(function(t, other)), function(F, other))
        np.testing.assert_array_equal(run(function(other, t)), function(np.asarray(other), F))


def test_logic():
    a, b = np.array([True, False]), np.array([True, True])
    t = tf.constant(a)
    for function in (o.and_, o.or_, o.xor):
        np.testing.assert_array_equal(run(function(t, b.tolist())), function(a, b))
        np.testing.assert_array_equal(run(function(b, t)), function(b, a))
    np.testing.assert_array_equal(run(~t), ~a)
    for mistake in (lambda: tf.constant(I) & 1, lambda: ~tf.constant(I)):
        with pytest.raises(TypeError, match="expected type of bool"):
            mistake()


def test_signs():
    t = tf.constant(I)
    np.testing.assert_array_equal(run(-t), -I)
    np.testing.assert_array_equal(run(abs(t)), abs(I))


def test_matrix_products():
    m = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    other = np.array([[0.0, 1.0], [1.0, 1.0]])
    t = tf.constant(m)
    np.testing.assert_array_equal(run(t @ other), m @ other)
    np.testing.assert_array_equal(run(other @ t), other @ m)
    np.testing.assert_array_equal(run(other.tolist() @ t), other @ m)


def test_strings_are_put_together():
    t = tf.constant(["x", "y"])
    for result, expected in ((t + "a", [b"xa", b"ya"]), ("a" + t, [b"ax", b"ay"])):
        assert result.op.type == "Add"
        assert list(run(result)) == expected


MISMATCH = "Input 'y' of '{}' Op has type {} that does not match type {} of argument 'x'."


@pytest.mark.parametrize(
    ("build", "line"),
    [
        (lambda f, i: f + i, MISMATCH.format("AddV2", "int32", "float32")),
        (lambda f, i: i * f, MISMATCH.format("Mul", "float32", "int32")),
        (lambda f, i: i + 1.5, MISMATCH.format("AddV2", "float32", "int32")),
        (lambda f, i: f + "a", MISMATCH.format("AddV2", "string", "float32")),
        (lambda f, i: 1.5 - i, "Expected int32, got 1.5 of type 'float' instead."),
        (lambda f, i: f / i, "x and y must have the same dtype, got tf.float32 != tf.int32"),
        (lambda f, i: 1j * f, "Expected float32, got 1j of type 'complex' instead."),
    ],
)
def test_dtypes_do_not_mix(build, line):
    with pytest.raises(TypeError) as caught:
        build(tf.constant(F), tf.constant(I))
    assert str(caught.value).startswith(line)


def test_none_is_no_operand():
    for mistake in (lambda t: t + None, lambda t: None * t):
        with pytest.raises(ValueError, match=r"^None values not supported\."):
            mistake(tf.constant(F))


class Reflecting:
    def __radd__(self, other):
        return "reflected"

    def __add__(self, other):
        return "own"


def test_other_types_may_take_over():
    t = tf.constant(F)
    assert t + Reflecting() == "reflected"
    assert Reflecting() + t == "own"
    with pytest.raises(TypeError):
        t - Reflecting()


def test_dimensions_are_integers():
    i, f = tf.constant(I), tf.constant(F)
    np.testing.assert_array_equal(run(i * f.shape[0]), I * 2)
    np.testing.assert_array_equal(run(f.shape[0] * i), I * 2)


def test_keys_give_what_numpy_gives():
    x = np.arange(24).reshape(2, 3, 4)
    t, n = tf.constant(x), tf.constant(1)
    for key in [
        0, -1, slice(1, None), slice(None, None, -1), (0, 1, 2), (slice(None), -1), (..., 0), ...,
        tf.newaxis, (slice(None), None, 1), (1, ..., slice(1, 3)), np.int64(1), slice(-100, 100),
        (slice(0, 1), slice(1, 3), slice(0, 4, 2)), tf.Dimension(1), (), slice(2, 0, -1),
    ]:  # fmt: skip
        plain = int(key) if isinstance(key, tf.Dimension) else key
        assert t[key].shape.as_list() == list(x[plain].shape), key
        np.testing.assert_array_equal(run(t[key]), x[plain])
    np.testing.assert_array_equal(run(t[n, n:, :n]), x[1, 1:, :1])


@pytest.mark.parametrize("key", [1.0, "a", np.array([0, 1]), slice(1.0, 2.0), (0, [0])], ids=repr)
def test_keys_that_numpy_alone_takes(key):
    with pytest.raises(TypeError):
        tf.constant([1, 2])[key]


def test_keys_out_of_range():
    t = tf.constant([[1, 2]])
    for key in (1, (0, 0, 0), [0, 0, 0], (..., ...), slice(None, None, 0)):
        with pytest.raises(ValueError):
            t[key]
