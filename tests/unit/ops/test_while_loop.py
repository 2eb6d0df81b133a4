"""tf.while_loop. Values, names, static shapes and texts are those of TensorFlow 1.15."""

# ruff: noqa: E501 - the table of texts reads better with long lines

import collections
import threading

import numpy as np
import pytest

import flowgraph as tf
from flowgraph.ops.functional import While

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


def times(count, body, *start, **options):
    """Run `body` over variables `count` times, and return their last values."""
    _, *last = tf.while_loop(
        lambda i, *_: i < count,
        lambda i, *values: (i + 1, *body(i, *values)),
        (0, *start),
        **options,
    )
    return last[0] if len(last) == 1 else last


def test_values_and_names(sess):
    i, x = tf.while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 2.0), (0, tf.constant(1.0)))
    one = tf.while_loop(lambda i: i < 5, lambda i: i + 1, [0])
    same = tf.while_loop(
        lambda i: i < 5, lambda i: [i + 1], [0], return_same_structure=True, name="lp"
    )
    assert [t.name for t in (i, x, one, *same)] == [
        "while/Exit:0", "while/Exit_1:0", "while_1/Exit:0", "lp/Exit:0",
    ]  # fmt: skip
    assert sess.run([i, x, one, same]) == [5, 32, 5, [5]]
    (first, *_) = [o for o in tf.get_default_graph().get_operations() if isinstance(o.op, While)]
    assert first.name == "while/While"


def test_names_in_a_scope():
    with tf.name_scope("outer"):
        i, x = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), (0, 1.0), name="loop")
    assert (i.name, x.name) == ("outer/loop/Exit:0", "outer/loop/Exit_1:0")
    assert tf.constant(1.0).name == "Const:0"


def test_structures(sess):
    start = (0, Pair(tf.constant(1.0), tf.constant([1.0, 2.0])), {"k": 2, "a": 1})
    i, pair, both = tf.while_loop(
        lambda i, p, d: i < 3,
        lambda i, p, d: (i + 1, Pair(p.a + 1, p.b * 2), {"k": d["k"] + 1, "a": d["a"]}),
        start,
    )
    assert type(pair) is Pair
    assert sess.run([i, pair.a, both]) == [3, 4, {"k": 5, "a": 1}]
    assert sess.run(pair.b).tolist() == [8, 16]


def test_sparse_tensors_and_slices(sess):
    sparse = tf.SparseTensor([[0, 1]], [2.0], [2, 2])
    last = times(
        3, lambda i, t: [tf.SparseTensor(t.indices, t.values * 2.0, t.dense_shape)], sparse
    )
    assert sess.run(last).values.tolist() == [16]
    rows = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([4]))
    last = times(3, lambda i, r: [tf.IndexedSlices(r.values * 2.0, r.indices)], rows)
    assert sess.run(last).values.tolist() == [[8]]


def test_a_sparse_tensor_that_grows(sess):
    def body(i, t):
        return [
            tf.SparseTensor(
                tf.concat([t.indices, t.indices + 1], 0),
                tf.concat([t.values, t.values * 2.0], 0),
                t.dense_shape,
            )
        ]

    sparse = tf.SparseTensor([[0, 1]], [2.0], [9, 9])
    shapes = (tf.TensorShape([]), tf.TensorShape([None, None]))
    last = times(2, body, sparse, shape_invariants=shapes)
    assert sess.run(last).values.tolist() == [2, 4, 4, 8]


def test_zero_turns_give_the_first_values(sess):
    x = tf.placeholder(tf.float32, [2])
    n = tf.placeholder(tf.int32, [])
    y = times(n, lambda i, y: [y * 2.0], x)
    assert sess.run(y, {x: [1, 2], n: 0}).tolist() == [1, 2]
    assert sess.run(y, {x: [1, 2], n: 2}).tolist() == [4, 8]


