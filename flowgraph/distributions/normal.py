"""Normal distributions."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.normal_functions import log_ndtr, ndtr, ndtri
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.arithmetic import square, squared_difference
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.core import constant, identity
from flowgraph.ops.filling import ones_like
from flowgraph.ops.random import random_normal
from flowgraph.ops.shape_assertions import assert_same_float_dtype
from flowgraph.ops.transcendental import log


class Normal(Univariate):
    """Normal distributions: density ``exp(-((x - loc) / scale)**2 / 2) / (scale sqrt(2 pi))``.

    Parameters
    ----------
    loc : Tensor or float
        The means.
    scale : Tensor or float
        The standard deviations, positive; broadcast with `loc`.
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
    >>> normal = tf.distributions.Normal(loc=0.0, scale=1.0)
    >>> print(f"{tf.Session().run(normal.cdf(1.96)):.4f}")
    0.9750
    """

    _parameter_names = ("loc", "scale")

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Normal",
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
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._loc, self._scale],
            name=name,
        )

    @property
    def loc(self) -> Tensor:
        """The means."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The standard deviations."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        drawn = random_normal(self._sample_shape(n), 0.0, 1.0, self.loc.dtype, seed)
        return drawn * self.scale + self.loc

    def _log_prob(self, x: Tensor) -> Tensor:
        return -0.5 * square(self._standardized(x)) - self._log_normalization()

    def _log_normalization(self) -> Tensor:
        return 0.5 * math.log(2.0 * math.pi) + log(self.scale)

    def _log_cdf(self, x: Tensor) -> Tensor:
        return log_ndtr(self._standardized(x))

    def _cdf(self, x: Tensor) -> Tensor:
        return ndtr(self._standardized(x))

    def _log_survival_function(self, x: Tensor) -> Tensor:
        return log_ndtr(-self._standardized(x))

    def _survival_function(self, x: Tensor) -> Tensor:
        return ndtr(-self._standardized(x))

    def _quantile(self, p: Tensor) -> Tensor:
        z = ndtri(p)
        with name_scope("reconstruct", values=[z]):
            return z * self.scale + self.loc

    def _entropy(self) -> Tensor:
        scale = self.scale * ones_like(self.loc)
        return 0.5 * math.log(2.0 * math.pi * math.e) + log(scale)

    def _mean(self) -> Tensor:
        return self.loc * ones_like(self.scale)

    def _mode(self) -> Tensor:
        return self._mean()

    def _stddev(self) -> Tensor:
        return self.scale * ones_like(self.loc)

    def _standardized(self, x: Tensor) -> Tensor:
        with name_scope("standardize", values=[x]):
            return (x - self.loc) / self.scale


class NormalWithSoftplusScale(Normal):
    """Normal distributions whose scale is the softplus of a number of any sign.

    Parameters
    ----------
    loc, scale, validate_args, allow_nan_stats, name
        As for `Normal`.
    """

    def __init__(
        self,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "NormalWithSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[scale]) as name:
            positive = softplus(scale, name="softplus_scale")
            super().__init__(loc, positive, validate_args, allow_nan_stats, name)
        self._parameters = parameters


@RegisterKL(Normal, Normal)
def _divergence(a: Normal, b: Normal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_normal_normal", [a.loc, b.loc]):
        one, two, half = (constant(value, a.dtype) for value in (1, 2, 0.5))
        variances = square(a.scale), square(b.scale)
        ratio = variances[0] / variances[1]
        distance = squared_difference(a.loc, b.loc) / (two * variances[1])
        return distance + half * (ratio - one - log(ratio))
