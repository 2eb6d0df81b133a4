"""Resizing images: nearest pixel, bilinear, bicubic and by area, and the adjoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply, shape
from flowgraph.ops.image_sampling import Axis, image_axes
from flowgraph.ops.indexing import strided_slice
from flowgraph.shapes import TensorShape

_PIXELS = Types(
    (
        dtypes.int8, dtypes.uint8, dtypes.int16, dtypes.uint16, dtypes.int32, dtypes.int64,
        dtypes.float16, dtypes.float32, dtypes.float64,
    )
)  # fmt: skip
_WITH_BFLOAT16 = Types((*_PIXELS.allowed[:6], dtypes.bfloat16, *_PIXELS.allowed[6:]))
_LINEAR = Types((dtypes.float32, dtypes.bfloat16, dtypes.float16, dtypes.float64))
_CUBIC = Types((dtypes.float32, dtypes.float64))
_SUMMED = Types(
    (
        dtypes.uint8, dtypes.int8, dtypes.int32,
        dtypes.float16, dtypes.float32, dtypes.float64,
    )
)  # fmt: skip


def image_size(spec: Spec) -> tuple[int | None, int | None]:
    """The height and width that an input holds, as far as they are known."""
    sizes = with_rank(spec.shape, 1).sizes
    if sizes is not None and sizes[0] not in (None, 2):
        raise ValueError(f"Dimension must be 2 but is {sizes[0]}")
    value = spec.static_value()
    if value is None:
        height, width = spec.static_shape().sizes or (None, None)
        return height, width
    height, width = (int(n) for n in value)
    if min(height, width) < 0:
        raise ValueError(f"Dimension {min(height, width)} must be >= 0")
    return height, width


def checked_size(size: Array, name: str = "shape_t") -> tuple[int, int]:
    """The value of an input that holds a height and a width."""
    if size.ndim != 1:
        raise invalid(f"{name} must be 1-dimensional{bracketed(size.shape)}")
    if size.size != 2:
        raise invalid(f"{name} must have two elements{bracketed(size.shape)}")
    height, width = (int(n) for n in size)
    if height <= 0 or width <= 0:
        raise invalid("output dimensions must be positive")
    return height, width


class _Resizing(Op, abstract=True):
    """Images and the size that they get."""

    host_inputs = (1,)

    align_corners: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        return (TensorShape.of((sizes[0], *image_size(inputs[1]), sizes[3])),)

    def axes(self, images: Array, size: Array) -> tuple[Axis, Axis]:
        """The axes of height and width, checked."""
        if images.ndim != 4:
            raise invalid(f"input must be 4-dimensional{bracketed(images.shape)}")
        output = checked_size(size)
        if images.shape[3] < 1:
            raise invalid("image must have at least one channel")
        if 0 in images.shape[1:3]:
            raise invalid("input image must be of non-zero size")
        half_pixels = getattr(self, "half_pixel_centers", False)
        return image_axes(images.shape, output, self.align_corners, half_pixels)


class _Adjoint(Op, abstract=True):
    """The gradient of a resizing: of resized images, in the size of the originals."""

    matrix: ClassVar[Callable[[Axis], Array]]

    align_corners: bool = False
    half_pixel_centers: bool = False

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        return (inputs[1].shape,)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        grads, image = inputs
        return self.spread(xp, grads, image.shape, image.dtype)

    def spread(self, xp: Any, grads: Array, image: tuple[int, ...], dtype: Any) -> Array:
        """Give each pixel of the originals what the pixels made of it got."""
        if grads.ndim != 4:
            raise invalid(f"input_grad must be 4-dimensional{bracketed(grads.shape)}")
        output = grads.shape[1:3]
        axes = image_axes(image, output, self.align_corners, self.half_pixel_centers)
        wide = grads.dtype if grads.dtype.itemsize > 2 or grads.dtype.kind in "iu" else np.float32
        rows, columns = (type(self).matrix(axis).astype(wide) for axis in axes)
        return combined(xp, grads.astype(wide), rows.T, columns.T).astype(dtype, copy=False)


def combined(xp: Any, images: Array, rows: Array, columns: Array) -> Array:
    """Multiply images with a matrix from the left and one from the right, as GEMMs."""
    batch, height, width, channels = images.shape
    y = xp.matmul(xp.asarray(rows), images.reshape(batch, height, width * channels))
    y = y.reshape(batch, len(rows), width, channels)
    y = xp.tensordot(y, xp.asarray(columns), axes=((2,), (1,)))
    return xp.ascontiguousarray(xp.moveaxis(y, 3, 2))


# -- nearest pixel -----------------------------------------------------------------------------


class ResizeNearestNeighbor(_Resizing):
    """Each output pixel is the nearest input pixel."""

    signature = Signature("images: T, size: int32 -> resized_images: T", T=_PIXELS)

    half_pixel_centers: bool = False

    def compute(self, xp: Any, *inputs: Array) -> Array:
        rows, columns = (xp.asarray(axis.nearest()) for axis in self.axes(*inputs))
        images = inputs[0]
        if len(rows) < images.shape[1]:
            return images.take(rows, axis=1).take(columns, axis=2)
        return images.take(columns, axis=2).take(rows, axis=1)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        images = operation.inputs[0]
        sizes = (images.shape.sizes or (None,) * 4)[1:3]
        size: Any = list(sizes)
        if None in sizes:
            size = strided_slice(shape(images), [1], [3])
        op = ResizeNearestNeighborGrad(
            align_corners=self.align_corners, half_pixel_centers=self.half_pixel_centers
        )
        return (apply(op, dys[0], size), None)


class ResizeNearestNeighborGrad(_Adjoint):
    """The gradient of `ResizeNearestNeighbor`."""

    signature = Signature("grads: T, size: int32 -> output: T", T=_SUMMED)
    host_inputs = (1,)
    matrix = Axis.nearest_matrix

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        return (TensorShape.of((sizes[0], *image_size(inputs[1]), sizes[3])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        grads, size = inputs
        return self.spread(xp, grads, (0, *checked_size(size)), grads.dtype)


# -- bilinear ----------------------------------------------------------------------------------


class ResizeBilinear(_Resizing):
    """Each output pixel is interpolated linearly between four input pixels."""

    signature = Signature("images: T, size: int32 -> resized_images: float32", T=_WITH_BFLOAT16)

    half_pixel_centers: bool = False

    def compute(self, xp: Any, *inputs: Array) -> Array:
        height, width = self.axes(*inputs)
        images = inputs[0]
        lower, upper, lerp = height.linear()
        if 2 * height.output < height.size:  # most rows are not read
            images = images.take(xp.asarray(np.concatenate([lower, upper])), axis=1)
            lower, upper = np.arange(2 * height.output).reshape(2, -1)
        images = images.astype(np.float32, copy=False)
        images = _interpolated(xp, images, 2, *width.linear())
        return _interpolated(xp, images, 1, lower, upper, lerp)

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        op = ResizeBilinearGrad(
            align_corners=self.align_corners, half_pixel_centers=self.half_pixel_centers
        )
        return (apply(op, dys[0], operation.inputs[0]), None)


def _interpolated(
    xp: Any, images: Array, axis: int, lower: Array, upper: Array, lerp: Array
) -> Array:
    first = images.take(xp.asarray(lower), axis=axis)
    result = images.take(xp.asarray(upper), axis=axis)
    result -= first
    result *= xp.asarray(lerp.reshape((-1,) + (1,) * (3 - axis)))
    result += first
    return result


class ResizeBilinearGrad(_Adjoint):
    """The gradient of `ResizeBilinear`."""

    signature = Signature("grads: float32, original_image: T -> output: T", T=_LINEAR)
    matrix = Axis.linear_matrix


# -- bicubic -----------------------------------------------------------------------------------


class ResizeBicubic(_Resizing):
    """Each output pixel is interpolated by cubics between sixteen input pixels."""

    signature = Signature("images: T, size: int32 -> resized_images: float32", T=_PIXELS)

    half_pixel_centers: bool = False

    def compute(self, xp: Any, *inputs: Array) -> Array:
        height, width = self.axes(*inputs)
        images = inputs[0].astype(np.float32, copy=False)
        return _weighted(xp, _weighted(xp, images, 1, *height.cubic()), 2, *width.cubic())

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        if operation.inputs[0].dtype.base_dtype not in _CUBIC:
            return (None, None)
        op = ResizeBicubicGrad(
            align_corners=self.align_corners, half_pixel_centers=self.half_pixel_centers
        )
        return (apply(op, dys[0], operation.inputs[0]), None)


def _weighted(xp: Any, images: Array, axis: int, indices: Array, weights: Array) -> Array:
    """The sum of four pixels, each with its weight, along an axis."""
    total: Array = 0.0
    for taken, weight in zip(indices, weights, strict=True):
        part = images.take(xp.asarray(taken), axis=axis)
        part *= xp.asarray(weight.reshape((-1,) + (1,) * (3 - axis)))
        total = part + total
    return total


class ResizeBicubicGrad(_Adjoint):
    """The gradient of `ResizeBicubic`."""

    signature = Signature("grads: float32, original_image: T -> output: T", T=_CUBIC)
    matrix = Axis.cubic_matrix


# -- area --------------------------------------------------------------------------------------


class ResizeArea(_Resizing):
    """Each output pixel is the mean of the input that it covers."""

    signature = Signature("images: T, size: int32 -> resized_images: float32", T=_PIXELS)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        height, width = self.axes(*inputs)
        return combined(xp, inputs[0].astype(np.float32), height.area(), width.area())


# -- functions ---------------------------------------------------------------------------------


def resize_nearest_neighbor(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resize images, each pixel of the result the nearest of the image.

    Parameters
    ----------
    images : Tensor
        ``(batch, height, width, channels)`` of a real dtype.
    size : int32 Tensor or list of int
        The new height and width.
    align_corners : bool
        Whether the centres of the corner pixels stay in place.
    name : str, optional
    half_pixel_centers : bool
        Whether pixels have their centre at a half. TensorFlow 2 has it so.

    Returns
    -------
    Tensor
        Of the dtype of `images`.

    Raises
    ------
    ValueError
        If `images` has not four dimensions, or `size` not two elements.
    InvalidArgumentError
        When run: if a size is not positive, or both flags are set.

    Examples
    --------
    >>> x = tf.reshape([1, 2, 3, 4], [1, 2, 2, 1])
    >>> tf.Session().run(tf.image.resize_nearest_neighbor(x, [2, 4]))[0, :, :, 0]
    array([[1, 1, 2, 2],
           [3, 3, 4, 4]], dtype=int32)
    """
    op = ResizeNearestNeighbor(align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    return apply(op, images, size, name=name)


def resize_bilinear(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resize images by linear interpolation.

    Parameters
    ----------
    images, size, align_corners, name, half_pixel_centers
        As for `resize_nearest_neighbor`.

    Returns
    -------
    float32 Tensor

    Notes
    -----
    Nothing is smoothed before an image is made smaller: use `resize_area` for that.

    Examples
    --------
    >>> x = tf.reshape([0.0, 1.0], [1, 1, 2, 1])
    >>> tf.Session().run(tf.image.resize_bilinear(x, [1, 4])).ravel()
    array([0. , 0.5, 1. , 1. ], dtype=float32)
    """
    op = ResizeBilinear(align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    return apply(op, images, size, name=name)


def resize_bicubic(
    images: Any,
    size: Any,
    align_corners: bool = False,
    name: str | None = None,
    half_pixel_centers: bool = False,
) -> Tensor:
    """Resize images by cubic interpolation (Keys, 1981).

    Parameters
    ----------
    images, size, align_corners, name, half_pixel_centers
        As for `resize_nearest_neighbor`.

    Returns
    -------
    float32 Tensor

    Examples
    --------
    >>> x = tf.reshape([0.0, 1.0], [1, 1, 2, 1])
    >>> tf.Session().run(tf.image.resize_bicubic(x, [1, 4])).ravel()
    array([0.     , 0.5    , 1.     , 1.09375], dtype=float32)
    """
    op = ResizeBicubic(align_corners=align_corners, half_pixel_centers=half_pixel_centers)
    return apply(op, images, size, name=name)


def resize_area(
    images: Any, size: Any, align_corners: bool = False, name: str | None = None
) -> Tensor:
    """Resize images, each pixel of the result the mean of what it covers.

    Parameters
    ----------
    images, size, align_corners, name
        As for `resize_nearest_neighbor`.

    Returns
    -------
    float32 Tensor
        No gradient is defined for it.

    Examples
    --------
    >>> x = tf.reshape([0.0, 1.0, 4.0], [1, 1, 3, 1])
    >>> tf.Session().run(tf.image.resize_area(x, [1, 2])).ravel()
    array([0.33333334, 3.        ], dtype=float32)
    """
    return apply(ResizeArea(align_corners=align_corners), images, size, name=name)
