"""Gamma distributions, and exponential ones, which are of concentration 1."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.statistics import nan_where_undefined, refused_where_undefined
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.arithmetic import square
from flowgraph.ops.assertions import assert_positive
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import convert_to_tensor, identity, shape
from flowgraph.ops.filling import ones
from flowgraph.ops.joining import concat
from flowgraph.ops.random import random_uniform
from flowgraph.ops.sampling import random_gamma
from flowgraph.ops.shape_assertions import assert_same_float_dtype
from flowgraph.ops.special_functions import digamma, igamma, lgamma
from flowgraph.ops.transcendental import log, sqrt
from flowgraph.ops.xlogy import xlogy


class Gamma(Univariate):
    """Gamma distributions.

    The density is ``rate**c x**(c - 1) exp(-rate x) / gamma(c)``, c standing for
    `concentration`.

    Parameters
    ----------
    concentration : Tensor or float
        Shape parameters, positive.
    rate : Tensor or float
        Inverse scales, positive; broadcast with `concentration`.
    validate_args : bool
        Whether a run checks that parameters and values are positive.
    allow_nan_stats : bool
        Whether the mode is NaN for a concentration of 1 or less; if not, a run of it stops.
    name : str

    Raises
    ------
    TypeError
        If the parameters are not of one floating-point dtype.
    InvalidArgumentError
        When run, for what is refused above.

    Examples
    --------
    >>> gamma = tf.distributions.Gamma(concentration=3.0, rate=2.0)
    >>> print(*tf.Session().run([gamma.mean(), gamma.variance(), gamma.mode()]))
    1.5 0.75 1.0
    """

    _parameter_names: ClassVar[tuple[str, ...]] = ("concentration", "rate")

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Gamma",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as name:
            given = (concentration, rate) if validate_args else ()
            with control_dependencies([assert_positive(x) for x in given]):
                self._concentration = identity(concentration, name="concentration")
                self._rate = identity(rate, name="rate")
                assert_same_float_dtype([self._concentration, self._rate])
        super().__init__(
            dtype=self._concentration.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration, self._rate],
            name=name,
        )

    @property
    def concentration(self) -> Tensor:
        """The shape parameters."""
        return self._concentration

    @property
    def rate(self) -> Tensor:
        """The inverse scales."""
        return self._rate

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return random_gamma([n], self.concentration, self.rate, self.dtype, seed)

    def _log_prob(self, x: Tensor) -> Tensor:
        x = self._checked(x)
        unnormalized = xlogy(self.concentration - 1.0, x) - self.rate * x
        return unnormalized - (lgamma(self.concentration) - self.concentration * log(self.rate))

    def _cdf(self, x: Tensor) -> Tensor:
        return igamma(self.concentration, self.rate * self._checked(x))

    def _entropy(self) -> Tensor:
        return (
            self.concentration
            - log(self.rate)
            + lgamma(self.concentration)
            + (1.0 - self.concentration) * digamma(self.concentration)
        )

    def _mean(self) -> Tensor:
        return self.concentration / self.rate

    def _variance(self) -> Tensor:
        return self.concentration / square(self.rate)

    def _stddev(self) -> Tensor:
        return sqrt(self.concentration) / self.rate

    def _mode(self) -> Tensor:
        mode = (self.concentration - 1.0) / self.rate
        if self.allow_nan_stats:
            sizes = self.batch_shape_tensor()
            return nan_where_undefined(self.concentration > 1.0, mode, sizes)
        text = "mode not defined when any concentration <= 1"
        return refused_where_undefined(mode, (self.concentration, text))

    def _checked(self, x: Tensor) -> Tensor:
        assert_same_float_dtype(tensors=[x], dtype=self.dtype)
        return with_dependencies([assert_positive(x)], x) if self.validate_args else x


class GammaWithSoftplusConcentrationRate(Gamma):
    """Gamma distributions whose parameters are the softplus of numbers of any sign.

    Parameters
    ----------
    concentration, rate, validate_args, allow_nan_stats, name
        As for `Gamma`.
    """

    def __init__(
        self,
        concentration: Any,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "GammaWithSoftplusConcentrationRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration, rate]) as name:
            super().__init__(
                softplus(concentration, name="softplus_concentration"),
                softplus(rate, name="softplus_rate"),
                validate_args,
                allow_nan_stats,
                name,
            )
        self._parameters = parameters


class Exponential(Gamma):
    """Exponential distributions: density ``rate exp(-rate x)``.

    Parameters
    ----------
    rate : Tensor or float
        Positive.
    validate_args, allow_nan_stats, name
        As for `Gamma`.

    Raises
    ------
    TypeError, InvalidArgumentError
        As for `Gamma`.

    Examples
    --------
    >>> exponential = tf.distributions.Exponential(rate=4.0)
    >>> print(*tf.Session().run([exponential.mean(), exponential.prob(0.0)]))
    0.25 4.0
    """

    _parameter_names = ("rate",)

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Exponential",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as name:
            given = convert_to_tensor(rate, name="rate")
        one = ones([], dtype=given.dtype)
        super().__init__(one, given, validate_args, allow_nan_stats, name)
        self._parameters = parameters

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        sizes = concat([[n], shape(self.rate)], 0)
        # Above 0, where the logarithm would be infinite.
        smallest = np.finfo(self.dtype.numpy).tiny
        return -log(random_uniform(sizes, smallest, 1.0, self.dtype, seed)) / self.rate

    def _log_survival_function(self, value: Tensor) -> Tensor:
        return self._log_prob(value) - log(self.rate)


class ExponentialWithSoftplusRate(Exponential):
    """Exponential distributions whose rate is the softplus of a number of any sign.

    Parameters
    ----------
    rate, validate_args, allow_nan_stats, name
        As for `Exponential`.
    """

    def __init__(
        self,
        rate: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "ExponentialWithSoftplusRate",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[rate]) as name:
            positive = softplus(rate, name="softplus_rate")
            super().__init__(positive, validate_args, allow_nan_stats, name)
        self._parameters = parameters


@RegisterKL(Gamma, Gamma)
def _divergence(a: Gamma, b: Gamma, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_gamma_gamma", [a.concentration, a.rate, b.concentration, b.rate]):
        return (
            (a.concentration - b.concentration) * digamma(a.concentration)
            + lgamma(b.concentration)
            - lgamma(a.concentration)
            + b.concentration * log(a.rate)
            - b.concentration * log(b.rate)
            + a.concentration * (b.rate / a.rate - 1.0)
        )
