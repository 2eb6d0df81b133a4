"""What linear operators share: shapes, hints, and every operation by way of the dense matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

from flowgraph.dtypes import DType, as_dtype
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.batches import over_one_batch
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.core import constant, convert_to_tensor, shape
from flowgraph.ops.diagonal import matrix_diag_part
from flowgraph.ops.factorization import cholesky
from flowgraph.ops.linalg import matmul, matrix_transpose
from flowgraph.ops.linear_equations import matrix_determinant, matrix_solve, slogdet
from flowgraph.ops.reduction import reduce_sum
from flowgraph.shapes import TensorShape


class LinearOperator:
    """A batch of linear maps, as matrices of shape ``[..., m, n]``.

    The hints say what the caller knows of the matrices. They are believed, not checked.

    Parameters
    ----------
    dtype : DType
    graph_parents : list of Tensor, optional
        The tensors that the operator is made of.
    is_non_singular, is_self_adjoint, is_positive_definite, is_square : bool, optional
        Hints; ``None`` for what is not known.
    name : str, optional
        Of the scope of its operations; the class's name by default.

    Raises
    ------
    ValueError
        If the hints contradict each other.
    """

    def __init__(
        self,
        dtype: Any,
        graph_parents: list[Tensor] | None = None,
        is_non_singular: bool | None = None,
        is_self_adjoint: bool | None = None,
        is_positive_definite: bool | None = None,
        is_square: bool | None = None,
        name: str | None = None,
    ) -> None:
        if is_positive_definite:
            if is_non_singular is False:
                raise ValueError("A positive definite matrix is always non-singular.")
            is_non_singular = True
        for hint, word in ((is_non_singular, "non-singular"), (is_self_adjoint, "self-adjoint")):
            if hint:
                if is_square is False:
                    raise ValueError(f"A {word} matrix is always square.")
                is_square = True
        self._dtype = as_dtype(dtype)
        self._graph_parents = list(graph_parents or ())
        self._is_non_singular = is_non_singular
        self._is_self_adjoint = is_self_adjoint
        self._is_positive_definite = is_positive_definite
        self._is_square = is_square
        self._name = name or type(self).__name__

    _lower_triangular: ClassVar[Callable[..., LinearOperator]]
    _composition: ClassVar[Callable[..., LinearOperator]]
    _adjoint: ClassVar[Callable[..., LinearOperator]]
    _inversion: ClassVar[Callable[..., LinearOperator]]
    """The operators that others give; their modules name them here."""

    # -- what a subclass says --------------------------------------------------------------------

    def _shape(self) -> TensorShape:
        raise NotImplementedError("_shape is not implemented.")

    def _shape_tensor(self) -> Tensor:
        raise NotImplementedError("_shape_tensor is not implemented.")

    def _to_dense(self) -> Tensor:
        raise NotImplementedError("_to_dense is not implemented.")

    def _matmul(self, x: Tensor, adjoint: bool) -> Tensor:
        return matmul(self._to_dense(), x, adjoint_a=adjoint)

    def _solve(self, rhs: Tensor, adjoint: bool) -> Tensor:
        matrix, rhs = over_one_batch([self._to_dense(), rhs], 2)
        return matrix_solve(matrix, rhs, adjoint=adjoint)

    def _diag_part(self) -> Tensor:
        return matrix_diag_part(self._to_dense())

    def _determinant(self) -> Tensor:
        return matrix_determinant(self._to_dense())

    def _log_abs_determinant(self) -> Tensor:
        return slogdet(self._to_dense())[1]

    # -- what is known ---------------------------------------------------------------------------

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return self._dtype

    @property
    def name(self) -> str:
        """The name of the scope of its operations."""
        return self._name

    @property
    def graph_parents(self) -> list[Tensor]:
        """The tensors that the operator is made of."""
        return self._graph_parents

    @property
    def is_non_singular(self) -> bool | None:
        """Whether every matrix has an inverse; ``None`` if not known."""
        return self._is_non_singular

    @property
    def is_self_adjoint(self) -> bool | None:
        """Whether every matrix equals its adjoint; ``None`` if not known."""
        return self._is_self_adjoint

    @property
    def is_positive_definite(self) -> bool | None:
        """Whether every quadratic form is positive; ``None`` if not known."""
        return self._is_positive_definite

    @property
    def is_square(self) -> bool | None:
        """Whether the matrices are square; ``None`` if not known."""
        seen: bool | None = self.domain_dimension == self.range_dimension
        if self._is_square is False and seen:
            raise ValueError("User set is_square hint to False, but the operator was square.")
        return seen if self._is_square is None else self._is_square

    @property
    def shape(self) -> TensorShape:
        """The static shape ``[..., m, n]``."""
        return self._shape()

    @property
    def batch_shape(self) -> TensorShape:
        """The static shape without its last two axes."""
        leading: TensorShape = self.shape[:-2]
        return leading

    @property
    def tensor_rank(self) -> int | None:
        """The number of axes."""
        return self.shape.ndims

    @property
    def domain_dimension(self) -> Any:
        """The static size of the vectors that the operator takes."""
        return self.shape[-1]

    @property
    def range_dimension(self) -> Any:
        """The static size of the vectors that the operator makes."""
        return self.shape[-2]

    def shape_tensor(self, name: str = "shape_tensor") -> Tensor:
        """Return the shape as a tensor."""
        with self._scope(name):
            known = self.shape
            return constant(known.as_list()) if known.is_fully_defined() else self._shape_tensor()

    def batch_shape_tensor(self, name: str = "batch_shape_tensor") -> Tensor:
        """Return the shape without its last two axes as a tensor."""
        with self._scope(name):
            result: Tensor = self.shape_tensor()[:-2]
            return result

    def domain_dimension_tensor(self, name: str = "domain_dimension_tensor") -> Tensor:
        """Return the size of the vectors that the operator takes."""
        with self._scope(name):
            return self._size(-1)

    def range_dimension_tensor(self, name: str = "range_dimension_tensor") -> Tensor:
        """Return the size of the vectors that the operator makes."""
        with self._scope(name):
            return self._size(-2)

    def tensor_rank_tensor(self, name: str = "tensor_rank_tensor") -> Tensor:
        """Return the number of axes as a tensor."""
        with self._scope(name):
            known = self.shape.ndims
            result: Tensor = shape(self._shape_tensor())[0] if known is None else constant(known)
            return result

    def _size(self, axis: int) -> Tensor:
        known = self.shape[axis].value
        result: Tensor = self._shape_tensor()[axis] if known is None else constant(known)
        return result

    # -- what it does ----------------------------------------------------------------------------

    def to_dense(self, name: str = "to_dense") -> Tensor:
        """Return the matrices."""
        with self._scope(name):
            return self._to_dense()

    def matmul(
        self, x: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "matmul"
    ) -> Any:
        """Multiply with matrices, or with another operator.

        Parameters
        ----------
        x : Tensor or LinearOperator
            Of shape ``[..., n, k]``.
        adjoint, adjoint_arg : bool
            Take the adjoint of the operator, or of `x`.
        name : str
        """
        if isinstance(x, LinearOperator):
            left = self.adjoint() if adjoint else self
            right = x.adjoint() if adjoint_arg else x
            if not left.domain_dimension.is_compatible_with(right.range_dimension):
                raise ValueError(
                    "Operators are incompatible. Expected `x` to have dimension "
                    f"{left.domain_dimension} but got {right.range_dimension}."
                )
            with self._scope(name):
                return left._product(right)
        with self._scope(name, x):
            return self._matmul(self._argument(x, adjoint_arg, "x"), adjoint)

    def _product(self, right: LinearOperator) -> LinearOperator:
        """Return the operator of the products with another one's matrices."""
        found = right._simple_product_with(self)
        return self._composition([self, right]) if found is None else found

    def _simple_product_with(self, left: LinearOperator) -> LinearOperator | None:
        """Return what `left` times this operator is, if that is no composition."""
        return None

    def __matmul__(self, other: Any) -> Any:
        return self.matmul(other)

    def matvec(self, x: Any, adjoint: bool = False, name: str = "matvec") -> Tensor:
        """Multiply with vectors of shape ``[..., n]``."""
        with self._scope(name, x):
            column = expand_dims(self._argument(x, False, "x"), -1)
            return squeeze(self._matmul(column, adjoint), axis=[-1])

    def solve(
        self, rhs: Any, adjoint: bool = False, adjoint_arg: bool = False, name: str = "solve"
    ) -> Tensor:
        """Solve systems of linear equations.

        Parameters
        ----------
        rhs : Tensor
            Of shape ``[..., m, k]``.
        adjoint, adjoint_arg : bool
            Take the adjoint of the operator, or of `rhs`.
        name : str

        Raises
        ------
        NotImplementedError
            If the operator is known to be singular or not square.
        """
        self._check_solvable()
        with self._scope(name, rhs):
            return self._solve(self._argument(rhs, adjoint_arg, "rhs"), adjoint)

    def solvevec(self, rhs: Any, adjoint: bool = False, name: str = "solve") -> Tensor:
        """Solve systems of linear equations with vectors of shape ``[..., m]``. As `solve`."""
        self._check_solvable()
        with self._scope(name, rhs):
            column = expand_dims(self._argument(rhs, False, "rhs"), -1)
            return squeeze(self._solve(column, adjoint), axis=[-1])

    def _check_solvable(self) -> None:
        if self.is_non_singular is False:
            raise NotImplementedError(
                "Exact solve not implemented for an operator that is expected to be singular."
            )
        if self.is_square is False:
            raise NotImplementedError(
                "Exact solve not implemented for an operator that is expected to not be square."
            )

    def adjoint(self, name: str = "adjoint") -> LinearOperator:
        """Return the operator of the adjoint matrices."""
        if self.is_self_adjoint:
            return self
        with self._scope(name):
            return self._adjoint(self)

    @property
    def H(self) -> LinearOperator:
        """The operator of the adjoint matrices."""
        return self.adjoint()

    def inverse(self, name: str = "inverse") -> LinearOperator:
        """Return the operator of the inverse matrices."""
        self._check_solvable()
        with self._scope(name):
            return self._inverted()

    def _inverted(self) -> LinearOperator:
        return self._inversion(self)

    def cholesky(self, name: str = "cholesky") -> LinearOperator:
        """Return the operator of Cholesky's factors.

        Raises
        ------
        ValueError
            Unless the operator is known to be self-adjoint and positive definite.
        """
        self._check_factorable()
        with self._scope(name):
            return self._factored()

    def _factored(self) -> LinearOperator:
        return self._lower_triangular(
            cholesky(self._to_dense()), is_non_singular=True, is_self_adjoint=False, is_square=True
        )

    def _check_factorable(self) -> None:
        if not (self.is_positive_definite and self.is_self_adjoint):
            raise ValueError(
                "Cannot take the Cholesky decomposition: Not a positive definite self adjoint "
                "matrix."
            )

    def diag_part(self, name: str = "diag_part") -> Tensor:
        """Return the main diagonals."""
        with self._scope(name):
            return self._diag_part()

    def trace(self, name: str = "trace") -> Tensor:
        """Return the sums of the main diagonals."""
        with self._scope(name):
            return self._trace()

    def _trace(self) -> Tensor:
        return reduce_sum(self._diag_part(), axis=-1)

    def determinant(self, name: str = "det") -> Tensor:
        """Return the determinants.

        Raises
        ------
        NotImplementedError
            If the operator is known not to be square.
        """
        self._check_square("Determinant")
        with self._scope(name):
            return self._determinant()

    def log_abs_determinant(self, name: str = "log_abs_det") -> Tensor:
        """Return the logarithms of the magnitudes of the determinants. As `determinant`."""
        self._check_square("Determinant")
        with self._scope(name):
            return self._log_abs_determinant()

    def _check_square(self, what: str) -> None:
        if self.is_square is False:
            raise NotImplementedError(
                f"{what} not implemented for an operator that is expected to not be square."
            )

    def add_to_tensor(self, x: Any, name: str = "add_to_tensor") -> Tensor:
        """Add the matrices to a tensor of their shape."""
        with self._scope(name, x):
            result: Tensor = self._argument(x, False, "x") + self._to_dense()
            return result

    def _argument(self, x: Any, is_adjoint: bool, name: str) -> Tensor:
        tensor = convert_to_tensor(x, dtype=self.dtype, name=name)
        return matrix_transpose(tensor, conjugate=True) if is_adjoint else tensor

    @contextmanager
    def _scope(self, name: str | None, *values: Any) -> Iterator[None]:
        # Nodes of a call without a name are in a scope of the operator's name, made anew.
        around = name_scope(f"{self._name}/") if name else nullcontext()
        with around, name_scope(name or self._name, values=[*self._graph_parents, *values]):
            yield
