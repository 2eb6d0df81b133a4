"""Distributions of what a bijector makes of another distribution's draws."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

from flowgraph import dtypes
from flowgraph.distributions.bijectors.bijector import Bijector
from flowgraph.distributions.bijectors.elementwise import Identity
from flowgraph.distributions.distribution import Distribution
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import transpose
from flowgraph.ops.broadcasting import broadcast_to
from flowgraph.ops.core import convert_to_tensor
from flowgraph.ops.joining import concat
from flowgraph.ops.reduction import reduce_sum
from flowgraph.ops.transcendental import exp
from flowgraph.shapes import TensorShape


class TransformedDistribution(Distribution):
    """What a bijector makes of the draws of a distribution.

    Parameters
    ----------
    distribution : Distribution
    bijector : Bijector, optional
        The identity by default.
    batch_shape, event_shape : list of int, optional
        Make a block of independent draws one draw, where `distribution` is of a single number:
        or at least of no batch, or of no event, for the one that is given.
    validate_args : bool
        Passed on.
    name : str, optional
        The bijector's name and the distribution's by default.

    Raises
    ------
    ValueError
        If a shape is given that `distribution` has already.

    Examples
    --------
    >>> distributions = tf.contrib.distributions
    >>> log_normal = distributions.TransformedDistribution(
    ...     distributions.Normal(0.0, 1.0), distributions.bijectors.Exp()
    ... )
    >>> print(tf.Session().run(log_normal.prob(1.0)))
    0.3989423
    """

    def __init__(
        self,
        distribution: Any,
        bijector: Bijector | None = None,
        batch_shape: Any = None,
        event_shape: Any = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or ("" if bijector is None else bijector.name) + distribution.name
        self._distribution = distribution
        self._bijector = Identity(validate_args) if bijector is None else bijector
        self._batch_override = _given(batch_shape, distribution.batch_shape, "batch")
        self._event_override = _given(event_shape, distribution.event_shape, "event")
        # A draw of the distribution has the block's axes first, then those of its batch.
        self._is_rotated = self._event_override is not None and distribution.batch_shape.ndims != 0
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=distribution.reparameterization_type,
            validate_args=validate_args,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            graph_parents=[*distribution._graph_parents, *self._bijector.graph_parents],
            name=name,
        )

    @property
    def distribution(self) -> Any:
        """What is drawn at first."""
        return self._distribution

    @property
    def bijector(self) -> Bijector:
        """What is made of it."""
        return self._bijector

    def _before(self) -> TensorShape:
        """Return the shape of one draw before the bijector."""
        if self._event_override is not None:
            return TensorShape(self._event_override)
        return self._distribution.event_shape  # type: ignore[no-any-return]

    def _batch_shape(self) -> TensorShape:
        if self._batch_override is not None:
            return TensorShape(self._batch_override)
        return self._distribution.batch_shape  # type: ignore[no-any-return]

    def _event_shape(self) -> TensorShape:
        return self._bijector.forward_event_shape(self._before())

    def _batch_shape_tensor(self) -> Tensor:
        if self._batch_override is not None:
            return convert_to_tensor(self._batch_override, dtypes.int32)
        return self._distribution.batch_shape_tensor()  # type: ignore[no-any-return]

    def _event_shape_tensor(self) -> Tensor:
        if self._event_override is not None:
            before = convert_to_tensor(self._event_override, dtypes.int32)
        else:
            before = self._distribution.event_shape_tensor()
        return self._bijector.forward_event_shape_tensor(before)

    def _event_axes(self) -> int:
        """Return how many axes one draw has."""
        count = self.event_shape.ndims
        if count is None:
            raise NotImplementedError("a transformed distribution of events of unknown rank")
        return count

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        event, batch = self._event_override or [], self._batch_override or []
        sizes = [*event, n, *batch] if self._is_rotated else [n, *batch, *event]
        x = self._distribution.sample(concat([[size] for size in sizes], 0), seed)
        if self._is_rotated:
            x = _rotated(x, len(event))
        return self._bijector.forward(x)

    def _log_prob(self, y: Tensor) -> Tensor:
        x = self._bijector.inverse(y)
        stretch = self._bijector.inverse_log_det_jacobian(y, event_ndims=self._event_axes())
        return self._over_block(x) + stretch

    def _prob(self, y: Tensor) -> Tensor:
        return exp(self._log_prob(y))

    def _over_block(self, x: Tensor) -> Tensor:
        """Return the log-probabilities of draws, summed over a block."""
        event = self._event_override
        if event is None:
            return self._distribution.log_prob(x)  # type: ignore[no-any-return]
        axes = len(event)
        if not self._is_rotated:
            return reduce_sum(self._distribution.log_prob(x), list(range(-axes, 0)))
        rank = x.shape.ndims
        if rank is None:
            raise NotImplementedError("log_prob of values of unknown rank")
        first = transpose(x, [*range(rank - axes, rank), *range(rank - axes)])
        return reduce_sum(self._distribution.log_prob(first), list(range(axes)))

    def _origin(self, y: Tensor, method: str) -> Tensor:
        if self._event_override is not None:
            raise NotImplementedError(f"{method} is not implemented when overriding event_shape")
        return self._bijector.inverse(y)

    def _log_cdf(self, y: Tensor) -> Tensor:
        return self._distribution.log_cdf(self._origin(y, "log_cdf"))  # type: ignore[no-any-return]

    def _cdf(self, y: Tensor) -> Tensor:
        return self._distribution.cdf(self._origin(y, "cdf"))  # type: ignore[no-any-return]

    def _log_survival_function(self, y: Tensor) -> Tensor:
        x = self._origin(y, "log_survival_function")
        return self._distribution.log_survival_function(x)  # type: ignore[no-any-return]

    def _survival_function(self, y: Tensor) -> Tensor:
        x = self._origin(y, "survival_function")
        return self._distribution.survival_function(x)  # type: ignore[no-any-return]

    def _quantile(self, p: Tensor) -> Tensor:
        if self._event_override is not None:
            raise NotImplementedError("quantile is not implemented when overriding event_shape")
        return self._bijector.forward(self._distribution.quantile(p))

    def _mean(self) -> Tensor:
        if not self._bijector.is_constant_jacobian:
            raise NotImplementedError("mean is not implemented for non-affine bijectors")
        x = self._distribution.mean()
        blocks = [block for block in (self._batch_override, self._event_override) if block]
        if blocks:
            known = self._batch_shape().concatenate(self._before())
            if self._event_override is not None and self._is_rotated:
                for _ in self._event_override:
                    x = x[..., None]
            x = broadcast_to(x, convert_to_tensor(known.as_list(), dtypes.int32))
        return self._bijector.forward(x)

    def _entropy(self) -> Tensor:
        if not self._bijector.is_constant_jacobian:
            raise NotImplementedError("entropy is not implemented")
        entropy = self._distribution.entropy()
        if self._event_override is not None:
            entropy = entropy * float(reduce(operator.mul, self._event_override, 1))
        if self._batch_override is not None:
            entropy = broadcast_to(entropy, self._batch_shape_tensor())
        sizes = convert_to_tensor(self._before().as_list(), dtypes.int32)
        origin = broadcast_to(convert_to_tensor(0.0, self.dtype), sizes)
        anywhere = self._bijector.forward(origin)
        axes = self._event_axes()
        return entropy - self._bijector.inverse_log_det_jacobian(anywhere, event_ndims=axes)  # type: ignore[no-any-return]


def _given(sizes: Any, known: TensorShape, word: str) -> list[int] | None:
    """Return a shape that was given; ``None`` for none."""
    if sizes is None:
        return None
    value = convert_to_tensor(sizes, dtypes.int32).static_value()
    if value is None:
        raise NotImplementedError(f"{word}_shape that is known only when run")
    if value.ndim != 1:
        raise ValueError("shape override must be a vector")
    if value.size and known.ndims != 0:
        raise ValueError(f"base distribution: {word}_shape is not scalar, but was to be replaced")
    return value.tolist() if value.size else None


def _rotated(x: Tensor, count: int) -> Tensor:
    """Return a tensor with its first axes behind all others."""
    rank = x.shape.ndims
    if rank is None:
        raise NotImplementedError("samples of unknown rank")
    return transpose(x, [*range(count, rank), *range(count)])
