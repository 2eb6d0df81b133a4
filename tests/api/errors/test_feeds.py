"""Placeholders that nobody fed, and values that do not fit."""

import numpy as np
import pytest

import flowgraph as tf
from tests.api.errors.program import check, mistake


def test_a_placeholder_is_not_fed():
    error = mistake(
        tf.errors.InvalidArgumentError,
        """
        x = tf.placeholder(tf.float32, [None, 784], name="x")
        b = tf.placeholder(tf.float32, [10], name="b")
        h = tf.matmul(x, tf.ones([784, 10]), name="fc/MatMul")
        loss = tf.reduce_sum(h + b, name="loss")
        sess = tf.Session()
        sess.run(loss, feed_dict={b: np.zeros(10)})
        """,
    )
    check(
        error,
        "You must feed a value for placeholder tensor 'x' with dtype float and shape [?,784]\n"
        "\t [[node x (defined at train.py:1) ]]",
        1,
        "it was needed by loss <- add <- fc/MatMul <- x, run at",
        6,
        "fed were b:0",
    )
    assert error.op.name == "x"


@pytest.mark.parametrize(
    ("dtype", "shape", "text"),
    [
        ("tf.int64", "[]", "int64\n"),
        ("tf.float64", "None", "double\n"),
        ("tf.string", "[2]", "string and shape [2]"),
        ("tf.bool", "[None]", "bool and shape [?]"),
    ],
)
def test_the_dtype_and_shape_of_what_is_missing(dtype, shape, text):
    error = mistake(
        tf.errors.InvalidArgumentError,
        f"""
        x = tf.placeholder({dtype}, {shape}, name="x")
        tf.Session().run(tf.identity(x))
        """,
    )
    first = f"You must feed a value for placeholder tensor 'x' with dtype {text}"
    check(error, first, 1, 2, "nothing was fed")


def test_a_forgotten_keep_prob():
    error = mistake(
        tf.errors.InvalidArgumentError,
        """
        x = tf.placeholder(tf.float32, [2])
        keep_prob = tf.placeholder(tf.float32)
        tf.Session().run(x * keep_prob, {x: [1, 2]})
        """,
    )
    first = "You must feed a value for placeholder tensor 'Placeholder_1' with dtype float\n"
    check(error, first, 2, 3, "fed were Placeholder:0", "hint: tf.placeholder_with_default")


def test_placeholders_made_twice():
    error = mistake(
        tf.errors.InvalidArgumentError,
        """
        for cell in range(2):
            x = tf.placeholder(tf.float32, name="x")
            y = x * 2.0
            first = x if cell == 0 else first
        tf.Session().run(y, {first: 1.0})
        """,
    )
    first = "You must feed a value for placeholder tensor 'x_1' with dtype float\n"
    check(error, first, 2, 5, "hint: x:0 was fed", 2, "tf.reset_default_graph() first")


@pytest.mark.parametrize(
    ("wanted", "given", "texts", "hint"),
    [
        ("[None, 784]", (3, 28, 28), "(3, 28, 28) (?, 784)", "feed value.reshape(-1, 784)"),
        ("[None, 784]", (784,), "(784,) (?, 784)", "feed value.reshape(-1, 784)"),
        ("[None, 1]", (3,), "(3,) (?, 1)", "feed value.reshape(-1, 1)"),
        ("[None]", (3, 1), "(3, 1) (?,)", "feed value.reshape(-1)"),
        ("[]", (1,), "(1,) ()", "feed value.reshape()"),
        ("[None, 784]", (784, 3), "(784, 3) (?, 784)", "in another order: feed value.T"),
        ("[None, 8, 8, 3]", (5, 3, 8, 8), "(5, 3, 8, 8) (?, 8, 8, 3)", ".transpose(0, 2, 3, 1)"),
        ("[None, 2]", (0,), "(0,) (?, 2)", "the data are empty"),
    ],
)
def test_a_shape_that_does_not_fit(wanted, given, texts, hint):
    error = mistake(
        ValueError,
        f"""
        x = tf.placeholder(tf.float32, {wanted}, name="x")
        y = x + 1.0
        tf.Session().run(y, feed_dict={{x: np.zeros({given})}})
        """,
    )
    shapes = texts.replace(") (", ")|(").split("|")
    first = (
        f"Cannot feed value of shape {shapes[0]} for Tensor 'x:0', which has shape '{shapes[1]}'"
    )
    check(error, first, 1, 3, "hint: ", hint)


