"""What convolutions over any number of axes share: attributes, shapes, kernels, adjoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowgraph.dtypes import Array
from flowgraph.errors import UnimplementedError
from flowgraph.graph.op import Op, Spec
from flowgraph.ops import convolution_kernels as kernels
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.windows import Window, Windowed, merged_size, output_size, place, widened
from flowgraph.shapes import TensorShape


class Convolution(Windowed, abstract=True):
    """What convolutions and their adjoints share."""

    dilations: tuple[int, ...]

    def check_attributes(self) -> None:
        """Raise ``ValueError`` for attributes that fit no input."""
        self.check_length("stride", self.strides)
        self.check_length("dilation", self.dilations)
        borders = self.borders()
        if any(n < 0 for border in borders for n in border):
            raise ValueError("All elements of explicit_paddings must be nonnegative")
        if any(borders[0]) or any(borders[self.channel_axis]):
            raise ValueError(
                "Nonzero explicit padding in the batch or depth dimensions is not supported"
            )

    def output_sizes(self, sizes: Any, filter: Any, depth: int | None) -> TensorShape:
        """The output's shape, given those of input and filter and its number of channels."""
        borders = self.borders()
        result = [sizes[0]] * self.rank
        result[self.channel_axis] = depth
        for axis, kernel in zip(self.spatial_axes, filter, strict=False):
            stride, dilation = self.strides[axis], self.dilations[axis]
            result[axis] = output_size(
                sizes[axis], kernel, stride, dilation, self.padding, borders[axis]
            )
        return TensorShape.of(tuple(result))

    def check_ranks(self, **sizes: Sequence[int]) -> None:
        """Raise unless each argument has the rank of the input."""
        for name, given in sizes.items():
            if len(given) != self.rank:
                raise invalid(f"{name} must be {self.rank}-dimensional: {bracketed(given)}")

    def windows(self, sizes: Sequence[int], filter: Sequence[int]) -> list[Window]:
        """The windows over an input of known sizes."""
        for name, values in (("strides", self.strides), ("dilations", self.dilations)):
            if values[0] != 1 or values[self.channel_axis] != 1:
                raise invalid(
                    f"Current implementation does not yet support {name} "
                    "in the batch and depth dimensions."
                )
        borders = self.borders()
        return [
            place(
                int(sizes[axis]),
                int(kernel),
                self.strides[axis],
                self.dilations[axis],
                self.padding,
                borders[axis],
            )
            for axis, kernel in zip(self.spatial_axes, filter, strict=False)
        ]

    def backprop_windows(self, sizes: Any, filter: Any, dy: Array) -> list[Window]:
        """The windows of a forward convolution whose output's gradient is `dy`."""
        self.check_ranks(input=sizes, filter=filter, out_backprop=dy.shape)
        windows = self.windows(sizes, filter)
        if int(sizes[0]) != dy.shape[0]:
            raise invalid(f"{self.type}: input and out_backprop must have the same batch size")
        channels = self.output_channels(int(sizes[self.channel_axis]), filter)
        if channels != dy.shape[self.channel_axis]:
            raise invalid(f"{self.type}: filter and out_backprop must have the same out_depth")
        for axis, window in zip(self.spatial_axes, windows, strict=True):
            if dy.shape[axis] != window.output:
                raise invalid(
                    f"{self.type}: Size of out_backprop doesn't match computed: "
                    f"actual = {dy.shape[axis]}, computed = {window.output} "
                    f"spatial_dim: {axis} input: {window.size} filter: {window.kernel} "
                    f"output: {dy.shape[axis]} stride: {window.stride} "
                    f"dilation: {window.dilation}"
                )
        return windows

    def output_channels(self, channels: int, filter: Sequence[int]) -> int:
        """The number of channels that the filter makes; an error if it does not fit."""
        depth = int(filter[-2])
        if depth == 0 or channels % depth:
            raise invalid(
                f"input depth must be evenly divisible by filter depth: {channels} vs {depth}"
            )
        if channels != depth:
            raise UnimplementedError(
                None,
                None,
                "Generic conv implementation does not support grouped convolutions for now.",
            )
        return int(filter[-1])

    def channels_last(self, xp: Any, x: Array) -> Array:
        """`x` with its channels moved to the end, in the dtype that sums are kept in."""
        if self.channel_axis == 1:
            x = xp.moveaxis(x, 1, -1)
        return xp.ascontiguousarray(widened(x))

    def as_given(self, xp: Any, result: Array, dtype: Any) -> Array:
        """The inverse of `channels_last`."""
        if self.channel_axis == 1:
            result = xp.ascontiguousarray(xp.moveaxis(result, -1, 1))
        return result.astype(dtype, copy=False)

    def writes_directly(self, out: Array) -> bool:
        """Whether the kernels can write into `out`: its layout and dtype are their own."""
        return bool(self.channel_axis != 1 and out.dtype.itemsize != 2 and out.flags.c_contiguous)

    def with_op(self, op: type[Op], **changes: Any) -> Op:
        """Another op with the same attributes."""
        return op(**{**self.attributes(), **changes})


