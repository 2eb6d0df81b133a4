"""Which centers are nearest to points."""

from __future__ import annotations

from typing import Any

from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.signature import Signature
from flowgraph.ops.checks import invalid
from flowgraph.shapes import TensorShape, unknown_shape

_BLOCK = 1 << 22
"""How many distances are in memory at once."""


class NearestNeighbors(Op):
    """The `k` nearest centers of each point, and the squares of the distances."""

    signature = Signature(
        "points: float32, centers: float32, k: int64 "
        "-> nearest_center_indices: int64, nearest_center_distances: float32"
    )
    host_inputs = (2,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return unknown_shape(), unknown_shape()

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, Array]:
        points, centers, k = inputs
        _check(points, centers, k)
        count = max(0, min(int(k), len(centers)))
        norms = (centers * centers).sum(1)
        indices = xp.empty((len(points), count), "int64")
        distances = xp.empty((len(points), count), "float32")
        if not count:
            return indices, distances
        step = max(1, _BLOCK // len(centers))
        for start in range(0, len(points), step):
            part = points[start : start + step]
            squares = (part * part).sum(1)[:, None] - 2 * part @ centers.T + norms
            xp.maximum(squares, 0, out=squares)
            order = squares.argmin(1)[:, None] if count == 1 else _nearest(squares, count)
            indices[start : start + step] = order
            distances[start : start + step] = xp.take_along_axis(squares, order, 1)
        return indices, distances


def _nearest(squares: Array, count: int) -> Array:
    return squares.argsort(1, kind="stable")[:, :count]


def _check(points: Array, centers: Array, k: Array) -> None:
    if points.ndim != 2:
        raise invalid("Input points should be a matrix.")
    if centers.ndim != 2:
        raise invalid("Input centers should be a matrix.")
    if k.ndim:
        raise invalid("Input k should be a scalar.")
    if not len(points):
        raise invalid("Expected points.rows() > 0.")
    if points.shape[1] != centers.shape[1]:
        raise invalid(
            "Expected point_dimensions == center_dimensions: "
            f"{points.shape[1]} vs {centers.shape[1]}."
        )
