"""Distributions of vectors, one for each row of a tensor."""

from __future__ import annotations

from typing import Any

from flowgraph.distributions.distribution import Distribution
from flowgraph.distributions.parameters import as_counts
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.assertions import assert_equal
from flowgraph.ops.control import with_dependencies
from flowgraph.ops.core import shape
from flowgraph.ops.diagonal import matrix_set_diag
from flowgraph.ops.linalg import matmul
from flowgraph.ops.reduction import reduce_sum
from flowgraph.shapes import TensorShape


class Multivariate(Distribution):
    """A distribution whose draws are vectors."""

    def _rows(self) -> Tensor:
        """Return a tensor of the shape of one draw of each distribution."""
        raise NotImplementedError(f"rows of {type(self).__name__}")

    def _batch_shape_tensor(self) -> Tensor:
        return shape(self._rows())[:-1]

    def _batch_shape(self) -> TensorShape:
        return self._rows().shape.with_rank_at_least(1)[:-1]  # type: ignore[no-any-return]

    def _event_shape_tensor(self) -> Tensor:
        return shape(self._rows())[-1:]

    def _event_shape(self) -> TensorShape:
        return self._rows().shape.with_rank_at_least(1)[-1:]  # type: ignore[no-any-return]

    def _anticorrelated(self, x: Tensor, y: Tensor) -> Tensor:
        """Return covariances of ``-x[i] * y[j]``, with the variances on the diagonal."""
        return matrix_set_diag(-matmul(x[..., None], y[..., None, :]), self._variance())


def checked_counts(counts: Tensor, total_count: Any, text: str) -> Tensor:
    """Return counts, checked when run to be whole numbers that sum to `total_count`."""
    counts = as_counts(counts)
    check = assert_equal(total_count, reduce_sum(counts, -1), message=text)
    return with_dependencies([check], counts)  # type: ignore[no-any-return]
