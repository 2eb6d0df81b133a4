"""The selection in non-maximum suppression: by falling score, what does not overlap."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np

from flowgraph.dtypes import Array

Overlaps = Callable[[int], Array]
"""The overlap of one box with each box."""


def intersections_over_unions(boxes: Array) -> Overlaps:
    """The overlap of boxes as a function of one of them."""
    boxes = boxes.astype(np.float32, copy=False)
    top, bottom = np.minimum(boxes[:, 0], boxes[:, 2]), np.maximum(boxes[:, 0], boxes[:, 2])
    left, right = np.minimum(boxes[:, 1], boxes[:, 3]), np.maximum(boxes[:, 1], boxes[:, 3])
    areas = (bottom - top) * (right - left)

    def overlaps(box: int) -> Array:
        height = np.minimum(bottom, bottom[box]) - np.maximum(top, top[box])
        width = np.minimum(right, right[box]) - np.maximum(left, left[box])
        shared = np.maximum(height, 0) * np.maximum(width, 0)
        united = areas + areas[box] - shared
        proper = (areas > 0) & (areas[box] > 0)
        return np.where(proper, shared / np.where(proper, united, 1), np.float32(0.0))

    return overlaps


def select(
    overlaps: Overlaps,
    scores: Array,
    count: int,
    overlap_threshold: float,
    score_threshold: float = -np.inf,
    sigma: float = 0.0,
) -> tuple[Array, Array]:
    """Select boxes by falling score, each suppressing those that overlap it.

    Of equal scores the first comes first. TensorFlow's order is that of its C++ library's heap.

    Parameters
    ----------
    overlaps : callable
        See `Overlaps`.
    scores : array [boxes]
    count : int
        Boxes to select at most.
    overlap_threshold, score_threshold : float
        Overlaps from the first on suppress; boxes with scores above the second are candidates.
    sigma : float
        Above 0: smaller overlaps lower the score, by ``exp(-overlap**2 / 2 / sigma)``
        (Bodla et al., 2017: Soft-NMS).

    Returns
    -------
    indices, scores : arrays
    """
    left = scores.astype(np.float32)
    left[~(left > np.float32(score_threshold))] = -np.inf
    choose = _select_softly if sigma > 0 else _select_hard
    limits = (np.float32(overlap_threshold), np.float32(score_threshold), np.float32(sigma))
    indices, kept = choose(overlaps, left, count, *limits)
    return np.array(indices, np.int32), np.array(kept, np.float32)


def _select_hard(
    overlaps: Overlaps, left: Array, count: int, limit: Array, threshold: Array, sigma: Array
) -> tuple[list[int], list[Array]]:
    indices: list[int] = []
    kept: list[Array] = []
    while left.size and len(indices) < count:
        box = int(left.argmax())
        if left[box] == -np.inf:
            break
        indices.append(box)
        kept.append(left[box])
        left[box] = -np.inf
        left[overlaps(box) >= limit] = -np.inf
    return indices, kept


def _select_softly(
    overlaps: Overlaps, left: Array, count: int, limit: Array, threshold: Array, sigma: Array
) -> tuple[list[int], list[Array]]:
    """A score is lowered when its turn comes, by the boxes selected since it was last looked at."""
    queue = [(-score, box, 0) for box, score in enumerate(left) if score > -np.inf]
    heapq.heapify(queue)
    indices: list[int] = []
    kept: list[Array] = []
    while queue and len(indices) < count:
        negative, box, seen = heapq.heappop(queue)
        overlap = overlaps(box)[indices[seen:]][::-1]
        if (overlap >= limit).any():
            continue
        weights = np.exp(np.float32(-0.5) / sigma * overlap * overlap)
        score = np.multiply.reduce(weights, initial=-negative, dtype=np.float32)
        if score == -negative:
            indices.append(box)
            kept.append(score)
        elif score > threshold:
            heapq.heappush(queue, (-score, box, len(indices)))
    return indices, kept
