"""Batches of distributions as distributions of whole blocks."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.kullback_leibler import RegisterKL, kl_divergence
from flowgraph.graph.scope import name_scope
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.joining import concat
from flowgraph.ops.reduction import reduce_sum
from flowgraph.shapes import TensorShape


class Independent(Distribution):
    """A batch whose last axes count as parts of one draw.

    Parameters
    ----------
    distribution : Distribution
        Of a batch shape with a known number of axes.
    reinterpreted_batch_ndims : int, optional
        How many axes; all but the first by default.
    validate_args : bool
        Passed on.
    name : str, optional
        ``"Independent"`` and the distribution's name by default.

    Raises
    ------
    ValueError
        If there are not so many axes.

    Examples
    --------
    >>> normals = tf.distributions.Normal([0.0, 1.0], 1.0)
    >>> block = tf.contrib.distributions.Independent(normals, reinterpreted_batch_ndims=1)
    >>> block.event_shape
    TensorShape([Dimension(2)])
    """

    def __init__(
        self,
        distribution: Any,
        reinterpreted_batch_ndims: int | None = None,
        validate_args: bool = False,
        name: str | None = None,
    ) -> None:
        parameters = dict(locals())
        name = name or "Independent" + distribution.name
        self._distribution = distribution
        axes = distribution.batch_shape.ndims
        if axes is None:
            raise NotImplementedError("Independent of a batch shape of unknown rank")
        count = max(0, axes - 1) if reinterpreted_batch_ndims is None else reinterpreted_batch_ndims
        if count > axes:
            raise ValueError(
                f"reinterpreted_batch_ndims({count}) cannot exceed distribution.batch_ndims({axes})"
            )
        self._count = int(count)
        self._batch_axes = axes - self._count
        super().__init__(
            dtype=distribution.dtype,
            reparameterization_type=distribution.reparameterization_type,
            validate_args=validate_args,
            allow_nan_stats=distribution.allow_nan_stats,
            parameters=parameters,
            graph_parents=distribution._graph_parents,
            name=name,
        )

    @property
    def distribution(self) -> Any:
        """The distributions of the parts."""
        return self._distribution

    @property
    def reinterpreted_batch_ndims(self) -> int:
        """How many axes of the batch are parts of one draw."""
        return self._count

    def _batch_shape(self) -> TensorShape:
        return self._distribution.batch_shape[: self._batch_axes]  # type: ignore[no-any-return]

    def _event_shape(self) -> TensorShape:
        parts = self._distribution.batch_shape[self._batch_axes :]
        return parts.concatenate(self._distribution.event_shape)  # type: ignore[no-any-return]

    def _batch_shape_tensor(self) -> Tensor:
        return self._distribution.batch_shape_tensor()[: self._batch_axes]  # type: ignore[no-any-return]

    def _event_shape_tensor(self) -> Tensor:
        parts = self._distribution.batch_shape_tensor()[self._batch_axes :]
        return concat([parts, self._distribution.event_shape_tensor()], 0)

    def _sample_n(self, n: Any, seed: int | None = None) -> Tensor:
        return self._distribution.sample(n, seed=seed)  # type: ignore[no-any-return]

    def _summed(self, values: Tensor) -> Tensor:
        return reduce_sum(values, list(range(-self._count, 0))) if self._count else values

    def _log_prob(self, x: Tensor) -> Tensor:
        return self._summed(self._distribution.log_prob(x))

    def _entropy(self) -> Tensor:
        return self._summed(self._distribution.entropy())

    def _mean(self) -> Tensor:
        return self._distribution.mean()  # type: ignore[no-any-return]

    def _variance(self) -> Tensor:
        return self._distribution.variance()  # type: ignore[no-any-return]

    def _stddev(self) -> Tensor:
        return self._distribution.stddev()  # type: ignore[no-any-return]

    def _mode(self) -> Tensor:
        return self._distribution.mode()  # type: ignore[no-any-return]


@RegisterKL(Independent, Independent)
def _divergence(a: Independent, b: Independent, name: str | None = None) -> Tensor:
    if not a.event_shape.is_compatible_with(b.event_shape):
        raise ValueError("Event shapes do not match.")
    if not a.distribution.event_shape.is_compatible_with(b.distribution.event_shape):
        raise NotImplementedError(
            "KL between Independents with different event shapes not supported."
        )
    with name_scope(name, "kl_independent"):
        return a._summed(kl_divergence(a.distribution, b.distribution))
