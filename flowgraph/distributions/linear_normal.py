"""Normal distributions of vectors, whose spread is a linear operator."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.multivariate import Multivariate
from flowgraph.distributions.multivariate_normal import MultivariateNormalDiag
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
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
from flowgraph.ops.arithmetic import square
from flowgraph.ops.assertions import assert_equal, assert_none_equal, assert_positive
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, identity, shape
from flowgraph.ops.diagonal import matrix_diag_part
from flowgraph.ops.factorization import cholesky
from flowgraph.ops.filling import zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.linalg import matrix_transpose
from flowgraph.ops.random import random_normal
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import sqrt


class MultivariateNormalLinear(Multivariate):
    """What ``loc + scale z`` is, where `z` has independent standard normal elements.

    Parameters
    ----------
    loc : Tensor or None
        ``[..., n]``: the means; 0 if left out.
    scale : LinearOperator
        ``[..., n, n]``, not singular.
    validate_args, allow_nan_stats, parameters, name
        As for `Distribution`.
    """

    def __init__(
        self,
        loc: Tensor | None,
        scale: LinearOperator,
        validate_args: bool,
        allow_nan_stats: bool,
        parameters: dict[str, Any],
        name: str,
    ) -> None:
        self._loc = loc
        self._scale = scale
        with name_scope(name):
            self._center = zeros(scale.shape_tensor()[:-1], scale.dtype)
            self._center.set_shape(scale.shape[:-1])
            if loc is not None:
                self._center = loc + self._center
        super().__init__(
            dtype=scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._center, *scale.graph_parents],
            name=name,
        )

    @property
    def loc(self) -> Tensor | None:
        """The means as given."""
        return self._loc

    @property
    def scale(self) -> LinearOperator:
        """What standard normal numbers are multiplied with."""
        return self._scale

    def _rows(self) -> Tensor:
        return self._center

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], shape(self._center)], 0)
        drawn = random_normal(sizes, dtype=self.dtype, seed=seed)
        return self._scale.matvec(drawn) + self._center

    def _log_prob(self, x: Tensor) -> Tensor:
        z = self._scale.solvevec(x - self._center)
        each = -0.5 * square(z) - 0.5 * math.log(2.0 * math.pi)
        return reduce_sum(each, -1) - self._scale.log_abs_determinant()

    def _entropy(self) -> Tensor:
        size = cast(self.event_shape_tensor()[0], self.dtype)
        entropy = size * (0.5 * math.log(2.0 * math.pi * math.e))
        entropy = entropy + self._scale.log_abs_determinant()
        return entropy + zeros(self.batch_shape_tensor(), self.dtype)

    def _mean(self) -> Tensor:
        return identity(self._center)

    def _mode(self) -> Tensor:
        return self._mean()

    def _covariance(self) -> Tensor:
        spread: Tensor = self._scale.matmul(self._scale.to_dense(), adjoint_arg=True)
        return spread

    def _variance(self) -> Tensor:
        return matrix_diag_part(self._covariance())

    def _stddev(self) -> Tensor:
        return sqrt(self._variance())


class MultivariateNormalTriL(MultivariateNormalLinear):
    """Normal distributions of vectors, given by lower triangular factors of covariances.

    Parameters
    ----------
    loc : Tensor, optional
        ``[..., n]``: the means; 0 by default.
    scale_tril : Tensor, optional
        ``[..., n, n]``: the covariance is its product with its transpose; the identity by default.
    validate_args : bool
        Whether a run checks that no element of the diagonal is 0.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    ValueError
        If both `loc` and `scale_tril` are left out.
    InvalidArgumentError
        When run with `validate_args`, if the factor is singular.

    Examples
    --------
    >>> normal = tf.contrib.distributions.MultivariateNormalTriL(
    ...     [1.0, -1.0], [[1.0, 0.0], [2.0, 3.0]]
    ... )
    >>> print(tf.Session().run(normal.covariance()))
    [[ 1.  2.]
     [ 2. 13.]]
    """

    def __init__(
        self,
        loc: Any = None,
        scale_tril: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalTriL",
    ) -> None:
        parameters = dict(locals())
        if loc is None and scale_tril is None:
            raise ValueError("Must specify one or both of `loc`, `scale_tril`.")
        with name_scope(name) as name:
            loc, scale = _triangular(loc, scale_tril, validate_args)
        super().__init__(loc, scale, validate_args, allow_nan_stats, parameters, name)


def _triangular(loc: Any, tril: Any, validate_args: bool) -> tuple[Tensor | None, LinearOperator]:
    loc = None if loc is None else convert_to_tensor(loc, name="loc")
    if tril is None:
        count = loc.shape[-1].value
        rows = shape(loc)[-1] if count is None else count
        return loc, LinearOperatorIdentity(
            rows, dtype=loc.dtype, assert_proper_shapes=validate_args
        )
    tril = convert_to_tensor(tril, name="scale_tril")
    if validate_args:
        text = "Singular operator:  Diagonal contained zero values."
        zero = zeros([], tril.dtype)
        tril = with_dependencies(
            [assert_none_equal(matrix_diag_part(tril), zero, message=text)], tril
        )
    return loc, LinearOperatorLowerTriangular(
        tril, is_non_singular=True, is_self_adjoint=False, is_positive_definite=False
    )


class MultivariateNormalFullCovariance(MultivariateNormalTriL):
    """Normal distributions of vectors, given by their covariances.

    Parameters
    ----------
    loc : Tensor, optional
        ``[..., n]``: the means; 0 by default.
    covariance_matrix : Tensor, optional
        ``[..., n, n]``: symmetric and positive definite; the identity by default.
    validate_args : bool
        Whether a run checks that the matrix is symmetric.
    allow_nan_stats, name
        As for `MultivariateNormalTriL`.

    Raises
    ------
    ValueError
        If both `loc` and `covariance_matrix` are left out.
    InvalidArgumentError
        When run, if the matrix has no Cholesky factor, or with `validate_args` is not symmetric.

    Examples
    --------
    >>> normal = tf.contrib.distributions.MultivariateNormalFullCovariance(
    ...     [0.0, 0.0], [[4.0, 2.0], [2.0, 2.0]]
    ... )
    >>> print(tf.Session().run(normal.scale.to_dense()))
    [[2. 0.]
     [1. 1.]]
    """

    def __init__(
        self,
        loc: Any = None,
        covariance_matrix: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalFullCovariance",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            factor = None
            if covariance_matrix is not None:
                covariance = convert_to_tensor(covariance_matrix, name="covariance_matrix")
                if validate_args:
                    transposed = matrix_transpose(covariance)
                    text = "Matrix was not symmetric."
                    check = assert_equal(covariance, transposed, message=text)
                    covariance = with_dependencies([check], covariance)
                factor = cholesky(covariance)
            super().__init__(loc, factor, validate_args, allow_nan_stats, name)
        self._parameters = parameters


class MultivariateNormalDiagPlusLowRank(MultivariateNormalLinear):
    """Normal distributions of vectors with the scale ``D + U P U^T``.

    Parameters
    ----------
    loc : Tensor, optional
        ``[..., n]``: the means; 0 by default.
    scale_diag : Tensor, optional
        ``[..., n]``: added to `D`'s diagonal.
    scale_identity_multiplier : Tensor, optional
        ``[...]``: added to `D`'s diagonal, too. `D` is the identity if both are left out.
    scale_perturb_factor : Tensor, optional
        ``[..., n, k]``: `U`; there is no such term if it is left out.
    scale_perturb_diag : Tensor, optional
        ``[..., k]``: `P`'s diagonal; ones by default.
    validate_args : bool
        Whether a run checks that the diagonals are positive.
    allow_nan_stats, name
        As for `MultivariateNormalTriL`.

    Raises
    ------
    ValueError
        If the size of the vectors does not follow from the arguments.
    InvalidArgumentError
        When run with `validate_args`, if an element of a diagonal is not positive.

    Examples
    --------
    >>> normal = tf.contrib.distributions.MultivariateNormalDiagPlusLowRank(
    ...     scale_diag=[1.0, 2.0], scale_perturb_factor=[[1.0], [1.0]]
    ... )
    >>> print(tf.Session().run(normal.scale.to_dense()))
    [[2. 1.]
     [1. 3.]]
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        scale_perturb_factor: Any = None,
        scale_perturb_diag: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagPlusLowRank",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            loc = None if loc is None else convert_to_tensor(loc, name="loc")
            factor, values = scale_perturb_factor, scale_perturb_diag
            if factor is not None:
                factor = convert_to_tensor(factor, name="scale_perturb_factor")
            if values is not None:
                values = _positive(values, "scale_perturb_diag", validate_args)
            scale = _diagonal(loc, scale_diag, scale_identity_multiplier, factor, validate_args)
            if factor is not None:
                scale = LinearOperatorLowRankUpdate(
                    scale,
                    u=factor,
                    diag_update=values,
                    is_diag_update_positive=values is None,
                    is_non_singular=True,
                    is_self_adjoint=True,
                    is_positive_definite=True,
                    is_square=True,
                )
        super().__init__(loc, scale, validate_args, allow_nan_stats, parameters, name)


