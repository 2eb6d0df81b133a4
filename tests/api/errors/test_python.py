"""Tensors where Python or NumPy wants values, and names that are not valid or not there."""

import pytest

import flowgraph as tf
from tests.api.errors.program import check, mistake


@pytest.mark.parametrize("line", ["if t: pass", "t and 1", "not t", "assert t", "bool(t)"])
def test_a_tensor_is_no_bool(line):
    error = mistake(tf.errors.OperatorNotAllowedInGraphError, f"t = tf.constant(True)\n{line}")
    assert isinstance(error, TypeError)
    check(
        error,
        "using a `tf.Tensor` as a Python `bool` is not allowed in Graph execution. Use Eager "
        "execution or decorate this function with @tf.function.",
        "the tensor is <tf.Tensor 'Const:0' shape=() dtype=bool>",
        1,
    )


@pytest.mark.parametrize("line", ["for row in t: pass", "a, b = t", "list(t)", "max(t)"])
def test_a_tensor_is_not_iterable(line):
    error = mistake(tf.errors.OperatorNotAllowedInGraphError, f"t = tf.ones([2])\n{line}")
    assert isinstance(error, TypeError)
    first = "iterating over `tf.Tensor` is not allowed in Graph execution. Use Eager execution or "
    check(error, first, 1, "tf.unstack(t) gives a list")


def test_a_variable_is_not_iterable():
    error = mistake(TypeError, "for row in tf.Variable([1, 2]): pass")
    check(error, "'Variable' object is not iterable.")


@pytest.mark.parametrize("kind", ["Tensor", "Variable"])
def test_items_cannot_be_assigned(kind):
    error = mistake(TypeError, "t[0] = 1", t=tf.ones([2]) if kind == "Tensor" else tf.Variable([2]))
    check(error, f"'{kind}' object does not support item assignment")


def test_a_tensor_has_no_length():
    error = mistake(TypeError, "t = tf.ones([2])\nlen(t)")
    check(error, "len is not well defined for symbolic Tensors. (ones:0)", "x.shape")


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        ("np.sin(t)", "use tf.sin in place of np.sin"),
        ("np.mean(t)", "use tf.reduce_mean in place of np.mean"),
        ("np.asarray(np.zeros(2)), np.array(t)", "use the tf function of the same name"),
        ("[].index(t.__array__())", "use the tf function of the same name"),
    ],
)
def test_numpy_takes_no_tensors(call, hint):
    error = mistake(NotImplementedError, f"t = tf.constant(1.0)\n{call}")
    first = "Cannot convert a symbolic Tensor (Const:0) to a numpy array."
    check(error, first, 1, f"hint: {hint}", "session.run(t) for its value")


@pytest.mark.parametrize(
    ("name", "slug"),
    [("my var", "my_var"), ("a:b", "a_b"), ("損失", "scope"), ("/a", "a"), ("_x", "x")],
)
def test_a_name_that_is_not_valid(name, slug):
    error = mistake(ValueError, f"tf.placeholder(tf.float32, name={name!r})")
    check(
        error, f"'{name}' is not a valid scope name", "allowed are the letters A to Z", f"'{slug}'"
    )
    error = mistake(ValueError, f"tf.constant(1, name={name!r})")
    check(error, f"'{name}' is not a valid node name")


def test_a_scope_name_that_is_not_valid():
    error = mistake(ValueError, "with tf.name_scope('损失 loss'): pass")
    check(error, "'损失 loss' is not a valid scope name", "allowed are", "for example 'loss'")


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            "get_tensor_by_name('w')",
            ValueError,
            "The name 'w' looks like an (invalid) Operation name, not a Tensor. Tensor names must "
            'be of the form "<op_name>:<output_index>".',
        ),
        (
            "get_tensor_by_name('w1')",
            ValueError,
            "The name 'w1' refers to an Operation, not a Tensor. Tensor names must be of the form "
            '"<op_name>:<output_index>".',
        ),
        (
            "get_tensor_by_name('w:0')",
            KeyError,
            "\"The name 'w:0' refers to a Tensor which does not exist. The operation, 'w', does "
            "not exist in the graph. Did you mean 'w1'?\"",
        ),
        (
            "get_tensor_by_name('w1:3')",
            KeyError,
            "\"The name 'w1:3' refers to a Tensor which does not exist. The operation, 'w1', "
            'exists but only has 1 outputs."',
        ),
        (
            "get_tensor_by_name('a:b:c')",
            ValueError,
            "The name 'a:b:c' looks a like a Tensor name, but is not a valid one. Tensor names "
            'must be of the form "<op_name>:<output_index>".',
        ),
        (
            "get_tensor_by_name(1)",
            TypeError,
            "Tensor names are strings (or similar), not int.",
        ),
        (
            "get_operation_by_name('w')",
            KeyError,
            "\"The name 'w' refers to an Operation not in the graph. Did you mean 'w1'?\"",
        ),
        (
            "get_operation_by_name('w1:0')",
            ValueError,
            "Name 'w1:0' appears to refer to a Tensor, not a Operation.",
        ),
    ],
)
def test_looking_names_up(call, kind, text):
    error = mistake(kind, f"tf.constant(1, name='w1')\ntf.get_default_graph().{call}")
    check(error, text)


def test_the_graph_is_finalized():
    error = mistake(
        RuntimeError,
        """
        tf.constant(1)
        tf.get_default_graph().finalize()
        tf.constant(2)
        """,
    )
    check(error, "Graph is finalized and cannot be modified.", "it was finalized at", 2)


def test_a_cycle_of_control_edges():
    error = mistake(
        ValueError,
        """
        a = tf.constant(1, name="a")
        b = tf.identity(a, name="b")
        a.op._add_control_inputs([b.op])
        """,
    )
    check(error, "Operation 'a' cannot wait for 'b', which depends on it", "a was made at", 1, 2)


def test_resetting_the_graph_inside_another():
    error = mistake(AssertionError, "with tf.Graph().as_default():\n    tf.reset_default_graph()")
    check(error, "Do not use tf.reset_default_graph() to clear nested graphs.")
