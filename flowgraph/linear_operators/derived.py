"""Adjoints and inverses of operators that have no simpler form."""

from __future__ import annotations

from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.hints import same_as
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.diagonal import eye
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matrix_transpose
from flowgraph.shapes import TensorShape


class LinearOperatorAdjoint(LinearOperator):
    """The adjoint of another operator.

    Parameters
    ----------
    operator : LinearOperator
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. Those of `operator` hold too.
    name : str, optional

    Raises
    ------
    ValueError
        If a hint is another one than the operator's.

    Examples
    --------
    >>> triangle = tf.linalg.LinearOperatorLowerTriangular([[1.0, 0.0], [2.0, 3.0]])
    >>> print(tf.Session().run(tf.linalg.LinearOperatorAdjoint(triangle).to_dense()))
    [[1. 2.]
     [0. 3.]]
    """

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        self._operator = operator
        given = {
            "is_square": (is_square, "square"),
            "is_non_singular": (is_non_singular, "non-singular"),
            "is_self_adjoint": (is_self_adjoint, "self-adjoint"),
            "is_positive_definite": (is_positive_definite, "positive-definite"),
        }
        hints = {
            hint: same_as(
                operator,
                hint,
                value,
                f"An operator is {word} if and only if its adjoint is {word}.",
            )
            for hint, (value, word) in given.items()
        }
        name = name or f"{operator.name}_adjoint"
        super().__init__(operator.dtype, operator.graph_parents, name=name, **hints)

    @property
    def operator(self) -> LinearOperator:
        """The operator that this is the adjoint of."""
        return self._operator

    def _shape(self) -> TensorShape:
        sizes = self._operator.shape
        return sizes[:-2].concatenate(sizes[-1:]).concatenate(sizes[-2:-1])  # type: ignore[no-any-return]

    def _shape_tensor(self) -> Tensor:
        sizes = self._operator.shape_tensor()
        return concat([sizes[:-2], sizes[-1:], sizes[-2:-1]], 0)

    def _to_dense(self) -> Tensor:
        return matrix_transpose(self._operator.to_dense(), conjugate=True)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._operator._matmul(x, not adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return self._operator._solve(rhs, not adjoint)

    def _diag_part(self) -> Tensor:
        return conj(self._operator._diag_part())

    def _determinant(self) -> Tensor:
        return conj(self._operator._determinant())

    def _log_abs_determinant(self) -> Tensor:
        return self._operator._log_abs_determinant()

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """Return the operator that this is the adjoint of."""
        return self._operator


class LinearOperatorInversion(LinearOperator):
    """The inverse of another operator.

    Parameters
    ----------
    operator : LinearOperator
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. Those of `operator` hold too.
    name : str, optional

    Raises
    ------
    ValueError
        If `operator` is said to be singular or not square, or a hint is another one than its.

    Examples
    --------
    >>> matrix = tf.linalg.LinearOperatorFullMatrix([[2.0, 0.0], [0.0, 4.0]])
    >>> print(tf.Session().run(tf.linalg.LinearOperatorInversion(matrix).matvec([2.0, 2.0])))
    [1.  0.5]
    """

    def __init__(
        self,
        operator: LinearOperator,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        self._operator = operator
        for hint, given in (("is_non_singular", is_non_singular), ("is_square", is_square)):
            known = getattr(operator, hint)
            if known is False or given is False:
                raise ValueError(
                    f"operator and supplied hints must have `{hint}` equal to `True` or `None`.  "
                    f"Found {known}, {given}"
                )
        text = "An operator is {0} if and only if its inverse is {0}."
        super().__init__(
            operator.dtype,
            operator.graph_parents,
            is_non_singular=operator.is_non_singular or is_non_singular,
            is_self_adjoint=same_as(
                operator, "is_self_adjoint", is_self_adjoint, text.format("self-adjoint")
            ),
            is_positive_definite=same_as(
                operator,
                "is_positive_definite",
                is_positive_definite,
                text.format("positive-definite"),
            ),
            is_square=operator.is_square or is_square,
            name=name or f"{operator.name}_inv",
        )

    @property
    def operator(self) -> LinearOperator:
        """The operator that this is the inverse of."""
        return self._operator

    def _shape(self) -> TensorShape:
        return self._operator.shape

    def _shape_tensor(self) -> Tensor:
        return self._operator.shape_tensor()

    def _to_dense(self) -> Tensor:
        sizes = self._operator.shape_tensor()
        one = eye(sizes[-1], batch_shape=sizes[:-2], dtype=self.dtype)
        one.set_shape(self.shape)
        return self._operator._solve(one, False)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._operator._solve(x, adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return self._operator._matmul(rhs, adjoint)

    def _determinant(self) -> Tensor:
        return 1.0 / self._operator._determinant()

    def _log_abs_determinant(self) -> Tensor:
        return -self._operator._log_abs_determinant()

    def _inverted(self) -> LinearOperator:
        return self._operator


LinearOperator._adjoint = LinearOperatorAdjoint
LinearOperator._inversion = LinearOperatorInversion
