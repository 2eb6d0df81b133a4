"""Operators with a structure against NumPy, their hints and names against TensorFlow 1.15.5."""

import functools

import numpy as np
import pytest

import flowgraph as tf
from flowgraph import linalg

RNG = np.random.default_rng(3)
M = RNG.random((2, 2)) + 2 * np.eye(2)
B = RNG.random((3, 2, 2)) + 2 * np.eye(2)
R = RNG.random((2, 3))
U, V = RNG.random((2, 1)), RNG.random((2, 1))
C = M + 1j * RNG.random((2, 2))
SPD = np.array([[2.0, 1.0], [1.0, 3.0]])
AXIS = np.array([3.0, 4.0]) / 5


def full(matrix, **hints):
    return linalg.LinearOperatorFullMatrix(matrix, **hints)


def diag(*values, **hints):
    return linalg.LinearOperatorDiag(np.array(values), **hints)


def adjoint(matrix):
    return np.conj(np.swapaxes(matrix, -1, -2))


def blocks(*matrices):
    size = sum(len(matrix) for matrix in matrices)
    result, start = np.zeros((size, size)), 0
    for matrix in matrices:
        end = start + len(matrix)
        result[start:end, start:end] = matrix
        start = end
    return result


def identity(*arguments, **keywords):
    return linalg.LinearOperatorIdentity(*arguments, dtype=tf.float64, **keywords)


CASES = {
    "identity": lambda: (identity(2), np.eye(2)),
    "identities": lambda: (identity(2, [3]), np.stack([np.eye(2)] * 3)),
    "scaled": lambda: (linalg.LinearOperatorScaledIdentity(2, np.float64(3)), 3 * np.eye(2)),
    "scaled batch": lambda: (
        linalg.LinearOperatorScaledIdentity(2, np.array([1.0, 2.0])),
        np.stack([np.eye(2), 2 * np.eye(2)]),
    ),
    "scaled complex": lambda: (
        linalg.LinearOperatorScaledIdentity(2, np.complex128(2 + 1j)),
        (2 + 1j) * np.eye(2),
    ),
    "zeros": lambda: (linalg.LinearOperatorZeros(2, dtype=tf.float64), np.zeros((2, 2))),
    "wide zeros": lambda: (
        linalg.LinearOperatorZeros(
            2, 3, [4], dtype=tf.float64, is_square=False, is_self_adjoint=False
        ),
        np.zeros((4, 2, 3)),
    ),
    "composition": lambda: (linalg.LinearOperatorComposition([full(M), diag(1.0, 2.0)]),
                            M @ np.diag([1.0, 2.0])),
    "composition batch": lambda: (linalg.LinearOperatorComposition([full(B), full(M)]), B @ M),
    "wide composition": lambda: (linalg.LinearOperatorComposition([full(M), full(R)]), M @ R),
    "composition complex": lambda: (linalg.LinearOperatorComposition([full(C)] * 2), C @ C),
    "blocks": lambda: (
        linalg.LinearOperatorBlockDiag([full(M), diag(1.0, 2.0, 3.0)]),
        blocks(M, np.diag([1.0, 2.0, 3.0])),
    ),
    "blocks batch": lambda: (
        linalg.LinearOperatorBlockDiag([full(B), identity(1)]),
        np.stack([blocks(matrix, np.eye(1)) for matrix in B]),
    ),
    "kronecker": lambda: (
        linalg.LinearOperatorKronecker([full(M), diag(1.0, 2.0, 3.0), full(SPD)]),
        functools.reduce(np.kron, [M, np.diag([1.0, 2.0, 3.0]), SPD]),
    ),
    "kronecker batch": lambda: (
        linalg.LinearOperatorKronecker([full(B), full(M)]),
        np.stack([np.kron(matrix, M) for matrix in B]),
    ),
    "wide kronecker": lambda: (linalg.LinearOperatorKronecker([full(R), full(M)]), np.kron(R, M)),
    "update": lambda: (
        linalg.LinearOperatorLowRankUpdate(diag(1.0, 2.0), U, np.array([2.0]), V),
        np.diag([1.0, 2.0]) + 2 * U @ V.T,
    ),
    "positive update": lambda: (
        linalg.LinearOperatorLowRankUpdate(diag(1.0, 2.0, is_positive_definite=True), U),
        np.diag([1.0, 2.0]) + U @ U.T,
    ),
    "update complex": lambda: (
        linalg.LinearOperatorLowRankUpdate(full(C), C[:, :1], C[0, :1], C[:, 1:]),
        C + C[0, 0] * C[:, :1] @ adjoint(C[:, 1:]),
    ),
    "mirror": lambda: (
        linalg.LinearOperatorHouseholder([3.0, 4.0]), np.eye(2) - 2 * np.outer(AXIS, AXIS),
    ),
    "adjoint": lambda: (linalg.LinearOperatorAdjoint(full(C)), adjoint(C)),
    "wide adjoint": lambda: (linalg.LinearOperatorAdjoint(full(R)), R.T),
    "inversion": lambda: (linalg.LinearOperatorInversion(full(M)), np.linalg.inv(M)),
    "inversion batch": lambda: (linalg.LinearOperatorInversion(full(B)), np.linalg.inv(B)),
}  # fmt: skip
SINGULAR = ("zeros", "wide zeros")


