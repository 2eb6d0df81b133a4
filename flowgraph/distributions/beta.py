"""Beta distributions."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.kullback_leibler import RegisterKL
from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.seeds import salted_seed
from flowgraph.distributions.statistics import nan_where_undefined, refused_where_undefined
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.activation import softplus
from flowgraph.ops.assertions import assert_less, assert_positive
from flowgraph.ops.comparison import logical_and
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import convert_to_tensor, shape
from flowgraph.ops.filling import ones, ones_like
from flowgraph.ops.sampling import random_gamma
from flowgraph.ops.shape_assertions import assert_same_float_dtype
from flowgraph.ops.special_functions import betainc, digamma, lgamma
from flowgraph.ops.transcendental import log1p
from flowgraph.ops.xlogy import xlogy
from flowgraph.shapes import TensorShape


class Beta(Univariate):
    """Beta distributions: density ``x**(c1 - 1) (1 - x)**(c0 - 1) / beta(c1, c0)`` on ``(0, 1)``.

    Parameters
    ----------
    concentration1, concentration0 : Tensor or float
        ``c1`` and ``c0``, positive; broadcast with each other.
    validate_args : bool
        Whether a run checks parameters and values.
    allow_nan_stats : bool
        Whether the mode is NaN where a concentration is 1 or less; if not, a run of it stops.
    name : str

    Raises
    ------
    TypeError
        If the parameters are not of one floating-point dtype.
    InvalidArgumentError
        When run, for what is refused above.

    Examples
    --------
    >>> beta = tf.distributions.Beta(2.0, 2.0)
    >>> print(*tf.Session().run([beta.mean(), beta.prob(0.5)]))
    0.5 1.5
    """

    _parameter_names = ("concentration1", "concentration0")

    def __init__(
        self,
        concentration1: Any = None,
        concentration0: Any = None,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Beta",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as name:
            self._concentration1, self._concentration0 = (
                _checked(convert_to_tensor(value, name=key), validate_args)
                for key, value in (
                    ("concentration1", concentration1),
                    ("concentration0", concentration0),
                )
            )
            assert_same_float_dtype([self._concentration1, self._concentration0])
            self._total = self._concentration1 + self._concentration0
        super().__init__(
            dtype=self._total.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._concentration1, self._concentration0, self._total],
            name=name,
        )

    @property
    def concentration1(self) -> Tensor:
        """How much mass there is near 1."""
        return self._concentration1

    @property
    def concentration0(self) -> Tensor:
        """How much mass there is near 0."""
        return self._concentration0

    @property
    def total_concentration(self) -> Tensor:
        """Their sum."""
        return self._total

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._total)

    def _batch_shape(self) -> TensorShape:
        return self._total.shape

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        c1 = ones_like(self._total, dtype=self.dtype) * self.concentration1
        c0 = ones_like(self._total, dtype=self.dtype) * self.concentration0
        first = random_gamma([n], c1, dtype=self.dtype, seed=seed)
        second = random_gamma([n], c0, dtype=self.dtype, seed=salted_seed(seed, "beta"))
        return first / (first + second)

    def _log_prob(self, x: Tensor) -> Tensor:
        if self.validate_args:
            text = "sample must be less than `1`."
            checks = [
                assert_positive(x, message="sample must be positive"),
                assert_less(x, ones([], self.dtype), message=text),
            ]
            x = with_dependencies(checks, x)
        c1, c0 = self.concentration1, self.concentration0
        return xlogy(c1 - 1.0, x) + (c0 - 1.0) * log1p(-x) - self._log_normalization()

    def _log_normalization(self) -> Tensor:
        return lgamma(self.concentration1) + lgamma(self.concentration0) - lgamma(self._total)

    def _cdf(self, x: Tensor) -> Tensor:
        return betainc(self.concentration1, self.concentration0, x)

    def _entropy(self) -> Tensor:
        return (
            self._log_normalization()
            - (self.concentration1 - 1.0) * digamma(self.concentration1)
            - (self.concentration0 - 1.0) * digamma(self.concentration0)
            + (self._total - 2.0) * digamma(self._total)
        )

    def _mean(self) -> Tensor:
        return self.concentration1 / self._total

    def _variance(self) -> Tensor:
        return self._mean() * (1.0 - self._mean()) / (1.0 + self._total)

    def _mode(self) -> Tensor:
        mode = (self.concentration1 - 1.0) / (self._total - 2.0)
        if self.allow_nan_stats:
            is_defined = logical_and(self.concentration1 > 1.0, self.concentration0 > 1.0)
            return nan_where_undefined(is_defined, mode, self.batch_shape_tensor())
        return refused_where_undefined(
            mode,
            (self.concentration1, "Mode undefined for concentration1 <= 1."),
            (self.concentration0, "Mode undefined for concentration0 <= 1."),
        )


def _checked(concentration: Tensor, validate_args: bool) -> Tensor:
    if not validate_args:
        return concentration
    check = assert_positive(concentration, message="Concentration parameter must be positive.")
    return with_dependencies([check], concentration)  # type: ignore[no-any-return]


class BetaWithSoftplusConcentration(Beta):
    """Beta distributions whose parameters are the softplus of numbers of any sign.

    Parameters
    ----------
    concentration1, concentration0, validate_args, allow_nan_stats, name
        As for `Beta`.
    """

    def __init__(
        self,
        concentration1: Any,
        concentration0: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "BetaWithSoftplusConcentration",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[concentration1, concentration0]) as name:
            super().__init__(
                softplus(concentration1, name="softplus_concentration1"),
                softplus(concentration0, name="softplus_concentration0"),
                validate_args,
                allow_nan_stats,
                name,
            )
        self._parameters = parameters


@RegisterKL(Beta, Beta)
def _divergence(a: Beta, b: Beta, name: str | None = None) -> Tensor:
    values = [x for d in (a, b) for x in (d.concentration1, d.concentration0, d._total)]
    with name_scope(name, "kl_beta_beta", values):
        return (
            (b._log_normalization() - a._log_normalization())
            - digamma(a.concentration1) * (b.concentration1 - a.concentration1)
            - digamma(a.concentration0) * (b.concentration0 - a.concentration0)
            + digamma(a._total) * (b._total - a._total)
        )
