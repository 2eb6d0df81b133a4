"""Matrix decompositions and functions against values of TensorFlow 1.15.5.

Gradients go through what does not depend on the vectors' signs.
"""

import numpy as np
import pytest

import flowgraph as tf

STATE = np.random.RandomState(0)
A, Q = STATE.rand(4, 3), STATE.rand(3, 3)
SYMMETRIC = Q + Q.T
PAIR = STATE.rand(2, 2, 3)
W, WEIGHTS = STATE.rand(3, 3), STATE.rand(3)
DEFINITE = Q @ Q.T + np.eye(3)
RIGHT = STATE.rand(4, 2)


def value(tensor):
    return tf.Session().run(tensor)


def close(tensor, expected):
    np.testing.assert_allclose(value(tensor), expected, atol=3e-6)


def gradient(function, x, dy):
    x = tf.constant(x)
    return tf.gradients(function(x), x, grad_ys=tf.constant(dy))[0]


def left_projection(x, full_matrices=False):
    u = tf.svd(x, full_matrices=full_matrices)[1][:, :1]
    return tf.matmul(u, u, transpose_b=True)


def right_projection(x):
    v = tf.svd(x)[2][:, :2]
    return tf.matmul(v, v, transpose_b=True)


def test_singular_values():
    close(tf.svd(A, compute_uv=False), [2.214255, 0.296267, 0.218746])
    close(tf.svd(PAIR)[0], [[1.291016, 0.488016], [1.407439, 0.482998]])
    s, u, v = tf.svd(A)
    close(tf.matmul(u * s, v, transpose_b=True), A)


def test_gradients_of_singular_values_and_vectors():
    close(
        gradient(lambda x: tf.svd(x)[0], A, WEIGHTS),
        [
            [0.375731, 0.32147, -0.044912],
            [0.155655, 0.153166, 0.194014],
            [-0.133074, 0.149036, 0.620901],
            [0.287165, 0.308379, -0.005503],
        ],
    )
    close(
        gradient(lambda x: tf.svd(x, compute_uv=False), A, WEIGHTS),
        [
            [0.375731, 0.32147, -0.044912],
            [0.155655, 0.153166, 0.194014],
            [-0.133074, 0.149036, 0.620901],
            [0.287165, 0.308379, -0.005503],
        ],
    )
    dy = np.random.RandomState(6).rand(4, 4)
    close(
        gradient(left_projection, A, dy),
        [
            [-0.002442, -0.00717, -0.020039],
            [0.027758, 0.039609, 0.027475],
            [-0.074334, -0.118227, -0.131712],
            [0.102516, 0.153806, 0.137455],
        ],
    )
    close(
        gradient(lambda x: left_projection(x, True), A, dy),
        [
            [-0.002442, -0.00717, -0.020039],
            [0.027758, 0.039609, 0.027475],
            [-0.074334, -0.118227, -0.131712],
            [0.102516, 0.153806, 0.137455],
        ],
    )
    dy = np.random.RandomState(6).rand(3, 3)
    close(
        gradient(right_projection, A.T[:, :3].copy(), dy),
        [
            [-0.466104, 0.202962, 0.238038],
            [0.417651, -0.530029, 0.05599],
            [0.348835, 0.084524, -0.361005],
        ],
    )
    close(
        gradient(left_projection, A.T.copy(), dy),
        [
            [0.187948, 0.176869, 0.223733, 0.159564],
            [-0.136861, -0.089327, -0.198516, -0.1539],
            [0.033037, 0.054056, 0.018614, 0.006106],
        ],
    )


@pytest.mark.parametrize(
    ("x", "options", "match"),
    [
        (np.ones((5, 3)), {"full_matrices": True}, r"^svd gradient is not implemented for abs\("),
        (A.astype(complex), {}, "^SVD gradient is not implemented for complex types"),
    ],
)
def test_gradients_that_are_not_there(x, options, match):
    with pytest.raises(NotImplementedError, match=match):
        gradient(lambda x: tf.svd(x, **options)[0], x, WEIGHTS)


def test_self_adjoint_matrices():
    close(tf.self_adjoint_eigvals(SYMMETRIC), [-1.064427, 0.604253, 3.593936])
    close(tf.self_adjoint_eigvals(Q), [-0.604592, 0.28023, 1.891243])
    e, vectors = tf.self_adjoint_eig(SYMMETRIC)
    close(tf.matmul(vectors * e, vectors, transpose_b=True), SYMMETRIC)
    slope = [[0.223312, 0.0, 0.0], [0.005579, 0.690115, 0.0], [0.541945, -0.033992, 0.511197]]
    close(gradient(tf.self_adjoint_eigvals, SYMMETRIC, WEIGHTS), slope)
    close(gradient(lambda x: tf.self_adjoint_eig(x)[0], SYMMETRIC, WEIGHTS), slope)

    def projection(x):
        first = tf.self_adjoint_eig(x)[1][:, :1]
        return tf.matmul(first, first, transpose_b=True)

    close(
        gradient(projection, SYMMETRIC, W),
        [[-0.048755, 0.0, 0.0], [0.190124, -0.040693, 0.0], [-0.037165, -0.163875, 0.089447]],
    )


