"""map_fn, foldl, foldr and scan, with values, names and node counts of TensorFlow 1.15."""

import numpy as np
import pytest

import flowgraph as tf

X = np.array([[1, 2], [3, 4], [5, 6]], np.float32)


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def given(rows=3):
    return tf.placeholder_with_default(X, [rows, 2])


def twice_plus(a, e):
    return a * 2 + e


@pytest.mark.parametrize(
    ("build", "name", "shape", "nodes", "expected"),
    [
        (
            lambda x: tf.map_fn(lambda a: a * 2, x),
            "map/TensorArrayStack/TensorArrayGatherV3:0", [3, 2], 58, X * 2,
        ),
        (
            lambda x: tf.map_fn(lambda a: tf.cast(a, tf.int32), x, dtype=tf.int32, name="mm"),
            "mm/TensorArrayStack/TensorArrayGatherV3:0", [3, 2], 57, X,
        ),
        (lambda x: tf.foldl(lambda a, e: a * e, x), "foldl/while/Exit_2:0", [2], 50, [15, 48]),
        (lambda x: tf.foldr(twice_plus, x), "foldr/while/Exit_2:0", [2], 52, [27, 34]),
        (
            lambda x: tf.scan(twice_plus, x),
            "scan/TensorArrayStack/TensorArrayGatherV3:0", [3, 2], 69, [[1, 2], [5, 8], [15, 22]],
        ),
    ],
)  # fmt: skip
def test_names_nodes_shapes_values(sess, build, name, shape, nodes, expected):
    y = build(given())
    assert (y.name, y.shape.as_list()) == (name, shape)
    assert tf.get_default_graph().node_count == nodes
    assert sess.run(y).tolist() == np.asarray(expected).tolist()


def test_initial_values(sess):
    start = tf.zeros([2])
    results = [
        tf.foldl(twice_plus, given(), initializer=start),
        tf.foldr(twice_plus, given(), initializer=start),
        tf.scan(twice_plus, given(None), initializer=start, reverse=True),
        tf.scan(lambda a, e: a + tf.reduce_sum(e), given(None), initializer=0.0, infer_shape=False),
    ]
    assert [r.tolist() for r in sess.run(results)] == [
        [15, 22], [27, 34], [[27, 34], [13, 16], [5, 6]], [3, 10, 21],
    ]  # fmt: skip
    assert results[2].shape.as_list() == [None, 2] and results[3].shape.ndims is None


def test_structures(sess):
    product, total = tf.map_fn(
        lambda a: (a[0] * a[1], a[0] + a[1]), (given(), given()), dtype=(tf.float32, tf.float32)
    )
    assert sess.run([product, total])[0].tolist() == (X * X).tolist()
    sums, products = tf.scan(
        lambda a, e: (a[0] + e[0], a[1] * e[1]),
        (given(), given()),
        initializer=(tf.zeros([2]), tf.ones([2])),
    )
    assert sess.run(sums).tolist() == X.cumsum(0).tolist()
    assert sess.run(products).tolist() == X.cumprod(0).tolist()
    named = tf.map_fn(lambda d: {"n": d["a"] + 1.0}, {"a": given()}, dtype={"n": tf.float32})
    assert sess.run(named)["n"].tolist() == (X + 1).tolist()


def test_no_rows(sess):
    y = tf.map_fn(lambda a: tf.ones([1]), tf.zeros([0, 2]))
    assert y.shape.as_list() == [0, 1]
    assert sess.run(y).shape == (0, 1)


@pytest.mark.parametrize(
    ("build", "slope"),
    [
        (lambda x: tf.map_fn(lambda a: a * a, x), [[2, 4], [6, 8], [10, 12]]),
        (lambda x: tf.foldl(lambda a, e: a * e, x), [[15, 24], [5, 12], [3, 8]]),
        (
            lambda x: tf.foldr(lambda a, e: a * e, x, initializer=tf.ones([2])),
            [[15, 24], [5, 12], [3, 8]],
        ),
        (lambda x: tf.scan(lambda a, e: a * e + x[0], x), [[26, 37], [6, 14], [4, 10]]),
        (
            lambda x: tf.scan(lambda a, e: a * e + a, x, reverse=True),
            [[20, 30], [15, 24], [13, 21]],
        ),
    ],
)
def test_gradients(sess, build, slope):
    x = given()
    assert sess.run(tf.gradients(build(x), x))[0].tolist() == slope


def test_back_prop_off():
    x = given()
    assert tf.gradients(tf.map_fn(lambda a: a * a, x, back_prop=False), x) == [None]


def test_nested(sess):
    y = tf.map_fn(lambda row: tf.map_fn(lambda a: a * 2.0, row), given())
    assert sess.run(y).tolist() == (X * 2).tolist()


SAME = "The two structures don't have the same nested structure."


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda x: tf.map_fn(1, x), TypeError, "fn must be callable."),
        (lambda x: tf.foldl(1, x), TypeError, "fn must be callable."),
        (lambda x: tf.foldr(1, x), TypeError, "fn must be callable."),
        (lambda x: tf.scan(1, x), TypeError, "fn must be callable."),
        (
            lambda x: tf.map_fn(lambda a: a, 1.0), ValueError,
            "elems must be a 1+ dimensional Tensor, not a scalar",
        ),
        (
            lambda x: tf.map_fn(lambda a: a, (1.0, 2.0)), ValueError,
            "elements in elems must be 1+ dimensional Tensors, not scalars",
        ),
        (lambda x: tf.map_fn(lambda a: (a, a), x), ValueError, SAME),
        (lambda x: tf.scan(lambda a, e: (a, a), x), ValueError, SAME),
        (
            lambda x: tf.scan(lambda a, e: tf.concat([a, a], 0), x), ValueError,
            "Inconsistent shapes: saw (4,) but expected (2,) ",
        ),
        (
            lambda x: tf.map_fn(lambda a: a, tf.SparseTensor([[0]], [1.0], [2])), TypeError,
            "To perform a map on the values of a sparse tensor use either  SparseTensor("
            "input.indices, fn(input.values), input.dense_shape) or  SparseTensor(input.indices, "
            "map_fn(fn, input.values), input.dense_shape)",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(call, kind, text):
    with pytest.raises(kind) as error:
        call(given())
    assert str(error.value).splitlines()[0] == text
