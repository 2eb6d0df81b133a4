"""Functions of matrices, activations, moments and dropout: what they compose."""

import numpy as np
import pytest
import scipy.special

import flowgraph as tf
from flowgraph.ops.rectification import prelu, randomized_relu

RANDOM = np.random.default_rng(1)
X = RANDOM.uniform(-2, 2, (2, 3, 4))


def run(tensors, feeds=None):
    with tf.Session() as session:
        return session.run(tensors, feeds)


@pytest.mark.parametrize("shape", [[2, 3], [None, 3], None])
def test_matmul_picks_its_op_by_rank(shape):
    x = tf.placeholder(tf.float32, shape)
    assert tf.matmul(x, tf.ones([3, 2])).op.type == ("MatMul" if shape else "BatchMatMulV2")


def test_adjoint_conjugates():
    x = X[0, :2, :2] + 1j * X[1, :2, :2]
    found = run([tf.matmul(x, x, adjoint_a=True), tf.matmul([x], [x], transpose_b=True)])
    np.testing.assert_allclose(found[0], x.conj().T @ x)
    np.testing.assert_allclose(found[1], [x @ x.T])


def test_gradient_of_a_complex_product_conjugates_the_factors():
    a = tf.constant(X[0, :2, :2] + 1j)
    (slope,) = tf.gradients(tf.matmul(a, a), a, grad_ys=np.ones((2, 2), complex))
    expected = np.ones((2, 2)) @ run(a).conj().T + run(a).conj().T @ np.ones((2, 2))
    np.testing.assert_allclose(run(slope), expected)


def test_a_hint_at_zeros_makes_a_sparse_product():
    product = tf.matmul(np.float32([[1, 0]]), np.float32([[2], [3]]), a_is_sparse=True)
    assert product.op.type == "SparseMatMul"
    assert run(product).tolist() == [[2.0]]


@pytest.mark.parametrize("known", [True, False])
def test_matrix_transpose(known):
    x = tf.placeholder(tf.float64, X.shape if known else None)
    np.testing.assert_array_equal(run(tf.matrix_transpose(x), {x: X}), X.swapaxes(1, 2))


def test_eye_of_sizes_known_late():
    rows = tf.placeholder(tf.int32, [])
    square, wide = tf.eye(rows, batch_shape=[2]), tf.eye(rows, 3)
    found = run([square, wide], {rows: 2})
    np.testing.assert_array_equal(found[0], [np.eye(2)] * 2)
    np.testing.assert_array_equal(found[1], np.eye(2, 3))


def test_only_main_diagonals():
    with pytest.raises(NotImplementedError, match="matrix_diag_part with k=1"):
        tf.matrix_diag_part(X, k=1)


@pytest.mark.parametrize("order", ["euclidean", 1, 2, 3, np.inf])
def test_vector_norms(order):
    found = run([tf.norm(X, order, axis=1), tf.norm(X, order), tf.norm(X, order, 0, keepdims=True)])
    number = 2 if order == "euclidean" else order
    np.testing.assert_allclose(found[0], np.linalg.norm(X, number, axis=1))
    np.testing.assert_allclose(found[1], np.linalg.norm(X.ravel(), number))
    np.testing.assert_allclose(found[2], np.linalg.norm(X, number, axis=0, keepdims=True))


@pytest.mark.parametrize("order", ["fro", 1, np.inf])
def test_matrix_norms(order):
    np.testing.assert_allclose(
        run(tf.norm(X, order, axis=[1, 2])), np.linalg.norm(X, order, axis=(1, 2))
    )


def test_norms_that_there_are_not():
    with pytest.raises(ValueError, match="must be a supported vector norm, got -1"):
        tf.norm(X, -1)
    with pytest.raises(ValueError, match="must be a supported matrix norm"):
        tf.norm(X, 3, axis=[0, 1])


def test_the_norm_of_a_matrix_is_its_largest_singular_value():
    matrix = X[0] if X.ndim == 3 else X
    found = run(tf.norm(matrix, 2, axis=[-2, -1]))
    np.testing.assert_allclose(found, np.linalg.svd(matrix, compute_uv=False).max(), rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1, -2, 2, -1])
def test_softmax_along_every_axis(axis):
    found = run([tf.nn.softmax(X, axis=axis), tf.nn.log_softmax(X, dim=axis)])
    np.testing.assert_allclose(found[0], scipy.special.softmax(X, axis))
    np.testing.assert_allclose(found[1], scipy.special.log_softmax(X, axis))


def test_softmax_along_an_axis_known_late():
    axis = tf.placeholder(tf.int32, [])
    found = run(tf.nn.softmax(X, axis=axis), {axis: -2})
    np.testing.assert_allclose(found, scipy.special.softmax(X, 1))


def test_activations_composed_of_others():
    x = X[0]
    found = run([tf.nn.crelu(x, axis=0), tf.nn.swish(x), tf.nn.leaky_relu([-5, 5])])
    np.testing.assert_allclose(found[0], np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)]))
    np.testing.assert_allclose(found[1], x * scipy.special.expit(x))
    assert found[2].tolist() == [-1.0, 5.0]


