"""Uniform distributions."""

from __future__ import annotations

import math
from typing import Any

from flowgraph.distributions.reparameterization import FULLY_REPARAMETERIZED
from flowgraph.distributions.univariate import Univariate
from flowgraph.graph.scope import control_dependencies, name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import square
from flowgraph.ops.assertions import assert_less
from flowgraph.ops.broadcasting import broadcast_dynamic_shape
from flowgraph.ops.comparison import is_nan, logical_or
from flowgraph.ops.core import identity, shape
from flowgraph.ops.filling import ones, ones_like, zeros, zeros_like
from flowgraph.ops.random import random_uniform
from flowgraph.ops.selection import where_v2
from flowgraph.ops.shape_assertions import assert_same_float_dtype
from flowgraph.ops.transcendental import log


class Uniform(Univariate):
    """Uniform distributions on ``[low, high)``.

    Parameters
    ----------
    low, high : Tensor or float
        The bounds, broadcast with each other.
    validate_args : bool
        Whether a run checks that `low` is less than `high`.
    allow_nan_stats : bool
        Of no effect on statistics, all of which are defined; passed on to divergences.
    name : str

    Raises
    ------
    TypeError
        If the bounds are not of one floating-point dtype.
    InvalidArgumentError
        When run with `validate_args`, if a range is empty.

    Examples
    --------
    >>> uniform = tf.distributions.Uniform(low=1.0, high=3.0)
    >>> print(*tf.Session().run([uniform.prob(2.0), uniform.mean()]))
    0.5 2.0
    """

    _parameter_names = ("low", "high")

    def __init__(
        self,
        low: Any = 0.0,
        high: Any = 1.0,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "Uniform",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name, values=[low, high]) as name:
            text = "uniform not defined when low >= high."
            checks = [assert_less(low, high, message=text)] if validate_args else []
            with control_dependencies(checks):
                self._low = identity(low, name="low")
                self._high = identity(high, name="high")
                assert_same_float_dtype([self._low, self._high])
        super().__init__(
            dtype=self._low.dtype,
            reparameterization_type=FULLY_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[self._low, self._high],
            name=name,
        )

    @property
    def low(self) -> Tensor:
        """The lower bounds."""
        return self._low

    @property
    def high(self) -> Tensor:
        """The upper bounds."""
        return self._high

    def range(self, name: str = "range") -> Tensor:
        """Return ``high - low``."""
        with self._name_scope(name):
            return self.high - self.low

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        drawn = random_uniform(self._sample_shape(n), dtype=self.dtype, seed=seed)
        return self.low + self.range() * drawn

    def _prob(self, x: Tensor) -> Tensor:
        x = x * ones(self.batch_shape_tensor(), dtype=x.dtype)
        is_undefined = is_nan(x)
        is_outside = logical_or(x < self.low, x >= self.high)
        density = where_v2(is_outside, zeros_like(x), ones_like(x) / self.range())
        return where_v2(is_undefined, x, density)

    def _cdf(self, x: Tensor) -> Tensor:
        sizes = broadcast_dynamic_shape(shape(x), self.batch_shape_tensor())
        none, all_of_it = zeros(sizes, dtype=self.dtype), ones(sizes, dtype=self.dtype)
        stretched = x * all_of_it
        below = where_v2(x < self.low, none, (stretched - self.low) / self.range())
        return where_v2(x >= self.high, all_of_it, below)

    def _entropy(self) -> Tensor:
        return log(self.range())

    def _mean(self) -> Tensor:
        return (self.low + self.high) / 2.0

    def _variance(self) -> Tensor:
        return square(self.range()) / 12.0

    def _stddev(self) -> Tensor:
        return self.range() / math.sqrt(12.0)
