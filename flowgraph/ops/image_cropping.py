"""Pieces of images: boxes resized to one size, with their gradients, and glimpses."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.errors import OutOfRangeError
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, renamed_argument, with_rank
from flowgraph.ops.core import apply, shape
from flowgraph.ops.image_resizing import image_size
from flowgraph.ops.merging import merge_sizes
from flowgraph.ops.rounds import combine_at
from flowgraph.shapes import TensorShape

_PIXELS = Types(
    (
        dtypes.uint8, dtypes.uint16, dtypes.int8, dtypes.int16, dtypes.int32, dtypes.int64,
        dtypes.float16, dtypes.float32, dtypes.float64,
    )
)  # fmt: skip
_FLOATS = Types((dtypes.float32, dtypes.float16, dtypes.float64))


# -- boxes resized -----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Taps:
    """Where the pixels of the crops lie along one axis, each array [boxes, crop].

    `start` and `stop` say by how much a pixel moves when the box's first and last edge move.
    """

    lower: Array
    upper: Array
    nearest: Array
    lerp: Array
    is_inside: Array
    start: Array
    stop: Array


def _taps(xp: Any, size: int, crop: int, first: Array, last: Array) -> _Taps:
    extent = np.float32(size - 1)
    if crop > 1:
        steps = xp.arange(crop, dtype=np.float32)
        scale = (last - first) * extent / np.float32(crop - 1)
        places = first[:, None] * extent + steps * scale[:, None]
        stop = steps * (extent / np.float32(crop - 1))
        start = extent - stop
    else:
        places = (np.float32(0.5) * (first + last) * extent)[:, None]
        start = stop = xp.full((1,), np.float32(0.5) * extent)
    is_inside = (places >= 0) & (places <= extent)
    places = xp.where(is_inside, places, np.float32(0))
    below = xp.floor(places)
    return _Taps(
        below.astype(np.intp),
        xp.ceil(places).astype(np.intp),
        xp.floor(places + np.float32(0.5)).astype(np.intp),
        places - below,
        is_inside,
        start,
        stop,
    )


class _Crops(Op, abstract=True):
    """An op over boxes of images."""

    _: KW_ONLY
    method: str = "bilinear"

    def __post_init__(self) -> None:
        allowed = (
            ("bilinear", "nearest") if self.type != "CropAndResizeGradBoxes" else ("bilinear",)
        )
        if self.method not in allowed:
            choices = ", ".join(f'"{choice}"' for choice in allowed)
            raise ValueError(
                f"Attr 'method' of '{self.type}' Op passed string '{self.method}' not in: "
                f"{choices}."
            )


def _count(boxes: Spec, indices: Spec) -> int | None:
    """The number of boxes; ValueError if they do not fit."""
    sizes = with_rank(boxes.shape, 2).sizes or (None, None)
    counts = with_rank(indices.shape, 1).sizes or (None,)
    if sizes[1] not in (None, 4):
        raise ValueError(f"Dimension must be 4 but is {sizes[1]}")
    return merge_sizes(sizes[0], counts[0])


def _check_boxes(boxes: Array, indices: Array, batch: int) -> None:
    if boxes.size or indices.size:
        if boxes.ndim != 2:
            raise invalid(f"boxes must be 2-D{bracketed(boxes.shape)}")
        if boxes.shape[1] != 4:
            raise invalid("boxes must have 4 columns")
        if indices.ndim != 1:
            raise invalid(f"box_index must be 1-D{bracketed(indices.shape)}")
        if len(indices) != len(boxes):
            raise invalid("box_index has incompatible shape")
    if indices.size and not (int(indices.min()) >= 0 and int(indices.max()) < batch):
        raise OutOfRangeError(None, None, "box_index has values outside [0, batch_size)")


class CropAndResize(_Crops):
    """Boxes of images, resized to one size."""

    signature = Signature(
        "image: T, boxes: float32, box_ind: int32, crop_size: int32 -> crops: float32", T=_PIXELS
    )
    host_inputs = (3,)

    extrapolation_value: float = 0.0

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        channels = (with_rank(inputs[0].shape, 4).sizes or (None,) * 4)[3]
        return (TensorShape.of((_count(*inputs[1:3]), *image_size(inputs[3]), channels)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        image, boxes, indices, size = inputs
        if image.ndim != 4:
            raise invalid(f"input image must be 4-D{bracketed(image.shape)}")
        if 0 in image.shape[1:3]:
            raise invalid("image dimensions must be positive")
        _check_boxes(boxes, indices, len(image))
        if size.shape != (2,):
            raise invalid(f"crop_size must have two elements{bracketed(size.shape)}")
        if size.min() <= 0:
            raise invalid("crop dimensions must be positive")
        height, width = (int(n) for n in size)
        if not indices.size:
            return xp.zeros((0, height, width, image.shape[3]), np.float32)
        rows = _taps(xp, image.shape[1], height, boxes[:, 0], boxes[:, 2])
        columns = _taps(xp, image.shape[2], width, boxes[:, 1], boxes[:, 3])
        batch = indices[:, None, None]
        if self.method == "nearest":
            crops = image[batch, rows.nearest[:, :, None], columns.nearest[:, None, :]]
            crops = crops.astype(np.float32)
        else:
            top, bottom = (_between(image, batch, row, columns) for row in (rows.lower, rows.upper))
            bottom -= top
            bottom *= rows.lerp[:, :, None, None]
            crops = top
            crops += bottom
        outside = ~(rows.is_inside[:, :, None] & columns.is_inside[:, None, :])
        crops[outside] = self.extrapolation_value
        return crops

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        image, boxes, indices, _ = operation.inputs
        kind = image.dtype.base_dtype
        of_image = None
        if kind in _FLOATS:
            op = CropAndResizeGradImage(method=self.method, T=kind)
            of_image = apply(op, dys[0], boxes, indices, shape(image))
        of_boxes = apply(CropAndResizeGradBoxes(), dys[0], image, boxes, indices)
        return (of_image, of_boxes, None, None)


def _between(image: Array, batch: Array, row: Array, columns: _Taps) -> Array:
    """Rows of the crops, interpolated between columns."""
    left = image[batch, row[:, :, None], columns.lower[:, None, :]].astype(np.float32)
    right = image[batch, row[:, :, None], columns.upper[:, None, :]].astype(np.float32)
    right -= left
    right *= columns.lerp[:, None, :, None]
    left += right
    return left


class CropAndResizeGradImage(_Crops):
    """The gradient of `CropAndResize` with respect to the images."""

    signature = Signature(
        "grads: float32, boxes: float32, box_ind: int32, image_size: int32 -> output: T", T=_FLOATS
    )
    host_inputs = (3,)

    T: dtypes.DType

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        grads = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        merge_sizes(grads[0], _count(*inputs[1:3]))
        return (inputs[3].static_shape().merge_with(TensorShape.of((None,) * 4)),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        grads, boxes, indices, size = inputs
        if size.ndim != 1:
            raise invalid(f"image_size must be 1-D{bracketed(size.shape)}")
        if size.size != 4:
            raise invalid(f"image_size must have 4 elements{bracketed(size.shape)}")
        batch, height, width, channels = (int(n) for n in size)
        if grads.ndim != 4:
            raise invalid(f"grads image must be 4-D{bracketed(grads.shape)}")
        _check_boxes(boxes, indices, batch)
        result = xp.zeros((batch * height * width, channels), np.float32)
        if indices.size:
            rows = _taps(xp, height, grads.shape[1], boxes[:, 0], boxes[:, 2])
            columns = _taps(xp, width, grads.shape[2], boxes[:, 1], boxes[:, 3])
            inside = rows.is_inside[:, :, None] & columns.is_inside[:, None, :]
            start = indices[:, None, None] * np.intp(height * width)
            for row, row_weight in self._parts(rows):
                for column, weight in self._parts(columns):
                    both = row_weight[:, :, None] * weight[:, None, :] * inside
                    pixels = start + row[:, :, None] * width + column[:, None, :]
                    updates = (grads * both[..., None]).reshape(-1, channels)
                    combine_at(xp, "add", result, pixels.reshape(-1), updates)
        return result.reshape(batch, height, width, channels).astype(self.T.numpy, copy=False)

    def _parts(self, taps: _Taps) -> tuple[tuple[Array, Array], ...]:
        """Which pixels share a gradient along an axis, and how much each gets."""
        if self.method == "nearest":
            return ((taps.nearest, taps.is_inside),)
        return ((taps.lower, 1 - taps.lerp), (taps.upper, taps.lerp))


class CropAndResizeGradBoxes(_Crops):
    """The gradient of `CropAndResize` with respect to the boxes."""

    signature = Signature(
        "grads: float32, image: T, boxes: float32, box_ind: int32 -> output: float32", T=_PIXELS
    )

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (with_rank(inputs[2].shape, 2),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        grads, image, boxes, indices = inputs
        if grads.ndim != 4:
            raise invalid(f"grads image must be 4-D{bracketed(grads.shape)}")
        if image.ndim != 4:
            raise invalid(f"input image must be 4-D{bracketed(image.shape)}")
        _check_boxes(boxes, indices, len(image))
        if not indices.size:
            return xp.zeros((0, 4), np.float32)
        rows = _taps(xp, image.shape[1], grads.shape[1], boxes[:, 0], boxes[:, 2])
        columns = _taps(xp, image.shape[2], grads.shape[2], boxes[:, 1], boxes[:, 3])
        batch = indices[:, None, None]
        corners = [
            image[batch, row[:, :, None], column[:, None, :]].astype(np.float32)
            for row in (rows.lower, rows.upper)
            for column in (columns.lower, columns.upper)
        ]
        top_left, top_right, bottom_left, bottom_right = corners
        across, down = columns.lerp[:, None, :, None], rows.lerp[:, :, None, None]
        by_row = (1 - across) * (bottom_left - top_left) + across * (bottom_right - top_right)
        by_column = (1 - down) * (top_right - top_left) + down * (bottom_right - bottom_left)
        inside = (rows.is_inside[:, :, None] & columns.is_inside[:, None, :])[..., None]
        by_row = (by_row * grads * inside).sum(axis=(2, 3))
        by_column = (by_column * grads * inside).sum(axis=(1, 3))
        return xp.stack(
            [
                (by_row * rows.start).sum(axis=1),
                (by_column * columns.start).sum(axis=1),
                (by_row * rows.stop).sum(axis=1),
                (by_column * columns.stop).sum(axis=1),
            ],
            axis=1,
        )


def crop_and_resize(
    image: Any,
    boxes: Any,
    box_ind: Any = None,
    crop_size: Any = None,
    method: str = "bilinear",
    extrapolation_value: float = 0,
    name: str | None = None,
    box_indices: Any = None,
) -> Tensor:
    """Cut boxes out of images and resize them to one size.

    Parameters
    ----------
    image : Tensor
        ``(batch, height, width, channels)`` of a real dtype.
    boxes : float32 Tensor
        ``(boxes, 4)``: first row, first column, last row, last column, where 0 is the centre of
        the first pixel and 1 that of the last. A box may be turned over, or reach out of the image.
    box_ind, box_indices : int32 Tensor
        ``(boxes,)``: the image that each box is of. One of the two.
    crop_size : int32 Tensor or list of int
        Height and width of the crops.
    method : str
        ``"bilinear"`` or ``"nearest"``.
    extrapolation_value : float
        What lies beyond the image.
    name : str, optional

    Returns
    -------
    float32 Tensor
        ``(boxes, height, width, channels)``. It is differentiable with respect to the images
        and the boxes.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the method is another.
    OutOfRangeError
        When run, if a box is of an image that is not there.

    Examples
    --------
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> box = [[0.0, 0.0, 0.5, 1.0]]
    >>> tf.Session().run(tf.image.crop_and_resize(x, box, [0], [2, 2]))[0, :, :, 0]
    array([[0., 2.],
           [3., 5.]], dtype=float32)
    """
    indices = renamed_argument("box_ind", box_ind, "box_indices", box_indices)
    op = CropAndResize(method=method, extrapolation_value=float(extrapolation_value))
    return apply(op, image, boxes, indices, crop_size, name=name)
