"""tf.cond and tf.case. Values, names, static shapes and texts are those of TensorFlow 1.15."""

import collections

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.conditional import smart_cond
from flowgraph.ops.functional import If

Pair = collections.namedtuple("Pair", "a b")


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def first_line(error):
    return str(error.value).splitlines()[0]


def initialized(sess):
    sess.run(tf.global_variables_initializer())
    return sess


def test_values_names_and_gradients(sess):
    x = tf.placeholder(tf.float32, [None], name="x")
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: x * 2.0, lambda: tf.zeros([3]))
    (dx,) = tf.gradients(y, x)
    assert str(y) == 'Tensor("cond/Merge:0", shape=(?,), dtype=float32)'
    value, slope = sess.run([y, dx], {x: [1, 2, 3], p: True})
    assert value.tolist() == [2, 4, 6] and slope.tolist() == [2, 2, 2]
    value, slope = sess.run([y, dx], {x: [1, 2, 3], p: False})
    assert value.tolist() == [0, 0, 0] and slope.tolist() == [0, 0, 0]


def test_the_op_is_an_if():
    y = tf.cond(tf.constant(True), lambda: 1, lambda: 2)
    (operation,) = [o for o in tf.get_default_graph().get_operations() if isinstance(o.op, If)]
    assert operation.name == "cond/If" and y.op.inputs[0] is operation.outputs[0]


@pytest.mark.parametrize(("x", "expected"), [(-2.0, (2, -1)), (3.0, (9, 3)), (12.0, (144, 24))])
def test_nested(sess, x, expected):
    given = tf.placeholder(tf.float32, [])
    y = tf.cond(
        given > 0,
        lambda: tf.cond(given > 10, lambda: given * given, lambda: given * 3),
        lambda: -given,
    )
    assert sess.run((y, *tf.gradients(y, given)), {given: x}) == expected


def test_only_the_branch_taken_runs(sess):
    calls = []
    p = tf.placeholder(tf.bool, [])

    def noting(what):
        return lambda: tf.py_func(lambda: calls.append(what) or np.float32(1), [], tf.float32)

    y = tf.cond(p, noting("then"), noting("else"))
    sess.run(y, {p: True})
    sess.run(y, {p: False})
    sess.run(y, {p: False})
    assert calls == ["then", "else", "else"]


def test_what_is_outside_runs_whichever_branch_is_taken(sess):
    calls = []
    p = tf.placeholder(tf.bool, [])
    outside = tf.py_func(lambda: calls.append(1) or np.float32(1), [], tf.float32)
    y = tf.cond(p, lambda: outside + 1.0, lambda: tf.constant(0.0))
    assert sess.run(y, {p: False}) == 0
    assert calls == [1]


def test_assignments(sess):
    p = tf.placeholder(tf.bool, [])
    v = tf.Variable(0.0)
    y = tf.cond(p, lambda: tf.assign(v, 5.0), lambda: tf.assign_add(v, 3.0))
    initialized(sess)
    assert sess.run(y, {p: False}) == 3
    assert sess.run(v) == 3
    assert sess.run(y, {p: True}) == 5
    assert sess.run(v) == 5


def test_an_operation_returned_gives_the_condition(sess):
    p = tf.placeholder(tf.bool, [])
    v = tf.Variable(0.0)
    done = tf.cond(p, lambda: tf.assign(v, 1.0).op, lambda: tf.no_op())
    initialized(sess)
    assert sess.run(done, {p: False}) == np.False_
    assert sess.run(v) == 0
    assert sess.run(done, {p: True}) == np.True_
    assert sess.run(v) == 1


def test_structures(sess):
    p = tf.placeholder(tf.bool, [])
    a = tf.constant(1.0)
    nested = tf.cond(p, lambda: {"x": a, "y": (a, [a * 2])}, lambda: {"x": -a, "y": (a, [a * 3])})
    pair = tf.cond(p, lambda: Pair(a, a + 1), lambda: Pair(a, a + 2))
    assert sess.run([nested, pair], {p: False}) == [{"x": -1, "y": (1, [3])}, (1, 3)]
    assert sess.run([nested, pair], {p: True}) == [{"x": 1, "y": (1, [2])}, (1, 2)]
    assert type(pair) is Pair


