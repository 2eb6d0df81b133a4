"""Batch normalization as one op, and its gradients of first and second order."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes, parallel
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.arithmetic import add, multiply, negative, square, subtract
from flowgraph.ops.array import reshape
from flowgraph.ops.channels import Channels, wide
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply_all, cast, constant
from flowgraph.ops.merging import merge_shapes, merge_sizes
from flowgraph.ops.reduction import reduce_mean, reduce_sum
from flowgraph.ops.transcendental import rsqrt
from flowgraph.shapes import TensorShape

_FLOAT = Types((dtypes.float32,))
_IMAGE = Types((dtypes.float16, dtypes.bfloat16, dtypes.float32))


class FusedBatchNorm(Op):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset, over batch, height and width.

    In training the mean and the variance are those of the batch. The second is given twice:
    unbiased, for moving averages, and as it is, for the gradient.
    """

    signature = Signature(
        "x: T, scale: T, offset: T, mean: T, variance: T -> "
        "y: T, batch_mean: T, batch_variance: T, reserve_space_1: T, reserve_space_2: T",
        T=_FLOAT,
    )
    takes_missing_gradients = True

    epsilon: float = 0.0001
    data_format: str = "NHWC"
    is_training: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        vectors = inputs[1:3] if self.is_training else inputs[1:5]
        images, channels = _channels(inputs[0].shape, vectors, self.data_format)
        return (images, *[TensorShape.of((channels,))] * 4)

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        y = xp.empty(inputs[0].shape, dtype=inputs[0].dtype)
        return (y, *self._normalised(xp, y, *inputs))

    def compute_into(self, xp: Any, out: Any, *inputs: Array) -> None:
        vectors = self._normalised(xp, out[0], *inputs)
        for target, vector in zip(out[1:], vectors, strict=False):
            xp.copyto(target, vector)

    def _normalised(self, xp: Any, y: Array, *inputs: Array) -> tuple[Array, ...]:
        """Write the normalised images into `y`; return the other outputs."""
        x, scale, offset, mean, variance = inputs
        self._check(*inputs)
        channels = Channels(xp, x.shape, self.data_format)
        flat, target = channels.flat(x), channels.flat(y)
        if self.is_training:
            mean, variance = channels.moments(flat)
        centre = channels.spread(mean)
        factor = channels.spread(scale / xp.sqrt(variance + np.float32(self.epsilon)))
        shift = channels.spread(offset)

        def work(part: tuple[int, slice]) -> None:
            rows = part[1]
            source = wide(flat[rows])
            result = xp.subtract(source, centre, out=channels.memory("centred", source))
            result *= factor
            xp.add(result, shift, out=target[rows], casting="unsafe")

        parallel.each(xp, work, channels.parts)
        if not self.is_training:
            return tuple([r.copy() for r in (mean, variance, mean, variance)])
        unbiased = variance * np.float32(channels.count / max(channels.count - 1, 1))
        return mean, unbiased, mean.copy(), variance

    def _check(self, x: Array, *vectors: Array) -> None:
        if x.ndim != 4:
            raise invalid(f"input must be 4-dimensional{bracketed(x.shape)}")
        channels = x.shape[_axis(self.data_format)]
        names = ("scale", "offset", "mean", "variance")
        for name, vector in zip(names, vectors, strict=True):
            if name in names[2:] and self.is_training:
                continue
            if vector.shape != (channels,):
                prefix = "" if name in names[:2] else "When is_training=false, "
                raise invalid(
                    f"{prefix}{name} must have the same number of elements as the channels of x, "
                    f"got {vector.size} and {channels}"
                )

    def _gradient_op(self) -> Op:
        return FusedBatchNormGrad(self.epsilon, self.data_format, self.is_training)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        if dys[0] is None:
            return (None,) * 5
        x, scale = operation.inputs[:2]
        used = operation.outputs[3:5] if self.is_training else operation.inputs[3:5]
        more = operation.outputs[5:]
        found = apply_all(self._gradient_op(), dys[0], x, scale, *used, *more)
        return (*found[:3], None, None)


class FusedBatchNormV2(FusedBatchNorm):
    """`FusedBatchNorm` with images of another dtype than the vectors."""

    signature = Signature(
        "x: T, scale: U, offset: U, mean: U, variance: U -> "
        "y: T, batch_mean: U, batch_variance: U, reserve_space_1: U, reserve_space_2: U",
        T=_IMAGE,
        U=_FLOAT,
    )

    def _gradient_op(self) -> Op:
        return FusedBatchNormGradV2(self.epsilon, self.data_format, self.is_training)


