"""Linear operators with a diagonal matrix."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.dense import LinearOperatorLowerTriangular, checked_argument
from flowgraph.linear_operators.hints import product_hints
from flowgraph.ops.array import expand_dims
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import shape
from flowgraph.ops.diagonal import matrix_diag
from flowgraph.ops.division import real_div
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.reduction import reduce_prod, reduce_sum
from flowgraph.ops.transcendental import log, sqrt
from flowgraph.shapes import TensorShape


class LinearOperatorDiag(LinearOperator):
    """An operator given by the main diagonals of its matrices.

    Parameters
    ----------
    diag : Tensor
        Of shape ``[..., n]``: floating-point or complex.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. A real diagonal is always self-adjoint.
    name : str

    Raises
    ------
    TypeError
        For another dtype.
    ValueError
        If the rank is 0, or a hint is wrong.

    Examples
    --------
    >>> operator = tf.linalg.LinearOperatorDiag([2.0, 4.0])
    >>> tf.Session().run(operator.matvec([1.0, 10.0]))
    array([ 2., 40.], dtype=float32)
    """

    def __init__(
        self,
        diag: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorDiag",
    ) -> None:
        with name_scope(name, values=[diag]):
            self._diag = checked_argument(diag, "diag", 1)
        if not self._diag.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if is_square is False:
            raise ValueError("Only square diagonal operators currently supported.")
        super().__init__(
            self._diag.dtype, [self._diag], is_non_singular, is_self_adjoint,
            is_positive_definite, True, name,
        )  # fmt: skip

    @property
    def diag(self) -> Tensor:
        """The main diagonals."""
        return self._diag

    def _shape(self) -> TensorShape:
        return self._diag.shape.concatenate(self._diag.shape[-1:])

    def _shape_tensor(self) -> Tensor:
        sizes = shape(self._diag)
        return concat([sizes, sizes[-1:]], 0)

    def _to_dense(self) -> Tensor:
        return matrix_diag(self._diag)

    def _column(self, adjoint: bool) -> Tensor:
        return expand_dims(conj(self._diag) if adjoint else self._diag, -1)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        result: Tensor = self._column(adjoint) * x
        return result

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return real_div(rhs, self._column(adjoint))

    def _diag_part(self) -> Tensor:
        return self._diag

    def _determinant(self) -> Tensor:
        return reduce_prod(self._diag, axis=[-1])

    def _log_abs_determinant(self) -> Tensor:
        return reduce_sum(log(magnitude(self._diag)), axis=[-1])

    def _inverted(self) -> LinearOperator:
        return LinearOperatorDiag(
            reciprocal(self._diag),
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
        )

    def _simple_product_with(self, left: LinearOperator) -> LinearOperator | None:
        if isinstance(left, LinearOperatorDiag):
            return LinearOperatorDiag(left._diag * self._diag, **product_hints(left, self))
        if isinstance(left, LinearOperatorLowerTriangular):
            return _triangle(left.to_dense() * self._diag[..., None, :], left, self)
        return None

    def _product(self, right: LinearOperator) -> LinearOperator:
        if isinstance(right, LinearOperatorLowerTriangular):
            return _triangle(self._column(False) * right.to_dense(), self, right)
        return super()._product(right)

    def _factored(self) -> LinearOperator:
        return LinearOperatorDiag(sqrt(self._diag), is_self_adjoint=True, is_positive_definite=True)


def _triangle(tril: Tensor, left: LinearOperator, right: LinearOperator) -> LinearOperator:
    is_non_singular = product_hints(left, right)["is_non_singular"]
    return LinearOperatorLowerTriangular(tril, is_non_singular=is_non_singular)