def test_a_list_of_one_is_taken_out_unless_strict():
    p, a = tf.placeholder(tf.bool, []), tf.constant(1.0)
    assert tf.cond(p, lambda: [a], lambda: [a + 1]).name == "cond/Merge:0"
    assert tf.cond(p, lambda: [a], lambda: a).name == "cond_1/Merge:0"
    (only,) = tf.cond(p, lambda: [a], lambda: [a + 1], strict=True)
    assert only.name == "cond_2/Merge:0"
    first, second = tf.cond(p, lambda: (1, 2.0), lambda: (3, 4.0), name="pick")
    assert (first.name, second.name) == ("pick/Merge:0", "pick/Merge_1:0")


def test_sparse_tensors_and_slices(sess):
    p = tf.placeholder(tf.bool, [])
    sparse = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
    y = tf.cond(
        p,
        lambda: sparse,
        lambda: tf.SparseTensor(sparse.indices, sparse.values * 3.0, sparse.dense_shape),
    )
    assert sess.run(y, {p: False}).values.tolist() == [6]
    assert sess.run(y, {p: True}).values.tolist() == [2]


@pytest.mark.parametrize(
    ("a", "b", "merged"),
    [
        ([2, 3], [2, 3], [2, 3]),
        ([2, 3], [2, 4], [2, None]),
        ([2, None], [2, 4], [2, None]),
        ([None], [None], [None]),
        ([2], [2, 4], None),
        (None, [2, 4], None),
    ],
)
def test_static_shapes(a, b, merged):
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.placeholder(tf.float32, a), lambda: tf.placeholder(tf.float32, b))
    assert y.shape.as_list() == merged if merged else y.shape.ndims is None


def test_gradients_by_variables_and_none(sess):
    x = tf.placeholder(tf.float32, [])
    w = tf.get_variable("w", initializer=2.0)
    other = tf.placeholder(tf.float32, [])
    y = tf.cond(x > 0, lambda: w * x, lambda: w + tf.stop_gradient(other))
    dw, dx, nothing = tf.gradients(y, [w, x, other])
    initialized(sess)
    assert nothing is None
    assert sess.run([dw, dx], {x: 3.0}) == [3, 2]
    assert sess.run([dw, dx], {x: -3.0, other: 1.0}) == [1, 0]


def test_the_gradient_of_gathers_is_slices(sess):
    w = tf.Variable(np.arange(6.0).reshape(3, 2))
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.gather(w, [0, 2, 0]), lambda: tf.gather(w, [1, 1, 2]) * 2)
    (dw,) = tf.gradients(y, w)
    assert isinstance(dw, tf.IndexedSlices)
    dense = tf.convert_to_tensor(dw)
    initialized(sess)
    assert sess.run(dense, {p: True}).tolist() == [[2, 2], [0, 0], [1, 1]]
    assert sess.run(dense, {p: False}).tolist() == [[0, 0], [4, 4], [2, 2]]


def test_slices_beside_a_dense_gradient(sess):
    w = tf.Variable([1.0, 2.0])
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.gather(w, [1]), lambda: tf.reduce_sum(w, keepdims=True))
    (dw,) = tf.gradients(y, w)
    initialized(sess)
    assert sess.run(dw, {p: True}).tolist() == [0, 1]
    assert sess.run(dw, {p: False}).tolist() == [1, 1]


def test_slices_of_one_branch_alone(sess):
    w = tf.Variable([1.0, 2.0])
    p = tf.placeholder(tf.bool, [])
    y = tf.cond(p, lambda: tf.gather(w, [1]), lambda: tf.constant([3.0]))
    (dw,) = tf.gradients(y, w)
    initialized(sess)
    assert sess.run(dw, {p: True}).values.tolist() == [1]
    assert sess.run(dw, {p: False}).values.tolist() == []


def test_training(sess):
    x = tf.placeholder(tf.float32, [])
    w = tf.get_variable("w", initializer=2.0)
    loss = tf.cond(x > 0, lambda: tf.square(w - x), lambda: tf.square(w))
    step = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    initialized(sess)
    for value in (1.0, -1.0):
        sess.run(step, {x: value})
    assert sess.run(w) == 0.75


