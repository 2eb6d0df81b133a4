"""Convolution of images: by cuDNN where it is there, else as products of patches.

That of volumes is cuDNN's alone.
Where windows are single pixels of NHWC images, side by side, the images are their own patches, and
one product does it: cuDNN would turn filters, and in float32 images too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from flowgraph.backends.cuda.launch import (
    FLOATS,
    Operand,
    Part,
    Scratch,
    Target,
    launch,
    over,
)
from flowgraph.backends.cuda.products import Product
from flowgraph.backends.cuda.transposes import permuted
from flowgraph.ops.windows import Window

Work = list[Any]

_PATCHES = 1 << 26
"""The most elements of patches that are held at once."""

_TO_LAST, _TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""The orders of axes that bring the channels of images behind, and before, rows and columns."""

_FORMATS = {4: ("NHWC", "NCHW"), 5: ("NDHWC", "NCDHW")}


def _filter_axes(rank: int) -> tuple[Sequence[int], Sequence[int]]:
    """Return the orders of axes that bring filters from TensorFlow's order to cuDNN's, and back."""
    return (rank - 1, *range(rank - 2), rank - 2), (*range(1, rank), 0)


@dataclass(frozen=True)
class Convolution:
    """A convolution, or one of its gradients, as cuDNN is asked for it.

    Attributes
    ----------
    kind : str
        ``"forward"``: y from x and filter. ``"input"``: x from filter and y. ``"filter"``: filter
        from x and y. The others are inputs.
    windows : tuple of Window
        Along rows and columns, of volumes along planes before them.
    is_nchw : bool
        Whether the channels of x and y come before rows and columns.
    x, filter, y : Operand
        The filter is (O, H, W, I), as the fast engines want it; of volumes, (O, D, H, W, I).
    """

    kind: str
    windows: tuple[Window, ...]
    is_nchw: bool
    x: Operand
    filter: Operand
    y: Operand

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Whose addresses are needed, in the order x, filter, y."""
        return (self.x, self.filter, self.y)


class _Images:
    """The sizes of a convolution of NHWC images."""

    def __init__(
        self, windows: Sequence[Window], images: int, depth: int, filters: int, dtype: Any
    ) -> None:
        self.rows, self.columns = windows
        self.images, self.depth, self.filters, self.dtype = images, depth, filters, dtype
        self.places = self.rows.output * self.columns.output
        self.patch = self.rows.kernel * self.columns.kernel * depth
        self.pixels = self.rows.size * self.columns.size
        self.is_plain = _are_pixels(windows)
        held = 1 if self.is_plain else self.places * self.patch
        most = max(1, _PATCHES // held)
        self.chunks = [
            (first, min(most, images - first)) for first in range(0, images, most)
        ]  # fmt: skip

    def sizes(self, images: int) -> list[Any]:
        rows, columns = self.rows, self.columns
        values = [
            images, rows.size, columns.size, self.depth, rows.output, columns.output, rows.kernel,
            columns.kernel, rows.stride, columns.stride, rows.dilation, columns.dilation,
            rows.before, columns.before,
        ]  # fmt: skip
        return [np.int32(value) for value in values]

    def patches(self) -> Scratch:
        return Scratch(self.chunks[0][1] * self.places * self.patch, self.dtype)

    def input_part(self, x: Operand, first: int) -> Operand | Part:
        return _part(x, first * self.pixels * self.depth)

    def output_part(self, y: Operand, first: int) -> Operand | Part:
        return _part(y, first * self.places * self.filters)


def _are_pixels(windows: Sequence[Window]) -> bool:
    """Whether windows are single elements, side by side."""
    return all(w.kernel == w.stride == 1 and w.before == w.after == 0 for w in windows)


def _part(operand: Operand, elements: int) -> Operand | Part:
    return Part(operand, elements * operand.dtype.itemsize) if elements else operand


def _forward(at: _Images, x: Operand, filter: Operand, y: Operand) -> Work:
    work: Work = []
    held = None if at.is_plain else at.patches()
    for first, images in at.chunks:
        source = at.input_part(x, first)
        if held is not None:
            count = images * at.places * at.patch
            sizes = at.sizes(images)
            work.append(launch("patches", "patches", at.dtype, over(count), *sizes, source, held))
            source = held
        rows, to = images * at.places, at.output_part(y, first)
        work.append(Product(at.dtype.name, rows, at.filters, at.patch, source, filter, to))
    return work


def _to_filter(at: _Images, x: Operand, y: Operand, filter: Operand) -> Work:
    work: Work = []
    held = None if at.is_plain else at.patches()
    for first, images in at.chunks:
        source = at.input_part(x, first)
        if held is not None:
            count = images * at.places * at.patch
            sizes = at.sizes(images)
            work.append(launch("patches", "patches", at.dtype, over(count), *sizes, source, held))
            source = held
        given = at.output_part(y, first)
        work.append(
            Product(
                at.dtype.name, at.patch, at.filters, images * at.places, source, given, filter,
                transpose_a=True, adds=first > 0,
            )
        )  # fmt: skip
    return work


def _to_input(at: _Images, filter: Operand, y: Operand, x: Operand) -> Work:
    work: Work = []
    held = None if at.is_plain else at.patches()
    for first, images in at.chunks:
        given, target = at.output_part(y, first), at.input_part(x, first)
        to = target if held is None else held
        rows = images * at.places
        work.append(
            Product(
                at.dtype.name, rows, at.patch, at.filters, given, filter, to, transpose_b=True
            )
        )  # fmt: skip
        if held is not None:
            count, sizes = images * at.pixels * at.depth, at.sizes(images)
            work.append(
                launch("patches", "patches_gradient", at.dtype, over(count), *sizes, held, target)
            )
    return work


def _convolution(
    kind: str, op: Any, windows: Sequence[Window], x: Operand, filter: Operand, y: Operand,
    target: Target,
) -> Work | None:  # fmt: skip
    """Return what computes one of three from the others."""
    is_nchw = op.data_format in ("NCHW", "NCDHW")
    operands = (x, filter, y)
    rank = len(x.shape)
    channels = 1 if is_nchw else rank - 1
    if any(len(o.shape) != rank or not o.size or o.dtype != x.dtype for o in operands):
        return None
    if x.dtype.name not in FLOATS or op.data_format not in _FORMATS[rank]:
        return None
    if filter.shape[-2] != x.shape[channels] or filter.shape[-1] != y.shape[channels]:
        return None
    is_plain = not is_nchw and _are_pixels(windows)
    if target.has_cudnn and (rank > 4 or not is_plain):
        inward, outward = _filter_axes(rank)
        turned = Scratch(tuple(filter.shape[axis] for axis in inward), filter.dtype)
        asked = Convolution(kind, tuple(windows), is_nchw, x, turned, y)
        if kind == "filter":
            return [asked, *(permuted(turned, outward, filter) or [])]
        return [*(permuted(filter, inward, turned) or []), asked]
    if rank > 4:
        return None
    at = _Images(windows, x.shape[0], x.shape[channels], filter.shape[3], x.dtype)
    work: Work = []
    after: Work = []
    if is_nchw:
        x, before, behind = _channels_last(x, kind == "input")
        work, after = work + before, after + behind
        y, before, behind = _channels_last(y, kind == "forward")
        work, after = work + before, after + behind
    if kind == "forward":
        work += _forward(at, x, filter, y)
    elif kind == "input":
        work += _to_input(at, filter, y, x)
    else:
        work += _to_filter(at, x, y, filter)
    return work + after


def _channels_last(images: Operand, is_result: bool) -> tuple[Operand, Work, Work]:
    """Return images with their channels at the end, and what moves them before and after."""
    shape = tuple(images.shape[axis] for axis in _TO_LAST)
    moved = Scratch(shape, images.dtype)
    if is_result:
        return moved, [], permuted(moved, _TO_FIRST, images) or []
    return moved, permuted(images, _TO_LAST, moved) or [], []


def convolve(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> Work | None:
    """``y = conv(x, filter)``."""
    x, filter = inputs
    (y,) = outputs
    if not _is_known(x, filter, y):
        return None
    windows = op.windows(x.shape, filter.shape)
    return _convolution("forward", op, windows, x, filter, y, target)


def to_input(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> Work | None:
    """The gradient with respect to the input."""
    _, filter, dy = inputs
    (dx,) = outputs
    if not _is_known(dx, filter, dy):
        return None
    windows = op.backprop_windows(dx.shape, filter.shape, dy)
    return _convolution("input", op, windows, dx, filter, dy, target)


def to_filter(
    op: Any, inputs: Sequence[Operand], outputs: Sequence[Operand], target: Target
) -> Work | None:
    """The gradient with respect to the filter."""
    x, _, dy = inputs
    (dw,) = outputs
    if not _is_known(x, dw, dy):
        return None
    windows = op.backprop_windows(x.shape, dw.shape, dy)
    return _convolution("filter", op, windows, x, dw, dy, target)


def _is_known(*operands: Operand) -> bool:
    return all(len(o.shape) in _FORMATS and o.size for o in operands)


MAKERS = {
    "Conv2D": convolve,
    "Conv2DBackpropInput": to_input,
    "Conv2DBackpropFilter": to_filter,
    "Conv3D": convolve,
    "Conv3DBackpropInputV2": to_input,
    "Conv3DBackpropFilterV2": to_filter,
}
