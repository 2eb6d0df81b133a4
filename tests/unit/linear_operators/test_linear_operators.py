"""Linear operators against NumPy, with the names and refusals of TensorFlow 1.15.5."""

import numpy as np
import pytest

import flowgraph as tf

FULL = np.array([[2.0, 1.0], [1.0, 3.0]])
OPERATORS = {
    "full": (lambda **hints: tf.linalg.LinearOperatorFullMatrix(FULL, **hints), FULL),
    "lower": (
        lambda **hints: tf.linalg.LinearOperatorLowerTriangular([[2.0, 9.0], [1.0, 3.0]], **hints),
        np.array([[2.0, 0.0], [1.0, 3.0]]),
    ),
    "diagonal": (
        lambda **hints: tf.linalg.LinearOperatorDiag([2.0, 4.0], **hints),
        np.diag([2.0, 4.0]),
    ),
}
X = np.array([[1.0, 2.0], [3.0, 4.0]])


def close(tensor, expected):
    np.testing.assert_allclose(tf.Session().run(tensor), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", OPERATORS)
def test_products_and_solutions(kind):
    make, matrix = OPERATORS[kind]
    operator = make()
    close(operator.to_dense(), matrix)
    close(operator.matmul(X), matrix @ X)
    close(operator.matmul(X, adjoint=True, adjoint_arg=True), matrix.T @ X.T)
    close(operator.matvec(X[0]), matrix @ X[0])
    close(operator.solve(X), np.linalg.solve(matrix, X))
    close(operator.solve(X, adjoint=True), np.linalg.solve(matrix.T, X))
    close(operator.solvevec(X[1]), np.linalg.solve(matrix, X[1]))
    close(operator.add_to_tensor(X), X + matrix)
    close(operator.matmul(make()).to_dense(), matrix @ matrix)
    close((operator @ make()).to_dense(), matrix @ matrix)


@pytest.mark.parametrize("kind", OPERATORS)
def test_numbers(kind):
    make, matrix = OPERATORS[kind]
    operator = make()
    close(operator.determinant(), np.linalg.det(matrix))
    close(operator.log_abs_determinant(), np.log(np.linalg.det(matrix)))
    close(operator.trace(), np.trace(matrix))
    close(operator.diag_part(), np.diag(matrix))
    assert operator.shape.as_list() == [2, 2]
    assert operator.batch_shape.as_list() == []
    assert operator.tensor_rank == 2
    assert (operator.domain_dimension, operator.range_dimension) == (2, 2)
    assert operator.is_square
    for tensor, expected in (
        (operator.shape_tensor(), [2, 2]),
        (operator.batch_shape_tensor(), []),
        (operator.domain_dimension_tensor(), 2),
        (operator.range_dimension_tensor(), 2),
        (operator.tensor_rank_tensor(), 2),
    ):
        close(tensor, expected)


@pytest.mark.parametrize("kind", OPERATORS)
def test_other_operators(kind):
    make, matrix = OPERATORS[kind]
    close(make(is_non_singular=True).inverse().to_dense(), np.linalg.inv(matrix))
    close(make().H.to_dense(), matrix.T)
    with pytest.raises(ValueError, match=r"^Cannot take the Cholesky decomposition: Not a pos"):
        make().cholesky()


def test_factors():
    hints = {"is_self_adjoint": True, "is_positive_definite": True}
    factor = OPERATORS["full"][0](**hints).cholesky()
    assert isinstance(factor, tf.linalg.LinearOperatorLowerTriangular)
    close(factor.to_dense(), np.linalg.cholesky(FULL))
    close(OPERATORS["diagonal"][0](**hints).cholesky().to_dense(), np.diag(np.sqrt([2.0, 4.0])))


@pytest.mark.parametrize("kind", OPERATORS)
def test_hints(kind):
    make, _ = OPERATORS[kind]
    operator = make(is_positive_definite=True)
    assert operator.is_non_singular
    assert operator.is_positive_definite
    with pytest.raises(ValueError, match="A positive definite matrix is always non-singular"):
        make(is_positive_definite=True, is_non_singular=False)
    with pytest.raises(ValueError, match="square"):
        make(is_self_adjoint=True, is_square=False)
    with pytest.raises(NotImplementedError, match=r"^Exact solve not implemented for an operator"):
        make(is_non_singular=False).solve(X)


def test_shapes_that_are_not_known():
    matrix = tf.placeholder_with_default(np.stack([FULL, 2 * FULL]), [None, None, None])
    operator = tf.linalg.LinearOperatorFullMatrix(matrix)
    close(operator.shape_tensor(), [2, 2, 2])
    close(operator.inverse().to_dense(), np.linalg.inv([FULL, 2 * FULL]))
    diagonal = tf.placeholder_with_default(np.ones((3, 2)), [None, None])
    close(tf.linalg.LinearOperatorDiag(diagonal).shape_tensor(), [3, 2, 2])


def test_names():
    operator = OPERATORS["diagonal"][0]()
    assert operator.name == "LinearOperatorDiag"
    assert operator.to_dense().name == "LinearOperatorDiag/to_dense/diag:0"
    assert operator.matmul(X).name == "LinearOperatorDiag/matmul/mul:0"


def test_arguments():
    with pytest.raises(TypeError, match=r"^Argument matrix must have dtype in \[tf.float16"):
        tf.linalg.LinearOperatorFullMatrix([[1, 2], [3, 4]])
    with pytest.raises(ValueError, match=r"^Argument diag must have at least 1 dimension.  Found"):
        tf.linalg.LinearOperatorDiag(1.0)
    with pytest.raises(NotImplementedError, match=r"^Determinant not implemented for an operator"):
        tf.linalg.LinearOperatorFullMatrix(np.ones((2, 3))).determinant()


def test_gradients():
    diagonal = tf.constant([2.0, 4.0])
    total = tf.linalg.LinearOperatorDiag(diagonal).log_abs_determinant()
    close(tf.gradients(total, diagonal)[0], [0.5, 0.25])


def test_a_diagonal_may_be_whole_numbers():
    operator = tf.linalg.LinearOperatorDiag(tf.constant([1, 2]))
    product = operator.matmul([[3], [4]])
    assert tf.Session().run(product).tolist() == [[3], [8]]


def test_a_call_without_a_name():
    operator = tf.linalg.LinearOperatorFullMatrix([[2.0]])
    assert operator.diag_part(name=None).name == "LinearOperatorFullMatrix_1/diag_part:0"
