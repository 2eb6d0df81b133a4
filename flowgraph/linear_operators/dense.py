"""Linear operators given by their elements: whole matrices and lower triangles."""

from __future__ import annotations

from typing import Any

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.batches import over_one_batch
from flowgraph.ops.band import matrix_band_part
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.diagonal import matrix_diag_part
from flowgraph.ops.linear_equations import matrix_triangular_solve
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.reduction import reduce_prod, reduce_sum
from flowgraph.ops.transcendental import log
from flowgraph.shapes import TensorShape

_KINDS = (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128)


def checked_argument(value: Any, name: str, least_rank: int) -> Tensor:
    """Return an operator's argument as a tensor.

    Raises
    ------
    ValueError
        If its rank is too small.
    """
    tensor = convert_to_tensor(value, name=name)
    ndims = tensor.shape.ndims
    if ndims is not None and ndims < least_rank:
        axes = "dimension" if least_rank == 1 else "dimensions"
        raise ValueError(
            f"Argument {name} must have at least {least_rank} {axes}.  Found: {tensor}"
        )
    return tensor


class LinearOperatorFullMatrix(LinearOperator):
    """An operator given by its matrices.

    Parameters
    ----------
    matrix : Tensor
        Of shape ``[..., m, n]``: floating-point or complex.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`.
    name : str

    Raises
    ------
    TypeError
        For another dtype.
    ValueError
        If the rank is less than 2, or the hints contradict each other.

    Examples
    --------
    >>> operator = tf.linalg.LinearOperatorFullMatrix([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.Session().run(operator.matvec([1.0, 1.0]))
    array([3., 7.], dtype=float32)
    """

    def __init__(
        self,
        matrix: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorFullMatrix",
    ) -> None:
        with name_scope(name, values=[matrix]):
            self._matrix = checked_argument(matrix, "matrix", 2)
            if self._matrix.dtype.base_dtype not in _KINDS:
                allowed = ", ".join(f"tf.{kind.name}" for kind in _KINDS)
                raise TypeError(
                    f"Argument matrix must have dtype in [{allowed}].  Found: "
                    f"<dtype: '{self._matrix.dtype.name}'>"
                )
        super().__init__(
            self._matrix.dtype, [self._matrix], is_non_singular, is_self_adjoint,
            is_positive_definite, is_square, name,
        )  # fmt: skip

    def _shape(self) -> TensorShape:
        return self._matrix.shape

    def _shape_tensor(self) -> Tensor:
        return shape(self._matrix)

    def _to_dense(self) -> Tensor:
        return self._matrix


class LinearOperatorLowerTriangular(LinearOperator):
    """An operator given by the lower triangles of its matrices; the rest counts as 0.

    Parameters
    ----------
    tril : Tensor
        Of shape ``[..., n, n]``: floating-point or complex.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`.
    name : str

    Raises
    ------
    TypeError
        For another dtype.
    ValueError
        If the rank is less than 2, or the operator is said not to be square.

    Examples
    --------
    >>> operator = tf.linalg.LinearOperatorLowerTriangular([[1.0, 9.0], [2.0, 4.0]])
    >>> tf.Session().run(operator.solvevec([1.0, 6.0]))
    array([1., 1.], dtype=float32)
    """

    def __init__(
        self,
        tril: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowerTriangular",
    ) -> None:
        if is_square is False:
            raise ValueError("Only square lower triangular operators supported at this time.")
        with name_scope(name, values=[tril]):
            self._tril = checked_argument(tril, "tril", 2)
            self._diagonal = matrix_diag_part(self._tril)
        super().__init__(
            self._tril.dtype, [self._tril], is_non_singular, is_self_adjoint, is_positive_definite,
            True, name,
        )  # fmt: skip

    def _shape(self) -> TensorShape:
        return self._tril.shape

    def _shape_tensor(self) -> Tensor:
        return shape(self._tril)

    def _to_dense(self) -> Tensor:
        return matrix_band_part(self._tril, -1, 0)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        tril, rhs = over_one_batch([self._tril, rhs], 2)
        return matrix_triangular_solve(tril, rhs, lower=True, adjoint=adjoint)

    def _diag_part(self) -> Tensor:
        return self._diagonal

    def _determinant(self) -> Tensor:
        return reduce_prod(self._diagonal, axis=[-1])

    def _log_abs_determinant(self) -> Tensor:
        return reduce_sum(log(magnitude(self._diagonal)), axis=[-1])


LinearOperator._lower_triangular = LinearOperatorLowerTriangular