def test_a_result_belongs_to_the_caller(sess):
    v = tf.Variable([1.0, 2.0])
    n = tf.placeholder(tf.int32, [])
    y = times(n, lambda i, y: [y + 1.0], v)
    initialized(sess)
    for count in (0, 3):
        result = sess.run(y, {n: count})
        result[:] = 100
        assert sess.run(y, {n: count}).tolist() == [1 + count, 2 + count]
    assert sess.run(v).tolist() == [1, 2]


def test_maximum_iterations(sess):
    i = tf.while_loop(lambda i: i < 50, lambda i: i + 1, [0], maximum_iterations=7)
    j = tf.while_loop(lambda i: i < 5, lambda i: i + 1, [0], maximum_iterations=7)
    k, _ = tf.while_loop(
        lambda i, k: i < 5, lambda i, k: (i + 1, k + 2), (0, 1), maximum_iterations=tf.constant(3)
    )
    d = tf.while_loop(lambda i: True, lambda i: i + 1, [9], maximum_iterations=4)
    e = tf.while_loop(
        lambda i: i < 20, lambda i: [i + 1], [9], maximum_iterations=4, return_same_structure=True
    )
    assert [t.name for t in (i, k)] == ["while/Exit_1:0", "while_2/Exit_1:0"]
    assert sess.run([i, j, k, d, e]) == [7, 5, 3, 13, [13]]


@pytest.mark.parametrize("large", [False, True])
def test_variables_change_places(sess, large):
    size = 20000 if large else 2
    a, b, c = tf.zeros([size]), tf.ones([size]), tf.fill([size], 2.0)
    swapped = times(5, lambda i, a, b, c: (b, c, a), a, b, c)
    assert [row[0] for row in sess.run(swapped)] == [2, 0, 1]
    reshaped = times(
        3, lambda i, a, b, c: (tf.reshape(b, [size]), tf.reverse(a, [0]), b + c), a, b, c
    )
    assert [row[-1] for row in sess.run(reshaped)] == [1, 0, 4]


def test_large_variables_beside_large_captured_tensors(sess):
    x = tf.placeholder(tf.float32, [300, 300])
    total = times(4, lambda i, t: [t + tf.reduce_sum(x) * 0.0 + x], tf.zeros([300, 300]))
    given = np.ones([300, 300], np.float32)
    assert sess.run(total, {x: given}).tolist() == (4 * given).tolist()
    assert given.sum() == 90000


def test_strings(sess):
    text = times(3, lambda i, s: [tf.string_join([s, "b"])], tf.constant("a"))
    assert sess.run(text) == b"abbb"


def test_shape_invariants(sess):
    x = tf.constant([1.0, 2.0])
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    y = times(3, lambda i, y: [tf.concat([y, y[:1]], 0)], x, shape_invariants=shapes)
    assert y.shape.as_list() == [None]
    assert sess.run(y).tolist() == [1, 2, 1, 1, 1]
    (dx,) = tf.gradients(y, x)
    assert sess.run(dx).tolist() == [4, 1]


def test_static_shapes():
    x = tf.placeholder(tf.float32, [None, 3])
    unknown = (tf.TensorShape([]), tf.TensorShape(None))
    assert times(3, lambda i, x: [x * 2.0], x).shape.as_list() == [None, 3]
    assert times(3, lambda i, x: [tf.concat([x, x], 0)], x).shape.as_list() == [None, 3]
    assert times(3, lambda i, x: [x], x, shape_invariants=unknown).shape.ndims is None


def test_nested_loops(sess):
    x = tf.placeholder(tf.float32, [])

    def outer(i, y):
        _, z = tf.while_loop(lambda j, z: j < i, lambda j, z: (j + 1, z * x + 1.0), (0, y))
        return [z]

    y = times(4, outer, x * 1.0)
    values = sess.run((y, *tf.gradients(y, x)), {x: 1.2})
    np.testing.assert_allclose(values, [13.5131035, 45.901894], rtol=1e-6)


