"""Linear operators plus a product of few rows and columns."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.batches import over_one_batch
from flowgraph.linear_operators.diagonal import LinearOperatorDiag
from flowgraph.linear_operators.identity import LinearOperatorIdentity
from flowgraph.ops.broadcasting import broadcast_dynamic_shape, broadcast_static_shape
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.diagonal import matrix_diag_part
from flowgraph.ops.factorization import cholesky, cholesky_solve
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matmul, matrix_transpose
from flowgraph.ops.linear_equations import matrix_determinant, matrix_solve, slogdet
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import log
from flowgraph.shapes import TensorShape


class LinearOperatorLowRankUpdate(LinearOperator):
    """``L + U D V^H``, where `U` and `V` have few columns.

    Systems are solved, and determinants taken, by way of ``C = D^-1 + V^H L^-1 U``, which is as
    small as `D` (Woodbury, 1950).

    Parameters
    ----------
    base_operator : LinearOperator
        `L`, of shape ``[..., m, n]``.
    u : Tensor
        ``[..., m, k]``.
    diag_update : Tensor, optional
        ``[..., k]``: the diagonal of `D`; ones by default.
    v : Tensor, optional
        ``[..., n, k]``; `u` by default.
    is_diag_update_positive : bool, optional
        Whether all of `diag_update` is positive.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. What follows from `base_operator` is added.
    name : str

    Raises
    ------
    ValueError
        If shapes do not fit, or a hint contradicts what follows.

    Examples
    --------
    >>> base = tf.linalg.LinearOperatorDiag([1.0, 2.0])
    >>> operator = tf.linalg.LinearOperatorLowRankUpdate(base, [[1.0], [1.0]])
    >>> print(tf.Session().run(operator.to_dense()))
    [[2. 1.]
     [1. 3.]]
    """

    def __init__(
        self,
        base_operator: LinearOperator,
        u: Any,
        diag_update: Any = None,
        v: Any = None,
        is_diag_update_positive: bool | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str = "LinearOperatorLowRankUpdate",
    ) -> None:
        if diag_update is None:
            if is_diag_update_positive is False:
                raise ValueError(
                    "Default diagonal is the identity, which is positive.  However, user set "
                    "'is_diag_update_positive' to False."
                )
            is_diag_update_positive = True
        self._base_operator = base_operator
        self._is_diag_update_positive = is_diag_update_positive
        with name_scope(name):
            self._u = convert_to_tensor(u, name="u")
            self._v = self._u if v is None else convert_to_tensor(v, name="v")
            given = None if diag_update is None else convert_to_tensor(diag_update, name="diag")
        self._diag_update = given
        is_real = given is None or not given.dtype.is_complex
        if base_operator.is_self_adjoint and v is None and is_real:
            if is_self_adjoint is False:
                raise ValueError(
                    "A = L + UDU^H, with L self-adjoint and D real diagonal.  Since UDU^H is "
                    "self-adjoint, this must be a self-adjoint operator."
                )
            is_self_adjoint = True
        self._is_factored = bool(
            base_operator.is_positive_definite
            and base_operator.is_self_adjoint
            and is_diag_update_positive
            and v is None
        )
        if self._is_factored:
            if is_positive_definite is False or is_non_singular is False:
                raise ValueError("Arguments imply this is self-adjoint positive-definite operator.")
            is_positive_definite = is_self_adjoint = is_non_singular = True
        parents = [
            *base_operator.graph_parents,
            self._u,
            given,
            *([self._v] if v is not None else []),
        ]
        super().__init__(
            base_operator.dtype,
            [parent for parent in parents if parent is not None],
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name,
        )
        base_operator.domain_dimension.assert_is_compatible_with(self._v.shape[-2])
        base_operator.range_dimension.assert_is_compatible_with(self._u.shape[-2])
        with name_scope(name):
            if given is None:
                self._diag_operator: LinearOperator = LinearOperatorIdentity(
                    self._rank(), dtype=self.dtype
                )
            else:
                self._u.shape[-1].assert_is_compatible_with(given.shape[-1])
                self._diag_operator = LinearOperatorDiag(
                    given, is_positive_definite=is_diag_update_positive
                )

    @property
    def base_operator(self) -> LinearOperator:
        """What the product is added to."""
        return self._base_operator

    @property
    def u(self) -> Tensor:
        """The left factor."""
        return self._u

    @property
    def v(self) -> Tensor:
        """The right factor, of which the adjoint is taken."""
        return self._v

    @property
    def diag_update(self) -> Tensor | None:
        """The diagonal between the factors as given."""
        return self._diag_update

    @property
    def diag_operator(self) -> LinearOperator:
        """The diagonal between the factors."""
        return self._diag_operator

    @property
    def is_diag_update_positive(self) -> bool | None:
        """Whether the diagonal is known to be positive."""
        return self._is_diag_update_positive

    def _rank(self) -> Any:
        known = self._u.shape[-1].value
        return shape(self._u)[-1] if known is None else known

    def _shape(self) -> TensorShape:
        batch = broadcast_static_shape(
            self._base_operator.batch_shape, self._diag_operator.batch_shape
        )
        for factor in (self._u, self._v):
            batch = broadcast_static_shape(batch, factor.shape[:-2])
        return batch.concatenate(self._base_operator.shape[-2:])

    def _shape_tensor(self) -> Tensor:
        batch = self._base_operator.batch_shape_tensor()
        for other in (
            self._diag_operator.batch_shape_tensor(), shape(self._u)[:-2], shape(self._v)[:-2],
        ):  # fmt: skip
            batch = broadcast_dynamic_shape(batch, other)
        return concat([batch, self._base_operator.shape_tensor()[-2:]], 0)

    def _to_dense(self) -> Tensor:
        right = self._diag_operator.matmul(self._v, adjoint_arg=True)
        return self._base_operator.to_dense() + matmul(self._u, right)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        within = self._diag_operator._matmul(matmul(right, x, adjoint_a=True), adjoint)
        return self._base_operator._matmul(x, adjoint) + matmul(left, within)

    def _capacitance(self) -> Tensor:
        inverse = self._diag_operator.inverse().to_dense()
        return inverse + matmul(self._v, self._base_operator.solve(self._u), adjoint_a=True)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        left, right = (self._v, self._u) if adjoint else (self._u, self._v)
        before = self._base_operator._solve(rhs, adjoint)
        seen = matmul(right, before, adjoint_a=True)
        capacitance, seen = over_one_batch([self._capacitance(), seen], 2)
        if self._is_factored:
            within = cholesky_solve(cholesky(capacitance), seen)
        else:
            within = matrix_solve(capacitance, seen, adjoint=adjoint)
        back = self._base_operator._solve(matmul(left, within), adjoint)
        return before - back

    def _diag_part(self) -> Tensor:
        right = self._diag_operator._matmul(matrix_transpose(self._v, conjugate=True), False)
        product = reduce_sum(self._u * matrix_transpose(right), axis=-1)
        return self._base_operator._diag_part() + product

    def _determinant(self) -> Tensor:
        outer = self._base_operator._determinant() * self._diag_operator._determinant()
        return matrix_determinant(self._capacitance()) * outer

    def _log_abs_determinant(self) -> Tensor:
        capacitance = self._capacitance()
        if self._is_factored:
            within = 2.0 * reduce_sum(log(matrix_diag_part(cholesky(capacitance))), axis=[-1])
        else:
            within = slogdet(capacitance)[1]
        for operator in (self._base_operator, self._diag_operator):
            within = within + cast(operator._log_abs_determinant(), self.dtype)
        return within