def test_prelu_learns_its_slope():
    x, alpha = tf.constant(X), tf.constant([0.1, 0.2, 0.3, 0.4], tf.float64)
    y = prelu(x, alpha)
    slopes = run(tf.gradients(y, [x, alpha]))
    np.testing.assert_allclose(run(y), np.where(X > 0, X, X * run(alpha)))
    np.testing.assert_allclose(slopes[0], np.where(X > 0, 1, run(alpha)))
    np.testing.assert_allclose(slopes[1], np.minimum(X, 0).sum((0, 1)))


def test_randomized_relu_draws_slopes_between_its_bounds():
    x = -np.ones(1000)
    slopes = -run(randomized_relu(x, 0.25, 0.75, seed=3))
    assert 0.25 <= slopes.min() < 0.3 < 0.7 < slopes.max() <= 0.75
    assert run(randomized_relu([-2.0], 0.25, 0.75, training=False)).tolist() == [-1.0]


@pytest.mark.parametrize("shape", [[2, 3, 4], [None, None, None]])
def test_moments_and_what_they_are_made_of(shape):
    x = tf.placeholder(tf.float64, shape)
    statistics = tf.nn.sufficient_statistics(x, [0, 2], shift=tf.constant(0.5, tf.float64))
    pairs = [tf.nn.moments(x, [0, 2]), tf.nn.normalize_moments(*statistics)]
    for mean, variance in run(pairs, {x: X}):
        np.testing.assert_allclose(mean, X.mean((0, 2)))
        np.testing.assert_allclose(variance, X.var((0, 2)))


def test_moments_of_half_precision():
    mean, variance = tf.nn.moments(X.astype(np.float16), [1], keep_dims=True)
    assert (mean.dtype, variance.shape) == (tf.float16, [2, 1, 4])


def test_weighted_moments_count_elements_several_times():
    weights = np.array([1.0, 2.0, 3.0])[None, :, None]
    repeated = np.repeat(X, [1, 2, 3], axis=1)
    mean, variance = run(tf.nn.weighted_moments(X, [1], weights))
    np.testing.assert_allclose(mean, repeated.mean(1))
    np.testing.assert_allclose(variance, repeated.var(1))


def test_old_names_and_new_names_not_both():
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.nn.moments(X, [0], keep_dims=True, keepdims=True)
    with pytest.raises(ValueError, match="Cannot specify both"):
        tf.nn.softmax(X, axis=0, dim=0)


def test_dropout_keeps_whole_rows_together():
    y = run(tf.nn.dropout(tf.ones([100, 5]), rate=0.3, noise_shape=[None, 1], seed=1))
    np.testing.assert_allclose(np.unique(y), [0, 1 / 0.7], rtol=1e-6)
    assert (y == y[:, :1]).all()


def test_dropout_of_tensorflow_for_its_seed():
    y = run(tf.nn.dropout(tf.ones([6]), keep_prob=0.5, seed=1))
    draws = run(tf.random_uniform([6], seed=1))
    np.testing.assert_array_equal(y, np.where(draws >= 0.5, 2.0, 0.0))


def test_dropout_that_drops_nothing_makes_no_operation():
    x = tf.ones([2])
    assert tf.nn.dropout(x, rate=0) is x
    assert tf.nn.dropout(x, keep_prob=1.0) is x


@pytest.mark.parametrize(
    ("x", "arguments", "match"),
    [
        (1.0, {}, "You must provide a rate to dropout"),
        (1.0, {"rate": 1.0}, r"in the range \[0, 1\), got 1"),
        (1.0, {"keep_prob": 0}, r"in the range \[0, 1\), got 1"),
        (1, {"rate": 0.5}, "has to be a floating point tensor"),
        (1.0, {"keep_prob": "half"}, "keep_prob must be a floating point number or Tensor"),
        (1.0, {"rate": 0.5, "keep_prob": 0.5}, "Cannot specify both 'rate' and 'keep_prob'"),
    ],
)
def test_dropout_refuses(x, arguments, match):
    with pytest.raises(ValueError, match=match):
        tf.nn.dropout(tf.constant(x), **arguments)


def test_gradient_of_cholesky_of_a_symmetric_function():
    root = tf.placeholder(tf.float64, [3, 3])
    weight = RANDOM.uniform(-1, 1, (3, 3))
    matrix = tf.matmul(root, root, transpose_b=True) + np.eye(3)
    scalar = tf.reduce_sum(tf.cholesky(matrix) * weight)
    (slope,) = tf.gradients(scalar, root)
    value, direction = RANDOM.uniform(-1, 1, (2, 3, 3))
    moved = [run(scalar, {root: value + step * direction}) for step in (1e-6, -1e-6)]
    found = np.sum(run(slope, {root: value}) * direction)
    np.testing.assert_allclose(found, (moved[0] - moved[1]) / 2e-6, rtol=1e-6)


def test_cholesky_solves_and_measures():
    matrix = np.array([[4.0, 2.0], [2.0, 3.0]])
    solution = tf.cholesky_solve(tf.cholesky(matrix), [[1.0], [2.0]])
    found = run([solution, tf.linalg.logdet(matrix)])
    np.testing.assert_allclose(found[0], np.linalg.solve(matrix, [[1.0], [2.0]]))
    np.testing.assert_allclose(found[1], np.log(8.0))