def test_branches_in_loops_and_loops_in_branches(sess):
    x = tf.placeholder(tf.float32, [])
    y = times(5, lambda i, y: [tf.cond(tf.equal(i % 2, 0), lambda: y * x, lambda: y + x)], x * 1.0)
    z = tf.cond(x > 0, lambda: times(3, lambda i, y: [y * x], x), lambda: x)
    fetches = (y, *tf.gradients(y, x), z, *tf.gradients(z, x))
    for value, expected in (
        (1.2, [5.2416, 13.632002, 2.0736, 6.912]),
        (-1.2, [1.7856, -4.992, -1.2, 1]),
    ):
        np.testing.assert_allclose(sess.run(fetches, {x: value}), expected, rtol=1e-6)


def test_gradients(sess):
    x, c = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    w = tf.Variable(1.5)
    y = times(4, lambda i, y: [y * w + tf.sin(c) * y], x)
    slopes = tf.gradients(y, [x, w, c])
    initialized(sess)
    values = sess.run([y, *slopes], {x: 2.0, c: 0.5})
    np.testing.assert_allclose(values, [30.703415, 15.351708, 62.045105, 54.449703], rtol=1e-6)


def test_gradients_after_no_turn(sess):
    x, n = tf.placeholder(tf.float32, []), tf.placeholder(tf.int32, [])
    y = times(n, lambda i, y: [y * x], x * 3.0)
    fetches = (y, *tf.gradients(y, x))
    assert [sess.run(fetches, {x: 2.0, n: k}) for k in (0, 1, 4)] == [(6, 3), (12, 12), (96, 240)]


def test_gradients_between_variables(sess):
    x = tf.constant([1.0, 2.0])
    a, b = times(3, lambda i, a, b: (b, a * b), x, x * 2.0)
    assert sess.run(tf.gradients(b, x))[0].tolist() == [40, 640]
    assert tf.gradients(a, b) == [None]


def test_what_a_result_does_not_depend_on_has_no_gradient():
    x, z = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
    a, b = times(3, lambda i, a, b: (a * 2.0, b + tf.stop_gradient(z)), x, x * 3.0)
    assert tf.gradients(a, z) == [None]
    alone, _ = times(3, lambda i, a, b: (a * 2.0, b * z), x, z)
    assert tf.gradients(alone, z) == [None]
    assert tf.gradients(b, x) != [None]


def test_the_gradient_of_gathers_is_slices(sess):
    w = tf.Variable(np.arange(6.0).reshape(3, 2))
    y = times(3, lambda i, y: [y + tf.gather(w, [i, 0]) * 2], tf.zeros([2, 2], tf.float64))
    (dw,) = tf.gradients(y, w)
    assert isinstance(dw, tf.IndexedSlices)
    initialized(sess)
    assert sess.run(tf.convert_to_tensor(dw)).tolist() == [[8, 8], [2, 2], [2, 2]]


def test_training_with_slices(sess):
    w = tf.Variable([1.0, 2.0, 3.0])
    loss = times(2, lambda i, y: [y + tf.gather(w, i)], tf.constant(0.0))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    initialized(sess)
    sess.run(step)
    assert sess.run(w).tolist() == [0.5, 1.5, 3.0]


def test_back_prop_off():
    x = tf.placeholder(tf.float32, [])
    y = times(4, lambda i, y: [y * x], x, back_prop=False)
    assert y.name == "while/Exit_1:0"
    assert tf.gradients(y, x) == [None]


def test_assignments_inside(sess):
    v = tf.Variable(0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0)]):
            return tf.identity(i) + 1

    count = tf.while_loop(lambda i: i < 3, body, [0])
    initialized(sess)
    assert sess.run(count) == 3
    assert sess.run(v) == 6


def test_the_condition_reads_what_the_body_writes(sess):
    v = tf.Variable(0.0)

    def body(i):
        with tf.control_dependencies([tf.assign_add(v, 2.0)]):
            return tf.identity(i) + 1

    count = tf.while_loop(lambda i: v < 5.0, body, [0])
    initialized(sess)
    assert sess.run(count) == 3
    assert sess.run(v) == 6


