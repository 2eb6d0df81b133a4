"""Moving blocks of space into depth or batch, and back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from flowgraph import shapes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import invalid, renamed_argument, with_rank, with_rank_at_least
from flowgraph.ops.core import INDEX, apply
from flowgraph.shapes import TensorShape


class _Depth(Op, abstract=True):
    """What the two moves between space and depth share: NHWC or NCHW."""

    block_size: int
    data_format: str = "NHWC"

    def channels_last(self) -> bool:
        """Whether the depth is the last axis."""
        if self.data_format not in ("NHWC", "NCHW"):
            raise NotImplementedError(f"{self.type} of data_format {self.data_format}")
        return self.data_format == "NHWC"

    def split(self, shape: TensorShape) -> tuple[int | None, int | None, int | None, int | None]:
        """Return batch, height, width and depth."""
        if self.block_size < 2:
            raise ValueError(
                f"Attr 'block_size' of '{self.type}' Op passed {self.block_size} less than "
                "minimum 2."
            )
        sizes = with_rank(shape, 4).sizes or (None,) * 4
        if self.channels_last():
            return sizes[0], sizes[1], sizes[2], sizes[3]
        return sizes[0], sizes[2], sizes[3], sizes[1]

    def joined(self, n: Any, h: Any, w: Any, c: Any) -> tuple[TensorShape, ...]:
        """Return the shape of the output."""
        return (TensorShape.of((n, h, w, c) if self.channels_last() else (n, c, h, w)),)


class SpaceToDepth(_Depth):
    """Each block of ``block_size`` squared pixels as one pixel of that many times the depth."""

    signature = Signature("input: T -> output: T")
    may_alias = True  # a block or an image of one pixel moves nothing

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        n, h, w, c = self.split(inputs[0].shape)
        b = self.block_size
        for size in (h, w):
            if size is not None and size % b:
                raise ValueError(f"Dimension size must be evenly divisible by {b} but is {size}")
        return self.joined(n, h and h // b, w and w // b, c and c * b * b)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, b = inputs[0], self.block_size
        rows = x if self.channels_last() else xp.moveaxis(x, 1, 3)
        n, h, w, c = rows.shape
        if h % b or w % b:
            raise invalid(f"Image height {h} and width {w} should be divisible by block_size: {b}")
        blocks = rows.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
        result = blocks.reshape(n, h // b, w // b, b * b * c)
        return result if self.channels_last() else xp.ascontiguousarray(xp.moveaxis(result, 3, 1))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = DepthToSpace(block_size=self.block_size, data_format=self.data_format)
        return (apply(op, dys[0]),)


class DepthToSpace(_Depth):
    """Each pixel as a block of ``block_size`` squared pixels of that many times less depth."""

    signature = Signature("input: T -> output: T")
    may_alias = True  # a block or an image of one pixel moves nothing

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        n, h, w, c = self.split(inputs[0].shape)
        b = self.block_size
        if c is not None and c % (b * b):
            raise ValueError(f"Dimension size must be evenly divisible by {b * b} but is {c}")
        return self.joined(n, h and h * b, w and w * b, c and c // (b * b))

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, b = inputs[0], self.block_size
        rows = x if self.channels_last() else xp.moveaxis(x, 1, 3)
        n, h, w, c = rows.shape
        if c % (b * b):
            raise invalid(f"Input depth dimension {c} should be divisible by: {b * b}")
        blocks = rows.reshape(n, h, w, b, b, c // (b * b)).transpose(0, 1, 3, 2, 4, 5)
        result = blocks.reshape(n, h * b, w * b, c // (b * b))
        return result if self.channels_last() else xp.ascontiguousarray(xp.moveaxis(result, 3, 1))

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = SpaceToDepth(block_size=self.block_size, data_format=self.data_format)
        return (apply(op, dys[0]),)


def space_to_depth(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Move blocks of pixels into depth.

    Parameters
    ----------
    input : Tensor
        A batch of images.
    block_size : int
        Divides height and width.
    name : str, optional
    data_format : str
        ``"NHWC"`` or ``"NCHW"``.

    Raises
    ------
    ValueError
        If the height or width is known not to be divisible.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.space_to_depth(tf.zeros([1, 4, 6, 3]), 2).shape.as_list()
    [1, 2, 3, 12]
    """
    return apply(SpaceToDepth(block_size=block_size, data_format=data_format), input, name=name)