def test_triangular_factors():
    lu, order = value(tf.linalg.lu(Q))
    np.testing.assert_allclose(
        lu,
        [
            [0.778157, 0.870012, 0.978618],
            [0.729987, 0.290499, -0.643343],
            [0.111969, -0.265735, 0.552086],
        ],
        atol=1e-6,
    )
    assert order.tolist() == [2, 0, 1]


def test_functions():
    close(
        tf.linalg.expm(Q),
        [
            [2.072855, 1.563375, 0.896153],
            [0.744728, 1.804302, 1.678499],
            [2.030601, 2.41817, 3.706125],
        ],
    )
    close(
        tf.linalg.expm(PAIR[:, :, :2]),
        [
            [[2.281517, 0.957293], [0.245349, 1.951194]],
            [[2.741749, 1.262605], [0.640089, 2.329383]],
        ],
    )
    np.testing.assert_allclose(
        value(tf.linalg.expm(Q * 9)),
        [
            [1403653.660649, 1725173.208563, 1960669.26218],
            [1569954.503894, 1929566.013584, 2192965.532939],
            [3137512.846973, 3856187.369377, 4382581.872343],
        ],
        rtol=1e-9,
    )
    close(
        tf.real(tf.linalg.logm(DEFINITE.astype(complex))),
        [
            [0.620117, -0.058853, 0.547022],
            [-0.058853, 0.430862, 0.413854],
            [0.547022, 0.413854, 1.011636],
        ],
    )
    close(
        tf.linalg.sqrtm(DEFINITE),
        [
            [1.418339, 0.001293, 0.415646],
            [0.001293, 1.269815, 0.298033],
            [0.415646, 0.298033, 1.748873],
        ],
    )


def test_the_gradient_of_the_exponential():
    x, step = tf.placeholder(tf.float64, [3, 3]), 1e-6
    total = tf.reduce_sum(tf.linalg.expm(x) * W)
    slope = tf.gradients(total, x)[0]
    with tf.Session() as session:
        ahead, behind = (session.run(total, {x: 3 * Q + s * W}) for s in (step, -step))
        inner = (session.run(slope, {x: 3 * Q}) * W).sum()
    np.testing.assert_allclose(inner, (ahead - behind) / (2 * step), rtol=1e-6)


def test_norms():
    close(tf.norm(A, 2, axis=[0, 1]), 2.214255)
    close(tf.norm(PAIR, 2, axis=[-2, -1]), [1.291016, 1.407439])
    close(tf.norm(PAIR, 2, axis=[0, 2], keepdims=True), [[[1.649131], [1.136361]]])
    unknown = tf.placeholder_with_default(PAIR, None)
    close(tf.norm(unknown, 2, axis=[0, 2], keepdims=True), [[[1.649131], [1.136361]]])
    close(tf.linalg.normalize(A, axis=0)[1], [[0.967783, 1.453639, 1.410276]])


def test_least_squares():
    close(
        tf.linalg.lstsq(A, RIGHT),
        [[0.634088, -0.318296], [0.956356, 1.328519], [-0.832236, -0.40997]],
    )
    close(
        tf.linalg.lstsq(A, RIGHT, fast=False),
        [[0.634088, -0.318296], [0.956356, 1.328519], [-0.832236, -0.40997]],
    )
    close(
        tf.linalg.lstsq(A, RIGHT, 0.5),
        [[0.161667, 0.084228], [0.298873, 0.420293], [0.106886, 0.184537]],
    )
    close(
        tf.linalg.pinv(A),
        [
            [1.855353, 1.879712, -2.484212, 0.116298],
            [0.649247, -1.808367, -0.252657, 1.928828],
            [-1.563672, 0.892147, 2.36921, -1.733479],
        ],
    )
    close(tf.linalg.matrix_rank(A), 3)
    close(tf.linalg.matrix_rank(np.ones((3, 3))), 1)
    with pytest.raises(NotImplementedError, match="validate_args"):
        tf.linalg.pinv(A, validate_args=True)


def test_products():
    close(tf.linalg.matvec(A, np.ones(3)), [1.866766, 1.614432, 2.293023, 1.704061])
    close(tf.linalg.matvec(A, np.ones(4), transpose_a=True), [1.914725, 2.822342, 2.741215])
    close(tf.linalg.adjoint(A), A.T)


@pytest.mark.parametrize("matrix, right", [(A, RIGHT), (A.T, RIGHT[:3])], ids=["tall", "broad"])
def test_least_squares_of_a_matrix_whose_sizes_are_fed(matrix, right):
    unknown = tf.placeholder_with_default(matrix, [None, None])
    close(tf.linalg.lstsq(unknown, right), np.linalg.lstsq(matrix, right, rcond=None)[0])


def test_a_determinants_sign_and_logarithm_are_named():
    found = tf.Session().run(tf.linalg.slogdet([[-2.0, 0.0], [0.0, 1.0]]))
    assert type(found).__name__ == "LogMatrixDeterminant"
    assert found.sign == -1
    np.testing.assert_allclose(found.log_abs_determinant, np.log(2.0), rtol=1e-6)
