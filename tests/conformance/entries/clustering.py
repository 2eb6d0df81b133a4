"""Nearest centers, against distances one by one."""

from __future__ import annotations

import numpy as np

from flowgraph.errors import InvalidArgumentError
from flowgraph.ops.clustering import NearestNeighbors
from tests.conformance.entry import Bad, Entry, Sample

POINTS = np.array([[0, 0], [3, 4], [1, 1.5], [-2, 1]], np.float32)
CENTERS = np.array([[0, 0], [1, 1], [3, 4]], np.float32)
NONE = np.zeros((0, 2), np.float32)


def reference(points, centers, k):
    rows = []
    for point in points.tolist():
        squares = [sum((a - b) ** 2 for a, b in zip(point, c, strict=True)) for c in centers]
        rows.append(sorted(zip(squares, range(len(squares)), strict=True))[: max(int(k), 0)])
    indices = np.array([[i for _, i in row] for row in rows], np.int64)
    return indices, np.array([[d for d, _ in row] for row in rows], np.float32)


def bad(points, centers, k, message):
    inputs = (points, centers, np.asarray(k, np.int64))
    return Bad(NearestNeighbors(), inputs, InvalidArgumentError, message, run=True)


ENTRIES = [
    Entry(
        NearestNeighbors,
        [
            Sample(NearestNeighbors(), (POINTS, centers, np.int64(k)), reference)
            for centers, k in ((CENTERS, 1), (CENTERS, 2), (CENTERS, 5), (CENTERS, 0), (NONE, 1))
        ],
        [
            bad(POINTS[0], CENTERS, 1, "Input points should be a matrix."),
            bad(POINTS, CENTERS[0], 1, "Input centers should be a matrix."),
            bad(POINTS, CENTERS, [1], "Input k should be a scalar."),
            bad(NONE, CENTERS, 1, "Expected points.rows"),
            bad(POINTS, CENTERS[:, :1], 1, "point_dimensions == center_dimensions: 2 vs 1."),
        ],
    )
]
