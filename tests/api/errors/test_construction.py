"""Operations whose inputs do not fit, found while the graph is built."""

import pytest

import flowgraph as tf
from tests.api.errors.program import check, mistake


@pytest.mark.parametrize(
    ("first", "second", "call", "text", "hint"),
    [
        (
            "tf.constant(1)",
            "tf.constant(1.0)",
            "a * b",
            "Input 'y' of 'Mul' Op has type float32 that does not match type int32 of "
            "argument 'x'.",
            "tf.cast(x, tf.float32)",
        ),
        (
            "tf.constant([1.0])",
            "tf.constant([1])",
            "tf.matmul(a, b)",
            "Input 'b' of 'MatMul' Op has type int32 that does not match type float32 of "
            "argument 'a'.",
            "tf.cast(b, tf.float32)",
        ),
        (
            "tf.ones([2], tf.float64)",
            "tf.ones([2])",
            "a + b",
            "Input 'y' of 'AddV2' Op has type float32 that does not match type float64 of "
            "argument 'x'.",
            "tf.cast(y, tf.float64)",
        ),
    ],
)
def test_dtypes_that_differ(first, second, call, text, hint):
    error = mistake(TypeError, f"a = {first}\nb = {second}\n{call}")
    check(error, text, 1, 2, f"hint: {hint} converts it")


def test_a_float_beside_an_integer_tensor():
    error = mistake(TypeError, "a = tf.constant(1)\na * 1.5")
    first = "Input 'y' of 'Mul' Op has type float32 that does not match type int32 of argument 'x'."
    check(error, first, 1, 2, "hint: tf.cast(x, tf.float32)")
    error = mistake(TypeError, "1.5 * tf.constant(1)")
    first = "Expected int32, got 1.5 of type 'float' instead."
    check(error, first, "hint: tf.cast(x, tf.float32)")


@pytest.mark.parametrize("value", ["tf.constant(4)", "4", "[4, 9]"])
def test_a_dtype_that_an_op_does_not_take(value):
    error = mistake(TypeError, f"a = {value}\ntf.sqrt(a)")
    check(
        error,
        "Value passed to parameter 'x' has DataType int32 not in list of allowed values: "
        "bfloat16, float16, float32, float64, complex64, complex128\n",
        1 if "tf" in value else 2,
        "hint: tf.cast(x, tf.float32)",
    )


DIFFER = (
    "Dimensions must be equal, but are {} and {} for '{}' (op: '{}') with input shapes: {}, {}."
)


@pytest.mark.parametrize(
    ("a", "b", "values", "hint"),
    [
        ([2, 3], [2, 3], (3, 2), "axis 1 of a is 3, axis 0 of b is 2; transpose_b=True would fit"),
        ([3, 2], [3, 4], (2, 3), "axis 1 of a is 2, axis 0 of b is 3; transpose_a=True would fit"),
        ([3, 5], [2, 3], (5, 2), "axis 1 of a is 5, axis 0 of b is 2; b times a would fit"),
        ([3, 5], [7, 9], (5, 7), "axis 1 of a is 5, axis 0 of b is 7\n"),
    ],
)
def test_factors_that_do_not_fit(a, b, values, hint):
    error = mistake(ValueError, f"a = tf.ones({a})\nb = tf.ones({b})\ntf.matmul(a, b)")
    shapes = [str(sizes).replace(" ", "") for sizes in (a, b)]
    first = DIFFER.format(*values, "MatMul", "MatMul", *shapes)
    check(Padded(error), first, 3, 1, 2, f"hint: {hint}")


class Padded:
    """An error's text with a line's end at its end."""

    def __init__(self, error):
        self.error = error

    def __str__(self):
        return f"{self.error}\n"


