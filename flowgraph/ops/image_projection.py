"""Images seen through a projective map of the plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from flowgraph import dtypes
from flowgraph.dtypes import Array
from flowgraph.graph.op import Op, Spec
from flowgraph.graph.operation import Operation
from flowgraph.graph.scope import name_scope
from flowgraph.graph.signature import Signature, Types
from flowgraph.graph.tensor import Tensor
from flowgraph.ops.array import reshape
from flowgraph.ops.checks import bracketed, invalid, with_rank
from flowgraph.ops.core import apply, constant, convert_to_tensor, shape
from flowgraph.ops.division import truediv
from flowgraph.ops.filling import ones
from flowgraph.ops.indexing import strided_slice_from_key
from flowgraph.ops.joining import concat
from flowgraph.ops.linear_equations import matrix_inverse
from flowgraph.shapes import TensorShape

_PIXELS = Types(
    (
        dtypes.uint8, dtypes.int32, dtypes.int64,
        dtypes.float16, dtypes.float32, dtypes.float64,
    )
)  # fmt: skip


class ImageProjectiveTransformV2(Op):
    """Each output pixel is what a projective map of it shows in the image, or 0 beyond it."""

    signature = Signature(
        "images: dtype, transforms: float32, output_shape: int32 -> transformed_images: dtype",
        dtype=_PIXELS,
    )
    host_inputs = (2,)

    interpolation: str

    def infer(self, *inputs: Spec) -> tuple[TensorShape, ...]:
        sizes = with_rank(inputs[0].shape, 4).sizes or (None,) * 4
        with_rank(inputs[1].shape, 2)
        count = (with_rank(inputs[2].shape, 1).sizes or (None,))[0]
        if count not in (None, 2):
            raise ValueError(f"Dimension must be 2 but is {count}")
        value = inputs[2].static_value()
        size = (None, None) if value is None else (int(value[0]), int(value[1]))
        return (TensorShape.of((sizes[0], *size, sizes[3])),)

    def compute(self, xp: Any, *inputs: Array) -> Array:
        images, transforms, size = inputs
        self._check(images, transforms, size)
        height, width = (int(n) for n in size)
        y, x = xp.arange(height, dtype=np.float32)[:, None], xp.arange(width, dtype=np.float32)
        a0, a1, a2, b0, b1, b2, c0, c1 = (part[:, None, None] for part in transforms.T)
        depth = c0 * x + c1 * y + 1
        is_finite = depth != 0
        depth = xp.where(is_finite, depth, np.float32(1))
        column = (a0 * x + a1 * y + a2) / depth
        row = (b0 * x + b1 * y + b2) / depth
        if self.interpolation.upper() == "NEAREST":
            row, column = (xp.trunc(p + xp.copysign(np.float32(0.5), p)) for p in (row, column))
            seen = _seen(xp, images, row, column)
        else:
            wide = images.astype(np.promote_types(images.dtype, np.float32))
            top, left = xp.floor(row), xp.floor(column)
            down, right = (row - top)[..., None], (column - left)[..., None]
            upper = (1 - right) * _seen(xp, wide, top, left)
            upper += right * _seen(xp, wide, top, left + 1)
            lower = (1 - right) * _seen(xp, wide, top + 1, left)
            lower += right * _seen(xp, wide, top + 1, left + 1)
            seen = (1 - down) * upper + down * lower
        return xp.where(is_finite[..., None], seen, 0).astype(images.dtype, copy=False)

    def _check(self, images: Array, transforms: Array, size: Array) -> None:
        if self.interpolation.upper() not in ("NEAREST", "BILINEAR"):
            raise invalid(
                f"Invalid interpolation {self.interpolation}. Supported types: NEAREST, BILINEAR"
            )
        if images.ndim != 4:
            raise invalid("Input images must have rank 4")
        if (
            transforms.ndim != 2
            or transforms.shape[1] != 8
            or len(transforms) not in (1, len(images))
        ):
            raise invalid("Input transform should be num_images x 8 or 1 x 8")
        if size.shape != (2,):
            raise invalid(f"output_shape must be 1-D of two elements{bracketed(size.shape)}")

    def gradient(self, operation: Operation, *dys: Any) -> tuple[Tensor | None, ...]:
        images, transforms, _ = operation.inputs
        back = matrices_to_flat_transforms(matrix_inverse(flat_transforms_to_matrices(transforms)))
        size = strided_slice_from_key(shape(images), slice(1, 3))
        return (apply(self, dys[0], back, size), None, None)


def _seen(xp: Any, images: Array, row: Array, column: Array) -> Array:
    """The pixels at places [1 or batch, height, width], 0 where there are none."""
    height, width = images.shape[1:3]
    is_inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    rows = xp.where(is_inside, row, 0).astype(np.intp)
    columns = xp.where(is_inside, column, 0).astype(np.intp)
    batch = xp.arange(len(images))[:, None, None]
    return xp.where(is_inside[..., None], images[batch, rows, columns], images.dtype.type(0))


def flat_transforms_to_matrices(transforms: Any) -> Tensor:
    """Return projective maps as matrices.

    Parameters
    ----------
    transforms : float32 Tensor
        ``(8,)`` or ``(maps, 8)``: the rows of each matrix without its last element, 1.

    Returns
    -------
    float32 Tensor of shape ``(maps, 3, 3)``

    Raises
    ------
    ValueError
        If `transforms` has another rank.

    Examples
    --------
    >>> maps = [1.0, 0.0, 5.0, 0.0, 1.0, 6.0, 0.0, 0.0]
    >>> tf.Session().run(tf.contrib.image.flat_transforms_to_matrices(maps))
    array([[[1., 0., 5.],
            [0., 1., 6.],
            [0., 0., 1.]]], dtype=float32)
    """
    with name_scope("flat_transforms_to_matrices"):
        flat = convert_to_tensor(transforms, name="transforms")
        if flat.shape.ndims not in (1, 2):
            raise ValueError(f"Transforms should be 1D or 2D, got: {flat}")
        rows = reshape(flat, constant([-1, 8]))
        count = strided_slice_from_key(shape(rows), 0)
        rows = concat([rows, ones([count, 1])], 1)
        return reshape(rows, constant([-1, 3, 3]))


def matrices_to_flat_transforms(transform_matrices: Any) -> Tensor:
    """Return matrices as projective maps: the inverse of `flat_transforms_to_matrices`.

    Parameters
    ----------
    transform_matrices : float32 Tensor
        ``(3, 3)`` or ``(maps, 3, 3)``. The last element need not be 1.

    Examples
    --------
    >>> import numpy as np
    >>> tf.Session().run(tf.contrib.image.matrices_to_flat_transforms(2 * np.eye(3)))
    array([[1., 0., 0., 0., 1., 0., 0., 0.]])
    """
    with name_scope("matrices_to_flat_transforms"):
        matrices = convert_to_tensor(transform_matrices, name="matrices")
        if matrices.shape.ndims not in (2, 3):
            raise ValueError(f"Matrices should be 2D or 3D, got: {matrices}")
        rows = reshape(matrices, constant([-1, 9]))
        rows = truediv(rows, strided_slice_from_key(rows, (slice(None), slice(8, 9))))
        return strided_slice_from_key(rows, (slice(None), slice(None, 8)))