def close(tensor, expected):
    value = tf.Session().run(tensor)
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    assert tensor.shape.is_compatible_with(np.shape(expected))


@pytest.mark.parametrize("kind", CASES)
def test_products(kind):
    operator, matrix = CASES[kind]()
    x = RNG.random((matrix.shape[-1], 2)).astype(operator.dtype.as_numpy_dtype)
    y = RNG.random((matrix.shape[-2], 2)).astype(x.dtype)
    assert operator.shape.as_list() == list(matrix.shape)
    close(operator.shape_tensor(), matrix.shape)
    close(operator.to_dense(), matrix)
    close(operator.matmul(x), matrix @ x)
    close(operator.matmul(x.T.copy(), adjoint_arg=True), matrix @ x)
    close(operator.matmul(y, adjoint=True), adjoint(matrix) @ y)
    several = np.stack([x] * len(matrix)) if matrix.ndim > 2 else np.stack([x, 2 * x])
    close(operator.matmul(several), matrix @ several)
    close(operator.matvec(x[:, 0]), matrix @ x[:, 0])
    close(operator.adjoint().to_dense(), adjoint(matrix))
    close(operator.diag_part(), np.diagonal(matrix, axis1=-2, axis2=-1))
    close(operator.trace(), np.trace(matrix, axis1=-2, axis2=-1))
    close(operator.add_to_tensor(np.ones_like(matrix, x.dtype)), 1 + matrix)


@pytest.mark.parametrize("kind", [kind for kind in CASES if "wide" not in kind])
def test_equations(kind):
    operator, matrix = CASES[kind]()
    close(operator.determinant(), np.linalg.det(matrix))
    if kind in SINGULAR:
        close(operator.log_abs_determinant(), -np.inf)
        with pytest.raises(ValueError, match="This operator represents a singular matrix"):
            operator.inverse()
        return
    y = RNG.random((matrix.shape[-1], 2)).astype(operator.dtype.as_numpy_dtype)
    close(operator.log_abs_determinant(), np.log(np.abs(np.linalg.det(matrix))))
    close(operator.solve(y), np.linalg.inv(matrix) @ y)
    close(operator.solve(y, adjoint=True), np.linalg.inv(adjoint(matrix)) @ y)
    close(operator.inverse().to_dense(), np.linalg.inv(matrix))


@pytest.mark.parametrize("kind", ["composition", "blocks", "kronecker", "positive update"])
def test_factors(kind):
    spd = full(SPD, is_positive_definite=True, is_self_adjoint=True)
    two = diag(2.0, 3.0, is_positive_definite=True)
    make = {
        "composition": lambda: linalg.LinearOperatorComposition(
            [spd], is_positive_definite=True, is_self_adjoint=True
        ),
        "blocks": lambda: linalg.LinearOperatorBlockDiag([spd, two]),
        "kronecker": lambda: linalg.LinearOperatorKronecker([spd, two]),
        "positive update": lambda: linalg.LinearOperatorLowRankUpdate(two, U),
    }
    operator = make[kind]()
    matrix = tf.Session().run(operator.to_dense())
    close(operator.cholesky().to_dense(), np.linalg.cholesky(matrix))


