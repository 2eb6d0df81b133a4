"""Resampling: another distribution of classes, by leaving out elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.data.base import DatasetBase
from flowgraph.data.interleaving import sample_from_datasets
from flowgraph.data.transformations import scan
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add
from flowgraph.ops.array import expand_dims
from flowgraph.ops.comparison import less
from flowgraph.ops.conditional import cond
from flowgraph.ops.conversion import convert_to_tensor
from flowgraph.ops.core import cast
from flowgraph.ops.division import truediv
from flowgraph.ops.filling import fill
from flowgraph.ops.gathering import gather
from flowgraph.ops.masking import one_hot
from flowgraph.ops.printing import print_and_pass
from flowgraph.ops.random import random_uniform
from flowgraph.ops.rearranging import tile
from flowgraph.ops.reduction import reduce_max, reduce_min, reduce_sum

_BATCH, _SMOOTHING = 32, 10
"""Distributions are estimated anew after so many elements, from so many of each class on."""


def rejection_resample(
    class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None
) -> Callable[[Any], Any]:
    """Return the transformation to another distribution of classes.

    Parameters
    ----------
    class_func : callable
        Takes an element and returns its class, an int32 scalar.
    target_dist : list of float or Tensor
        The distribution that is wanted.
    initial_dist : list of float or Tensor, optional
        The distribution that there is; estimated on the way if left out.
    seed : int, optional

    Returns
    -------
    callable
        From a dataset to one of pairs of a class and an element.

    Notes
    -----
    With ``r = target / initial``, an element of class ``c`` of one pass is accepted with
    probability ``(r[c] - min(r)) / (max(r) - min(r))``, and elements are taken without a choice
    with probability ``min(r)``: that leaves out as few as possible.

    Examples
    --------
    >>> labels = tf.data.Dataset.from_tensor_slices([0, 0, 0, 1]).repeat()
    >>> resample = tf.data.experimental.rejection_resample(
    ...     lambda label: label, target_dist=[0.5, 0.5], initial_dist=[0.75, 0.25])
    >>> dataset = labels.apply(resample)
    """

    def transformation(dataset: Any) -> Any:
        plain = DatasetBase._plain
        target = convert_to_tensor(target_dist, name="target_dist")
        classes = dataset.map(class_func)
        taken_at_once: float | None = None
        if initial_dist is not None:
            known = convert_to_tensor(initial_dist, name="initial_dist")
            acceptance, direct = _acceptance(known, target)
            initials = plain.from_tensors(known).repeat()
            acceptances = plain.from_tensors(acceptance).repeat()
            directs = plain.from_tensors(direct).repeat()
            values = known.static_value(), target.static_value()
            if values[0] is not None and values[1] is not None:
                taken_at_once = float(np.min(values[1] / values[0]))
        else:
            initials = _estimates(target, classes)
            both = initials.map(lambda initial: _acceptance(initial, target))
            acceptances = both.map(lambda accepted, _: accepted)
            directs = both.map(lambda _, direct: direct)
        chosen = _accepted(dataset, acceptances, initials, classes, seed).prefetch(3)
        pairs = plain.zip((classes, dataset))
        if taken_at_once == 1:
            return pairs
        if taken_at_once == 0:
            return chosen
        weights = directs.map(lambda p: [(p, 1.0 - p)])
        return sample_from_datasets([pairs, chosen], weights=weights, seed=seed)

    return transformation


def _acceptance(initial: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return how likely each class is accepted, and an element without a choice."""
    ratio = target / (initial + np.finfo(initial.dtype.numpy).tiny)
    most, least = reduce_max(ratio), reduce_min(ratio)
    return (ratio - least) / (most - least), least


def _accepted(dataset: Any, acceptances: Any, initials: Any, classes: Any, seed: Any) -> Any:
    """Return pairs of a class and an element, those accepted."""

    def warned(acceptance: Tensor, initial: Tensor) -> Any:
        rejected = reduce_sum((1 - acceptance) * initial)
        return cond(
            less(rejected, 0.5),
            lambda: acceptance,
            lambda: print_and_pass(
                acceptance,
                [rejected, initial, acceptance],
                message="Proportion of examples rejected by sampler is high: ",
                summarize=100,
                first_n=10,
            ),
        )

    plain = DatasetBase._plain
    acceptances = plain.zip((acceptances, initials)).map(warned)
    rated = plain.zip((classes, acceptances, dataset)).map(
        lambda label, acceptance, data: (label, gather(acceptance, label), data)
    )
    chosen = rated.filter(lambda _, p, __: less(random_uniform([], seed=seed), p))
    return chosen.map(lambda label, _, data: (label, data))


def _estimates(target: Tensor, classes: Any) -> Any:
    """Return a distribution for each class that comes, from those that came before."""
    count = target.shape.as_list()[0]

    def count_batch(seen: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        now = add(seen, reduce_sum(one_hot(labels, count, dtype=dtypes.int64), 0))
        distribution = cast(truediv(now, reduce_sum(now)), dtypes.float32)
        return now, tile(expand_dims(distribution, 0), [_BATCH, 1])

    first = fill([count], np.int64(_SMOOTHING))
    return classes.batch(_BATCH).apply(scan(first, count_batch)).unbatch()
