"""What every metric is made of: local variables that add up, a value, and an update of both."""

from __future__ import annotations

from typing import Any

from flowgraph.graph.scope import GraphKeys, add_to_collections
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import expand_dims, squeeze
from flowgraph.ops.comparison import equal
from flowgraph.ops.conditional import cond
from flowgraph.ops.confusion import may_squeeze, remove_squeezable_dimensions
from flowgraph.ops.core import convert_to_tensor, rank
from flowgraph.ops.division import div_no_nan
from flowgraph.ops.filling import zeros
from flowgraph.ops.magnitude import maximum
from flowgraph.variables.distribution import VariableAggregation, VariableSynchronization
from flowgraph.variables.variable import Variable


def metric_variable(
    shape: Any, dtype: Any, validate_shape: bool = True, name: str | None = None
) -> Variable:
    """Return a variable of zeros that is local: not trained, not saved.

    It is listed in ``GraphKeys.LOCAL_VARIABLES`` and ``GraphKeys.METRIC_VARIABLES``.
    """
    return Variable(
        lambda: zeros(shape, dtype),
        trainable=False,
        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.METRIC_VARIABLES],
        validate_shape=validate_shape,
        synchronization=VariableSynchronization.ON_READ,
        aggregation=VariableAggregation.SUM,
        name=name,
    )


def publish(
    value: Tensor, update: Tensor, metrics_collections: Any, updates_collections: Any
) -> tuple[Tensor, Tensor]:
    """Return a metric's two results, added to the collections that the caller named."""
    if metrics_collections:
        add_to_collections(metrics_collections, value)
    if updates_collections:
        add_to_collections(updates_collections, update)
    return value, update


def ratio(total: Any, count: Any, name: str | None = None) -> Tensor:
    """Return `total` over `count`, and 0 where the count is not positive."""
    return div_no_nan(total, maximum(count, 0), name=name)


def aligned(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Any, Any]:
    """Return the three with one rank where they differ by a last dimension of 1 only.

    `labels` and `weights` may be ``None``, and stay so.

    Raises
    ------
    ValueError
        If the shapes of `predictions` and `labels` are not compatible.
    """
    predictions = convert_to_tensor(predictions)
    if labels is not None:
        labels, predictions = remove_squeezable_dimensions(labels, predictions)
        predictions.shape.assert_is_compatible_with(labels.shape)
    if weights is None:
        return predictions, labels, None
    return predictions, labels, _of_rank(convert_to_tensor(weights), predictions)


def _of_rank(weights: Tensor, predictions: Tensor) -> Tensor:
    """Return the weights with the rank of the predictions, if that takes one dimension of 1."""
    given, wanted = weights.shape.ndims, predictions.shape.ndims
    if given == 0:
        return weights
    if given is not None and wanted is not None:
        if given - wanted == 1:
            return squeeze(weights, [-1])
        return expand_dims(weights, [-1]) if wanted - given == 1 else weights
    own_rank = rank(weights)
    ahead = own_rank - rank(predictions)

    def without_last() -> Tensor:
        return squeeze(weights, [-1]) if may_squeeze(weights) else weights

    def perhaps_longer() -> Any:
        return cond(equal(ahead, -1), lambda: expand_dims(weights, [-1]), lambda: weights)

    def adjusted() -> Any:
        return cond(equal(ahead, 1), without_last, perhaps_longer)

    fitting: Tensor = cond(equal(own_rank, 0), lambda: weights, adjusted)
    return fitting