class FusedBatchNormV3(FusedBatchNorm):
    """`FusedBatchNormV2` with one more output, empty on the CPU."""

    signature = Signature(
        "x: T, scale: U, offset: U, mean: U, variance: U -> y: T, batch_mean: U, "
        "batch_variance: U, reserve_space_1: U, reserve_space_2: U, reserve_space_3: U",
        T=_IMAGE,
        U=_FLOAT,
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (*super().infer(*inputs), TensorShape.of(None))

    def value_from_shapes(self, *inputs: Spec) -> tuple[Array | None, ...]:
        return (*[None] * 5, np.zeros(0, inputs[1].dtype.numpy))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        return (*super().compute(xp, *inputs), xp.zeros(0, dtype=inputs[1].dtype))

    def _gradient_op(self) -> Op:
        return FusedBatchNormGradV3(self.epsilon, self.data_format, self.is_training)


def _axis(data_format: str) -> int:
    return 3 if data_format == "NHWC" else 1


def _channels(
    images: TensorShape, vectors: Any, data_format: str
) -> tuple[TensorShape, int | None]:
    """Merge the channels of images and vectors; return the images' shape and the channels."""
    sizes = list(with_rank(images, 4).sizes or ())
    axis = _axis(data_format)
    for vector in vectors:
        (size,) = with_rank(vector.shape, 1).sizes or (None,)
        sizes[axis] = merge_sizes(sizes[axis], size)
    return TensorShape.of(tuple(sizes)), sizes[axis]


class FusedBatchNormGrad(Op):
    """The gradients of `FusedBatchNorm` in the images, the scale and the offset."""

    signature = Signature(
        "y_backprop: T, x: T, scale: T, reserve_space_1: T, reserve_space_2: T -> x_backprop: T, "
        "scale_backprop: T, offset_backprop: T, reserve_space_3: T, reserve_space_4: T",
        T=_FLOAT,
    )

    epsilon: float = 0.0001
    data_format: str = "NHWC"
    is_training: bool = True

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        images = merge_shapes(with_rank(inputs[0].shape, 4), with_rank(inputs[1].shape, 4))
        images, channels = _channels(images, inputs[2:5], self.data_format)
        vector = TensorShape.of((channels,))
        return (images, vector, vector, TensorShape.of(()), TensorShape.of(()))

    def compute(self, xp: Any, *inputs: Array) -> tuple[Array, ...]:
        dx = xp.empty(inputs[1].shape, dtype=inputs[1].dtype)
        found = self._gradients(xp, dx, *inputs[:5])
        return dx, *found, *[xp.zeros((), dtype=np.float32) for _ in range(2)]

    def compute_into(self, xp: Any, out: Any, *inputs: Array) -> None:
        found = self._gradients(xp, out[0], *inputs[:5])
        for target, vector in zip(out[1:3], found, strict=True):
            xp.copyto(target, vector)
        for target in out[3:]:
            target[...] = 0

    def _gradients(self, xp: Any, dx: Array, *inputs: Array) -> tuple[Array, Array]:
        """Write the gradient in the images into `dx`; return those in scale and offset."""
        dy, x, scale, mean, variance = inputs
        if dy.shape != x.shape or x.ndim != 4:
            raise invalid(
                "x and y_backprop must have same shape, but x has shape "
                f"{bracketed(x.shape)} and y_backprop has shape {bracketed(dy.shape)}"
            )
        channels = Channels(xp, x.shape, self.data_format)
        given, flat, target = channels.flat(dy), channels.flat(x), channels.flat(dx)
        centre = channels.spread(mean)

        def centred(rows: slice) -> Array:
            source = wide(flat[rows])
            return xp.subtract(source, centre, out=channels.memory("centred", source))

        def sums(rows: slice) -> tuple[Array, Array]:
            part = wide(given[rows])
            return channels.sums(part), channels.dots(part, centred(rows))

        inverse = np.float32(1) / xp.sqrt(variance + np.float32(self.epsilon))
        offset_backprop, products = [found.sum(0) for found in channels.collected(sums, 2)]
        scale_backprop = products * inverse
        # scale / s * (dy - mean(dy) - x' * mean(dy * x')), x' = (x - mean) / s
        count = np.float32(max(channels.count, 1))
        factor = channels.spread(scale * inverse)
        slope = channels.spread(scale * inverse * inverse * scale_backprop / -count)
        shift = channels.spread(scale * inverse * offset_backprop / count)

        def work(part: tuple[int, slice]) -> None:
            rows = part[1]
            source = wide(given[rows])
            if not self.is_training:
                xp.multiply(source, factor, out=target[rows], casting="unsafe")
                return
            result = centred(rows)
            result *= slope
            result += xp.multiply(source, factor, out=channels.memory("scaled", source))
            xp.subtract(result, shift, out=target[rows], casting="unsafe")

        parallel.each(xp, work, channels.parts)
        return scale_backprop, offset_backprop

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        found = _second_order(self, operation.inputs, *dys[:3])
        return (*found, *[None] * (len(operation.inputs) - 3))


class FusedBatchNormGradV2(FusedBatchNormGrad):
    """The gradients of `FusedBatchNormV2`."""

    signature = Signature(
        "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U -> "
        "x_backprop: T, scale_backprop: U, offset_backprop: U, reserve_space_3: U, "
        "reserve_space_4: U",
        T=_IMAGE,
        U=_FLOAT,
    )


class FusedBatchNormGradV3(FusedBatchNormGrad):
    """The gradients of `FusedBatchNormV3`."""

    signature = Signature(
        "y_backprop: T, x: T, scale: float32, reserve_space_1: U, reserve_space_2: U, "
        "reserve_space_3: U -> x_backprop: T, scale_backprop: U, offset_backprop: U, "
        "reserve_space_4: U, reserve_space_5: U",
        T=_IMAGE,
        U=_FLOAT,
    )


def _second_order(
    op: FusedBatchNormGrad,
    inputs: tuple[Tensor, ...],
    to_x: Tensor,
    to_scale: Tensor,
    to_offset: Tensor,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of `FusedBatchNormGrad` in dy, x and scale, from those of its outputs.

    With r = 1/sqrt(variance + epsilon), x' = (x - mean) r, and ``centre(v) = v - mean(v) -
    x' mean(v x')``, the op gives dx = scale r centre(dy), dscale = sum(dy x'), doffset = sum(dy).
    """
    kind = inputs[0].dtype
    dy, x = (cast(t, dtypes.float32) for t in inputs[:2])
    axes = [0, 1, 2] if op.data_format == "NHWC" else [0, 2, 3]

    def mean(value: Tensor) -> Tensor:
        return reduce_mean(value, axes, keepdims=True)

    def column(vector: Tensor) -> Tensor:
        return reshape(vector, [1, 1, 1, -1] if op.data_format == "NHWC" else [1, -1, 1, 1])

    gx = cast(to_x, dtypes.float32)
    gs, go, scale = column(to_scale), column(to_offset), column(inputs[2])
    epsilon = constant(op.epsilon)
    if op.is_training:
        centred = subtract(x, mean(x))
        r = rsqrt(add(mean(square(centred)), epsilon))
    else:
        centred = subtract(x, column(inputs[3]))
        r = rsqrt(add(column(inputs[4]), epsilon))
    xh = multiply(centred, r)
    factor = multiply(scale, r)

    if not op.is_training:
        d_dy = add(add(multiply(gx, factor), multiply(gs, xh)), go)
        d_x = multiply(multiply(gs, r), dy)
        d_scale = reduce_sum(multiply(multiply(gx, dy), r), axes)
        return cast(d_dy, kind), cast(d_x, kind), d_scale

    def centre(value: Tensor, along: Tensor) -> Tensor:
        return subtract(subtract(value, mean(value)), multiply(xh, along))

    p, q = mean(multiply(gx, xh)), mean(multiply(dy, xh))
    centred_gx, centred_dy = centre(gx, p), centre(dy, q)
    d_dy = add(add(multiply(factor, centred_gx), multiply(gs, xh)), go)
    product = reduce_sum(multiply(gx, centred_dy), axes, keepdims=True)
    d_scale = reshape(multiply(r, product), [-1])
    # sum(gx dx) = scale r (sum(gx dy) - ...): its factor r and both projections depend on x.
    shared = mean(multiply(gx, centred_dy))
    bent = add(multiply(xh, shared), add(multiply(q, centred_gx), multiply(p, centred_dy)))
    d_x = negative(multiply(multiply(factor, r), bent))
    d_x = add(d_x, multiply(multiply(gs, r), centred_dy))
    return cast(d_dy, kind), cast(d_x, kind), d_scale