def test_a_variable_that_gets_its_first_value_inside(sess):
    v = tf.Variable([0.0], validate_shape=False)

    def body(i, total):
        with tf.control_dependencies([tf.assign(v, tf.ones([i + 1]), validate_shape=False)]):
            return [total + tf.reduce_sum(v.read_value())]

    total = times(4, body, 0.0)
    assert sess.run(total) == 10
    assert sess.run(v).tolist() == [1, 1, 1, 1]


def test_control_dependencies_around(sess):
    v = tf.Variable(1.0)
    with tf.control_dependencies([tf.assign(v, 3.0)]):
        y = tf.while_loop(lambda i: i < 3.0, lambda i: i + v, [0.0])
    with tf.control_dependencies([y]):
        after = tf.assign_add(v, 1.0)
    initialized(sess)
    assert sess.run(y) == 3
    assert sess.run(after) == 4


def test_control_dependencies_inside_on_what_is_outside(sess):
    v = tf.Variable(0.0)
    update = tf.assign_add(v, 1.0)

    def body(i):
        with tf.control_dependencies([update]):
            return i + 1

    y = tf.while_loop(lambda i: i < 3, body, [0])
    initialized(sess)
    assert sess.run(y) == 3
    assert sess.run(v) == 1


def test_variables_made_inside(sess):
    def body(i, y):
        with tf.variable_scope("s", reuse=tf.AUTO_REUSE):
            w = tf.get_variable("w", [2], initializer=tf.constant_initializer(3.0))
        return [y + w]

    y = times(3, body, tf.zeros([2]))
    (dw,) = tf.gradients(y, tf.trainable_variables())
    assert [v.name for v in tf.global_variables()] == ["s/w:0"]
    initialized(sess)
    values = sess.run([y, dw])
    assert [v.tolist() for v in values] == [[9, 9], [3, 3]]


def test_random_numbers_go_on_from_turn_to_turn(sess):
    shapes = (tf.TensorShape([]), tf.TensorShape([None]))
    tf.set_random_seed(3)
    drawn = times(
        3,
        lambda i, t: [tf.concat([t, tf.random_uniform([1], seed=5)], 0)],
        tf.zeros([0]),
        shape_invariants=shapes,
    )
    alone = tf.random_uniform([1], seed=5)
    straight = [sess.run(alone)[0] for _ in range(6)]
    assert [*sess.run(drawn), *sess.run(drawn)] == straight


def test_seeds_after_a_loop_are_tensorflows():
    x = tf.placeholder_with_default(np.zeros([3, 2], np.float32), [3, 2])
    tf.map_fn(lambda a: a * 2.0, x)
    assert tf.get_default_graph().node_count == 58


def test_captured_tensors_may_be_fed(sess):
    x = tf.placeholder(tf.float32, [])
    y = x * 2.0
    z = times(3, lambda i, z: [z + y], 0.0)
    assert sess.run(z, {x: 1.0}) == 6
    assert sess.run(z, {y: 5.0}) == 15


def test_an_error_inside_names_the_line(sess):
    x = tf.placeholder(tf.float32, [None])
    y = times(3, lambda i, y: [y + tf.reshape(x, [2, 2])[0, 0]], 0.0)
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        sess.run(y, {x: [1, 2, 3]})
    assert first_line(error) == (
        "Input to reshape is a tensor with 3 values, but the requested shape has 4"
    )
    assert error.value.op.name == "while/Reshape" and "test_while_loop.py" in str(error.value)
    assert sess.run(y, {x: [1, 2, 3, 4]}) == 3


def test_an_error_in_a_later_turn_leaves_the_session_usable(sess):
    x = tf.placeholder(tf.int32, [None])
    y = times(3, lambda i, y: [y + tf.gather(x, i)], 0)
    with pytest.raises(tf.errors.InvalidArgumentError):
        sess.run(y, {x: [1, 2]})
    assert sess.run(y, {x: [1, 2, 3]}) == 6