def _of_shape_tensor(sizes: Spec, rank: int) -> tuple[TensorShape]:
    return (with_rank(sizes.static_shape(), rank),)


class Forward(Convolution, abstract=True):
    """The rules of a convolution."""

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, filter = (with_rank(spec.shape, self.rank).as_list() for spec in inputs)
        self.check_attributes()
        channels, expected, filters = x[self.channel_axis], filter[-2], filter[-1]
        if channels is not None and expected is not None:
            if expected == 0 or channels % expected:
                raise ValueError(
                    f"Depth of input ({channels}) is not a multiple of input depth of "
                    f"filter ({expected})"
                )
            groups = channels // expected
            if groups > 1 and filters is not None and filters % groups:
                raise ValueError(
                    f"Depth of output ({filters}) is not a multiple of the number of groups "
                    f"({groups})"
                )
        return (self.output_sizes(x, filter, filters),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, filter = inputs
        self.check_ranks(input=x.shape, filter=filter.shape)
        channels = self.output_channels(x.shape[self.channel_axis], filter.shape)
        windows = self.windows(x.shape, filter.shape)
        sizes = (x.shape[0], *(w.output for w in windows), channels)
        wide, weights = self.channels_last(xp, x), xp.ascontiguousarray(widened(filter))
        result = xp.empty(sizes, dtype=wide.dtype)
        kernels.convolve(xp, result, wide, weights, windows)
        return self.as_given(xp, result, x.dtype)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, filter = inputs
        if not self.writes_directly(out):
            xp.copyto(out, self.compute(xp, *inputs))
            return
        self.check_ranks(input=x.shape, filter=filter.shape)
        self.output_channels(x.shape[-1], filter.shape)
        x, filter = xp.ascontiguousarray(x), xp.ascontiguousarray(filter)
        kernels.convolve(xp, out, x, filter, self.windows(x.shape, filter.shape))


class ToInput(Convolution, abstract=True):
    """The rules of the gradient with respect to the input."""

    host_inputs = (0,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        filter, dy = (with_rank(spec.shape, self.rank).as_list() for spec in inputs[1:])
        self.check_attributes()
        merged_size(dy[self.channel_axis], filter[-1])
        return _of_shape_tensor(inputs[0], self.rank)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        sizes, filter, dy = inputs
        windows = self.backprop_windows(sizes, filter.shape, dy)
        wide, weights = self.channels_last(xp, dy), xp.ascontiguousarray(widened(filter))
        dx = xp.empty((len(dy), *(w.size for w in windows), filter.shape[-2]), wide.dtype)
        kernels.input_gradient(xp, dx, wide, weights, windows)
        return self.as_given(xp, dx, dy.dtype)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        sizes, filter, dy = inputs
        if not self.writes_directly(out):
            xp.copyto(out, self.compute(xp, *inputs))
            return
        windows = self.backprop_windows(sizes, filter.shape, dy)
        dy, filter = xp.ascontiguousarray(dy), xp.ascontiguousarray(filter)
        kernels.input_gradient(xp, out, dy, filter, windows)


class ToFilter(Convolution, abstract=True):
    """The rules of the gradient with respect to the filter."""

    host_inputs = (1,)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        for spec in (inputs[0], inputs[2]):
            with_rank(spec.shape, self.rank)
        self.check_attributes()
        return _of_shape_tensor(inputs[1], self.rank)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, sizes, dy = inputs
        windows = self.backprop_windows(x.shape, sizes, dy)
        wide, given = self.channels_last(xp, x), self.channels_last(xp, dy)
        dw = xp.empty(tuple([int(n) for n in sizes]), dtype=wide.dtype)
        kernels.filter_gradient(xp, dw, wide, given, windows)
        return dw.astype(x.dtype, copy=False)

    def compute_into(self, xp: Any, out: Array, *inputs: Array) -> None:
        x, sizes, dy = inputs
        if not self.writes_directly(out):
            xp.copyto(out, self.compute(xp, *inputs))
            return
        windows = self.backprop_windows(x.shape, sizes, dy)
        x, dy = xp.ascontiguousarray(x), xp.ascontiguousarray(dy)
        kernels.filter_gradient(xp, out, x, dy, windows)