def _positive(value: Any, name: str, validate_args: bool) -> Tensor:
    tensor = convert_to_tensor(value, name=name)
    if not validate_args:
        return tensor
    return with_dependencies([assert_positive(tensor)], tensor)  # type: ignore[no-any-return]


def _diagonal(
    loc: Tensor | None, diag: Any, multiplier: Any, factor: Tensor | None, validate_args: bool
) -> LinearOperator:
    hints: Any = {"is_non_singular": True, "is_self_adjoint": True, "is_positive_definite": True}
    if multiplier is not None:
        multiplier = _positive(multiplier, "scale_identity_multiplier", validate_args)
    if diag is not None:
        diag = _positive(diag, "scale_diag", validate_args)
        if multiplier is not None:
            diag = diag + multiplier[..., None]
        return LinearOperatorDiag(diag, **hints)
    hint, axis = (loc, -1) if loc is not None else (factor, -2)
    if hint is None:
        raise ValueError("Cannot infer `event_shape` unless `loc` or `shape_hint` is specified.")
    count = hint.shape[axis].value
    rows = shape(hint)[axis] if count is None else count
    if multiplier is None:
        return LinearOperatorIdentity(rows, dtype=hint.dtype, assert_proper_shapes=validate_args)
    return LinearOperatorScaledIdentity(
        rows, multiplier, assert_proper_shapes=validate_args, **hints
    )


@RegisterKL(MultivariateNormalLinear, MultivariateNormalLinear)
@RegisterKL(MultivariateNormalLinear, MultivariateNormalDiag)
@RegisterKL(MultivariateNormalDiag, MultivariateNormalLinear)
def _divergence(a: Any, b: Any, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_mvn", [a._center, b._center]):
        spread = square(b.scale.solve(a.scale.to_dense()))
        distance = square(b.scale.solvevec(b._center - a._center))
        size = cast(shape(a._center)[-1], a.dtype)
        volume = b.scale.log_abs_determinant() - a.scale.log_abs_determinant()
        both = reduce_sum(spread, [-2, -1]) + reduce_sum(distance, -1)
        return volume + 0.5 * (both - size)  # type: ignore[no-any-return]