def test_several_threads_run_one_loop(sess):
    x = tf.placeholder(tf.float32, [2])
    y = times(50, lambda i, y: [y + x], tf.zeros([2]))
    (dx,) = tf.gradients(y, x)
    wrong = []

    def work(number):
        for _ in range(10):
            values = sess.run([y, dx], {x: [number, -number]})
            if [v.tolist() for v in values] != [[50 * number, -50 * number], [50, 50]]:
                wrong.append(values)

    threads = [threading.Thread(target=work, args=(float(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_without_optimisation_the_values_are_the_same():
    options = tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0)
    config = tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=options))
    x = tf.placeholder(tf.float32, [2])
    y = times(3, lambda i, y: [tf.sin(y) * x], x)
    fetches = [y, *tf.gradients(y, x)]
    with tf.Session() as sess, tf.Session(config=config) as plain:
        for a, b in zip(*(s.run(fetches, {x: [0.5, 2]}) for s in (sess, plain)), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6)


def test_one_plan_for_many_shapes(sess):
    x = tf.placeholder(tf.float32, [None])
    y = times(3, lambda i, y: [y + x], x)
    for size in range(1, 80):
        assert sess.run(y, {x: np.ones(size)}).tolist() == [4.0] * size


SAME = "The two structures don't have the same nested structure."


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: x, []), ValueError, "No loop variables provided"),
        (lambda a, v: tf.while_loop(1, lambda x: x, [a]), TypeError, "cond must be callable."),
        (lambda a, v: tf.while_loop(lambda x: x < 3, 1, [a]), TypeError, "body must be callable."),
        (lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: (x, x), [a]), ValueError, SAME),
        (lambda a, v: tf.while_loop(lambda x, y: x < 5, lambda x, y: [x, [y]], [a, a]), ValueError, SAME),
        (lambda a, v: tf.while_loop(lambda x, y: x < 5, lambda x, y: {"a": x}, [a, a]), ValueError, SAME),
        (lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: None, [a]), ValueError, "None values not supported."),
        (
            lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: tf.cast(x, tf.int32), [a]), TypeError,
            "Input tensor 'Const:0' enters the loop with dtype float32, but has dtype int32 after 1 iteration.",
        ),
        (
            lambda a, v: tf.while_loop(lambda x: x[0] < 5, lambda x: tf.concat([x, x], 0), [v]), ValueError,
            "Input tensor 'Const_1:0' enters the loop with shape (2,), but has shape (4,) after one "
            "iteration. To allow the shape to vary across iterations, use the `shape_invariants` "
            "argument of tf.while_loop to specify a less-specific shape.",
        ),
        (
            lambda a, v: tf.while_loop(lambda x: True, lambda x: x, [v], shape_invariants=[tf.TensorShape([3])]),
            ValueError,
            "The shape invariant specified for Const_1:0 is not compatible with the initial shape of "
            "the loop variable. It enters the loop with shape (2,), but the specified shape "
            "invariant is (3,).",
        ),
        (
            lambda a, v: tf.while_loop(
                lambda x: True, lambda x: x, [v],
                shape_invariants=[tf.TensorShape([None]), tf.TensorShape([])],
            ),
            ValueError, SAME,
        ),
        (
            lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: x + 1, [v]), ValueError,
            "Shape must be rank 0 but is rank 1 for 'while/LoopCond' (op: 'LoopCond') with input shapes: [2].",
        ),
        (
            lambda a, v: tf.while_loop(lambda x: x, lambda x: x + 1, [a]), TypeError,
            "Input 'input' of 'LoopCond' Op has type float32 that does not match expected type of bool.",
        ),
        (
            lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: x, [a], parallel_iterations=0), TypeError,
            "parallel_iterations must be a positive integer.",
        ),
        (
            lambda a, v: tf.while_loop(lambda x: x < 5, lambda x: x, [a], maximum_iterations=[1, 2]), ValueError,
            "maximum_iterations must be a scalar, saw shape: (2,)",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(call, kind, text):
    a, v = tf.constant(1.0), tf.constant([1.0, 2.0])
    with pytest.raises(kind) as error:
        call(a, v)
    assert first_line(error) == text