def test_a_shape_without_a_remedy_gets_no_hint():
    error = mistake(
        ValueError,
        """
        x = tf.placeholder(tf.float32, [None, 5], name="x")
        tf.Session().run(x, {x: np.zeros([3, 4])})
        """,
    )
    first = "Cannot feed value of shape (3, 4) for Tensor 'x:0', which has shape '(?, 5)'"
    assert "hint" not in check(error, first, 1, 2)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("[[1, 2], [3, 4], [5]]", "value[0] has 2 elements, value[2] has 1 elements"),
        ("[[[1], [2]], [[3], [4, 5]]]", "value[1][0] has 1 elements, value[1][1] has 2 elements"),
        ("[[1, 2], 3]", "value[0] has 2 elements, value[1] is no list"),
        ("[np.zeros(2), np.zeros(3)]", "value[0] has 2 elements, value[1] has 3 elements"),
    ],
)
def test_rows_of_unequal_length(value, hint):
    error = mistake(
        ValueError,
        f"""
        x = tf.placeholder(tf.float32, name="x")
        tf.Session().run(x, {{x: {value}}})
        """,
    )
    first = "setting an array element with a sequence."
    check(error, first, "fed for <tf.Tensor 'x:0'", 1, "fed at", 2, f"hint: {hint}")


@pytest.mark.parametrize("value", ["t", "tf.Variable(1.0, name='t')"])
def test_a_tensor_is_fed(value):
    error = mistake(
        TypeError,
        f"""
        x = tf.placeholder(tf.float32, name="x")
        t = tf.ones([2], name="t")
        tf.Session().run(x, {{x: {value}}})
        """,
    )
    check(
        error,
        "The value of a feed cannot be a tf.Tensor object. Acceptable feed values include Python "
        "scalars, strings, lists, numpy ndarrays, or TensorHandles.",
        'which was passed to the feed with key Tensor("x:0", dtype=float32)',
        "hint: run it first, feed_dict={x: sess.run(t)}",
    )


FIRST = "Cannot interpret feed_dict key as Tensor: "


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (
            "'x'",
            "The name 'x' refers to an Operation, not a Tensor. Tensor names must be of the form "
            "\"<op_name>:<output_index>\".\n  hint: its first output is 'x:0'",
        ),
        (
            "'y:0'",
            "The name 'y:0' refers to a Tensor which does not exist. The operation, 'y', does not "
            "exist in the graph.",
        ),
        (
            "'x:1'",
            "The name 'x:1' refers to a Tensor which does not exist. The operation, 'x', exists "
            "but only has 1 outputs.",
        ),
        ("1", "Can not convert a int into a Tensor."),
        ("x.op", "Can not convert a Operation into a Tensor."),
    ],
)
def test_a_key_that_is_no_tensor(key, text):
    error = mistake(
        TypeError,
        f"""
        x = tf.placeholder(tf.float32, name="x")
        tf.Session().run(x, {{{key}: 1.0}})
        """,
    )
    check(error, FIRST + text)


def test_a_key_of_another_graph():
    error = mistake(
        TypeError,
        """
        x = tf.placeholder(tf.float32, name="x")
        tf.reset_default_graph()
        y = tf.constant(1.0)
        tf.Session().run(y, {x: 1.0})
        """,
    )
    text = 'Tensor Tensor("x:0", dtype=float32) is not an element of this graph.'
    check(error, FIRST + text, 1, "tf.reset_default_graph() gave its graph up at", 2, "hint: ")


@pytest.mark.parametrize(
    ("dtype", "value", "kind", "text"),
    [
        ("tf.float32", "'a'", ValueError, "could not convert string to float: 'a'"),
        ("tf.int32", "2**40", OverflowError, "the value 1099511627776 fed for Tensor 'x:0'"),
        ("tf.float32", "{1: 2}", TypeError, "float() argument must be a string or a real number"),
    ],
)
def test_a_value_of_another_kind(dtype, value, kind, text):
    error = mistake(
        kind,
        f"""
        x = tf.placeholder({dtype}, name="x")
        tf.Session().run(x, {{x: {value}}})
        """,
    )
    check(error, text)


def test_feeds_that_are_no_dict():
    error = mistake(TypeError, "tf.Session().run(tf.constant(1), [1, 2])")
    check(error, "feed_dict must be a dictionary, not list.")


def test_a_partial_run_misses_a_feed():
    error = mistake(
        tf.errors.InvalidArgumentError,
        """
        x = tf.placeholder(tf.float32, name="x")
        y = tf.identity(x, name="y")
        sess = tf.Session()
        handle = sess.partial_run_setup([y], [x])
        sess.partial_run(handle, y)
        """,
    )
    first = "You must feed a value for placeholder tensor 'x' with dtype float"
    check(error, first, 1, "needed by y <- x, run at", 5)


def test_what_is_fed_needs_nothing_before_it():
    x = tf.placeholder(tf.float32)
    y = tf.identity(x)
    assert tf.Session().run(y + 1.0, {y: np.float32(1)}) == 2
