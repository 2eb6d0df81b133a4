"""Linear operators with the matrices of others along the diagonal."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.batches import over_one_batch
from flowgraph.linear_operators.hints import all_known, common_dtype
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.broadcasting import broadcast_dynamic_shape, broadcast_static_shape
from flowgraph.ops.core import cast, shape
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat, split
from flowgraph.shapes import Dimension, TensorShape


class LinearOperatorBlockDiag(LinearOperator):
    """The direct sum of operators: each acts on a part of its own of the vectors.

    Parameters
    ----------
    operators : list of LinearOperator
        Square. Batches are broadcast.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. The first three are true where they are for all operators.
    name : str, optional
        ``"A_ds_B"`` by default.

    Raises
    ------
    ValueError
        If there are no operators, one is not square, or a hint is wrong.
    TypeError
        If they differ in dtype.

    Examples
    --------
    >>> parts = [tf.linalg.LinearOperatorIdentity(1), tf.linalg.LinearOperatorDiag([2.0, 3.0])]
    >>> print(tf.Session().run(tf.linalg.LinearOperatorBlockDiag(parts).diag_part()))
    [1. 2. 3.]
    """

    def __init__(
        self,
        operators: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        name: str | None = None,
    ) -> None:
        self._operators = list(operators)
        dtype = common_dtype(self._operators)
        text = "The direct sum of {0} operators is always {0}."
        hints = {
            "is_non_singular": (is_non_singular, "non-singular"),
            "is_self_adjoint": (is_self_adjoint, "self-adjoint"),
            "is_positive_definite": (is_positive_definite, "positive definite"),
        }
        known = all_known(self._operators, hints, text)
        if not is_square or any(operator.is_square is False for operator in self._operators):
            raise ValueError("Can only represent a block diagonal of square matrices.")
        super().__init__(
            dtype,
            [parent for operator in self._operators for parent in operator.graph_parents],
            is_square=True,
            name=name or "_ds_".join(operator.name for operator in self._operators),
            **known,
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The blocks."""
        return self._operators

    def _shape(self) -> TensorShape:
        size = Dimension(0)
        for operator in self._operators:
            size += operator.domain_dimension
        batches = (operator.batch_shape for operator in self._operators)
        return functools.reduce(broadcast_static_shape, batches).concatenate([size, size])  # type: ignore[no-any-return]

    def _shape_tensor(self) -> Tensor:
        sizes = [operator.domain_dimension_tensor() for operator in self._operators]
        size = functools.reduce(add, sizes)
        batches = [operator.batch_shape_tensor() for operator in self._operators]
        return concat([functools.reduce(broadcast_dynamic_shape, batches), [size, size]], 0)

    def _sizes(self) -> list[Any]:
        known = [operator.domain_dimension.value for operator in self._operators]
        if None not in known:
            return known
        return [operator.domain_dimension_tensor() for operator in self._operators]

    def _to_dense(self) -> Tensor:
        rows, before = [], 0
        total = self._size(-1)
        for operator, size in zip(self._operators, self._sizes(), strict=True):
            block = operator.to_dense()
            edge = shape(block)[:-1]
            left = zeros(concat([edge, [before]], 0), self.dtype)
            right = zeros(concat([edge, [total - before - size]], 0), self.dtype)
            rows.append(concat([left, block, right], -1))
            before += size
        dense = concat(over_one_batch(rows, 2), -2)
        dense.set_shape(self.shape)
        return dense

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._each(x, lambda operator, part: operator._matmul(part, adjoint))

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return self._each(rhs, lambda operator, part: operator._solve(part, adjoint))

    def _each(self, x: Tensor, apply: Callable[[LinearOperator, Tensor], Tensor]) -> Tensor:
        """Apply each block to the rows that are its own."""
        pairs = zip(self._operators, split(x, self._sizes(), axis=-2), strict=True)
        return concat(over_one_batch([apply(*pair) for pair in pairs], 2), -2)

    def _diag_part(self) -> Tensor:
        parts = [operator._diag_part() for operator in self._operators]
        return concat(over_one_batch(parts, 1), -1)

    def _trace(self) -> Tensor:
        return functools.reduce(add, [operator._trace() for operator in self._operators])  # type: ignore[no-any-return]

    def _determinant(self) -> Tensor:
        return functools.reduce(multiply, [o._determinant() for o in self._operators])  # type: ignore[no-any-return]

    def _log_abs_determinant(self) -> Tensor:
        parts = [cast(o._log_abs_determinant(), self.dtype) for o in self._operators]
        return functools.reduce(add, parts)

    def _of(self, operators: list[LinearOperator], **hints: Any) -> LinearOperator:
        return LinearOperatorBlockDiag(operators, is_square=True, **hints)

    def _inverted(self) -> LinearOperator:
        return self._of(
            [operator.inverse() for operator in self._operators],
            is_non_singular=self.is_non_singular,
            is_self_adjoint=self.is_self_adjoint,
            is_positive_definite=self.is_positive_definite,
        )

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """Return the direct sum of the adjoints."""
        with self._scope(name):
            return self._of(
                [operator.adjoint() for operator in self._operators],
                is_non_singular=self.is_non_singular,
                is_self_adjoint=self.is_self_adjoint,
                is_positive_definite=self.is_positive_definite,
            )

    def _factored(self) -> LinearOperator:
        factors = [operator.cholesky() for operator in self._operators]
        is_self_adjoint = all(factor.is_self_adjoint for factor in factors)
        return self._of(factors, is_non_singular=True, is_self_adjoint=is_self_adjoint)
