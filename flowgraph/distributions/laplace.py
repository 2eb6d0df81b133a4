"""Laplace distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.distributions.normal_functions import log_cdf_laplace
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.core import identity
from flowgraph.ops.filling import zeros_like
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import sign
from flowgraph.ops.random import random_uniform
from flowgraph.ops.shape_assertions import assert_same_float_dtype
from flowgraph.ops.transcendental import exp, log, log1p


class Laplace(Univariate):
    """Laplace distributions: density ``exp(-abs(x - loc) / scale) / (2 scale)``.

    Parameters
    ----------
    loc : Tensor or float
        The centres.
    scale : Tensor or float
        Positive; broadcast with `loc`.
    validate_args : bool
        Whether a run checks that `scale` is positive.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    TypeError
        If `loc` and `scale` are not of one floating-point dtype.
    InvalidArgumentError
        When run with `validate_args`, if a scale is not positive.

    Examples
    --------
    >>> laplace = tf.distributions.Laplace(loc=0.0, scale=2.0)
    >>> print(*tf.Session().run([laplace.prob(0.0), laplace.cdf(0.0)]))
    0.25 0.5
    """

    _parameter_names = ("loc", "scale")

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Laplace",
    ) -> None:
        parameters = dict(locals())
        with (
            name_scope(name, values=[loc, scale]) as name,
            control_dependencies([assert_positive(scale)] if validate_args else []),
        ):
            self._loc = identity(loc, name="loc")
            self._scale = identity(scale, name="scale")
            assert_same_float_dtype([self._loc, self._scale])
        super().__init__(
            dtype=self._loc.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._loc, self._scale],
            name=name,
        )

    @property
    def loc(self) -> Tensor:
        """The centres."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The scales."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        kind = self.dtype.numpy.type
        # Open at -1, where the logarithm would be infinite.
        lowest = np.nextafter(kind(-1.0), kind(0.0))
        drawn = random_uniform(self._sample_shape(n), lowest, 1.0, self.dtype, seed)
        return self.loc - self.scale * sign(drawn) * log1p(-magnitude(drawn))

    def _log_prob(self, x: Tensor) -> Tensor:
        return -magnitude(self._standardized(x)) - (math.log(2.0) + log(self.scale))

    def _log_cdf(self, x: Tensor) -> Tensor:
        return log_cdf_laplace(self._standardized(x))

    def _cdf(self, x: Tensor) -> Tensor:
        z = self._standardized(x)
        return 0.5 + 0.5 * sign(z) * (1.0 - exp(-magnitude(z)))

    def _log_survival_function(self, x: Tensor) -> Tensor:
        return log_cdf_laplace(-self._standardized(x))

    def _entropy(self) -> Tensor:
        scale = self.scale + zeros_like(self.loc)
        return math.log(2.0) + 1.0 + log(scale)

    def _mean(self) -> Tensor:
        return self.loc + zeros_like(self.scale)

    def _mode(self) -> Tensor:
        return self._mean()

    def _stddev(self) -> Tensor:
        return math.sqrt(2.0) * self.scale + zeros_like(self.loc)

    def _standardized(self, x: Tensor) -> Tensor:
        return (x - self.loc) / self.scale


class LaplaceWithSoftplusScale(Laplace):
    """Laplace distributions whose scale is the softplus of a number of any sign.

    Parameters
    ----------
    loc, scale, validate_args, allow_nan_stats, name
        As for `Laplace`.
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "LaplaceWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[loc, scale]) as name:
            positive = softplus(scale, name="softplus_scale")
            super().__init__(loc, positive, validate_args, allow_nan_stats, name)
        self._parameters = parameters
