"""Products of linear operators."""

from __future__ import annotations

import functools
from typing import Any

from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.hints import all_have, common_dtype
from flowgraph.ops.arithmetic import add, multiply
from flowgraph.ops.broadcasting import broadcast_dynamic_shape, broadcast_static_shape
from flowgraph.ops.core import cast
from flowgraph.ops.joining import concat
from flowgraph.shapes import TensorShape


class LinearOperatorComposition(LinearOperator):
    """The product of operators, which are applied from the last to the first.

    Parameters
    ----------
    operators : list of LinearOperator
        Each takes what the next one makes. Batches are broadcast.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`.
    name : str, optional
        ``"A_o_B"`` by default.

    Raises
    ------
    ValueError
        If there are no operators, they do not fit, or all are non-singular and the product
        is said not to be.
    TypeError
        If they differ in dtype.

    Examples
    --------
    >>> double = tf.linalg.LinearOperatorScaledIdentity(2, 2.0)
    >>> swap = tf.linalg.LinearOperatorFullMatrix([[0.0, 1.0], [1.0, 0.0]])
    >>> both = tf.linalg.LinearOperatorComposition([double, swap])
    >>> print(tf.Session().run(both.matvec([1.0, 3.0])))
    [6. 2.]
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
        text = "The composition of non-singular operators is always non-singular."
        is_non_singular = all_have(self._operators, "is_non_singular", is_non_singular, text)
        super().__init__(
            dtype,
            [parent for operator in self._operators for parent in operator.graph_parents],
            is_non_singular,
            is_self_adjoint,
            is_positive_definite,
            is_square,
            name or "_o_".join(operator.name for operator in self._operators),
        )

    @property
    def operators(self) -> list[LinearOperator]:
        """The factors."""
        return self._operators

    def _shape(self) -> TensorShape:
        first, *others = self._operators
        taken, batch = first.domain_dimension, first.batch_shape
        for operator in others:
            taken.assert_is_compatible_with(operator.range_dimension)
            taken = operator.domain_dimension
            batch = broadcast_static_shape(batch, operator.batch_shape)
        return batch.concatenate([first.range_dimension, taken])  # type: ignore[no-any-return]

    def _shape_tensor(self) -> Tensor:
        batches = [operator.batch_shape_tensor() for operator in self._operators]
        batch = functools.reduce(broadcast_dynamic_shape, batches)
        first, last = self._operators[0].shape_tensor(), self._operators[-1].shape_tensor()
        return concat([batch, first[-2:-1], last[-1:]], 0)

    def _to_dense(self) -> Tensor:
        *before, last = self._operators
        return functools.reduce(lambda x, o: o._matmul(x, False), before[::-1], last.to_dense())  # type: ignore[no-any-return]

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        order = self._operators if adjoint else self._operators[::-1]
        return functools.reduce(lambda value, o: o._matmul(value, adjoint), order, x)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        order = self._operators[::-1] if adjoint else self._operators
        return functools.reduce(lambda value, o: o.solve(value, adjoint), order, rhs)

    def _determinant(self) -> Tensor:
        return functools.reduce(multiply, [o.determinant() for o in self._operators])  # type: ignore[no-any-return]

    def _log_abs_determinant(self) -> Tensor:
        parts = [cast(o.log_abs_determinant(), self.dtype) for o in self._operators]
        return functools.reduce(add, parts)


LinearOperator._composition = LinearOperatorComposition
