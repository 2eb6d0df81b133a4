"""Student's t distributions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.seeds import salted_seed
from flowgraph.distributions.statistics import (
    filled,
    nan_where_undefined,
    refused_where_undefined,
)
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.arithmetic import square
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.comparison import greater, less
from flowgraph.ops.core import identity
from flowgraph.ops.filling import ones, ones_like
from flowgraph.ops.joining import concat
from flowgraph.ops.magnitude import abs as magnitude
from flowgraph.ops.magnitude import floor
from flowgraph.ops.random import random_normal
from flowgraph.ops.sampling import random_gamma
from flowgraph.ops.selection import where_v2
from flowgraph.ops.shape_assertions import assert_same_float_dtype
from flowgraph.ops.special_functions import betainc, digamma, lbeta, lgamma
from flowgraph.ops.transcendental import log, log1p, rsqrt


class StudentT(Univariate):
    """Student's t distributions.

    The density is ``(1 + y**2 / df)**(-(df + 1) / 2)`` up to a constant factor, with
    ``y = (x - loc) / scale``.

    Parameters
    ----------
    df : Tensor or float
        Degrees of freedom, positive.
    loc : Tensor or float
        The centres.
    scale : Tensor or float
        Not the standard deviations; all three are broadcast.
    validate_args : bool
        Whether a run checks that `df` is positive.
    allow_nan_stats : bool
        Whether mean and variance are NaN for `df` of 1 or less; if not, a run of them stops.
    name : str

    Raises
    ------
    TypeError
        If the parameters are not of one floating-point dtype.
    InvalidArgumentError
        When run, for what is refused above.

    Examples
    --------
    >>> student = tf.distributions.StudentT(df=4.0, loc=1.0, scale=3.0)
    >>> print(*tf.Session().run([student.mean(), student.variance()]))
    1.0 18.0
    """

    _parameter_names = ("df", "loc", "scale")

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentT",
    ) -> None:
        parameters = dict(locals())
        with (
            name_scope(name, values=[df, loc, scale]) as name,
            control_dependencies([assert_positive(df)] if validate_args else []),
        ):
            self._df = identity(df, name="df")
            self._loc = identity(loc, name="loc")
            self._scale = identity(scale, name="scale")
            assert_same_float_dtype((self._df, self._loc, self._scale))
        super().__init__(
            dtype=self._scale.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._df, self._loc, self._scale],
            name=name,
        )

    @property
    def df(self) -> Tensor:
        """The degrees of freedom."""
        return self._df

    @property
    def loc(self) -> Tensor:
        """The centres."""
        return self._loc

    @property
    def scale(self) -> Tensor:
        """The scales."""
        return self._scale

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        normal = random_normal(self._sample_shape(n), dtype=self.dtype, seed=seed)
        df = self.df * self._ones()
        salted = salted_seed(seed, "student_t")
        chi_square = random_gamma([n], 0.5 * df, beta=0.5, dtype=self.dtype, seed=salted)
        return normal * rsqrt(chi_square / df) * self.scale + self.loc

    def _ones(self) -> Tensor:
        return ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _log_prob(self, x: Tensor) -> Tensor:
        y = (x - self.loc) / self.scale
        unnormalized = -0.5 * (self.df + 1.0) * log1p(y**2.0 / self.df)
        return unnormalized - self._log_normalization()

    def _log_normalization(self) -> Tensor:
        return (
            log(magnitude(self.scale))
            + 0.5 * log(self.df)
            + 0.5 * math.log(math.pi)
            + lgamma(0.5 * self.df)
            - lgamma(0.5 * (self.df + 1.0))
        )

    def _cdf(self, value: Tensor) -> Tensor:
        y = (value - self.loc) / magnitude(self.scale)
        x = self.df / (y**2.0 + self.df)
        below = 0.5 * betainc(0.5 * self.df, 0.5, x)
        return where_v2(less(y, 0.0), below, 1.0 - below)

    def _entropy(self) -> Tensor:
        v = self._ones()[..., None]
        u = v * self.df[..., None]
        return (
            log(magnitude(self.scale))
            + 0.5 * log(self.df)
            + lbeta(concat([u, v], -1) / 2.0)
            + 0.5 * (self.df + 1.0) * (digamma(0.5 * (self.df + 1.0)) - digamma(0.5 * self.df))
        )

    def _mean(self) -> Tensor:
        return self._defined(self.loc * self._ones(), "mean")

    def _mode(self) -> Tensor:
        return identity(self.loc)

    def _variance(self) -> Tensor:
        divisor = where_v2(greater(self.df, 2.0), self.df - 2.0, ones_like(self.df))
        variance = self._ones() * square(self.scale) * self.df / divisor
        is_finite = self.df > filled(self.batch_shape_tensor(), 2.0, self.df)
        infinite = filled(self.batch_shape_tensor(), np.inf, self.df, "inf")
        return self._defined(where_v2(is_finite, variance, infinite), "variance")

    def _defined(self, statistic: Tensor, what: str) -> Tensor:
        if self.allow_nan_stats:
            is_defined = greater(self.df, self._ones())
            return nan_where_undefined(is_defined, statistic, self.batch_shape_tensor())
        text = f"{what} not defined for components of df <= 1"
        return refused_where_undefined(statistic, (self.df, text))


class StudentTWithAbsDfSoftplusScale(StudentT):
    """Student's t distributions whose scale is the softplus of a number of any sign.

    The degrees of freedom are the whole part of the absolute value of `df`.

    Parameters
    ----------
    df, loc, scale, validate_args, allow_nan_stats, name
        As for `StudentT`.
    """

    def __init__(
        self,
        df: Any,
        loc: Any,
        scale: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "StudentTWithAbsDfSoftplusScale",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[df, scale]) as name:
            whole = floor(magnitude(df))
            positive = softplus(scale, name="softplus_scale")
            super().__init__(whole, loc, positive, validate_args, allow_nan_stats, name)
        self._parameters = parameters
