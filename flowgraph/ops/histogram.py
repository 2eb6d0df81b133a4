"""Histograms over buckets of fixed limits, as summaries hold them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from flowgraph import protos
from flowgraph.dtypes import Array

_LARGEST = float(np.finfo(np.float64).max)


@functools.cache
def limits() -> Array:
    """Return the upper limits of the buckets: each a tenth farther from 0 than the one before."""
    positive = []
    limit = 1e-12
    while limit < 1e20:
        positive.append(limit)
        limit *= 1.1
    positive.append(_LARGEST)
    return np.array([*(-limit for limit in reversed(positive)), 0.0, *positive])


def histogram(values: Array) -> Any:
    """Return the HistogramProto of finite values; a run of empty buckets is written as one.

    Parameters
    ----------
    values : array of float64
    """
    flat = values.reshape(-1)
    bounds = limits()
    places = np.minimum(np.searchsorted(bounds, flat, side="right"), bounds.size - 1)
    counts = np.bincount(places, minlength=bounds.size)
    # An empty bucket is kept only as the last of its run.
    kept = np.flatnonzero((counts > 0) | np.append(counts[1:] > 0, True))
    return protos.HistogramProto(
        min=flat.min(initial=_LARGEST) + 0.0,  # which makes 0 of -0, as all of them are written
        max=flat.max(initial=-_LARGEST) + 0.0,
        num=flat.size,
        sum=_sum(flat),
        sum_squares=_sum(flat * flat),
        bucket_limit=bounds[kept].tolist(),
        bucket=counts[kept].tolist(),
    )


def _sum(values: Array) -> float:
    """Add up from the first to the last, which fixes how the sum is rounded."""
    return float(np.add.accumulate(values)[-1]) + 0.0 if values.size else 0.0
