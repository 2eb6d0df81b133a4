"""Normal distributions of vectors with independent elements."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.multivariate import Multivariate
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.linear_operators.diagonal import LinearOperatorDiag
from flowgraph.ops.activation import softplus
from flowgraph.ops.arithmetic import square
from flowgraph.ops.assertions import assert_none_equal
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import cast, convert_to_tensor, identity, shape
from flowgraph.ops.diagonal import matrix_diag
from flowgraph.ops.filling import ones, zeros
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.random import random_normal
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import log
from flowgraph.shapes import TensorShape


class MultivariateNormalDiag(Multivariate):
    """Normal distributions of vectors, the covariances of which are diagonal.

    Parameters
    ----------
    loc : Tensor, optional
        ``[..., n]``: the means; 0 by default.
    scale_diag : Tensor, optional
        ``[..., n]``: the standard deviations up to their sign, not 0.
    scale_identity_multiplier : Tensor, optional
        ``[...]``: what is added to `scale_diag`, or where that is left out the standard
        deviation of all elements. 1 by default.
    validate_args : bool
        Whether a run checks that no standard deviation is 0.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    ValueError
        If both `loc` and `scale_diag` are left out, or do not fit.
    InvalidArgumentError
        When run with `validate_args`, if a standard deviation is 0.

    Examples
    --------
    >>> normal = tf.contrib.distributions.MultivariateNormalDiag([1.0, -1.0], [1.0, 2.0])
    >>> print(tf.Session().run(normal.variance()))
    [1. 4.]
    """

    def __init__(
        self,
        loc: Any = None,
        scale_diag: Any = None,
        scale_identity_multiplier: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiag",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            self._loc = None if loc is None else convert_to_tensor(loc, name="loc")
            self._diagonal = _diagonal(self._loc, scale_diag, scale_identity_multiplier)
            if validate_args:
                text = "Singular operator:  Diagonal contained zero values."
                zero = zeros([], self._diagonal.dtype)
                check = assert_none_equal(self._diagonal, zero, message=text)
                self._diagonal = with_dependencies([check], self._diagonal)
            self._center = zeros(shape(self._diagonal), self._diagonal.dtype)
            if self._loc is not None:
                self._center = self._loc + self._center
        super().__init__(
            dtype=self._diagonal.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._center, self._diagonal],
            name=name,
        )

    @property
    def loc(self) -> Tensor | None:
        """The means as given."""
        return self._loc

    @property
    def scale(self) -> LinearOperatorDiag:
        """The operator that standard normal numbers are multiplied with."""
        with self._name_scope("scale"):
            return LinearOperatorDiag(self._diagonal, is_non_singular=True)

    def _rows(self) -> Tensor:
        return self._center

    def _event_shape(self) -> TensorShape:
        center, diagonal = (part.shape.sizes for part in (self._center, self._diagonal))
        size = center[-1] if center else None
        return TensorShape.of((diagonal[-1] if size is None and diagonal else size,))

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], shape(self._center)], 0)
        return random_normal(sizes, dtype=self.dtype, seed=seed) * self._diagonal + self._center

    def _log_prob(self, x: Tensor) -> Tensor:
        z = (x - self._center) / self._diagonal
        each = -0.5 * square(z) - 0.5 * math.log(2.0 * math.pi)
        return reduce_sum(each, -1) - self._log_volume()

    def _log_volume(self) -> Tensor:
        return reduce_sum(log(magnitude(self._diagonal)), -1)

    def _entropy(self) -> Tensor:
        size = cast(self.event_shape_tensor()[0], self.dtype)
        entropy = size * (0.5 * math.log(2.0 * math.pi * math.e)) + self._log_volume()
        return entropy + zeros(self.batch_shape_tensor(), self.dtype)

    def _mean(self) -> Tensor:
        return identity(self._center)

    def _mode(self) -> Tensor:
        return self._mean()

    def _stddev(self) -> Tensor:
        return magnitude(self._diagonal)

    def _variance(self) -> Tensor:
        return square(self._diagonal)

    def _covariance(self) -> Tensor:
        return matrix_diag(self._variance())


def _diagonal(loc: Tensor | None, scale_diag: Any, multiplier: Any) -> Tensor:
    """Return the standard deviations up to their sign, from what is given."""
    if multiplier is not None:
        multiplier = convert_to_tensor(multiplier, name="scale_identity_multiplier")[..., None]
    if scale_diag is not None:
        diagonal = convert_to_tensor(scale_diag, name="scale_diag")
        return diagonal if multiplier is None else diagonal + multiplier
    if loc is None:
        raise ValueError("Cannot infer `event_shape` unless `loc` or `shape_hint` is specified.")
    diagonal = ones(shape(loc)[-1:], loc.dtype)
    return diagonal if multiplier is None else diagonal * multiplier


class MultivariateNormalDiagWithSoftplusScale(MultivariateNormalDiag):
    """As `MultivariateNormalDiag`, with the softplus of numbers of any sign for scale.

    Parameters
    ----------
    loc, scale_diag, validate_args, allow_nan_stats, name
        As for `MultivariateNormalDiag`.
    """

    def __init__(
        self,
        loc: Any,
        scale_diag: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MultivariateNormalDiagWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale_diag]) as name:
            positive = softplus(scale_diag)
            super().__init__(loc, positive, None, validate_args, allow_nan_stats, name)
        self._parameters = parameters


@RegisterKL(MultivariateNormalDiag, MultivariateNormalDiag)
def _divergence(
    a: MultivariateNormalDiag, b: MultivariateNormalDiag, name: str | None = None
) -> Tensor:
    with name_scope(name, "kl_mvn", [a._center, b._center, a._diagonal, b._diagonal]):
        spread = square(a._diagonal / b._diagonal)
        distance = square((b._center - a._center) / b._diagonal)
        each = 0.5 * reduce_sum(spread + distance - 1.0, -1)
        return b._log_volume() - a._log_volume() + each