def depth_to_space(
    input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC"
) -> Tensor:
    """Move depth into blocks of pixels: the inverse of `space_to_depth`.

    Examples
    --------
    >>> import flowgraph as tf
    >>> tf.depth_to_space(tf.zeros([1, 2, 3, 12]), 2).shape.as_list()
    [1, 4, 6, 3]
    """
    return apply(DepthToSpace(block_size=block_size, data_format=data_format), input, name=name)


def _static_block(spec: Spec) -> Array | None:
    """The sizes of a block, where they are known."""
    block = spec.static_value()
    if block is not None and (block <= 0).any():
        raise ValueError("block_shape must be positive")
    return block


def _block_size(block: list[int]) -> int:
    """The number of elements in a block."""
    size = math.prod(block)
    if size <= 0:
        raise invalid(f"Product of block sizes must be positive, got {size}")
    return size


class SpaceToBatchND(Op):
    """Blocks of the padded spatial axes moved into the batch."""

    signature = Signature(
        "input: T, block_shape: Tblock_shape, paddings: Tpaddings -> output: T",
        Tblock_shape=INDEX,
        Tpaddings=INDEX,
    )
    host_inputs = (1, 2)

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, blocks, pads = (spec.shape for spec in inputs)
        with_rank(pads, 2)
        (count,) = with_rank(blocks, 1).sizes or (None,)
        if count is not None:
            with_rank_at_least(x, count + 1)
        if x.sizes is None or count is None:
            return (shapes.unknown_shape(),)
        padding, block = inputs[2].static_value(), _static_block(inputs[1])
        sizes: list[int | None] = list(x.sizes)
        batch = None if block is None or sizes[0] is None else sizes[0] * math.prod(block.tolist())
        for i in range(count):
            size = sizes[i + 1]
            sizes[i + 1] = None
            if block is not None and padding is not None and size is not None:
                padded, b = size + int(padding[i].sum()), int(block[i])
                if padded % b:
                    raise ValueError(
                        f"Dimension size must be evenly divisible by {b} but is {padded}"
                    )
                sizes[i + 1] = padded // b
        return (TensorShape.of((batch, *sizes[1:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, block, paddings = inputs[0], inputs[1].tolist(), inputs[2].tolist()
        count, size = len(block), _block_size(block)
        edges = [(0, 0), *map(tuple, paddings), *[(0, 0)] * (x.ndim - count - 1)]
        padded = xp.pad(x, edges)
        split: list[int] = [padded.shape[0]]
        for i, b in enumerate(block):
            if padded.shape[i + 1] % b:
                raise invalid(
                    f"padded_shape[{i}]={padded.shape[i + 1]} is not divisible by "
                    f"block_shape[{i}]={b}"
                )
            split += [padded.shape[i + 1] // b, b]
        rest = padded.shape[count + 1 :]
        order = [2 + 2 * i for i in range(count)] + [0] + [1 + 2 * i for i in range(count)]
        tail = range(2 * count + 1, 2 * count + 1 + len(rest))
        moved = padded.reshape(*split, *rest).transpose(*order, *tail)
        batch = padded.shape[0] * size
        return xp.ascontiguousarray(moved).reshape(batch, *split[1::2], *rest)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, block, paddings = operation.inputs
        return (apply(BatchToSpaceND(), dys[0], block, paddings), None, None)


class BatchToSpaceND(Op):
    """Parts of the batch moved into blocks of the spatial axes, which are then cropped."""

    signature = Signature(
        "input: T, block_shape: Tblock_shape, crops: Tcrops -> output: T",
        Tblock_shape=INDEX,
        Tcrops=INDEX,
    )
    host_inputs = (1, 2)
    may_alias = True  # blocks of one pixel move nothing

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        x, blocks, crops = (spec.shape for spec in inputs)
        with_rank(crops, 2)
        (count,) = with_rank(blocks, 1).sizes or (None,)
        if count is not None:
            with_rank_at_least(x, count + 1)
        if x.sizes is None or count is None:
            return (shapes.unknown_shape(),)
        cropped, block = inputs[2].static_value(), _static_block(inputs[1])
        sizes: list[int | None] = list(x.sizes)
        batch = None
        if block is not None and sizes[0] is not None:
            total = math.prod(block.tolist())
            if sizes[0] % total:
                raise ValueError(
                    f"Dimension size must be evenly divisible by {total} but is {sizes[0]}"
                )
            batch = sizes[0] // total
        for i in range(count):
            size = sizes[i + 1]
            sizes[i + 1] = None
            if block is not None and cropped is not None and size is not None:
                sizes[i + 1] = size * int(block[i]) - int(cropped[i].sum())
        return (TensorShape.of((batch, *sizes[1:])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        x, block, crops = inputs[0], inputs[1].tolist(), inputs[2].tolist()
        count, total = len(block), _block_size(block)
        if x.shape[0] % total:
            raise invalid(
                f"Input batch dimension ({x.shape[0]}) is not divisible by product of block "
                f"sizes ({total})"
            )
        batch, space, rest = x.shape[0] // total, x.shape[1 : count + 1], x.shape[count + 1 :]
        order = [count]
        for i in range(count):
            order += [count + 1 + i, i]
        tail = range(2 * count + 1, 2 * count + 1 + len(rest))
        moved = x.reshape(*block, batch, *space, *rest).transpose(*order, *tail)
        full = [n * b for n, b in zip(space, block, strict=True)]
        result = xp.ascontiguousarray(moved).reshape(batch, *full, *rest)
        kept = [slice(a, n - z) for n, (a, z) in zip(full, crops, strict=True)]
        return xp.ascontiguousarray(result[(slice(None), *kept)])

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        _, block, crops = operation.inputs
        return (apply(SpaceToBatchND(), dys[0], block, crops), None, None)


def space_to_batch_nd(
    input: Any, block_shape: Any, paddings: Any, name: str | None = None
) -> Tensor:
    """Pad the spatial axes, and move blocks of them into the batch.

    Parameters
    ----------
    input : Tensor
        Shape ``[batch, space..., rest...]``.
    block_shape : list of int
        The size of a block along each spatial axis.
    paddings : list of pairs of int
        Zeros to add before and after, for each spatial axis.
    name : str, optional

    Raises
    ------
    ValueError
        If a padded axis is known not to be divisible by its block.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.zeros([1, 4, 3, 2])
    >>> tf.space_to_batch_nd(x, [2, 2], [[0, 0], [0, 1]]).shape.as_list()
    [4, 2, 2, 2]
    """
    return apply(SpaceToBatchND(), input, block_shape, paddings, name=name)


def batch_to_space_nd(input: Any, block_shape: Any, crops: Any, name: str | None = None) -> Tensor:
    """Undo `space_to_batch_nd`: move parts of the batch into space, and crop.

    Examples
    --------
    >>> import flowgraph as tf
    >>> x = tf.zeros([4, 2, 2, 2])
    >>> tf.batch_to_space_nd(x, [2, 2], [[0, 0], [0, 1]]).shape.as_list()
    [1, 4, 3, 2]
    """
    return apply(BatchToSpaceND(), input, block_shape, crops, name=name)


def space_to_batch(
    input: Any,
    paddings: Any,
    block_size: int | None = None,
    name: str | None = None,
    block_shape: int | None = None,
) -> Tensor:
    """Move square blocks of images into the batch. See `space_to_batch_nd`.

    The side of a block is `block_size` or `block_shape`, one of the two.

    Examples
    --------
    >>> x = tf.reshape(tf.range(4), [1, 2, 2, 1])
    >>> tf.Session().run(tf.space_to_batch(x, [[0, 0], [0, 0]], 2)).ravel()
    array([0, 1, 2, 3], dtype=int32)
    """
    block = _square("space_to_batch", block_shape, block_size)
    return _images(space_to_batch_nd(input, block, paddings, name=name))


def batch_to_space(
    input: Any,
    crops: Any,
    block_size: int | None,
    name: str | None = None,
    block_shape: int | None = None,
) -> Tensor:
    """Undo `space_to_batch`. See `batch_to_space_nd`.

    The side of a block is `block_size` or `block_shape`; `block_size` is given as None beside
    the latter.

    Examples
    --------
    >>> x = tf.reshape(tf.range(4), [4, 1, 1, 1])
    >>> tf.Session().run(tf.batch_to_space(x, [[0, 0], [0, 0]], 2)).ravel()
    array([0, 1, 2, 3], dtype=int32)
    """
    block = _square("batch_to_space", block_shape, block_size)
    return _images(batch_to_space_nd(input, block, crops, name=name))


def _square(function: str, block_shape: int | None, block_size: int | None) -> Array:
    side = renamed_argument("block_shape", block_shape, "block_size", block_size)
    if side is None:
        raise TypeError(f"{function} needs block_size or block_shape")
    return np.array([side, side], np.int64)


def _images(tensor: Tensor) -> Tensor:
    tensor.set_shape(tensor.shape.with_rank(4))
    return tensor
