"""Kronecker products of linear operators."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.hints import all_known, common_dtype
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.array import reshape
from flowgraph.ops.broadcasting import broadcast_dynamic_shape, broadcast_static_shape
from flowgraph.ops.core import cast, shape
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matrix_transpose
from flowgraph.ops.transcendental import pow
from flowgraph.shapes import Dimension, TensorShape


class LinearOperatorKronecker(LinearOperator):
    """The Kronecker product of operators.

    Parameters
    ----------
    operators : list of LinearOperator
        Batches are broadcast.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. The first three are true where they are for all operators.
    name : str, optional
        ``"A_x_B"`` by default.

    Raises
    ------
    ValueError
        If there are no operators, or a hint is wrong.
    TypeError
        If they differ in dtype.

    Examples
    --------
    >>> factors = [tf.linalg.LinearOperatorDiag([1.0, x]) for x in (2.0, 3.0)]
    >>> print(tf.Session().run(tf.linalg.LinearOperatorKronecker(factors).diag_part()))
    [1. 3. 2. 6.]
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        self._operators = list(operators)
        dtype = common_dtype(self._operators)
        text = "The Kronecker product of {0} operators is always {0}."
        hints = {
            "is_non_singular": (is_non_singular, "non-singular"),
            "is_self_adjoint": (is_self_adjoint, "self-adjoint"),
            "is_positive_definite": (is_positive_definite, "positive-definite"),
        }
        known = all_known(self._operators, hints, text)
        super().__init__(
            dtype,
            [parent for operator in self._operators for parent in operator.graph_parents],
            is_square=is_square,
            name=name or "_x_".join(operator.name for operator in self._operators),
            **known,
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors."""
        return self._operators

    def _shape(self) -> TensorShape:
        rows = columns = Dimension(1)
        for operator in self._operators:
            rows *= operator.range_dimension
            columns *= operator.domain_dimension
        batches = (operator.batch_shape for operator in self._operators)
        return functools.reduce(broadcast_static_shape, batches).concatenate([rows, columns])  # type: ignore[no-any-return]

    def _shape_tensor(self) -> Tensor:
        rows = functools.reduce(multiply, [o.range_dimension_tensor() for o in self._operators])
        columns = functools.reduce(multiply, [o.domain_dimension_tensor() for o in self._operators])
        batches = [operator.batch_shape_tensor() for operator in self._operators]
        return concat([functools.reduce(broadcast_dynamic_shape, batches), [rows, columns]], 0)

    def _to_dense(self) -> Tensor:
        def product(a: Tensor, b: Tensor) -> Tensor:
            each = a[..., :, None, :, None] * b[..., None, :, None, :]
            rows, columns = shape(a)[-2] * shape(b)[-2], shape(a)[-1] * shape(b)[-1]
            return reshape(each, concat([shape(each)[:-4], [rows, columns]], 0))

        dense: Tensor = functools.reduce(
            product, [operator.to_dense() for operator in self._operators]
        )
        dense.set_shape(self.shape)
        return dense

    def _each(
        self, x: Tensor, size: int, apply: Callable[[LinearOperator, Tensor], Tensor]
    ) -> Tensor:
        """Apply each factor to an axis of its own of a matrix's rows.

        The axis comes first for that, and goes behind all others afterwards.
        """
        columns = shape(x)[-1]
        for operator in self._operators:
            rows = operator._size(size)
            x = reshape(x, concat([shape(x)[:-2], [rows, -1]], 0))
            x = matrix_transpose(apply(operator, x))
        return matrix_transpose(reshape(x, concat([shape(x)[:-2], [columns, -1]], 0)))

    def _with_rows(self, result: Tensor, x: Tensor, axis: int) -> Tensor:
        if x.shape.ndims is not None and self.batch_shape.ndims is not None:
            batch = broadcast_static_shape(x.shape[:-2], self.batch_shape)
            result.set_shape(batch.concatenate([self.shape[axis], x.shape[-1]]))
        return result

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        taken, made = (-2, -1) if adjoint else (-1, -2)
        result = self._each(x, taken, lambda operator, part: operator._matmul(part, adjoint))
        return self._with_rows(result, x, made)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        taken, made = (-1, -2) if adjoint else (-2, -1)
        result = self._each(rhs, taken, lambda operator, part: operator._solve(part, adjoint))
        return self._with_rows(result, rhs, made)

    def _diag_part(self) -> Tensor:
        if not all(operator.is_square for operator in self._operators):
            return super()._diag_part()

        def product(a: Tensor, b: Tensor) -> Tensor:
            each = a[..., :, None] * b[..., None, :]
            return reshape(each, concat([shape(each)[:-2], [-1]], 0))

        diagonal: Tensor = functools.reduce(product, [o._diag_part() for o in self._operators])
        diagonal.set_shape(self.batch_shape.concatenate(self.shape[-1:]))
        return diagonal

    def _trace(self) -> Tensor:
        return functools.reduce(multiply, [operator._trace() for operator in self._operators])  # type: ignore[no-any-return]

    def _powers(self) -> list[Tensor]:
        """Return how often each factor's matrix is repeated."""
        total = self._size(-1)
        return [cast(total // o._size(-1), self.dtype) for o in self._operators]

    def _determinant(self) -> Tensor:
        pairs = zip(self._operators, self._powers(), strict=True)
        return functools.reduce(multiply, [pow(o._determinant(), times) for o, times in pairs])

    def _log_abs_determinant(self) -> Tensor:
        pairs = zip(self._operators, self._powers(), strict=True)
        return functools.reduce(
            add, [cast(o._log_abs_determinant(), self.dtype) * times for o, times in pairs]
        )

    def _inverted(self) -> LinearOperator:
        return LinearOperatorKronecker(
            [operator.inverse() for operator in self._operators],
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
            is_square=True,
        )

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """Return the Kronecker product of the adjoints."""
        with self._scope(name):
            return LinearOperatorKronecker(
                [operator.adjoint() for operator in self._operators],
                is_non_singular=self.is_non_singular,
                is_self_adjoint=self.is_self_adjoint,
                is_positive_definite=self.is_positive_definite,
                is_square=self.is_square,
            )

    def _factored(self) -> LinearOperator:
        factors = [operator.cholesky() for operator in self._operators]
        is_self_adjoint = all(factor.is_self_adjoint for factor in factors)
        return LinearOperatorKronecker(
            factors, is_non_singular=True, is_self_adjoint=is_self_adjoint, is_square=True
        )
