"""The bijector of vectors whose matrix is put together from parts."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.bijectors.affine import AffineLinearOperator
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.base import LinearOperator
from flowgraph.linear_operators.dense import LinearOperatorLowerTriangular
from flowgraph.linear_operators.diagonal import LinearOperatorDiag
from flowgraph.linear_operators.identity import (
    LinearOperatorIdentity,
    LinearOperatorScaledIdentity,
)
from flowgraph.linear_operators.low_rank import LinearOperatorLowRankUpdate
from flowgraph.ops.assertions import assert_none_equal, assert_positive
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, shape
from flowgraph.ops.diagonal import matrix_diag_part, matrix_set_diag
from flowgraph.ops.filling import zeros
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.transcendental import log


class Affine(AffineLinearOperator):
    """``y = (c I + diag(d) + L + U diag(p) U^T) x + shift`` of vectors.

    Parameters
    ----------
    shift : Tensor, optional
        ``[..., n]``; 0 by default.
    scale_identity_multiplier : Tensor, optional
        ``[...]``: `c`. It is 1 if no part of the matrix is given.
    scale_diag : Tensor, optional
        ``[..., n]``: `d`.
    scale_tril : Tensor, optional
        ``[..., n, n]``: `L`, of which the lower triangle counts.
    scale_perturb_factor, scale_perturb_diag : Tensor, optional
        ``[..., n, k]`` and ``[..., k]``: `U` and `p`, which is 1 by default.
    validate_args : bool
        Whether runs check that the diagonals have no zeros.
    name : str

    Raises
    ------
    ValueError
        If there is a `scale_perturb_diag` and no factor.

    Examples
    --------
    >>> bijector = tf.contrib.distributions.bijectors.Affine([1.0, 1.0], scale_diag=[2.0, 3.0])
    >>> print(tf.Session().run(bijector.forward([1.0, 2.0])))
    [3. 7.]
    """

    def __init__(
        self,
        shift: Any = None,
        scale_identity_multiplier: Any = None,
        scale_diag: Any = None,
        scale_tril: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        name: str = "affine",
    ) -> None:
        if scale_perturb_diag is not None and scale_perturb_factor is None:
            raise ValueError(
                "When scale_perturb_diag is specified, scale_perturb_factor must be specified."
            )
        parts = _Parts(validate_args, name)
        multiplier = parts.tensor(scale_identity_multiplier, "scale_identity_multiplier")
        diag = parts.tensor(scale_diag, "scale_diag")
        tril = parts.tensor(scale_tril, "scale_tril")
        factor = parts.tensor(scale_perturb_factor, "scale_perturb_factor")
        values = parts.tensor(scale_perturb_diag, "scale_perturb_diag")
        # The size of the vectors does not follow from a number: there is no operator then.
        is_number = diag is None and tril is None and factor is None
        self._multiplier = multiplier if is_number else None
        scale = None if is_number else parts.operator(multiplier, diag, tril, factor, values)
        super().__init__(shift, scale, validate_args, name)

    def _forward(self, x: Tensor) -> Tensor:
        if self._multiplier is not None:
            x = x * self._multiplier[..., None]
        return super()._forward(x)

    def _inverse(self, y: Tensor) -> Tensor:
        x = super()._inverse(y)
        return x if self._multiplier is None else x / self._multiplier[..., None]

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if self._multiplier is None:
            return super()._forward_log_det_jacobian(x)
        return cast(shape(x)[-1], x.dtype) * log(magnitude(self._multiplier))


class _Parts:
    """The parts of a matrix, made tensors and put together."""

    def __init__(self, validate_args: bool, name: str) -> None:
        self._validate_args = validate_args
        self._name = name

    def tensor(self, value: Any, name: str) -> Tensor | None:
        if value is None:
            return None
        with name_scope(self._name, values=[value]):
            return convert_to_tensor(value, name=name)

    def operator(
        self,
        multiplier: Tensor | None,
        diag: Tensor | None,
        tril: Tensor | None,
        factor: Tensor | None,
        values: Tensor | None,
    ) -> LinearOperator:
        with name_scope(self._name):
            base = self._base(multiplier, diag, tril, factor)
            if factor is None:
                return base
            is_diagonal = tril is None
            if self._validate_args and values is not None:
                values = with_dependencies([assert_positive(values)], values)
            return LinearOperatorLowRankUpdate(
                base,
                u=factor,
                diag_update=values,
                is_diag_update_positive=values is None,
                is_non_singular=True,
                is_self_adjoint=True if is_diagonal else None,
                is_positive_definite=True if is_diagonal else None,
                is_square=True,
            )

    def _base(
        self,
        multiplier: Tensor | None,
        diag: Tensor | None,
        tril: Tensor | None,
        factor: Tensor | None,
    ) -> LinearOperator:
        added = diag
        if multiplier is not None and (diag is not None or tril is not None):
            added = multiplier[..., None] if diag is None else diag + multiplier[..., None]
        if tril is not None:
            if added is not None:
                tril = matrix_set_diag(tril, matrix_diag_part(tril) + added)
            return LinearOperatorLowerTriangular(
                self._checked(tril, matrix_diag_part(tril)), is_non_singular=True
            )
        is_positive: Any = {"is_positive_definite": True} if factor is not None else {}
        if added is not None:
            return LinearOperatorDiag(
                self._checked(added, added), is_non_singular=True, **is_positive
            )
        assert factor is not None
        count = factor.shape[-2].value
        rows = shape(factor)[-2] if count is None else count
        if multiplier is None:
            return LinearOperatorIdentity(rows, dtype=factor.dtype)
        return LinearOperatorScaledIdentity(rows, multiplier, is_non_singular=True, **is_positive)

    def _checked(self, value: Tensor, diagonal: Tensor) -> Tensor:
        if not self._validate_args:
            return value
        text = "Singular operator:  Diagonal contained zero values."
        check = assert_none_equal(diagonal, zeros([], diagonal.dtype), message=text)
        return with_dependencies([check], value)  # type: ignore[no-any-return]