def test_random_numbers_inside_are_seeded_as_in_tensorflow(sess):
    tf.set_random_seed(7)
    x = tf.placeholder(tf.float32, [], name="x")
    w = tf.get_variable("w", initializer=2.0)
    y = tf.cond(x > 0, lambda: w * x, lambda: w + tf.random_uniform([]))
    initialized(sess)
    drawn = [sess.run(y, {x: -3.0}) for _ in range(2)]
    np.testing.assert_allclose(drawn, [2.214026, 2.2087436], rtol=1e-6)


def test_a_captured_tensor_may_be_fed(sess):
    x = tf.constant(1.0) + 1.0
    y = tf.cond(tf.placeholder_with_default(True, []), lambda: x * 2.0, lambda: x)
    assert sess.run(y, {x: 10.0}) == 20


def test_control_dependencies_inside_on_what_is_outside(sess):
    v = tf.Variable(0.0)
    p = tf.placeholder(tf.bool, [])
    update = tf.assign_add(v, 1.0)

    def branch():
        with tf.control_dependencies([update]):
            return tf.constant(1.0)

    y = tf.cond(p, branch, lambda: tf.constant(2.0))
    initialized(sess)
    assert sess.run(y, {p: True}) == 1
    assert sess.run(v) == 1


def test_an_error_inside_names_the_line(sess):
    x = tf.placeholder(tf.float32, [None])
    y = tf.cond(tf.constant(True), lambda: tf.reshape(x, [2, 2]), lambda: tf.zeros([2, 2]))
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(y, {x: [1, 2, 3]})
    assert first_line(error) == (
        "Input to reshape is a tensor with 3 values, but the requested shape has 4"
    )
    assert error.value.op.name == "cond/Reshape" and "test_cond.py" in str(error.value)


SAME = "The two structures don't have the same nested structure."


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (
            lambda p, a: tf.cond(True, lambda: a, lambda: a), TypeError,
            "pred must not be a Python bool",
        ),
        (lambda p, a: tf.cond(p, a, lambda: a), TypeError, "true_fn must be callable."),
        (lambda p, a: tf.cond(p, lambda: a), TypeError, "cond(): false_fn argument required"),
        (
            lambda p, a: tf.cond(p, lambda: a, lambda: 1), ValueError,
            "Outputs of true_fn and false_fn must have the same type: float32, int32",
        ),
        (lambda p, a: tf.cond(p, lambda: a, lambda: [a, a]), ValueError, SAME),
        (lambda p, a: tf.cond(p, lambda: (a, a), lambda: [a, a]), TypeError, SAME),
        (lambda p, a: tf.cond(p, lambda: {"a": a}, lambda: {"b": a}), ValueError, SAME),
        (
            lambda p, a: tf.cond(p, lambda: a, lambda: None), ValueError,
            "false_fn must have a return value.",
        ),
        (
            lambda p, a: tf.cond(p, lambda: None, lambda: None), ValueError,
            "true_fn must have a return value.",
        ),
        (
            lambda p, a: tf.cond(tf.constant([True]), lambda: a, lambda: a), ValueError,
            "Shape must be rank 0 but is rank 1 for 'cond/Switch' (op: 'Switch') with input "
            "shapes: [1], [1].",
        ),
        (
            lambda p, a: tf.cond(tf.constant(1), lambda: a, lambda: a), TypeError,
            "Input 'pred' of 'Switch' Op has type int32 that does not match expected type of bool.",
        ),
        (
            lambda p, a: tf.cond(p, lambda: a, lambda: a, fn1=lambda: a), TypeError,
            "cond(): true_fn and fn1 may not be set simultaneously.",
        ),
        (
            lambda p, a: tf.cond(p, lambda: a, lambda: a, fn2=lambda: a), TypeError,
            "cond(): false_fn and fn2 may not be set simultaneously.",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(call, kind, text):
    p, a = tf.placeholder(tf.bool, []), tf.constant(1.0)
    with pytest.raises(kind) as error:
        call(p, a)
    assert first_line(error) == text


def test_the_old_names_of_the_branches(sess):
    assert sess.run(tf.cond(tf.constant(False), fn1=lambda: 1, fn2=lambda: 2)) == 2


def test_without_optimisation_the_values_are_the_same():
    options = tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
    config = tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))
    x = tf.placeholder(tf.float32, [])
    y = tf.cond(x > 0, lambda: x * 2.0, lambda: -x)
    with tf.Session(config=config) as sess:
        assert sess.run((y, *tf.gradients(y, x)), {x: 3.0}) == (6, 2)


