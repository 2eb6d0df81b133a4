"""Sparse tensors beside dense ones, as whole graphs."""

import numpy as np
import pytest

import flowgraph as tf

INDICES, VALUES, SIZES = [[0, 1], [2, 0]], [5.0, 6.0], [3, 2]


def run(fetches, feeds=None):
    return tf.Session().run(fetches, feeds)


def test_sparse_to_dense():
    dense = tf.sparse_to_dense(INDICES, SIZES, VALUES, default_value=-1.0)
    assert dense.name == "SparseToDense:0"
    np.testing.assert_array_equal(run(dense), [[-1, 5], [-1, -1], [6, -1]])
    np.testing.assert_array_equal(run(tf.sparse_to_dense([1, 3], [5], 1)), [0, 1, 0, 1, 0])
    names = tf.sparse_to_dense([1], [2], ["b"], default_value="a")
    assert run(names).tolist() == [b"a", b"b"]


def test_sparse_tensor_to_dense():
    dense = tf.sparse_tensor_to_dense(tf.SparseTensor(INDICES, VALUES, SIZES))
    assert [op.name for op in tf.get_default_graph().get_operations()][-2:] == [
        "zeros",
        "SparseToDense",
    ]
    np.testing.assert_array_equal(run(dense), [[0, 5], [0, 0], [6, 0]])
    with pytest.raises(TypeError, match=r"^Input must be a SparseTensor"):
        tf.sparse_tensor_to_dense(dense)


def test_sparse_times_dense():
    sparse = tf.SparseTensor(INDICES, VALUES, SIZES)
    product = tf.sparse_tensor_dense_matmul(sparse, [[1.0, 2.0], [3.0, 4.0]])
    assert product.name == "SparseTensorDenseMatMul/SparseTensorDenseMatMul:0"
    assert product.shape.as_list() == [3, 2]
    np.testing.assert_array_equal(run(product), [[15, 20], [0, 0], [6, 12]])
    b = [[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]]
    product = tf.sparse_tensor_dense_matmul(sparse, b, adjoint_a=True, adjoint_b=True)
    np.testing.assert_array_equal(run(product), [[18, 30], [5, 15]])
    with pytest.raises(TypeError, match=r"^Input must be a SparseTensor"):
        tf.sparse_tensor_dense_matmul(product, b)


def test_a_layer_over_a_fed_sparse_tensor_learns():
    x = tf.sparse_placeholder(tf.float32)
    w = tf.Variable(np.zeros((2, 1), np.float32))
    target = np.array([[1.0], [0.0], [2.0]], np.float32)
    loss = tf.losses.mean_squared_error(target, tf.sparse_tensor_dense_matmul(x, w))
    step = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    feeds = {x: tf.SparseTensorValue(INDICES, [1.0, 1.0], SIZES)}
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(60):
            session.run(step, feeds)
        np.testing.assert_allclose(session.run(w), [[2.0], [1.0]], rtol=1e-4)


def test_setdiff1d():
    result = tf.setdiff1d([1, 2, 3, 4, 5, 3], [1, 3, 5], index_dtype=tf.int64)
    assert result.out.name == "ListDiff:0"
    out, places = run([result.out, result.idx])
    assert out.tolist() == [2, 4]
    assert (places.tolist(), places.dtype) == ([1, 3], np.int64)
