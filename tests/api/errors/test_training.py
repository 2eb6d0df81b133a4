"""Losses that nothing can be learnt from."""

import flowgraph as tf
from tests.api.errors.program import check, mistake

NO_GRADIENTS = (
    "No gradients provided for any variable, check your graph for ops that do not support "
    "gradients, between variables [\"<tf.Variable 'w:0' shape=(2,) dtype=float32_ref>\"] and loss "
    'Tensor("Mean:0", shape=(), dtype=float32).'
)


def test_the_path_to_the_loss_stops():
    error = mistake(
        ValueError,
        """
        w = tf.Variable([1.0, 2.0], name="w")
        best = tf.argmax(w)
        loss = tf.reduce_mean(tf.cast(best, tf.float32))
        tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        """,
    )
    path = "the path loss <- Mean <- Cast(int64->float32) <- ArgMax stops at ArgMax, built at"
    check(error, NO_GRADIENTS, path, 2)


def test_the_loss_depends_on_no_variable():
    error = mistake(
        ValueError,
        """
        w = tf.Variable([1.0, 2.0], name="w")
        x = tf.constant([1.0, 2.0], name="x")
        loss = tf.reduce_mean(x)
        tf.train.AdamOptimizer().minimize(loss)
        """,
    )
    check(error, NO_GRADIENTS, "the loss depends on none of them, only on", "x (Const)")


def test_there_are_no_variables():
    error = mistake(
        ValueError,
        """
        loss = tf.square(tf.constant(1.0))
        tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        """,
    )
    check(error, "No variables to optimize.")


def test_the_loss_is_none():
    error = mistake(
        ValueError,
        """
        w = tf.Variable([1.0, 2.0], name="w")
        tf.train.GradientDescentOptimizer(0.1).minimize(None)
        """,
    )
    first = "'NoneType' object has no attribute 'dtype': loss is None"
    check(error, first, "hint: does the function that builds the loss end in `return`?")


def test_an_operation_has_no_gradient():
    error = mistake(
        LookupError,
        """
        x = tf.Variable([1.0, 2.0])
        y = tf.bincount(tf.constant([0, 1]), weights=x)
        tf.gradients(y, x)
        """,
    )
    first = "No gradient defined for operation 'bincount/Bincount' (op type: Bincount)"
    check(error, first, 2, "hint: tf.stop_gradient")


def test_the_loss_is_an_integer():
    error = mistake(
        ValueError,
        """
        w = tf.Variable([1, 2])
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(w))
        """,
    )
    check(error, "Invalid type tf.int32 for Sum:0, expected: [")


def test_the_gradients_of_a_step_that_fails_name_the_forward_operation():
    error = mistake(
        tf.errors.InvalidArgumentError,
        """
        w = tf.Variable(tf.ones([3]), name="w")
        x = tf.placeholder(tf.float32)
        loss = tf.reduce_sum(tf.multiply(w, x, name="product"))
        step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess = tf.Session()
        sess.run(tf.global_variables_initializer())
        sess.run(step, {x: np.ones([2])})
        """,
    )
    text = check(error, "Incompatible shapes: [3] vs. [2]\n", "Mul 'product', built at", 3, 7)
    assert "GradientDescent <- " in text