def test_smart_cond_calls_one_function_if_the_condition_is_known():
    made = []
    for pred in (True, 1, tf.constant(True), np.True_):
        assert smart_cond(pred, lambda: "then", lambda: made.append(1)) == "then"
    assert smart_cond(0, lambda: made.append(1), lambda: "else") == "else"
    assert made == []
    assert smart_cond(tf.placeholder(tf.bool), lambda: 1, lambda: 2).name == "cond/Merge:0"
    with pytest.raises(TypeError, match="`pred` must be a Tensor, or a Python bool, or 1 or 0"):
        smart_cond("yes", lambda: 1, lambda: 2)
    with pytest.raises(TypeError, match="`true_fn` must be callable"):
        smart_cond(True, 1, lambda: 2)


# -- case ------------------------------------------------------------------------------------


def value(number):
    return lambda: tf.constant(number)


@pytest.mark.parametrize(("x", "expected"), [(-1.0, 1), (0.5, 2), (5.0, 3)])
def test_case_takes_the_first_that_holds(sess, x, expected):
    given = tf.placeholder(tf.float32, [])
    y = tf.case([(given < 0, value(1.0)), (given < 1, value(2.0))], default=value(3.0))
    assert y.name == "case/cond/Merge:0"
    assert sess.run(y, {given: x}) == expected


def test_case_of_a_dict(sess):
    x = tf.placeholder(tf.float32, [])
    y = tf.case({x < 0: value(1.0), x > 1: value(2.0)}, default=value(3.0), exclusive=True)
    assert [sess.run(y, {x: each}) for each in (-1.0, 0.5, 5.0)] == [1, 3, 2]


def test_case_exclusive(sess):
    x = tf.placeholder(tf.float32, [])
    y = tf.case([(x < 0, value(1.0)), (x < 1, value(2.0))], default=value(3.0), exclusive=True)
    assert [sess.run(y, {x: each}) for each in (0.5, 5.0)] == [2, 3]
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(y, {x: -1.0})
    assert first_line(error) == (
        "assertion failed: [Input error: exclusive=True: more than 1 conditions (Less:0, Less_1:0) "
        "evaluated as True:] [1 1]"
    )


def test_case_without_default(sess):
    x = tf.placeholder(tf.float32, [])
    y = tf.case([(x < 0, value(1.0)), (x < 1, value(2.0))])
    assert [sess.run(y, {x: each}) for each in (-1.0, 0.5)] == [1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(y, {x: 5.0})
    assert first_line(error) == (
        "assertion failed: [Input error: None of conditions evaluated as True:] [0 0]"
    )


def test_case_makes_as_many_nodes_as_tensorflow():
    x = tf.placeholder(tf.float32, [])
    y = tf.case([(x < 0, value(1.0)), (x < 1, value(2.0))], default=value(3.0))
    assert tf.get_default_graph().node_count == 19
    tf.case([(x < 0, value(1.0)), (x < 1, value(2.0))], default=value(3.0), exclusive=True)
    assert tf.get_default_graph().node_count == 56
    assert y.graph is tf.get_default_graph()


def test_case_strict():
    x = tf.placeholder(tf.float32, [])
    pairs = [(x < 0, lambda: [tf.constant(1.0)])]
    assert isinstance(tf.case(pairs, default=lambda: [tf.constant(3.0)], strict=True), list)
    assert tf.case(pairs, default=lambda: [tf.constant(3.0)]).name == "case_1/cond/Merge:0"


@pytest.mark.parametrize(
    ("pairs", "text"),
    [
        (lambda x: 1, "fns must be a list, tuple, or dict"),
        (lambda x: [x], "Each entry in pred_fn_pairs must be a 2-tuple"),
        (lambda x: [(x < 0, value(1.0), 1)], "Each entry in pred_fn_pairs must be a 2-tuple"),
        (lambda x: [(x, value(1.0))], "pred must be Tensor of type bool: x:0"),
        (lambda x: [(x < 0, 1)], "fn for pred Less:0 must be callable."),
        (lambda x: [(True, value(1.0))], "pred must be a Tensor, got: True"),
    ],
)
def test_what_case_refuses(pairs, text):
    with pytest.raises(TypeError) as error:
        tf.case(pairs(tf.placeholder(tf.float32, [], name="x")))
    assert first_line(error) == text
