"""Linear operators that are a multiple of the identity, or zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.diagonal import LinearOperatorDiag
from flowgraph.linear_operators.hints import product_hints
from flowgraph.linear_operators.sizes import Sized
from flowgraph.ops.array import expand_dims
from flowgraph.ops.complex_numbers import conj
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.diagonal import eye
from flowgraph.ops.division import real_div
from flowgraph.ops.filling import ones, zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import minimum
from flowgraph.ops.reciprocal import reciprocal
from flowgraph.ops.transcendental import log, pow, sqrt
from flowgraph.shapes import TensorShape


class LinearOperatorIdentity(Sized):
    """The operator that leaves vectors as they are.

    Parameters
    ----------
    num_rows : int or scalar Tensor
        The size of the vectors.
    batch_shape : 1-D Tensor of int32, optional
        The shape of a batch of identities; one by default.
    dtype : DType, optional
        Of the elements; ``float32`` by default.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. All are true.
    assert_proper_shapes : bool
        Whether a run checks `num_rows`, `batch_shape` and the sizes of arguments.
    name : str

    Raises
    ------
    TypeError
        If `num_rows` or `batch_shape` are no integers.
    ValueError
        If they have another rank or are negative, or a hint is wrong.

    Examples
    --------
    >>> identity = tf.linalg.LinearOperatorIdentity(2)
    >>> print(tf.Session().run(identity.matvec([3.0, 4.0])))
    [3. 4.]
    """

    def __init__(
        self,
        num_rows: Any,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = True,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = True,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorIdentity",
    ) -> None:
        for given, word in (
            (is_self_adjoint, "self adjoint"),
            (is_square, "square"),
            (is_non_singular, "non-singular"),
            (is_positive_definite, "positive-definite"),
        ):
            if not given:
                raise ValueError(f"An identity operator is always {word}.")
        super().__init__(dtype or dtypes.float32, None, True, True, True, True, name)
        with name_scope(name):
            self._set_sizes(assert_proper_shapes, num_rows=num_rows, batch_shape=batch_shape)

    def _to_dense(self) -> Tensor:
        return self._with_shape(
            eye(self._rows(), batch_shape=self._batch_tensor(), dtype=self.dtype), self.shape
        )

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._over_batch(self._checked(x))

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return self._matmul(rhs, adjoint)

    def _diag_part(self) -> Tensor:
        return self._with_shape(ones(self._row_shape(), self.dtype), self.shape[:-1])

    def _trace(self) -> Tensor:
        return cast(self._rows(), self.dtype) * ones(self._batch_tensor(), self.dtype)

    def _determinant(self) -> Tensor:
        return self._with_shape(ones(self._batch_tensor(), self.dtype), self.batch_shape)

    def _log_abs_determinant(self) -> Tensor:
        return self._with_shape(zeros(self._batch_tensor(), self.dtype), self.batch_shape)

    def _inverted(self) -> LinearOperator:
        return self

    def _factored(self) -> LinearOperator:
        return self

    def _product(self, right: LinearOperator) -> LinearOperator:
        return right

    def _simple_product_with(self, left: LinearOperator) -> LinearOperator | None:
        return left


class LinearOperatorScaledIdentity(Sized):
    """The operator that multiplies vectors with a number.

    Parameters
    ----------
    num_rows : int or scalar Tensor
        The size of the vectors.
    multiplier : Tensor
        ``[...]``: the numbers of a batch of operators.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. It is always square, and self-adjoint if real.
    assert_proper_shapes : bool
        Whether a run checks `num_rows` and the sizes of arguments.
    name : str

    Raises
    ------
    TypeError
        If `num_rows` is no integer.
    ValueError
        If it is no scalar or negative, or a hint is wrong.

    Examples
    --------
    >>> operator = tf.linalg.LinearOperatorScaledIdentity(2, multiplier=3.0)
    >>> print(tf.Session().run(operator.determinant()))
    9.0
    """

    def __init__(
        self,
        num_rows: Any,
        multiplier: Any,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorScaledIdentity",
    ) -> None:
        with name_scope(name, values=[multiplier, num_rows]):
            self._multiplier = convert_to_tensor(multiplier, name="multiplier")
        if not self._multiplier.dtype.is_complex:
            if is_self_adjoint is False:
                raise ValueError("A real diagonal operator is always self adjoint.")
            is_self_adjoint = True
        if not is_square:
            raise ValueError("A ScaledIdentity operator is always square.")
        super().__init__(
            self._multiplier.dtype, [self._multiplier], is_non_singular, is_self_adjoint,
            is_positive_definite, True, name,
        )  # fmt: skip
        with name_scope(name):
            self._set_sizes(assert_proper_shapes, num_rows=num_rows)

    @property
    def multiplier(self) -> Tensor:
        """The numbers."""
        return self._multiplier

    def _batch(self) -> TensorShape:
        return self._multiplier.shape

    def _batch_tensor(self) -> Tensor:
        return shape(self._multiplier)

    def _factor(self, axes: int, adjoint: bool = False) -> Tensor:
        factor = conj(self._multiplier) if adjoint else self._multiplier
        for _ in range(axes):
            factor = expand_dims(factor, -1)
        return factor

    def _to_dense(self) -> Tensor:
        return self._factor(2) * eye(self._rows(), dtype=self.dtype)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return self._checked(x) * self._factor(2, adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        return real_div(self._checked(rhs), self._factor(2, adjoint))

    def _diag_part(self) -> Tensor:
        return self._with_shape(self._factor(1) * ones([self._rows()], self.dtype), self.shape[:-1])

    def _trace(self) -> Tensor:
        return cast(self._rows(), self.dtype) * self._multiplier

    def _determinant(self) -> Tensor:
        return pow(self._multiplier, cast(self._rows(), self.dtype))

    def _log_abs_determinant(self) -> Tensor:
        size = magnitude(self._multiplier)
        return cast(self._rows(), size.dtype) * log(size)

    def _like(self, multiplier: Tensor, **hints: Any) -> LinearOperator:
        return LinearOperatorScaledIdentity(self._num_rows, multiplier, **hints)

    def _inverted(self) -> LinearOperator:
        return self._like(
            reciprocal(self._multiplier),
            is_non_singular=self.is_non_singular,
            is_self_adjoint=True,
            is_positive_definite=self.is_positive_definite,
        )

    def _factored(self) -> LinearOperator:
        return self._like(
            sqrt(self._multiplier),
            is_non_singular=True,
            is_self_adjoint=True,
            is_positive_definite=True,
        )

    def _product(self, right: LinearOperator) -> LinearOperator:
        return self._times_diagonal(right) or super()._product(right)

    def _simple_product_with(self, left: LinearOperator) -> LinearOperator | None:
        return self._times_diagonal(left)

    def _times_diagonal(self, other: LinearOperator) -> LinearOperator | None:
        if not isinstance(other, LinearOperatorDiag):
            return None
        return LinearOperatorDiag(self._factor(1) * other.diag, **product_hints(self, other))


class LinearOperatorZeros(Sized):
    """The operator that makes zeros of all vectors.

    Parameters
    ----------
    num_rows, num_columns : int or scalar Tensor
        The sizes of the vectors that it makes and takes; the same by default.
    batch_shape : 1-D Tensor of int32, optional
        The shape of a batch of operators; one by default.
    dtype : DType, optional
        Of the elements; ``float32`` by default.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints. See `LinearOperator`. It is singular and, if square, self-adjoint.
    assert_proper_shapes : bool
        Whether a run checks sizes.
    name : str

    Raises
    ------
    TypeError
        If a size is no integer.
    ValueError
        If a size is negative or of another rank, or a hint is wrong.

    Examples
    --------
    >>> operator = tf.linalg.LinearOperatorZeros(2)
    >>> print(tf.Session().run(operator.matvec([3.0, 4.0])))
    [0. 0.]
    """

    def __init__(
        self,
        num_rows: Any,
        num_columns: Any = None,
        batch_shape: Any = None,
        dtype: Any = None,
        is_non_singular: bool | None = False,
        is_self_adjoint: bool | None = True,
        is_positive_definite: bool | None = False,
        is_square: bool | None = True,
        assert_proper_shapes: bool = False,
        name: str = "LinearOperatorZeros",
    ) -> None:
        if not is_self_adjoint and is_square:
            raise ValueError("A zero operator is always self adjoint.")
        if is_non_singular:
            raise ValueError("A zero operator is always singular.")
        if is_positive_definite:
            raise ValueError("A zero operator is always not positive-definite.")
        super().__init__(
            dtype or dtypes.float32, None, False, is_self_adjoint, False, is_square, name
        )
        with name_scope(name):
            self._set_sizes(
                assert_proper_shapes,
                num_rows=num_rows,
                num_columns=num_columns,
                batch_shape=batch_shape,
            )
        rows, columns = (part.static_value() for part in (self._num_rows, self._num_columns))
        if is_square and rows is not None and columns is not None and rows != columns:
            raise ValueError(
                f"LinearOperatorZeros initialized as is_square={is_square}, but got "
                f"num_rows({rows}) != num_columns({columns})"
            )

    def _to_dense(self) -> Tensor:
        return self._with_shape(zeros(self._shape_tensor(), self.dtype), self.shape)

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        x = self._checked(x, adjoint)
        sizes = shape(x)
        size = self._columns() if adjoint else self._rows()
        none = zeros(concat([sizes[:-2], [size], sizes[-1:]], 0), self.dtype)
        made = self.shape[-1 if adjoint else -2]
        if x.shape.ndims is not None:
            none.set_shape(x.shape[:-2].concatenate([made, x.shape[-1]]))
        return self._over_batch(none)

    def _diag_part(self) -> Tensor:
        length = minimum(self._rows(), self._columns())
        return zeros(concat([self._batch_tensor(), [length]], 0), self.dtype)

    def _trace(self) -> Tensor:
        return self._determinant()

    def _determinant(self) -> Tensor:
        return self._with_shape(zeros(self._batch_tensor(), self.dtype), self.batch_shape)

    def _log_abs_determinant(self) -> Tensor:
        return self._determinant() - np.inf

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """Raise: there is none.

        Raises
        ------
        ValueError
        """
        raise ValueError("Cannot take the Inverse: This operator represents a singular matrix.")

    def _product(self, right: LinearOperator) -> LinearOperator:
        return self._if_square(right)

    def _simple_product_with(self, left: LinearOperator) -> LinearOperator | None:
        return self._if_square(left)

    def _if_square(self, other: LinearOperator) -> LinearOperator:
        if not (self.is_square and other.is_square):
            raise ValueError("Matmul with non-square `LinearOperator`s not supported at this time.")
        return self
