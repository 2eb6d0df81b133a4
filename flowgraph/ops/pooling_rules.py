"""What pooling ops over any number of axes share: attributes, shapes, kernels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowgraph.dtypes import Array
from flowgraph.errors import UnimplementedError
from flowgraph.graph.op import Op, Spec
from flowgraph.ops import pooling_kernels as kernels
from flowgraph.ops.checks import bracketed, invalid, merged, with_rank
from flowgraph.ops.windows import Window, Windowed, output_size, place, widened
from flowgraph.shapes import TensorShape


class Pool(Windowed, abstract=True):
    """What pooling ops and their adjoints share."""

    ksize: tuple[int, ...]

    def output_shape(self, shape: TensorShape) -> TensorShape:
        """The shape after pooling; ``ValueError`` if the windows do not fit."""
        sizes = with_rank(shape, self.rank).as_list()
        self.check_length("stride", self.strides)
        self.check_length("ksize", self.ksize)
        for axis, kernel in enumerate(self.ksize):
            if kernel <= 0:
                raise ValueError(f"Sliding window ksize for dimension {axis} was zero.")
        for axis in range(1, self.rank):
            if axis != self.channel_axis or self.pools_channels():
                sizes[axis] = output_size(
                    sizes[axis], self.ksize[axis], self.strides[axis], padding=self.padding
                )
        return TensorShape.of(tuple(sizes))

    def pools_channels(self) -> bool:
        """Whether windows may span channels."""
        return False

    def windows(self, sizes: Sequence[int]) -> list[tuple[int, Window]]:
        """The axes that are pooled over, with their windows; at least one."""
        if len(sizes) != self.rank:
            raise invalid(f"tensor_in must be {self.rank}-dimensional")
        self._check_supported()
        axes = [
            axis for axis in range(1, self.rank) if (self.ksize[axis], self.strides[axis]) != (1, 1)
        ]
        return [
            (axis, place(sizes[axis], self.ksize[axis], self.strides[axis], padding=self.padding))
            for axis in axes or [self.spatial_axes[0]]
        ]

    def _check_supported(self) -> None:
        if self.ksize[0] != 1 or self.strides[0] != 1:
            raise UnimplementedError(
                None, None, "Pooling is not yet supported on the batch dimension."
            )
        channel = self.ksize[self.channel_axis], self.strides[self.channel_axis]
        if channel != (1, 1) and not self.pools_channels():
            raise UnimplementedError(
                None, None, "Non-spatial pooling is not yet supported. Volunteers? :)"
            )

    def pooled_sizes(
        self, sizes: Sequence[int], windows: list[tuple[int, Window]]
    ) -> tuple[int, ...]:
        """The sizes after pooling."""
        result = list(sizes)
        for axis, window in windows:
            result[axis] = window.output
        return tuple(result)

    def check_sizes(self, name: str, x: Array, sizes: Sequence[int]) -> None:
        """Raise unless an input has the sizes that the others imply."""
        if tuple(x.shape) != tuple(sizes):
            raise invalid(
                f"Expected {name} shape to be {bracketed(sizes)}, but got {bracketed(x.shape)}"
            )

    def with_op(self, op: type[Op], **changes: Any) -> Op:
        """Another op with the same attributes."""
        return op(**{**self.attributes(), **changes})


def lowest(x: Array) -> Any:
    """What no element of `x` is less than."""
    return np.iinfo(x.dtype).min if x.dtype.kind in "iu" else -np.inf


class Largest(Pool, abstract=True):
    """The rules of a maximum over windows."""

    def pools_channels(self) -> bool:
        return True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.output_shape(inputs[0].shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        sizes = self.pooled_sizes(x.shape, self.windows(x.shape))
        out = xp.empty(sizes, dtype=x.dtype)
        self.compute_into(xp, out, x)
        return out

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        (x,) = inputs
        kernels.max_pool(xp, x, self.windows(x.shape), lowest(x), out)


class LargestGradient(Pool, abstract=True):
    """The rules of the gradient of a maximum over windows."""

    def pools_channels(self) -> bool:
        return True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[0].shape, self.rank),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, _, dy = inputs
        out = xp.empty(x.shape, dtype=dy.dtype)
        self.compute_into(xp, out, *inputs)
        return out

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, y, dy = inputs
        windows = self.windows(x.shape)
        sizes = self.pooled_sizes(x.shape, windows)
        self.check_sizes("orig_output", y, sizes)
        self.check_sizes("grad", dy, sizes)
        wide = widened(dy)
        dx = out if wide is dy else xp.empty(x.shape, dtype=wide.dtype)
        kernels.max_pool_gradient(xp, x, wide, windows, lowest(x), dx)
        if dx is not out:
            out[...] = dx


class LargestGradientAdjoint(Pool, abstract=True):
    """The rules of the adjoint of the gradient of a maximum over windows."""

    def pools_channels(self) -> bool:
        return True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, y, values = (spec.shape for spec in inputs)
        output = self.output_shape(x)
        merged(x, values)
        return (merged(y, output),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, y, values = inputs
        windows = self.windows(x.shape)
        self.check_sizes("orig_output", y, self.pooled_sizes(x.shape, windows))
        self.check_sizes("grad", values, x.shape)
        return kernels.max_pool_gradient_adjoint(xp, x, values, windows, lowest(x))


class Mean(Pool, abstract=True):
    """The rules of a mean over windows, in which borders do not count."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (self.output_shape(inputs[0].shape),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        (x,) = inputs
        wide = widened(x)
        windows = self.windows(x.shape)
        out = xp.empty(self.pooled_sizes(x.shape, windows), dtype=wide.dtype)
        self._mean(xp, out, wide, windows)
        return out.astype(x.dtype, copy=False)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        (x,) = inputs
        if x.dtype.itemsize == 2:
            xp.copyto(out, self.compute(xp, x))
        else:
            self._mean(xp, out, x, self.windows(x.shape))

    def _mean(self, xp: Any, out: Array, x: Array, windows: list[tuple[int, Window]]) -> None:
        kernels.sum_pool(xp, x, windows, out)
        xp.divide(out, kernels.counts(xp, windows, self.rank, out.dtype), out=out)


class MeanGradient(Pool, abstract=True):
    """The rules of the gradient of a mean over windows."""

    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        with_rank(inputs[1].shape, self.rank)
        return (with_rank(inputs[0].static_shape(), self.rank),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        sizes, dy = inputs
        out = xp.empty(tuple([int(n) for n in sizes]), dtype=dy.dtype)
        self.compute_into(xp, out, sizes, dy)
        return out

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        dy = inputs[1]
        windows = self.windows(out.shape)
        self.check_sizes("grad", dy, self.pooled_sizes(out.shape, windows))
        wide = widened(dy)
        share = wide / kernels.counts(xp, windows, self.rank, wide.dtype)
        dx = out if wide is dy else xp.empty(out.shape, dtype=wide.dtype)
        kernels.sum_pool_gradient(xp, share, windows, dx)
        if dx is not out:
            out[...] = dx