def test_images_are_multiplied_before_they_are_flattened():
    error = mistake(
        ValueError,
        """
        x = tf.placeholder(tf.float32, [None, 7, 7, 64])
        w = tf.ones([3136, 10])
        tf.matmul(x, w)
        """,
    )
    first = "Dimensions must be equal, but are 64 and 3136 for 'MatMul' (op: 'BatchMatMulV2')"
    check(error, first, 3, 1, 2, "hint: tf.reshape(a, [-1, 3136]) makes a row of each element")


def test_a_vector_is_no_matrix():
    error = mistake(ValueError, "a = tf.ones([3])\nb = tf.ones([3, 4])\ntf.matmul(a, b)")
    first = "Shape must be rank 2 but is rank 1 for 'MatMul' (op: 'MatMul') with input shapes: [3],"
    check(error, first, 3, 1, 2, "hint: a is a vector: tf.expand_dims")


@pytest.mark.parametrize(
    ("a", "b", "values", "hint"),
    [
        ([2, 3], [4, 3], (2, 4), "axis -2 is 2 in the first and 4 in the second"),
        ([2, 3], [3, 2], (3, 2), "tf.transpose makes [3,2] into [2,3]"),
        ([4, 3], [4], (3, 4), "tf.expand_dims(x, -1) makes the second input a column"),
    ],
)
def test_shapes_that_do_not_broadcast(a, b, values, hint):
    error = mistake(ValueError, f"a = tf.ones({a})\nb = tf.ones({b})\na + b")
    shapes = [str(sizes).replace(" ", "") for sizes in (a, b)]
    check(error, DIFFER.format(*values, "add", "AddV2", *shapes), 3, 1, 2, f"hint: {hint}")


@pytest.mark.parametrize(
    ("target", "text", "hint"),
    [
        ([4, 2], "Cannot reshape a tensor with 6 elements to shape [4,2] (8 elements)", "[-1,2]"),
        ([-1, 4], "Dimension size must be evenly divisible by 4 but is 6", "each row"),
    ],
)
def test_elements_that_do_not_fill_a_shape(target, text, hint):
    error = mistake(ValueError, f"a = tf.ones([2, 3])\ntf.reshape(a, {target})")
    sizes = str(target).replace("-1", "?").replace(" ", "")
    check(
        error,
        f"{text} for 'Reshape' (op: 'Reshape') with input shapes: [2,3], [2] and with input "
        f"tensors computed as partial shapes: input[1] = {sizes}.",
        *(2, 1, f"hint: {hint}"),
    )


def test_labels_that_are_rows():
    error = mistake(
        ValueError,
        """
        y = tf.placeholder(tf.int32, [None, 3])
        z = tf.placeholder(tf.float32, [None, 3])
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=z)
        """,
    )
    first = (
        "Rank mismatch: Rank of labels (received 2) should equal rank of logits minus 1 "
        "(received 2)."
    )
    hint = "hint: labels that are one-hot rows go to softmax_cross_entropy_with_logits"
    check(error, first, "labels is", 1, "logits is", 2, hint, "tf.argmax(labels, -1)")


@pytest.mark.parametrize(
    "name",
    [
        "softmax_cross_entropy_with_logits",
        "sparse_softmax_cross_entropy_with_logits",
        "sigmoid_cross_entropy_with_logits",
    ],
)
def test_a_loss_is_called_without_names(name):
    error = mistake(
        ValueError,
        f"""
        z = tf.ones([2, 3])
        y_ = [tf.ones([2, 3])]
        tf.nn.{name}(z, y_[0], name="loss")
        """,
    )
    first = f"Only call `{name}` with named arguments (labels=..., logits=..., ...)"
    check(error, first, f"hint: the call is tf.nn.{name}(labels=y_[0], logits=z, name='loss')")


def test_a_loss_is_called_without_names_where_no_program_is_read():
    with pytest.raises(ValueError) as info:
        eval("tf.nn.sigmoid_cross_entropy_with_logits(1.0, 2.0)", {"tf": tf})
    assert "(labels=<labels>, logits=<logits>)" in str(info.value)
