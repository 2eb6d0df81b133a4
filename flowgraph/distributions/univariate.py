"""Distributions of one number, over a batch to which all parameters are broadcast."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

from flowgraph import dtypes
from flowgraph.distributions.distribution import Distribution
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.broadcasting import broadcast_dynamic_shape, broadcast_static_shape
from flowgraph.ops.core import constant, convert_to_tensor, shape
from flowgraph.ops.joining import concat
from flowgraph.shapes import TensorShape


class Univariate(Distribution):
    """A distribution whose draws are scalars.

    A subclass names its parameters, which are its properties too.
    """

    _parameter_names: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def _param_shapes(cls, sample_shape: Any) -> dict[str, Tensor]:
        sizes = convert_to_tensor(sample_shape, dtypes.int32)
        return dict.fromkeys(cls._parameter_names, sizes)

    def _tensors(self) -> list[Tensor]:
        return [getattr(self, name) for name in self._parameter_names]

    def _batch_shape_tensor(self) -> Tensor:
        return functools.reduce(broadcast_dynamic_shape, map(shape, self._tensors()))

    def _batch_shape(self) -> TensorShape:
        static = (parameter.shape for parameter in self._tensors())
        return functools.reduce(broadcast_static_shape, static)

    def _event_shape_tensor(self) -> Tensor:
        return constant([], dtypes.int32)

    def _event_shape(self) -> TensorShape:
        return TensorShape([])

    def _sample_shape(self, n: Any) -> Tensor:
        """Return the shape of `n` samples."""
        return concat([[n], self.batch_shape_tensor()], 0)