def test_sizes_known_at_run_time_only():
    rows = tf.placeholder_with_default(2, [])
    batch = tf.placeholder_with_default([3], [None])
    make = functools.partial(linalg.LinearOperatorIdentity, rows, dtype=tf.float64)
    checked = make(batch_shape=batch, assert_proper_shapes=True)
    close(checked.matmul(M), np.stack([M] * 3))
    close(checked.to_dense(), np.stack([np.eye(2)] * 3))
    close(checked.trace(), [2.0] * 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Incompatible matrix dimensions"):
        tf.Session().run(checked.matmul(np.ones((3, 1))))
    unknown = tf.placeholder_with_default(B, None)
    for operator, matrix in (
        (
            linalg.LinearOperatorBlockDiag([full(unknown), make()]),
            [blocks(m, np.eye(2)) for m in B],
        ),
        (linalg.LinearOperatorKronecker([full(unknown), make()]), np.kron(B, np.eye(2))),
        (linalg.LinearOperatorComposition([full(unknown), make()]), B),
    ):
        matrix = np.array(matrix)
        x = RNG.random((matrix.shape[-1], 1))
        close(operator.to_dense(), matrix)
        close(operator.matmul(x), matrix @ x)
        close(operator.solve(x), np.linalg.inv(matrix) @ x)
        close(operator.shape_tensor(), matrix.shape)


def hints(operator):
    names = ("is_non_singular", "is_self_adjoint", "is_positive_definite", "is_square")
    return "".join({True: "y", False: "n", None: "-"}[getattr(operator, name)] for name in names)


def described(operator):
    return f"{operator.name.replace('LinearOperator', '')} {hints(operator)}"


def known_operators():
    return {
        "I": linalg.LinearOperatorIdentity(2, dtype=tf.float64),
        "S": linalg.LinearOperatorScaledIdentity(2, np.float64(3)),
        "D": diag(1.0, 2.0),
        "D+": diag(1.0, 2.0, is_positive_definite=True),
        "F+": full(SPD, is_self_adjoint=True, is_positive_definite=True),
        "T": linalg.LinearOperatorLowerTriangular(SPD),
        "Z": linalg.LinearOperatorZeros(2, dtype=tf.float64),
    }


PRODUCTS = {
    "I F+": "FullMatrix yyyy", "F+ I": "FullMatrix yyyy", "I Z": "Zeros nyny",
    "S S": "ScaledIdentity_o_ScaledIdentity ---y", "S D+": "Diag -y-y", "D+ S": "Diag -y-y",
    "D D+": "Diag -y-y", "D+ D+": "Diag yyyy", "D T": "LowerTriangular ---y",
    "T D+": "LowerTriangular ---y", "F+ D+": "FullMatrix_o_Diag y--y",
    "F+ T": "FullMatrix_o_LowerTriangular ---y", "Z F+": "Zeros nyny", "T Z": "Zeros nyny",
}  # fmt: skip


@pytest.mark.parametrize("kinds", PRODUCTS)
def test_which_operator_a_product_is(kinds):
    known = known_operators()
    left, right = (known[kind] for kind in kinds.split())
    product = left.matmul(right)
    assert described(product) == PRODUCTS[kinds]
    session = tf.Session()
    expected = session.run(left.to_dense()) @ session.run(right.to_dense())
    close(product.to_dense(), expected)


DERIVED = {
    "I inverse": "Identity yyyy", "I cholesky": "Identity yyyy", "S inverse": "ScaledIdentity -y-y",
    "D+ cholesky": "Diag yyyy", "F+ inverse": "FullMatrix_inv yyyy",
    "F+ adjoint": "FullMatrix yyyy",
    "F+ cholesky": "LowerTriangular yn-y", "T inverse": "LowerTriangular_inv ---y",
    "T adjoint": "LowerTriangular_adjoint ---y", "Z adjoint": "Zeros nyny",
}  # fmt: skip


@pytest.mark.parametrize("case", DERIVED)
def test_which_operator_follows(case):
    kind, method = case.split()
    assert described(getattr(known_operators()[kind], method)()) == DERIVED[case]


def test_what_is_undone_is_the_operator_itself():
    operator = full(M)
    assert linalg.LinearOperatorAdjoint(operator).adjoint() is operator
    assert linalg.LinearOperatorInversion(operator).inverse() is operator
    mirror = linalg.LinearOperatorHouseholder([1.0, 2.0])
    assert mirror.inverse() is mirror


JOINED = {
    ("Composition", "D+ D+"): "Diag_o_Diag y--y",
    ("Composition", "Z D"): "Zeros_o_Diag ---y",
    ("BlockDiag", "F+ F+"): "FullMatrix_ds_FullMatrix yyyy",
    ("BlockDiag", "Z D"): "Zeros_ds_Diag -y-y",
    ("Kronecker", "D+ D+"): "Diag_x_Diag yyyy",
    ("Kronecker", "T T"): "LowerTriangular_x_LowerTriangular ---y",
}


@pytest.mark.parametrize(("kind", "parts"), JOINED)
def test_hints_of_several(kind, parts):
    known = known_operators()
    make = getattr(linalg, f"LinearOperator{kind}")
    assert described(make([known[part] for part in parts.split()])) == JOINED[kind, parts]


UPDATES = {"D": "-y-y", "D+": "yyyy", "F+": "yyyy", "T": "---y"}


@pytest.mark.parametrize("kind", UPDATES)
def test_hints_of_updates(kind):
    base = known_operators()[kind]
    make = linalg.LinearOperatorLowRankUpdate
    assert hints(make(base, U)) == UPDATES[kind]
    assert hints(make(base, U, np.array([1.0]))) == ("-y-y" if kind != "T" else "---y")
    assert hints(make(base, U, v=V)) == "---y"


POSITIVE = {"is_self_adjoint": True, "is_positive_definite": True}
REFUSED = [
    (lambda: linalg.LinearOperatorComposition([]), "Expected a non-empty list of operators"),
    (lambda: linalg.LinearOperatorComposition([full(R), full(R)]).shape,
     "Dimensions 3 and 2 are not compatible"),
    (lambda: linalg.LinearOperatorComposition([diag(1.0, is_non_singular=True)],
                                              is_non_singular=False),
     "The composition of non-singular operators is always non-singular."),
    (lambda: linalg.LinearOperatorBlockDiag([full(R)]),
     "Can only represent a block diagonal of square matrices."),
    (lambda: linalg.LinearOperatorBlockDiag([diag(1.0)], is_self_adjoint=False),
     "The direct sum of self-adjoint operators is always self-adjoint."),
    (lambda: linalg.LinearOperatorKronecker([full(SPD, **POSITIVE)], is_positive_definite=False),
     "The Kronecker product of positive-definite operators is always positive-definite."),
    (lambda: linalg.LinearOperatorHouseholder([1.0], is_positive_definite=True),
     "A Householder operator is always non-positive definite."),
    (lambda: linalg.LinearOperatorHouseholder(1.0),
     "Argument reflection_axis must have at least 1 dimension."),
    (lambda: linalg.LinearOperatorIdentity(-1),
     "Argument num_rows must be non-negative.  Found: -1"),
    (lambda: linalg.LinearOperatorIdentity([2]), "Argument num_rows must be a 0-D Tensor."),
    (lambda: linalg.LinearOperatorIdentity(2, batch_shape=2),
     "Argument batch_shape must be a 1-D Tensor.  Found: 2"),
    (lambda: linalg.LinearOperatorIdentity(2, is_square=False),
     "An identity operator is always square."),
    (lambda: linalg.LinearOperatorScaledIdentity(2, 1.0, is_self_adjoint=False),
     "A real diagonal operator is always self adjoint."),
    (lambda: linalg.LinearOperatorZeros(2, 3),
     "LinearOperatorZeros initialized as is_square=True, but got num_rows"),
    (lambda: linalg.LinearOperatorZeros(2, is_non_singular=True),
     "A zero operator is always singular."),
    (lambda: linalg.LinearOperatorAdjoint(full(SPD, **POSITIVE), is_self_adjoint=False),
     "An operator is self-adjoint if and only if its adjoint is self-adjoint."),
    (lambda: linalg.LinearOperatorInversion(full(R)),
     "operator and supplied hints must have `is_square` equal to `True` or `None`.  Found False"),
    (lambda: linalg.LinearOperatorLowRankUpdate(diag(1.0, 2.0), U, is_diag_update_positive=False),
     "Default diagonal is the identity, which is positive."),
    (lambda: linalg.LinearOperatorLowRankUpdate(diag(1.0, 2.0), U, is_self_adjoint=False),
     "A = L \\+ UDU\\^H, with L self-adjoint and D real diagonal."),
    (lambda: linalg.LinearOperatorLowRankUpdate(diag(1.0, 2.0, 3.0), U),
     "Dimensions 3 and 2 are not compatible"),
    (lambda: full(M, is_square=False, is_non_singular=True),
     "A non-singular matrix is always square."),
    (lambda: full(M, is_square=False).is_square,
     "User set is_square hint to False, but the operator was square."),
    (lambda: full(M).matmul(full(np.eye(3))),
     "Operators are incompatible. Expected `x` to have dimension 2 but got 3."),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_refusals(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_refusals_of_types():
    with pytest.raises(TypeError, match="Argument num_rows must be integer type"):
        linalg.LinearOperatorIdentity(2.5)
    with pytest.raises(TypeError, match="Expected all operators to have the same dtype"):
        linalg.LinearOperatorBlockDiag([diag(1.0), linalg.LinearOperatorDiag([1.0])])


def test_gradients_flow_through_updates():
    u = tf.Variable(U)
    operator = linalg.LinearOperatorLowRankUpdate(diag(1.0, 2.0, is_positive_definite=True), u)
    (gradient,) = tf.gradients(operator.log_abs_determinant(), u)
    matrix = np.diag([1.0, 2.0]) + U @ U.T
    with tf.Session() as session:
        session.run(u.initializer)
        np.testing.assert_allclose(session.run(gradient), 2 * np.linalg.inv(matrix) @ U, rtol=1e-6)
