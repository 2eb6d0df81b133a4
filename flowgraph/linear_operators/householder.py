"""Linear operators that reflect vectors."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.ops.arithmetic import square
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.diagonal import eye
from flowgraph.ops.filling import ones, zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul
from flowgraph.ops.normalization import l2_normalize
from flowgraph.shapes import TensorShape


class LinearOperatorHouseholder(LinearOperator):
    """The reflection ``I - 2 v v^T`` at the plane that is orthogonal to a vector.

    Parameters
    ----------
    reflection_axis : Tensor
        ``[..., n]``: the vectors, of any length but 0.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. It is square and self-adjoint, and not positive definite.
    name : str

    Raises
    ------
    ValueError
        If `reflection_axis` is a scalar, or a hint is wrong.

    Examples
    --------
    >>> mirror = tf.linalg.LinearOperatorHouseholder([1.0, 0.0])
    >>> print(tf.Session().run(mirror.matvec([3.0, 4.0])))
    [-3.  4.]
    """

    def __init__(
        self,
        reflection_axis: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorHouseholder",
    ) -> None:
        with name_scope(name, values=[reflection_axis]):
            axis = convert_to_tensor(reflection_axis, name="reflection_axis")
        if axis.shape.ndims == 0:
            raise ValueError(
                f"Argument reflection_axis must have at least 1 dimension.  Found: {axis}"
            )
        self._reflection_axis = axis
        for wrong, word in (
            (is_self_adjoint is False, "self adjoint"),
            (is_positive_definite, "non-positive definite"),
            (is_square is False, "square"),
        ):
            if wrong:
                raise ValueError(f"A Householder operator is always {word}.")
        super().__init__(axis.dtype, [axis], is_non_singular, True, False, True, name)

    @property
    def reflection_axis(self) -> Tensor:
        """The vectors."""
        return self._reflection_axis

    def _shape(self) -> TensorShape:
        return self._reflection_axis.shape.concatenate(self._reflection_axis.shape[-1:])

    def _shape_tensor(self) -> Tensor:
        sizes = shape(self._reflection_axis)
        return concat([sizes, sizes[-1:]], 0)

    def _column(self) -> Tensor:
        return l2_normalize(self._reflection_axis, axis=-1)[..., None]

    def _to_dense(self) -> Tensor:
        axis = self._column()
        one = eye(self._size(-1), dtype=self.dtype)
        return one - 2.0 * matmul(axis, axis, adjoint_b=True)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        axis = self._column()
        return x - 2.0 * axis * matmul(axis, x, adjoint_a=True)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return self._matmul(rhs, adjoint)

    def _diag_part(self) -> Tensor:
        return 1.0 - 2.0 * square(self._column()[..., 0])

    def _determinant(self) -> Tensor:
        return -ones(shape(self._reflection_axis)[:-1], self.dtype)

    def _log_abs_determinant(self) -> Tensor:
        return zeros(shape(self._reflection_axis)[:-1], self.dtype)

    def _inverted(self) -> LinearOperator:
        return self
